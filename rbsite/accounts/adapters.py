"""How allauth behaves here."""

import hashlib
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django.conf import settings
from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from rbsite.base.after import after_answer

#: Set in the browser in which somebody has signed in: signed, with what their login comes to, not the login.
KNOWN_BROWSER = "rb_connu"
_KNOWN_SECONDS = 180 * 24 * 3600
#: Logins that one browser is known for: a shared computer has several.
_MOST_LOGINS = 5
#: What is counted of a sign-in that failed; `settings.ACCOUNT_RATE_LIMITS` has how many are let pass.
_HERE, _EVERYWHERE, _KNOWN = "login_failed", "login_failed_everywhere", "login_failed_known"
TOO_MANY = "too_many_login_attempts"


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up alone: an account follows from an access request that an administrator accepts.

    Attempts are counted, and links are made, whatever name of host a request came under. What is sent leaves once the
    person has their answer, so that neither its time nor a server that refuses tells whether there is an account.
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "L’adresse électronique ou le mot de passe n’est pas le bon. Vérifiez les deux.",
        TOO_MANY: "Trop d’essais de connexion. Attendez quelques minutes, puis recommencez.",
    }

    def is_open_for_signup(self, request) -> bool:
        return False

    # --- attempts to sign in

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse an attempt after too many that failed: from this address, or from browsers that nobody knows."""
        for action, key in self._counters(request, credentials):
            if not ratelimit.consume(request, action=action, key=key, dry_run=True):
                raise self.validation_error(TOO_MANY)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count it."""
        for action, key in self._counters(request, credentials):
            ratelimit.consume(request, action=action, key=key)

    def _counters(self, request: HttpRequest, credentials: dict[str, Any]) -> list[tuple[str, str]]:
        """What the attempt counts in: (sort, key).

        Whoever tries passwords from many addresses shuts out neither the person, where they have signed in before, nor
        the office behind one of the addresses.
        """
        login = _login_of(credentials)
        if _digest(login) in _known_to(request):
            return [(_KNOWN, f"{request.COOKIES[KNOWN_BROWSER]} {login}")]
        return [(_HERE, f"{self.get_client_ip(request)} {login}"), (_EVERYWHERE, login)]

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Whoever has just chosen a new password, by a link in their mail, may sign in."""
        for action, key in self._counters(request, credentials):
            ratelimit.clear(request, action=action, key=key)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        known = [_digest(user.email.lower()), *_known_to(request)]
        response.set_cookie(
            KNOWN_BROWSER,
            signing.dumps(list(dict.fromkeys(known))[:_MOST_LOGINS], salt=KNOWN_BROWSER),
            max_age=_KNOWN_SECONDS,
            path=reverse("account_login"),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of the person, from the proxies that are trusted (`RB_TRUSTED_PROXIES`), else of the peer."""
        with suppress(ImproperlyConfigured):  # fewer addresses than proxies: this request came by another way
            return super().get_client_ip(request)
        return request.META.get("REMOTE_ADDR", "")

    # --- mails

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        after_answer(partial(self._send, template_prefix, email, context))

    def _send(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        site = SimpleNamespace(name=settings.WAGTAIL_SITE_NAME, domain=urlsplit(settings.BASE_URL).netloc)
        self.render_mail(template_prefix, email, {"email": email, "current_site": site} | context).send()

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", args=["UID", "KEY"])
        return urljoin(settings.BASE_URL, path.replace("UID-KEY", quote(key)))


def _login_of(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email", "")).strip().lower()


def _digest(login: str) -> str:
    return hashlib.sha256(f"{settings.SECRET_KEY} {login}".encode()).hexdigest()[:20]


def _known_to(request: HttpRequest) -> Collection[str]:
    """The logins that have signed in in this browser, as digests."""
    try:
        return signing.loads(request.COOKIES.get(KNOWN_BROWSER, ""), salt=KNOWN_BROWSER, max_age=_KNOWN_SECONDS)
    except signing.BadSignature:
        return []

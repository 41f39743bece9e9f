"""What somebody had typed when their session expired waits for them behind the sign-in page."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.crypto import salted_hmac

_PENDING = "pending_update"
#: Larger bodies than any of our forms are not kept, in bytes.
_PENDING_LIMIT = 20_000


def author_mark(user) -> str:
    """A mark in the form that tells whose it is, once the session that opened it is gone."""
    return salted_hmac("sites_registry.pending_update", str(user.pk)).hexdigest()


def keep_for_later(request: HttpRequest) -> HttpResponse:
    """Keep what a visitor sends to a form that asks to sign in, and take them to the sign-in page."""
    if request.method == "POST" and len(request.body) <= _PENDING_LIMIT:
        request.session[_PENDING] = {"path": request.path, "data": request.POST.urlencode()}
    return redirect_to_login(request.path, reverse(settings.LOGIN_URL))


def typed(request: HttpRequest) -> QueryDict | None:
    """What to fill the form with: what is posted, else what the same person had typed before their session expired.

    The latter is given back once, to nobody else, and with a word about it.
    """
    pending = _pending(request)
    if request.method == "POST":
        return request.POST
    if pending is not None:
        messages.warning(
            request, "Votre session avait expiré : voici ce que vous aviez saisi. Vérifiez et enregistrez."
        )
    return pending


def _pending(request: HttpRequest) -> QueryDict | None:
    pending = request.session.get(_PENDING)
    if pending is None or pending["path"] != request.path:
        return None
    del request.session[_PENDING]
    data = QueryDict(pending["data"])
    return data if data.get("author") == author_mark(request.user) else None

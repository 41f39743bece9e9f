"""Quick updates of a site: by section, « rien n'a changé », declaring, closing, reopening."""

from datetime import date
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.wording import day_in_words
from sites_registry.versioned.concurrent import latest_state, state_seen
from sites_registry.versioned.forms import SituationForm

from .. import verbs
from ..forms.closing import ClosingForm
from ..forms.declaring import DeclareForm
from ..forms.quick import section_form_class
from ..models import SitePage, SiteVersion
from ..sections import SECTION_BY_SLUG, SECTIONS, Section
from .access import act, open_site_or_404, site_or_404
from .detail import show_site
from .pending import author_mark, keep_for_later, typed

_SAVED = "Merci. « {section} » est à jour, et l’historique aussi."
_SAVED_AS_PAST = (
    "Merci. « {section} » est enregistré dans l’historique au {past}. La page montre la situation au {shown}."
)
#: Name of the button that shows the answers of the day chosen, and saves nothing; its value is the state shown before.
_THAT_DAY = "ce-jour-la"
_CLOSED_ALREADY = "C’est ce que la plateforme savait déjà de la fermeture : rien n’a changé."
_UNCHANGED = "C’est noté : rien n’a changé sur le site {site}. Merci."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def update_section(request: HttpRequest, departement: str, code: str, section: str) -> HttpResponse:
    """The page of a site with the quick form of one section open; a POST saves it.

    Somebody whose session has expired keeps what they typed: it waits for them behind the sign-in page.
    """
    if not request.user.is_authenticated:
        return keep_for_later(request)
    site = open_site_or_404(request, departement, code, Feature.SITE_UPDATE)
    if section not in SECTION_BY_SLUG:
        raise Http404
    chosen = SECTION_BY_SLUG[section]
    form, situation = _forms(request, site, chosen, typed(request))
    is_sent = request.method == "POST" and not form.take_theirs
    if is_sent and form.is_valid() and situation.is_valid():
        try:
            saved = verbs.update_site(site, form.changes(), by=request.user, **situation.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error if hasattr(error, "error_dict") else error.messages)
        else:
            return _saved(request, saved, chosen, situation.cleaned_data["at"])
    site = site_or_404(request, departement, code)  # the form has written on the first one
    return show_site(request, site, form=_Both(form, situation, author_mark(request.user)), section=chosen)


@require_POST
def confirm_unchanged(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """« Rien n'a changé » in one tap."""
    site = site_or_404(request, departement, code, Feature.SITE_UPDATE)
    verb = partial(verbs.confirm_unchanged, site, by=request.user)
    then = reverse("dashboard") if request.POST.get("retour") == "accueil" else site.address_on_platform
    return act(request, verb, _UNCHANGED.format(site=site.usual_name), then=then)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Declare a site; when open ones look like it, ask first whether it is one of them."""
    if not request.user.is_authenticated:
        return keep_for_later(request)
    if not can(request.user, Feature.SITE_CREATE):
        raise PermissionDenied
    form = DeclareForm(typed(request), user=request.user)
    lookalikes: list[SitePage] = []
    if request.method == "POST" and form.is_valid():
        already = form.already_declared()
        lookalikes = [] if already else form.lookalikes()
        if not lookalikes:
            try:
                site = already or verbs.declare_site(form.values(), by=request.user, code=form.code)
            except PermissionDenied:
                form.add_error("commune", "Vous n’avez pas le droit de déclarer un site dans cette commune.")
            except ValidationError as error:
                _add_errors(form, error)
            else:
                messages.success(request, "Site déclaré. Complétez sa description quand vous le pourrez.")
                return redirect(f"{site.address_on_platform}?declare=1")
    context = {"form": form, "lookalikes": lookalikes, "author": author_mark(request.user)}
    status = 422 if request.method == "POST" else 200
    return render(request, "sites_registry/site_declare.html", context, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Close a site, or correct the closing of a closed one."""
    if not request.user.is_authenticated:
        return keep_for_later(request)
    site = site_or_404(request, departement, code)
    feature = Feature.SITE_CLOSE if site.is_open else Feature.SITE_CORRECT
    if not can(request.user, feature, site):
        raise Http404
    form = ClosingForm(typed(request), site=site)
    if request.method == "POST" and form.is_valid():
        verb = verbs.close_site if site.is_open else verbs.correct_closing
        try:
            saved = verb(site, by=request.user, **form.closing())
        except ValidationError as error:
            _add_errors(form, error)
        else:
            is_same = saved.updated_at == site.updated_at
            messages.success(request, _CLOSED_ALREADY if is_same else "La fermeture du site est enregistrée.")
            return redirect(site.address_on_platform)
    context = {"form": form, "site": site, "author": author_mark(request.user)}
    status = 422 if request.method == "POST" else 200
    return render(request, "sites_registry/site_close.html", context, status=status)


@require_POST
def reopen(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Reopen a closed site."""
    site = site_or_404(request, departement, code, Feature.SITE_REOPEN)
    verb = partial(verbs.reopen_site, site, by=request.user)
    return act(request, verb, "Le site est rouvert.", then=site.address_on_platform)


class _Both:
    """The form of a section and the one of the situation, read together by the template and its error summary."""

    def __init__(self, section, situation, author: str):
        self.section, self.situation, self.author = section, situation, author
        self.is_bound = section.is_bound
        self.errors = {**section.errors, **situation.errors} if section.is_bound else {}


def _forms(request: HttpRequest, site: SitePage, section: Section, data: QueryDict | None):
    that_day = data.get(_THAT_DAY) if data else None
    opened_on = that_day or (data.get("base") if data else None)
    base = state_seen(SiteVersion, site.pk, opened_on) or latest_state(SiteVersion, site.pk)
    situation = SituationForm(data)
    form_class = section_form_class(section, site, request.user)
    form = form_class(
        data, page=site, user=request.user, base=base, day=situation.day, take_theirs=that_day is not None
    )
    return form, situation


def _saved(request: HttpRequest, site: SitePage, section: Section, at: date) -> HttpResponse:
    """Thank, say where the answers went, and offer the next section."""
    if site.situation_at is not None and at < localdate(site.situation_at):
        shown = day_in_words(site.situation_at)
        words = _SAVED_AS_PAST.format(section=section.title, past=day_in_words(at), shown=shown)
    else:
        words = _SAVED.format(section=section.title)
    messages.success(request, words)
    position = SECTIONS.index(section) + 1
    following = f"&suite={SECTIONS[position].slug}" if position < len(SECTIONS) else ""
    return redirect(f"{site.address_on_platform}?fait={section.slug}{following}#historique")


def _add_errors(form, error: ValidationError) -> None:
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, errors in error.message_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)

"""Quick updates of a site: by section, « rien n'a changé », declaring, closing, reopening."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_http_methods, require_POST

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can

from .. import actions
from ..models import SitePage, SiteVersion
from ..quick_forms import ClosingForm, DeclareForm, SituationForm, section_form_class
from ..sections import SECTION_BY_SLUG, SECTIONS, Section
from .access import site_or_404
from .detail import show_site

#: What an expired session had typed, kept on the server until its author signs in again.
_PENDING = "pending_update"
_PENDING_LIMIT = 20_000


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def update_section(request: HttpRequest, departement: str, code: str, section: str) -> HttpResponse:
    """The page of a site with the quick form of one section open; a POST saves it.

    Somebody whose session has expired keeps what they typed: it waits for them behind the sign-in page.
    """
    if not request.user.is_authenticated:
        return _keep_for_later(request)
    site = site_or_404(request, departement, code, Feature.SITE_UPDATE)
    if section not in SECTION_BY_SLUG or not site.is_open:
        raise Http404
    chosen = SECTION_BY_SLUG[section]
    pending = _pending_update(request)
    data = request.POST if request.method == "POST" else pending
    form, situation = _forms(request, site, chosen, data)
    if request.method == "POST" and form.is_valid() and situation.is_valid():
        try:
            actions.update_site(site, form.changes(), by=request.user, **situation.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error if hasattr(error, "error_dict") else error.messages)
        else:
            return _saved(request, site, chosen)
    if pending and request.method != "POST":
        messages.warning(
            request, "Votre session avait expiré : voici ce que vous aviez saisi. Vérifiez et enregistrez."
        )
    site = site_or_404(request, departement, code)  # the form has written on the first one
    return show_site(request, site, form=_Both(form, situation, author_mark(request.user)), section=chosen)


@require_POST
def confirm_unchanged(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """« Rien n'a changé » in one tap."""
    site = site_or_404(request, departement, code, Feature.SITE_UPDATE)
    try:
        actions.confirm_unchanged(site, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"C’est noté : rien n’a changé sur le site {site.usual_name}. Merci.")
    return redirect("dashboard" if request.POST.get("retour") == "accueil" else site.address_on_platform)


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Declare a site."""
    if not can(request.user, Feature.SITE_CREATE):
        raise PermissionDenied
    form = DeclareForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.Meta.fields}
        values["point"] = form.cleaned_data["coordinates"]
        try:
            site = actions.declare_site(values, by=request.user)
        except PermissionDenied:
            form.add_error("commune", "Vous n’avez pas le droit de déclarer un site dans cette commune.")
        else:
            messages.success(request, "Site déclaré. Complétez sa description quand vous le pourrez.")
            return redirect(f"{site.address_on_platform}?declare=1")
    status = 422 if form.is_bound else 200
    return render(request, "sites_registry/site_declare.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Close a site, or correct the closing of a closed one."""
    site = site_or_404(request, departement, code)
    feature = Feature.SITE_CLOSE if site.is_open else Feature.SITE_CORRECT
    if not can(request.user, feature, site):
        raise Http404
    form = ClosingForm(request.POST or None, site=site)
    if request.method == "POST" and form.is_valid():
        act = actions.close_site if site.is_open else actions.correct_closing
        try:
            act(site, by=request.user, **form.closing())
        except ValidationError as error:
            _add_errors(form, error)
        else:
            messages.success(request, "La fermeture du site est enregistrée.")
            return redirect(site.address_on_platform)
    status = 422 if form.is_bound else 200
    return render(request, "sites_registry/site_close.html", {"form": form, "site": site}, status=status)


@require_POST
def reopen(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Reopen a closed site."""
    site = site_or_404(request, departement, code, Feature.SITE_REOPEN)
    try:
        actions.reopen_site(site, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "Le site est rouvert.")
    return redirect(site.address_on_platform)


class _Both:
    """The form of a section and the one of the situation, read together by the template and its error summary."""

    def __init__(self, section, situation, author: str):
        self.section, self.situation, self.author = section, situation, author
        self.is_bound = section.is_bound
        self.errors = {**section.errors, **situation.errors} if section.is_bound else {}


def _forms(request: HttpRequest, site: SitePage, section: Section, data: QueryDict | None):
    believed = SiteVersion.objects.believed_now().filter(site=site)
    seen = data.get("base") if data else None
    base = (
        SiteVersion.objects.filter(site=site, pk=seen).first() if seen and seen.isascii() and seen.isdigit() else None
    )
    base = base or believed.filter(valid__upper_inf=True).first()
    form_class = section_form_class(section, lambda feature: can(request.user, feature, site))
    form = form_class(data, site=site, user=request.user, base=base)
    return form, SituationForm(data)


def _saved(request: HttpRequest, site: SitePage, section: Section) -> HttpResponse:
    """Thank, and offer the next section."""
    messages.success(request, f"Merci. « {section.title} » est à jour, et l’historique aussi.")
    position = SECTIONS.index(section) + 1
    following = f"?suite={SECTIONS[position].slug}" if position < len(SECTIONS) else ""
    return redirect(f"{site.address_on_platform}{following}#historique")


def _add_errors(form, error: ValidationError) -> None:
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, errors in error.message_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)


def author_mark(user) -> str:
    """A mark in the form that tells whose it is, once the session that opened it is gone."""
    return salted_hmac("sites_registry.pending_update", str(user.pk)).hexdigest()


def _keep_for_later(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and len(request.body) <= _PENDING_LIMIT:
        request.session[_PENDING] = {"path": request.path, "data": request.POST.urlencode()}
    return redirect_to_login(request.path, reverse(settings.LOGIN_URL))


def _pending_update(request: HttpRequest) -> QueryDict | None:
    """What the same person had typed here before their session expired; given back once, and to nobody else."""
    pending = request.session.get(_PENDING)
    if pending is None or pending["path"] != request.path:
        return None
    del request.session[_PENDING]
    data = QueryDict(pending["data"])
    return data if data.get("author") == author_mark(request.user) else None

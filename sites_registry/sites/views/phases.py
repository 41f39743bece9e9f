"""The preparatory phases of a site."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from rbsite.accounts.enums import Feature

from .. import verbs
from ..forms.phases import PhasesForm
from ..phases import checklist
from .access import act, open_site_or_404

_STARTED = "La résorption du site est démarrée : les phases initiales sont en cours."


@require_http_methods(["GET", "HEAD", "POST"])
def edit_phases(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """The checklist of an open site, for those who follow its phases."""
    site = open_site_or_404(request, departement, code, Feature.SITE_MANAGE_PHASES)
    form = PhasesForm(request.POST or None, checklist=checklist(site))
    if request.method == "POST" and form.is_valid():
        try:
            changed = verbs.set_phases(site, form.states(), by=request.user)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "Les phases sont enregistrées." if changed else "Rien n’a changé.")
            return redirect(f"{site.address_on_platform}#phases")
    context = {"form": form, "site": site}
    return render(request, "sites_registry/site_phases.html", context, status=422 if form.is_bound else 200)


@require_POST
def start_resorption(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """« Démarrer la résorption » : the starting phases are under way."""
    site = open_site_or_404(request, departement, code, Feature.SITE_MANAGE_PHASES)
    verb = partial(verbs.start_resorption, site, by=request.user)
    return act(request, verb, _STARTED, then=f"{site.address_on_platform}#phases")

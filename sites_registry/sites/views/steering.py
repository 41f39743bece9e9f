"""Buttons of those who steer: heat-wave alert, objective of resorption, deletion."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from rbsite.accounts.enums import Feature

from .. import verbs
from ..models import SitePage
from .access import site_or_404


@require_POST
def heatwave(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Turn the heat-wave alert of an open site on, or off when `retirer` is sent."""
    site = _open_site_or_404(request, departement, code, Feature.SITE_UPDATE)
    wanted = "retirer" not in request.POST
    words = (
        "L’alerte canicule est activée : le site est signalé comme particulièrement exposé."
        if wanted
        else "L’alerte canicule est levée."
    )
    return _steer(request, site, {"heatwave_risk": wanted}, words)


@require_POST
def objective(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Set the objective of resorption to the present year, or take it away when `retirer` is sent."""
    site = _open_site_or_404(request, departement, code, Feature.SITE_SET_OBJECTIVE)
    year = None if "retirer" in request.POST else timezone.localdate().year
    words = f"L’objectif de résorption {year} est fixé." if year else "Le site n’a plus d’objectif de résorption."
    return _steer(request, site, {"resorption_target": year}, words)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Ask, then take a site declared by mistake away from everybody's sight."""
    site = site_or_404(request, departement, code, Feature.SITE_DELETE)
    if request.method == "POST":
        verbs.delete_site(site, by=request.user)
        messages.success(request, f"Le site {site.usual_name} est supprimé.")
        return redirect("sites:list")
    return render(request, "sites_registry/site_delete.html", {"site": site})


def _open_site_or_404(request: HttpRequest, departement: str, code: str, feature: Feature) -> SitePage:
    site = site_or_404(request, departement, code, feature)
    if not site.is_open:
        raise Http404
    return site


def _steer(request: HttpRequest, site: SitePage, changes: dict, words: str) -> HttpResponse:
    try:
        verbs.update_site(site, changes, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, words)
    return redirect(site.address_on_platform)

"""Buttons of those who steer: heat-wave alert, objective of resorption, deletion."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from rbsite.accounts.enums import Feature

from .. import verbs
from ..models import SitePage
from .access import act, open_site_or_404, site_or_404

_ALERT_ON = "L’alerte canicule est activée : le site est signalé comme particulièrement exposé."
_ALERT_OFF = "L’alerte canicule est levée."
_OBJECTIVE = "L’objectif de résorption {year} est fixé."
_NO_OBJECTIVE = "Le site n’a plus d’objectif de résorption."
_DELETED = "Le site {site} est supprimé."


@require_POST
def heatwave(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Turn the heat-wave alert of an open site on, or off when `retirer` is sent."""
    site = open_site_or_404(request, departement, code, Feature.SITE_UPDATE)
    wanted = "retirer" not in request.POST
    return _steer(request, site, {"heatwave_risk": wanted}, _ALERT_ON if wanted else _ALERT_OFF)


@require_POST
def objective(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Set the objective of resorption to the present year, or take it away when `retirer` is sent."""
    site = open_site_or_404(request, departement, code, Feature.SITE_SET_OBJECTIVE)
    year = None if "retirer" in request.POST else timezone.localdate().year
    words = _OBJECTIVE.format(year=year) if year else _NO_OBJECTIVE
    return _steer(request, site, {"resorption_target": year}, words)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Ask, then take a site declared by mistake away from everybody's sight."""
    site = site_or_404(request, departement, code, Feature.SITE_DELETE)
    if request.method == "POST":
        words = _DELETED.format(site=site.usual_name)
        return act(request, partial(verbs.delete_site, site, by=request.user), words, then=reverse("sites:list"))
    return render(request, "sites_registry/site_delete.html", {"site": site})


def _steer(request: HttpRequest, site: SitePage, changes: dict, words: str) -> HttpResponse:
    verb = partial(verbs.update_site, site, changes, by=request.user)
    return act(request, verb, words, then=site.address_on_platform)

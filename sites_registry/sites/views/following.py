"""Pins and interventions: two buttons that need no script."""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can

from ..models import SitePage
from ..verbs import following
from .access import act, site_or_404

_PINNED = "Le site {site} est épinglé : vous le retrouverez dans « Mes sites »."
_UNPINNED = "Le site {site} n’est plus épinglé."
_COMES = "C’est noté : les lecteurs de ce site savent que vous y intervenez."
_LEAVES = "Vous n’êtes plus parmi les intervenants de ce site."


@require_POST
def pin(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """Pin the site, or take the pin away when `retirer` is sent; htmx gets the button again."""
    site = site_or_404(request, departement, code)
    wanted = "retirer" not in request.POST
    verb = partial(following.pin_site if wanted else following.unpin_site, site, by=request.user)
    if request.htmx:
        verb()
        context = {"site": site, "is_pinned": wanted, "told": True}
        return render(request, "sites_registry/partials/pin.html", context)
    words = (_PINNED if wanted else _UNPINNED).format(site=site.usual_name)
    return act(request, verb, words, then=_back(request, site))


@require_POST
def intervene(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """« J'interviens sur ce site », or no longer when `retirer` is sent."""
    site = site_or_404(request, departement, code)
    there = f"{site.address_on_platform}#intervenants"
    if "retirer" in request.POST:
        return act(request, partial(following.stop_intervening, site, by=request.user), _LEAVES, then=there)
    if not site.is_open or not can(request.user, Feature.SITE_INTERVENE, site):
        raise Http404
    return act(request, partial(following.start_intervening, site, by=request.user), _COMES, then=there)


def _back(request: HttpRequest, site: SitePage) -> str:
    """The page of ours where the button was, else the page of the site."""
    before = request.POST.get("retour", "")
    is_ours = before.startswith("/") and url_has_allowed_host_and_scheme(before, allowed_hosts=None)
    return before if is_ours else site.address_on_platform

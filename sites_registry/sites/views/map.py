"""The map of sites, its data and its quick view."""

import json
from collections.abc import Callable

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from rbsite.territories.layers import frames, map_layers
from rbsite.territories.locator import points_svg
from rbsite.territories.overview import overview_svg

from ..conditions import STATUS_WORDS
from ..enums import SiteType, Theme
from ..models.querysets import SiteQuerySet
from ..reads.filters import sorted_sites
from ..reads.map import fingerprint, map_data
from .access import site_or_404
from .asked import asked_sites
from .listing import PAGE_SIZE, tabs_of, totals_of

#: What marks mean: the symbols of `static/rb/map-icons.svg` and their words.
LEGEND = (
    ("Type de site", list(SiteType.choices)),
    ("Accès à l’eau", [(f"water-{status}", words) for status, words in STATUS_WORDS[Theme.WATER].items()]),
)
#: The same in the names of marks, where « autre » alone would say nothing.
WORDS = {
    "type": {kind.value: kind.label.lower() for kind in SiteType} | {SiteType.OTHER.value: "autre type"},
    "water": STATUS_WORDS[Theme.WATER],
}


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """The sites that the list shows for the same address: their table, then their map."""
    asked = asked_sites(request)
    totals = totals_of(asked.sites)
    pages = Paginator(sorted_sites(asked.sites.with_places(), asked.sort), PAGE_SIZE)
    pages.count = totals["sites"]  # counted once
    context = asked.panel() | {
        "tabs": tabs_of(asked.filters, request.user),
        "totals": totals,
        "page": pages.get_page(asked.params.get("page")),
        "table_open": "page" in request.GET,
        "data_url": f"{reverse('sites:map_data')}?{asked.params.urlencode()}",
        "layers": map_layers(),
        "frames": frames(),
        "legend": LEGEND,
        "words": WORDS,
    }
    return render(request, "sites_registry/map.html", context)


@require_safe
def site_map_data(request: HttpRequest) -> HttpResponse:
    """The same sites for the map, as JSON."""
    return _unless_known(request, lambda sites: HttpResponse(_json(map_data(sites)), content_type="application/json"))


@require_safe
def site_map_image(request: HttpRequest) -> HttpResponse:
    """The same sites drawn: those of one département on its map, else counted by département on the country's."""
    return _unless_known(request, lambda sites: HttpResponse(_overview(sites), content_type="image/svg+xml"))


def _unless_known(request: HttpRequest, answer: Callable[[SiteQuerySet], HttpResponse]) -> HttpResponse:
    """What `answer` makes of the sites asked for; a browser that has it already is told so before they are read."""
    sites = asked_sites(request).sites
    etag = fingerprint(sites)
    response = get_conditional_response(request, etag=etag) or answer(sites)
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie"])
    return response


def _json(data: dict) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _overview(sites: SiteQuerySet) -> str:
    rows = sites.order_by().values_list("commune__departement__code").annotate(count=Count("pk"))
    counts = {code or "": count for code, count in rows}
    if len(counts) == 1:
        [departement] = counts
        points = sites.order_by("pk").exclude(latitude=None).values_list("latitude", "longitude")
        if drawn := points_svg(points, departement, "Les sites dans le département"):
            return drawn
    return overview_svg(counts, "Nombre de sites par département")


@require_safe
def quick_view(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """The essentials of a site, for the panel of the map: a fragment of page."""
    site = site_or_404(request, departement, code)
    return render(request, "sites_registry/partials/map_quick_view.html", {"site": site})

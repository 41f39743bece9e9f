"""The map of sites, its data and its quick view."""

import json

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from rbsite.territories.layers import frames, map_layers

from ..conditions import STATUS_WORDS
from ..enums import SiteType, Theme
from ..filters import sorted_sites
from ..mapping import fingerprint, map_data
from .access import site_or_404
from .asked import asked_sites
from .listing import PAGE_SIZE, tabs_of, totals_of

#: What marks mean: the symbols of `static/rb/map-icons.svg` and their words.
LEGEND = (
    ("Type de site", list(SiteType.choices)),
    ("Accès à l’eau", [(f"water-{status}", words) for status, words in STATUS_WORDS[Theme.WATER].items()]),
)


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """The sites that the list shows for the same address: their table, then their map."""
    asked = asked_sites(request)
    totals = totals_of(asked.sites)
    pages = Paginator(sorted_sites(asked.sites.with_places(), asked.sort), PAGE_SIZE)
    pages.count = totals["sites"]  # counted once
    context = asked.panel() | {
        "tabs": tabs_of(asked.params, asked.filters, asked.visible),
        "totals": totals,
        "page": pages.get_page(asked.params.get("page")),
        "table_open": "page" in request.GET,
        "data_url": f"{reverse('sites:map_data')}?{asked.params.urlencode()}",
        "layers": map_layers(),
        "frames": frames(),
        "legend": LEGEND,
    }
    return render(request, "sites_registry/map.html", context)


@require_safe
def site_map_data(request: HttpRequest) -> HttpResponse:
    """The same sites for the map, as JSON; a browser that has them already is told so before they are read."""
    sites = asked_sites(request).sites
    etag = fingerprint(sites)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        content = json.dumps(map_data(sites), ensure_ascii=False, separators=(",", ":"))
        response = HttpResponse(content, content_type="application/json")
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie"])
    return response


@require_safe
def quick_view(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """The essentials of a site, for the panel of the map: a fragment of page."""
    site = site_or_404(request, departement, code)
    response = render(request, "sites_registry/partials/map_quick_view.html", {"site": site})
    patch_cache_control(response, private=True, no_cache=True)
    return response

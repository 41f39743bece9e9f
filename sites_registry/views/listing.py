"""The list of sites."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.wording import STALE_MONTHS

from ..enums import SiteStatus, Theme
from ..filters import DEFAULT_SORT, SORTS, TABS, SiteFilter, seen_since, sorted_sites, territory_of
from ..models import SitePage

PAGE_SIZE = 20
#: Filters offered on each tab, the first ones in view, the others behind « Plus de filtres ».
_TAB_FILTERS = {
    "ouverts": (
        ("personnes", "type", "conditions", "actualisation"),
        ("origine", "inconnues", "objectif", "canicule"),
    ),
    "fermes": (("resorbe", "cause"), ("origine", "type", "personnes", "objectif")),
}


@require_safe
def site_list(request: HttpRequest) -> HttpResponse:
    """Sites that the reader may see, filtered and sorted by what the address says; works without JavaScript."""
    params = request.GET.copy()
    tab = params["onglet"] = params.get("onglet") if params.get("onglet") in TABS else "ouverts"
    visible = SitePage.objects.visible_to(request.user, Feature.SITE_READ)
    filters = SiteFilter.forgiving(params, visible)
    params, sites = filters.data, filters.qs
    sort = params.get("tri") if params.get("tri") in SORTS else DEFAULT_SORT
    page = Paginator(sorted_sites(sites.with_places(), sort), PAGE_SIZE).get_page(params.get("page"))
    context = {
        "filters": filters,
        "tab": tab,
        "tabs": _tabs(params, filters, visible),
        "page": page,
        "totals": _totals(sites),
        "sorts": [(key, label) for key, (label, _order) in SORTS.items() if _sort_suits(key, tab)],
        "sort": sort,
        "main_filters": [filters.form[name] for name in _TAB_FILTERS[tab][0]],
        "more_filters": [filters.form[name] for name in _TAB_FILTERS[tab][1]],
        "more_filters_open": any(params.getlist(name) for name in _TAB_FILTERS[tab][1]),
        "chips": _chips(params, filters),
        "territory": territory_of(place) if (place := filters.form.cleaned_data["territoire"]) else None,
        "query": _without(params, "page"),
        "themes": Theme,
        "may_export": can(request.user, Feature.SITE_EXPORT),
        "may_import": can(request.user, Feature.SITE_UPDATE),
        "may_declare": can(request.user, Feature.SITE_CREATE),
        "nothing_visible": not visible.exists() if not page.paginator.count else False,
    }
    template = "sites_registry/partials/results.html" if request.htmx else "sites_registry/site_list.html"
    return render(request, template, context)


def _sort_suits(sort: str, tab: str) -> bool:
    return sort not in ({"fermeture"} if tab == "ouverts" else {"installation", "signalement", "ancienne"})


def _totals(sites) -> dict:
    """Totals of the filtered list: sites, persons, sites without a figure, share brought up to date in 6 months."""
    totals = sites.order_by().aggregate(
        sites=Count("pk"),
        people=Sum("population_total"),
        without_figure=Count("pk", filter=Q(population_total__isnull=True)),
        fresh=Count("pk", filter=Q(situation_at__gte=seen_since(STALE_MONTHS))),
    )
    share = round(100 * totals["fresh"] / totals["sites"]) if totals["sites"] else None
    return totals | {"fresh_share": share, "freshness": _freshness_level(share)}


def _freshness_level(share: int | None) -> str:
    """Level of the badge: at least 80 % is good, at least 60 % a warning."""
    if share is None:
        return "neutral"
    return "fresh" if share >= 80 else "aging" if share >= 60 else "stale"


def _tabs(params: QueryDict, filters: SiteFilter, visible) -> list[dict]:
    """Open and closed sites, counted with the search and the territory but without the tab's own filters."""
    common = QueryDict(mutable=True)
    for name in ("q", "territoire"):
        if filters.form.cleaned_data.get(name):
            common[name] = filters.form.cleaned_data[name]
    counts = (
        SiteFilter(common, visible)
        .qs.order_by()
        .aggregate(
            ouverts=Count("pk", filter=Q(status=SiteStatus.OPEN)), fermes=Count("pk", filter=~Q(status=SiteStatus.OPEN))
        )
    )
    current = filters.data["onglet"]
    return [
        {
            "label": label,
            "count": counts[key],
            "url": f"?{urlencode({**common.dict(), 'onglet': key})}",
            "current": key == current,
        }
        for key, label in TABS.items()
    ]


def _chips(params: QueryDict, filters: SiteFilter) -> list[dict]:
    """The filters in use, each with the address that removes it."""
    chips = []
    for name, filter_ in filters.filters.items():
        if name == "onglet":
            continue
        choices = dict(getattr(filters.form.fields[name], "choices", []))
        for value in params.getlist(name):
            if value:
                words = choices.get(value, value)
                chips.append({"label": f"{filter_.label} : {words}", "url": "?" + _without(params, name, value)})
    return chips


def _without(params: QueryDict, name: str, value: str | None = None) -> str:
    kept = params.copy()
    values = [] if value is None else [other for other in kept.getlist(name) if other != value]
    kept.setlist(name, values)
    if name != "page":
        kept.pop("page", None)
    return kept.urlencode()

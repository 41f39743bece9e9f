"""The list of sites."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import can
from rbsite.base.metrics import aggregated

from .. import metrics
from ..enums import SiteStatus, Theme
from ..freshness import not_stale
from ..models import Pin, SitePhase
from ..models.following import mine
from ..models.querysets import SiteQuerySet
from ..reads.cards import dress_cards
from ..reads.filters import TABS, SiteFilter, sorted_sites
from .asked import asked_sites, without

PAGE_SIZE = 20


@require_safe
def site_list(request: HttpRequest) -> HttpResponse:
    """Sites that the reader may see, filtered and sorted by what the address says; works without JavaScript."""
    asked = asked_sites(request)
    totals = totals_of(asked.sites)
    pages = Paginator(sorted_sites(_for_cards(asked.sites, request.user, asked.tab), asked.sort), PAGE_SIZE)
    pages.count = totals["sites"]  # counted once
    page = pages.get_page(asked.params.get("page"))
    as_table = request.GET.get("vue") == "tableau"
    columns = dress_cards(request.user, page.object_list, as_table)
    for site in page:
        site.may_update = site.is_open and can(request.user, Feature.SITE_UPDATE, site)
    context = asked.panel() | {
        "tabs": tabs_of(asked.filters, request.user),
        "page": page,
        "totals": totals,
        "as_table": as_table,
        "columns": columns,
        "other_view": without(asked.params, "vue") if as_table else f"{without(asked.params, 'vue')}&vue=tableau",
        "here": request.get_full_path(),
        "themes": Theme,
        "may_export": can(request.user, Feature.SITE_EXPORT),
        "may_import": can(request.user, Feature.SITE_UPDATE),
        "may_declare": can(request.user, Feature.SITE_CREATE),
        "nothing_visible": not asked.visible.exists() if not page.paginator.count else False,
    }
    return render(request, "sites_registry/site_list.html", context)


def _for_cards(sites: SiteQuerySet, user: User, tab: str) -> SiteQuerySet:
    """With what a card shows besides the site's own columns: a few queries more, whatever the number of cards."""
    sites = sites.with_places().annotate(is_pinned=Exists(Pin.objects.of(user).filter(site=OuterRef("pk"))))
    if tab == "resorption":
        entered = SitePhase.objects.select_related("phase")
        return sites.prefetch_related(Prefetch("phases", entered, to_attr="entered_phases"))
    return sites if tab == "ouverts" else sites.prefetch_related("closing_solutions")


def totals_of(sites) -> dict:
    """Totals of the filtered list: sites, persons, sites without a figure, share brought up to date in 6 months."""
    totals = aggregated(
        sites,
        {
            "sites": Count("pk"),
            "people": metrics.people(),
            "without_figure": metrics.sites_without_figure(),
            "fresh": Count("pk", filter=not_stale()),
        },
    )
    share = round(100 * totals["fresh"] / totals["sites"]) if totals["sites"] else None
    return totals | {"fresh_share": share, "freshness": _freshness_level(share)}


def _freshness_level(share: int | None) -> str:
    """Level of the badge: at least 80 % is good, at least 60 % a warning."""
    if share is None:
        return "neutral"
    return "fresh" if share >= 80 else "aging" if share >= 60 else "stale"


def tabs_of(filters: SiteFilter, user: User) -> list[dict]:
    """The faces of the list, counted with the search and the territory but without the tab's own filters.

    « En cours de résorption » is there as soon as a site that the reader may see has entered a phase.
    """
    common = QueryDict(mutable=True)
    for name in ("q", "territoire"):
        if filters.form.cleaned_data.get(name):
            common[name] = filters.form.cleaned_data[name]
    is_open = Q(status=SiteStatus.OPEN)
    numbers = {
        "ouverts": Count("pk", filter=is_open),
        "resorption": Count("pk", filter=is_open & Q(pk__in=SitePhase.objects.values("site"))),
        "fermes": Count("pk", filter=~is_open),
        "mes-sites": Count("pk", filter=mine(user)),
    }
    counts = filters.before_tab.order_by().aggregate(**numbers)
    current = filters.data["onglet"]
    return [
        {
            "label": label,
            "count": counts[key],
            "url": f"?{urlencode({**common.dict(), 'onglet': key})}",
            "current": key == current,
        }
        for key, label in TABS.items()
        if key != "resorption" or counts[key] or key == current
    ]

"""What an address asks of the sites that a person may see: list, map and map data read it here, hence alike."""

from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from rbsite.accounts.enums import Feature
from rbsite.base.forms import dress
from rbsite.territories.models import Territory

from ..models import SitePage
from ..models.querysets import SiteQuerySet
from ..reads.filters import DEFAULT_SORT, SORTS, TABS, AddedFilter, SiteFilter

#: Filters offered on each tab, the first ones in view, the others behind « Plus de filtres ».
_TAB_FILTERS = {
    "ouverts": (
        ("personnes", "type", "conditions", "actualisation"),
        ("eau", "inconnues", "scolarisation", "origine", "intervenants", "objectif", "canicule"),
    ),
    "resorption": (("personnes", "type", "origine"), ("objectif", "intervenants", "canicule", "actualisation")),
    "fermes": (("resorbe", "cause"), ("annee", "origine", "type", "personnes", "objectif")),
}
_TAB_FILTERS["mes-sites"] = (("suivi", *_TAB_FILTERS["ouverts"][0]), _TAB_FILTERS["ouverts"][1])


@dataclass
class AskedSites:
    """The filters of an address, upon the sites that its reader may see (`visible`)."""

    visible: SiteQuerySet
    filters: SiteFilter

    @property
    def params(self) -> QueryDict:
        """The parameters that are understood, with the tab."""
        return self.filters.data

    @property
    def tab(self) -> str:
        return self.params["onglet"]

    @property
    def sort(self) -> str:
        return self.params["tri"] if self.params.get("tri") in SORTS else DEFAULT_SORT

    @property
    def sites(self) -> SiteQuerySet:
        """The sites found, in no order."""
        return self.filters.qs

    @property
    def territory(self) -> Territory | None:
        """The territory asked for, when there is one of that name."""
        return self.filters.territory if self.filters.qs is not None else None

    def panel(self) -> dict:
        """Variables of `partials/filter_form.html`, and the territory and the query of the whole screen."""
        main, more = _filters_of(self.tab, self.filters.added)
        form = dress(self.filters.form)
        return {
            "filters": self.filters,
            "tab": self.tab,
            "sorts": [(key, label) for key, (label, _order) in SORTS.items() if _sort_suits(key, self.tab)],
            "sort": self.sort,
            "main_filters": [form[name] for name in main],
            "more_filters": [form[name] for name in more],
            "more_filters_open": any(self.params.getlist(name) for name in more),
            "chips": _chips(self.params, self.filters),
            "territory": self.territory,
            "query": without(self.params, "page"),
        }


def asked_sites(request: HttpRequest) -> AskedSites:
    """The sites that the address of `request` asks for, among those that its reader may see."""
    params = request.GET.copy()
    params["onglet"] = params.get("onglet") if params.get("onglet") in TABS else "ouverts"
    visible = SitePage.objects.visible_to(request.user, Feature.SITE_READ)
    return AskedSites(visible, SiteFilter.forgiving(params, visible, request.user))


def _filters_of(tab: str, added: list[AddedFilter]) -> tuple[list[str], list[str]]:
    """Names of the filters in view and behind « Plus de filtres » on a tab, those of rooms above after ours."""
    main, more = _TAB_FILTERS[tab]
    offered = [entry for entry in added if tab in entry.tabs]
    in_view = [entry.key for entry in offered if entry.in_view]
    return [*main, *in_view], [*more, *(entry.key for entry in offered if not entry.in_view)]


def _sort_suits(sort: str, tab: str) -> bool:
    if tab == "mes-sites":
        return True
    return sort not in ({"installation", "signalement", "ancienne"} if tab == "fermes" else {"fermeture"})


def _chips(params: QueryDict, filters: SiteFilter) -> list[dict]:
    """The filters in use, each with the address that removes it."""
    chips = []
    for name, filter_ in filters.filters.items():
        if name == "onglet":
            continue
        choices = dict(getattr(filters.form.fields[name], "choices", []))
        if name == "territoire" and filters.qs is not None and filters.territory is not None:
            choices = {params[name]: filters.territory.label}
        for value in params.getlist(name):
            if value:
                words = choices.get(value, value)
                chips.append({"label": f"{filter_.label} : {words}", "url": "?" + without(params, name, value)})
    return chips


def without(params: QueryDict, name: str, value: str | None = None) -> str:
    """The query string without a parameter, or without one of its values; back to the first page."""
    kept = params.copy()
    values = [] if value is None else [other for other in kept.getlist(name) if other != value]
    kept.setlist(name, values)
    if name != "page":
        kept.pop("page", None)
    return kept.urlencode()

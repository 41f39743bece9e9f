"""Filters and sorts of sites, defined once, in SQL: list, export, map and home counts all use `SiteFilter`.

Inside a filter the choices add up (or), between filters they narrow down (and). Labels and choices are those that
partners know; « inconnu » is a choice of its own wherever something can be unknown.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import django_filters
from django import forms
from django.db.models import F, OrderBy, Q
from django.http import QueryDict

from rbsite.accounts.models import User
from rbsite.accounts.permissions import whoever_may
from rbsite.base.registry import Entry, Registry
from rbsite.territories.models import Territory

from ..enums import CLOSING_CAUSES, Origin, SiteType, Theme, ThemeStatus
from ..freshness import aging, fresh, stale
from ..metrics import without_figure
from ..models import SitePage
from ..models.following import mine, pinned_by, without_intervener, worked_on, worked_on_by
from ..models.querysets import SiteQuerySet

TABS = {
    "ouverts": "Sites existants",
    "resorption": "En cours de résorption",
    "fermes": "Sites fermés",
    "mes-sites": "Mes sites",
}
POPULATION_CHOICES = [
    ("-9", "Moins de 10"),
    ("10-99", "Entre 10 et 99"),
    ("100-", "100 et plus"),
    ("inconnu", "Nombre inconnu"),
]
_POPULATION = {
    "-9": Q(population_total__lt=10),
    "10-99": Q(population_total__range=(10, 99)),
    "100-": Q(population_total__gte=100),
    "inconnu": without_figure(),
}
ORIGIN_CHOICES = [("ue-seule", "Exclusivement Union européenne"), *Origin.choices, ("inconnu", "Inconnu")]
YES_NO = [("oui", "Oui"), ("non", "Non")]
WATER_CHOICES = [(status.value, status.label.capitalize()) for status in ThemeStatus]
SCHOOLING_CHOICES = [
    ("inconnue", "Mineurs dont la scolarisation est inconnue"),
    ("personne", "Mineurs dont aucun n’est inscrit"),
    ("partielle", "Mineurs dont une partie est inscrite"),
]
_WITH_MINORS = Q(population_minors__gt=0)
_SCHOOLING = {
    "inconnue": _WITH_MINORS & Q(minors_in_school__isnull=True),
    "personne": _WITH_MINORS & Q(minors_in_school=0),
    "partielle": _WITH_MINORS & Q(minors_in_school__gt=0, minors_in_school__lt=F("population_minors")),
}
MINE_CHOICES = [("interviens", "J’interviens"), ("epingles", "Épinglés")]
FRESHNESS_CHOICES = [
    ("recent", "Moins de 3 mois"),
    ("moyen", "Entre 3 et 6 mois"),
    ("ancien", "Plus de 6 mois"),
]
SORTS: dict[str, tuple[str, tuple]] = {
    "commune": ("Commune", ("commune__name", "address")),
    "nom": ("Nom du site", ("title",)),
    "installation": ("Date d’installation", (OrderBy(F("built_at"), descending=True, nulls_last=True),)),
    "actualisation": ("Date d’actualisation", (OrderBy(F("situation_at"), descending=True, nulls_last=True),)),
    "ancienne": ("À actualiser d’abord", (OrderBy(F("situation_at"), nulls_first=True),)),
    "signalement": ("Date de signalement", (OrderBy(F("declared_at"), descending=True, nulls_last=True),)),
    "fermeture": ("Date de fermeture", (OrderBy(F("closed_at"), descending=True, nulls_last=True),)),
}
DEFAULT_SORT = "actualisation"


class ChoiceSet(django_filters.MultipleChoiceFilter):
    """Several choices, each of which is a condition given by `conditions`; they add up."""

    def __init__(self, *, conditions, **kwargs):
        self.conditions = conditions
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(**kwargs)

    def filter(self, qs, value):
        if not value:
            return qs
        return qs.filter(reduce(or_, (self.conditions(choice) for choice in value)))


@dataclass(frozen=True, kw_only=True)
class AddedFilter(Entry):
    """A filter that a room above adds to list and map: `key` is its parameter; exports and counts honour it alike.

    It is offered to whoever holds `feature` somewhere, and finds only sites on which they hold it: what it says of the
    others shows in no count. Without the right its parameter means nothing. Its conditions are sub-queries, so that it
    costs no query of its own.
    """

    label: str
    choices: Sequence[tuple[str, str]]
    #: conditions(choice): the sites of a choice; several choices add up.
    conditions: Callable[[str], Q]
    feature: str
    #: Where it is offered (keys of `TABS`), and whether in view rather than behind « Plus de filtres ».
    tabs: Collection[str] = tuple(TABS)
    in_view: bool = False
    may: Callable[..., bool] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "may", whoever_may(self.feature))  # the dataclass is frozen


class _AddedChoices(ChoiceSet):
    """An added filter, for one reader."""

    def __init__(self, entry: AddedFilter, user: User):
        super().__init__(label=entry.label, choices=entry.choices, conditions=entry.conditions)
        self.feature, self.user = entry.feature, user

    def filter(self, qs, value):
        if not value:
            return qs
        found = super().filter(SitePage.objects.visible_to(self.user, self.feature), value)
        return qs.filter(pk__in=found.order_by().values("pk"))  # whatever it joins, each site is there once


#: Parameters of the list, the map and the export that are no filters.
_OTHER_PARAMETERS = frozenset({"tri", "page", "vue", "date", "format", "parties", "telecharger", "choix"})


class AddedFilters(Registry[AddedFilter]):
    """The filters of rooms above."""

    def register(self, entry: AddedFilter) -> AddedFilter:
        """Add a filter; raises ValueError when one of ours has its parameter."""
        if entry.key in SiteFilter.base_filters or entry.key in _OTHER_PARAMETERS:
            raise ValueError(f"{entry.key!r} is a filter of the list already")
        return super().register(entry)


ADDED_FILTERS = AddedFilters()


def _origin(choice: str) -> Q:
    if choice == "inconnu":
        return Q(origins=[])
    return Q(origins=[Origin.EUROPEAN_UNION]) if choice == "ue-seule" else Q(origins__contains=[choice])


def _yes_no(condition: Q):
    return lambda choice: condition if choice == "oui" else ~condition


def _followed(choice: str) -> Q:
    return worked_on() if choice == "oui" else without_intervener()


def _freshness(choice: str) -> Q:
    return {"recent": fresh, "moyen": aging}.get(choice, stale)()


class SiteFilter(django_filters.FilterSet):
    """All the filters of sites; start it from `SitePage.objects.visible_to(user, …)`.

    Without `user`, what depends on a person (« Mes sites ») finds nothing.
    """

    q = django_filters.CharFilter(label="Recherche", method="search")
    territoire = django_filters.CharFilter(label="Territoire", method="within")
    onglet = django_filters.ChoiceFilter(label="Sites", choices=list(TABS.items()), method="in_tab", empty_label=None)
    personnes = ChoiceSet(label="Nombre de personnes", choices=POPULATION_CHOICES, conditions=_POPULATION.get)
    type = ChoiceSet(label="Type de site", choices=SiteType.choices, conditions=lambda c: Q(site_type=c))
    origine = ChoiceSet(label="Origines", choices=ORIGIN_CHOICES, conditions=_origin)
    conditions = ChoiceSet(
        label="Conditions de vie à améliorer",
        choices=Theme.choices,
        conditions=lambda c: Q(**{f"{c}_status__in": [ThemeStatus.BAD, ThemeStatus.TO_IMPROVE]}),
    )
    inconnues = ChoiceSet(
        label="Conditions de vie inconnues",
        choices=Theme.choices,
        conditions=lambda c: Q(**{f"{c}_status": ThemeStatus.UNKNOWN}),
    )
    eau = ChoiceSet(label="Accès à l’eau", choices=WATER_CHOICES, conditions=lambda c: Q(water_status=c))
    scolarisation = ChoiceSet(label="Scolarisation", choices=SCHOOLING_CHOICES, conditions=_SCHOOLING.get)
    intervenants = ChoiceSet(label="Intervenants", choices=YES_NO, conditions=_followed)
    suivi = django_filters.MultipleChoiceFilter(
        label="Mes sites", choices=MINE_CHOICES, method="followed_by_me", widget=forms.CheckboxSelectMultiple
    )
    actualisation = ChoiceSet(label="Dernière actualisation", choices=FRESHNESS_CHOICES, conditions=_freshness)
    objectif = ChoiceSet(
        label="Objectif de résorption", choices=YES_NO, conditions=_yes_no(Q(resorption_target__isnull=False))
    )
    canicule = ChoiceSet(label="Risque canicule", choices=YES_NO, conditions=_yes_no(Q(heatwave_risk=True)))
    resorbe = ChoiceSet(
        label="Résorbé ou fermé",
        choices=[("resorbe", "Résorbé"), ("ferme", "Fermé")],
        conditions=lambda c: Q(closed_with_solutions=True) if c == "resorbe" else ~Q(closed_with_solutions=True),
    )
    cause = ChoiceSet(label="Cause de la fermeture", choices=CLOSING_CAUSES, conditions=lambda c: Q(status=c))
    annee = django_filters.NumberFilter(
        label="Année de fermeture", field_name="closed_at", lookup_expr="year", min_value=1900, max_value=2100
    )

    #: Once the sites are read: the territory that was asked for, and the sites before the tab and its filters.
    territory: Territory | None = None
    before_tab: SiteQuerySet

    class Meta:
        model = SitePage
        fields: list[str] = []

    def __init__(self, data=None, queryset=None, *, user: User | None = None, **kwargs):
        super().__init__(data, queryset, **kwargs)
        self.user = user
        #: Those of rooms above that the reader may use.
        self.added: list[AddedFilter] = []
        if user is not None:
            self._add(user)

    def _add(self, user: User) -> None:
        self.added = ADDED_FILTERS.open_to(user)
        for entry in self.added:
            self.filters[entry.key] = chosen = _AddedChoices(entry, user)
            chosen.parent, chosen.model = self, SitePage

    @classmethod
    def forgiving(cls, params: QueryDict, queryset, user: User | None = None) -> "SiteFilter":
        """The filters of an address, without the values that no filter knows: the others still hold."""
        filters = cls(params, queryset, user=user)
        if filters.form.is_valid():
            return filters
        known = params.copy()
        for name in filters.form.errors:
            choices = {str(key) for key, _label in getattr(filters.form.fields[name], "choices", [])}
            known.setlist(name, [value for value in params.getlist(name) if value in choices])
        return cls(known, queryset, user=user)

    def search(self, queryset, _name, value):
        return queryset.matching(value)

    def within(self, queryset, _name, value):
        self.territory = territory_of(value)
        if self.territory is None:
            return queryset.none()
        return queryset.filter(commune__lineage__contains=[self.territory.pk])

    def in_tab(self, queryset, _name, value):
        self.before_tab = queryset  # filters apply in the order in which they are declared: search, territory, tab…
        return in_tab(queryset, value, self.user)

    def followed_by_me(self, queryset, _name, value):
        if not value or self.user is None:
            return queryset.none() if value else queryset
        chosen = {"epingles": pinned_by, "interviens": worked_on_by}.get("".join(value), mine)
        return queryset.filter(chosen(self.user))


def in_tab(sites: SiteQuerySet, tab: str, user: User | None) -> SiteQuerySet:
    """The sites of a tab; « Mes sites » are those that `user` has pinned or works on, open or closed."""
    if tab == "mes-sites":
        return sites.mine(user) if user is not None else sites.none()
    return {"fermes": sites.closed, "resorption": sites.in_resorption}.get(tab, sites.open)()


def territory_of(value: str) -> Territory | None:
    """The territory named in an address (« departement-31 ») or typed (« haute garonne »)."""
    kind, _dash, code = value.partition("-")
    exact = Territory.objects.filter(kind=kind, code=code.upper()).first() if code else None
    return exact or next(iter(Territory.objects.search(value, limit=1)), None)


def sorted_sites(queryset, sort: str):
    """Order by the sort of that name (the default one when it is unknown); ties by key, so that pages are stable."""
    _label, ordering = SORTS.get(sort) or SORTS[DEFAULT_SORT]
    return queryset.order_by(*ordering, "pk")

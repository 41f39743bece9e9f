"""What a person's home tells: the figures of their territories, what waits, their sites, what has changed since."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import can, grants_for, own_territories
from rbsite.territories.enums import TerritoryKind
from rbsite.territories.models import Territory

from ..enums import SiteStatus, ThemeStatus
from ..following import without_intervener
from ..freshness import stale
from ..models import SitePage, SiteVersion
from ..querysets import SiteQuerySet

#: Sites at hand, and events told, on the home itself.
SITES_SHOWN = 3
NEWS_SHOWN = 8
#: What a first visit, or one after a long absence, tells at most.
_NEWS_DAYS = 30
_WITHOUT_REGION = "Collectivités d’outre-mer"
_NEWS_COLUMNS = (
    *("kind", "recorded_at", "author__first_name", "author__last_name", "author__email"),
    *("author__organisation__name", "author__organisation__abbreviation"),
    *("site__slug", "site__name", "site__address"),
    *(
        "site__commune__name",
        "site__commune__kind",
        "site__commune__departement__code",
        "site__commune__departement__kind",
    ),
)


@dataclass(frozen=True)
class Ground:
    """The part of the country that a home is about, and the query that narrows lists to it."""

    territories: list[Territory] = field(default_factory=list)
    query: str = ""

    @property
    def name(self) -> str:
        """« Haute-Garonne », « Toulouse (31) et 2 autres territoires », « France entière »."""
        if not self.territories:
            return "France entière"
        first, others = self.territories[0], len(self.territories) - 1
        name = first.name if first.kind == TerritoryKind.DEPARTEMENT else first.label
        if not others:
            return name
        return f"{name} et {others} autre{'s' if others > 1 else ''} territoire{'s' if others > 1 else ''}"

    @property
    def lineage(self) -> set[int]:
        """Ids of the territories and of those that contain them."""
        return {pk for territory in self.territories for pk in territory.lineage}


def ground_of(user: User) -> Ground:
    """Somebody's own territories; the main one alone for those who also read the whole country; else the country."""
    territories = [own for own in own_territories(user) if own.kind != TerritoryKind.COUNTRY]
    if not territories or not grants_for(user).scope(Feature.SITE_READ).nation:
        return Ground(territories)
    main = territories[0]
    return Ground([main], f"territoire={main.kind}-{main.code}")


def open_sites(user: User, ground: Ground) -> SiteQuerySet:
    """The open sites that a home counts."""
    sites = SitePage.objects.visible_to(user, Feature.SITE_READ).open()
    if ground.query:
        sites = sites.filter(commune__lineage__contains=[ground.territories[0].pk])
    return sites


@dataclass(frozen=True)
class Task:
    """Sites that wait for something: how it is said, the list that shows them, the condition that counts them."""

    key: str
    one: str
    many: str
    query: str
    condition: Any


def tasks() -> list[Task]:
    """What waits, the most urgent first. Each query of the list has the same condition in `filters.SiteFilter`."""
    dry = Q(water_status__in=[ThemeStatus.BAD, ThemeStatus.UNKNOWN])
    out_of_school = Q(population_minors__gt=0, minors_in_school__isnull=True)
    return [
        Task("stale", "site non actualisé depuis 6 mois", "sites non actualisés depuis 6 mois",
             "actualisation=ancien", stale()),
        Task("dry", "site sans eau ou eau inconnue", "sites sans eau ou eau inconnue",
             "eau=bad&eau=unknown", dry),
        Task("out_of_school", "site où la scolarisation des mineurs est inconnue",
             "sites où la scolarisation des mineurs est inconnue", "scolarisation=inconnue", out_of_school),
        Task("alone", "site sans intervenant", "sites sans intervenant", "intervenants=non", without_intervener()),
        Task("uncounted", "site sans nombre de personnes", "sites sans nombre de personnes",
             "personnes=inconnu", Q(population_total__isnull=True)),
    ]  # fmt: skip


def figures_of(sites: SiteQuerySet) -> dict[str, Any]:
    """Sites, persons, and what waits, counted in one query: {"sites", "people", "uncounted", "to_do": [(n, Task)]}."""
    waiting = tasks()
    counts = {task.key: Count("pk", filter=task.condition) for task in waiting}
    figures = sites.order_by().aggregate(sites=Count("pk"), people=Sum("population_total"), **counts)
    return figures | {"to_do": [(figures[task.key], task) for task in waiting if figures[task.key]]}


def sites_at_hand(user: User) -> list[SitePage]:
    """The open sites that somebody has pinned or works on, the one seen longest ago first; one more than is shown."""
    mine = SitePage.objects.visible_to(user, Feature.SITE_READ).open().mine(user)
    found = list(mine.with_places().order_by("situation_at", "pk")[: SITES_SHOWN + 1])
    for site in found:
        site.may_update = can(user, Feature.SITE_UPDATE, site)
    return found


@dataclass(frozen=True)
class Day:
    """What happened on one day."""

    when: datetime
    events: list[SiteVersion]


def news_for(user: User, since: datetime | None, now: datetime) -> tuple[list[Day], bool]:
    """What others wrote since the last visit, day by day, the latest first; and whether there is more."""
    earliest = now - timedelta(days=_NEWS_DAYS)
    since = max(since, earliest) if since else earliest
    events = SiteVersion.objects.visible_to(user, Feature.SITE_READ).events().filter(recorded_at__gt=since)
    events = events.exclude(author=user).select_related("author__organisation", "site__commune__departement")
    found = list(events.only(*_NEWS_COLUMNS)[: NEWS_SHOWN + 1])
    days = [
        Day(group[0].recorded_at, group)
        for _day, rows in groupby(found[:NEWS_SHOWN], key=lambda event: timezone.localdate(event.recorded_at))
        if (group := list(rows))
    ]
    return days, len(found) > NEWS_SHOWN


@dataclass
class RegionRow:
    """A région in the national table: open sites and persons now, open sites a year ago."""

    code: str | None
    name: str
    sites: int = 0
    people: int = 0
    sites_before: int = 0

    @property
    def evolution(self) -> int:
        """Open sites more (or fewer, below zero) than a year ago."""
        return self.sites - self.sites_before

    @property
    def query(self) -> str:
        return f"territoire=region-{self.code}" if self.code else ""


def regions_for(user: User, now: datetime) -> list[RegionRow]:
    """The régions that hold open sites now or held some a year ago, those where sites increase most first."""
    present = SitePage.objects.visible_to(user, Feature.SITE_READ).open()
    before = SiteVersion.objects.visible_to(user, Feature.SITE_READ).as_of(now - timedelta(days=365))
    rows: dict[str | None, RegionRow] = {}
    for code, name, sites, people in _by_region(present):
        row = rows.setdefault(code, RegionRow(code, name or _WITHOUT_REGION))
        row.sites, row.people = sites, people or 0
    for code, name, sites, _people in _by_region(before.filter(status=SiteStatus.OPEN)):
        rows.setdefault(code, RegionRow(code, name or _WITHOUT_REGION)).sites_before = sites
    return sorted(rows.values(), key=lambda row: (-row.evolution, -row.sites, row.name))


def _by_region(sites: Any) -> Iterable[tuple[str | None, str | None, int, int | None]]:
    region = ("commune__region__code", "commune__region__name")
    counted = sites.order_by().values(*region).annotate(sites=Count("pk"), people=Sum("population_total"))
    return counted.values_list(*region, "sites", "people")

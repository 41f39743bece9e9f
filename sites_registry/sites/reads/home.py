"""What a person's home tells: the figures of their territories, what waits, their sites, what has changed since."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import can, grants_for, own_territories
from rbsite.base.home_panels import TASKS, Task
from rbsite.base.metrics import METRICS, Metric, aggregated
from rbsite.territories.enums import TerritoryKind
from rbsite.territories.models import Territory

from ..enums import SiteStatus, ThemeStatus
from ..freshness import stale
from ..metrics import without_figure
from ..models import SitePage, SiteVersion
from ..models.following import without_intervener
from ..models.querysets import SiteQuerySet

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
class Figure:
    """A metric on home: how it is said, and the list that it opens."""

    words: str
    url: str
    is_detail: bool


@dataclass(frozen=True)
class Waiting:
    """A line of « À traiter »: how many wait, for what, and the list that it opens."""

    count: int
    words: str
    url: str


class Home:
    """What the panels of one home share, each part read once and only when a panel asks for it."""

    def __init__(self, user: User, now: datetime) -> None:
        self.user = user
        self.now = now
        #: When the previous visit ended; None on the first one.
        self.since: datetime | None = user.previous_visit_at

    @cached_property
    def ground(self) -> Ground:
        """Where this home looks."""
        return ground_of(self.user)

    @cached_property
    def sites(self) -> SiteQuerySet:
        """The open sites that it counts."""
        return open_sites(self.user, self.ground)

    def figures(self) -> list[Figure]:
        """The line of figures, under the rights of the person; a detail that is nothing is not said."""
        figures = []
        for metric in self._metrics:
            value = metric.value(self.user, self.sites) if metric.value else self._counted[metric]
            if value or not metric.is_detail:
                url = self._list_of(metric.list_name, metric.query) if metric.list_name else ""
                figures.append(Figure(metric.words(value), url, metric.is_detail))
        return figures

    def to_do(self) -> list[Waiting]:
        """What waits, the most urgent first; what nobody waits for is not said."""
        lines = []
        for task in self._tasks:
            count = task.count(self.user, self.sites) if task.count else self._counted[task]
            if count:
                words = task.many if count > 1 else task.one
                lines.append(Waiting(count, words, self._list_of(task.list_name, task.query)))
        return lines

    @cached_property
    def _metrics(self) -> list[Metric]:
        return [metric for metric in METRICS.open_to(self.user) if metric.on_home]

    @cached_property
    def _tasks(self) -> list[Task]:
        return TASKS.open_to(self.user)

    @cached_property
    def _counted(self) -> dict[Metric | Task, Any]:
        """All that rows of sites tell, in one query."""
        asked: dict[Metric | Task, Any] = {metric: metric.aggregate() for metric in self._metrics if metric.aggregate}
        asked |= {task: Count("pk", filter=task.condition()) for task in self._tasks if task.condition}
        return aggregated(self.sites, asked)

    def _list_of(self, name: str, query: str) -> str:
        return f"{reverse(name)}?{'&'.join(filter(None, (self.ground.query, query)))}"


def home_of(request: HttpRequest) -> Home:
    """The home of the reader of `request`, shared by its panels."""
    if not hasattr(request, "home"):
        request.home = Home(request.user, timezone.now())
    return request.home


def may_act(user: User, obj: Any = None) -> bool:
    """Whether somebody brings sites up to date or works on them: only they have something waiting and sites at hand."""
    return can(user, Feature.SITE_UPDATE, obj) or can(user, Feature.SITE_INTERVENE, obj)


def _dry() -> Q:
    return Q(water_status__in=[ThemeStatus.BAD, ThemeStatus.UNKNOWN])


def _schooling_unknown() -> Q:
    return Q(population_minors__gt=0, minors_in_school__isnull=True)


#: What waits, the most urgent first: key, one, many, the list, the condition. Each query of the list has the same
#: condition in `filters.SiteFilter`.
_TASKS = (
    ("stale", "site non actualisé depuis 6 mois", "sites non actualisés depuis 6 mois", "actualisation=ancien", stale),
    ("dry", "site sans eau ou eau inconnue", "sites sans eau ou eau inconnue", "eau=bad&eau=unknown", _dry),
    ("out_of_school", "site où la scolarisation des mineurs est inconnue",
     "sites où la scolarisation des mineurs est inconnue", "scolarisation=inconnue", _schooling_unknown),
    ("alone", "site sans intervenant", "sites sans intervenant", "intervenants=non", without_intervener),
    ("uncounted", "site sans nombre de personnes", "sites sans nombre de personnes",
     "personnes=inconnu", without_figure),
)  # fmt: skip


def register_tasks() -> None:
    """Add the lines of « À traiter » that are about sites."""
    for rank, (key, one, many, query, condition) in enumerate(_TASKS, 1):
        TASKS.register(
            Task(
                key=key,
                order=10 * rank,
                may=may_act,
                one=one,
                many=many,
                list_name="sites:list",
                query=query,
                condition=condition,
            )
        )


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

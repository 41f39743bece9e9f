"""The story of one invented site: its states, from the declaration to the closing or to the last visit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import cos, pi, radians, sin, sqrt
from random import Random
from typing import Any

from django.utils import timezone

from rbsite.territories.geo import KM_PER_DEGREE, is_near_departement
from rbsite.territories.models import Territory

from ..models import SiteVersion
from ..sites.enums import CensusStatus, ChangeKind, ClosingSolutionKind, SiteStatus, SiteType
from ..sites.models.state import STATE_COLUMNS
from ..sites.validators import format_point
from . import names
from .inhabitants import Inhabitants
from .living import LivingConditions
from .plan import SitePlan

_OVERSEAS = ("971", "972", "973", "974", "976")
_SOURCES = ("", "", "visite", "visite", "partenaire", "telephone")
_SHARE_UNCHANGED = 0.3
_SHARE_PLACED = 0.86
#: Cause -> (weight, chance that households had a solution; None: unknown).
_CAUSES: dict[str, tuple[int, float | None]] = {
    SiteStatus.CLOSED_BY_JUSTICE: (38, 0.1),
    SiteStatus.CLOSED_BY_PREFECTURE: (22, 0.2),
    SiteStatus.PROGRESSIVE_RESORPTION: (18, 0.9),
    SiteStatus.CLOSED_BY_CITY: (8, 0.15),
    SiteStatus.OTHER: (7, 0.1),
    SiteStatus.UNKNOWN: (7, None),
}


@dataclass
class Event:
    """A state that somebody recorded: how the site was from `at`, written down at `recorded_at`."""

    at: datetime
    recorded_at: datetime
    kind: str
    source: str
    state: SiteVersion
    children: dict[str, list] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.state.__dict__[name] for name in STATE_COLUMNS}


class Story:
    """Tells the states of one site in the order of time; `former` are the sites of the département already closed."""

    def __init__(self, plan: SitePlan, former: list[SitePlan], rng: Random, today: date):
        self._plan, self._rng, self._today = plan, rng, today
        site_type = rng.choices([SiteType.LAND, SiteType.BUILDING, SiteType.OTHER], [68, 26, 6])[0].value
        is_overseas = plan.commune.departement_code in _OVERSEAS
        self._inhabitants = Inhabitants(rng, site_type, is_overseas=is_overseas)
        self._living = LivingConditions(rng, site_type)
        self._facts = self._first_facts(site_type)
        self._children: dict[str, list] = {
            "incoming_sites": self._origin_sites(former),
            "closing_solutions": [],
        }

    def events(self) -> Iterator[Event]:
        """The declaration, what followed, and the closing of a site that is closed. Every state obeys the rules."""
        last = len(self._plan.days) - 1
        state = SiteVersion()
        for rank, day in enumerate(self._plan.days):
            if not rank:
                kind, state = ChangeKind.DECLARED, self._state(rank)
            elif rank == last and not self._plan.is_open:
                self._close(day)
                kind, state = ChangeKind.CLOSED, self._state(rank)
            elif self._rng.random() < _SHARE_UNCHANGED:
                kind = ChangeKind.UNCHANGED
            else:
                self._evolve(day)
                before, state = state, self._state(rank)
                is_same = before.state_values() == state.state_values()
                kind = ChangeKind.UNCHANGED if is_same else ChangeKind.UPDATED
            source = self._rng.choice(_SOURCES) if kind in {ChangeKind.UPDATED, ChangeKind.UNCHANGED} else ""
            yield Event(_midnight(day), self._written_on(rank), kind, source, state, dict(self._children))

    def _state(self, rank: int) -> SiteVersion:
        """The state as it is now, checked as a form would."""
        counts = self._inhabitants.answers(rank)
        state = SiteVersion(commune=self._plan.commune, **self._facts, **self._living.answers, **counts)
        state.derive()
        if errors := state.state_errors():
            raise AssertionError(f"the demonstration broke a rule: {errors}")
        return state

    def _first_facts(self, site_type: str) -> dict[str, Any]:
        rng, declared = self._rng, self._plan.days[0]
        reinstallation = rng.choices([True, False, None], [28, 37, 35])[0]
        built = declared - timedelta(days=int(rng.triangular(1, 900, 20)))
        is_targeted = self._plan.is_open and rng.random() < 0.3
        return {
            "name": names.site_name(rng),
            "address": names.address(rng),
            "point": self._point(self._plan.commune),
            "access_notes": rng.choice(names.ACCESS_NOTES) if rng.random() < 0.3 else "",
            "site_type": site_type,
            "built_at": built if rng.random() < 0.7 else None,
            "declared_at": declared,
            "is_reinstallation": reinstallation,
            "reinstallation_comments": rng.choice(("", *names.REINSTALLATION_COMMENTS)) if reinstallation else "",
            "origins": self._inhabitants.origins,
            "census_status": rng.choice(("", "", CensusStatus.NONE.value)),
            "status": SiteStatus.OPEN.value,
            "heatwave_risk": rng.random() < 0.12,
            "resorption_target": self._today.year + rng.randint(0, 2) if is_targeted else None,
        }

    def _point(self, commune: Territory) -> str:
        """A place within some kilometres of the commune's centre, on the right side of the border; or none."""
        rng, reach = self._rng, 2.6 if (commune.population or 0) > 100_000 else 1.3
        if commune.latitude is None or rng.random() > _SHARE_PLACED:
            return ""
        for _ in range(5):
            distance, angle = reach * sqrt(rng.random()), rng.uniform(0, 2 * pi)
            latitude = commune.latitude + distance * cos(angle) / KM_PER_DEGREE
            longitude = commune.longitude + distance * sin(angle) / KM_PER_DEGREE / cos(radians(commune.latitude))
            if is_near_departement(latitude, longitude, commune.departement_code, km=0):
                return format_point(latitude, longitude)
        return ""

    def _origin_sites(self, former: list[SitePlan]) -> list[int]:
        """One or two sites closed in the months before, for some of the sites whose people came from elsewhere."""
        declared = self._plan.days[0]
        near = [plan.pk for plan in former if timedelta(0) <= declared - plan.days[-1] <= timedelta(days=150)]
        if not self._facts["is_reinstallation"] or not near or self._rng.random() > 0.6:
            return []
        return sorted(self._rng.sample(near, min(len(near), self._rng.randint(1, 2))))

    def _evolve(self, day: date) -> None:
        self._inhabitants.grow()
        self._living.pass_time()
        rng, facts = self._rng, self._facts
        if facts["census_status"] != CensusStatus.DONE and rng.random() < 0.35:
            facts |= self._census(day)
        if not facts["name"] and rng.random() < 0.1:
            facts["name"] = names.site_name(rng)
        if not facts["point"] and rng.random() < 0.3:
            facts["point"] = self._point(self._plan.commune)

    def _census(self, day: date) -> dict[str, Any]:
        """A diagnosis made lately; or planned in the months to come, on sites that are still open."""
        author = self._rng.choice(names.CENSUS_AUTHORS)
        is_last = self._plan.is_open and day == self._plan.days[-1]
        if is_last and self._rng.random() < 0.5:
            planned = self._today + timedelta(days=self._rng.randint(10, 120))
            return _census(CensusStatus.SCHEDULED, planned, author)
        first = self._facts["built_at"] or self._plan.days[0]
        return _census(CensusStatus.DONE, max(first, day - timedelta(days=self._rng.randint(1, 40))), author)

    def _close(self, day: date) -> None:
        """Close the site with a cause; say where households went when somebody knows."""
        rng = self._rng
        cause = rng.choices(list(_CAUSES), [weight for weight, _chance in _CAUSES.values()])[0]
        chance = _CAUSES[cause][1]
        solved = None if chance is None else rng.random() < chance
        context = cause == SiteStatus.OTHER or rng.random() < 0.5
        self._facts |= {
            "status": cause,
            "closed_at": day,
            "closed_with_solutions": solved,
            "closing_context": rng.choice(names.CLOSING_CONTEXTS) if context else "",
            "resorption_target": None,
        }
        self._children["closing_solutions"] = self._solutions(solved) if rng.random() < 0.75 else []

    def _solutions(self, solved: bool | None) -> list[dict[str, Any]]:
        kinds = ClosingSolutionKind
        chosen = [kinds.HOUSING, kinds.ADAPTED_HOUSING] if solved else [kinds.TEMPORARY_SHELTER, kinds.NONE]
        chosen = chosen if self._rng.random() < 0.6 else chosen[:1]
        people, rows = self._inhabitants.total, []
        for kind in chosen:
            helped = max(1, int(people * self._rng.uniform(0.3, 0.95 if solved else 0.6) / len(chosen)))
            counts = (helped, max(1, helped // 4)) if self._rng.random() < 0.8 else (None, None)
            rows.append({"kind": kind.value, "people": counts[0], "households": counts[1], "message": ""})
        return rows

    def _written_on(self, rank: int) -> datetime:
        """During the day's work, or some days later when nothing else was written meanwhile."""
        days, rng = self._plan.days, self._rng
        until = days[rank + 1] if rank + 1 < len(days) else self._today
        delay = min(rng.choice((0, 0, 0, 1, 3)), max(0, (until - days[rank]).days - 1))
        minutes = rng.randint(8 * 60, 18 * 60)
        return _midnight(days[rank] + timedelta(days=delay)) + timedelta(minutes=minutes)


def _census(status: str, day: date, author: str) -> dict[str, Any]:
    return {"census_status": str(status), "census_conducted_at": day, "census_conducted_by": author}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))

"""The closing of a site: which days are closed, or open again once the day is corrected, and what share it rehoused."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from django.db.models import Q

from sites_registry.versioned.history import Piece, Record
from sites_registry.versioned.moments import start_of

from .enums import DURABLE_SOLUTIONS, ChangeKind, SiteStatus
from .models import SiteVersion

#: What tells of a closing, and what an open site says in its place.
_OPEN: dict[str, Any] = {
    "status": SiteStatus.OPEN,
    "closed_at": None,
    "closing_context": "",
    "closed_with_solutions": None,
    "closing_solutions": [],
}


_TELLS_A_CLOSING = (
    Q(kind__in=[ChangeKind.DECLARED, ChangeKind.CLOSED, ChangeKind.CORRECTED])
    | Q(kind=ChangeKind.IMPORTED, changes={})  # the first row of a site that was closed already
    | Q(changes__has_any_keys=["status", "closed_at"])
)

#: The solutions that last: adapted housing and housing.
DURABLE = tuple(kind.value for kind in DURABLE_SOLUTIONS)


def durable_share(people: Mapping[str, int | None], population: int | None) -> int | None:
    """The share of a site's inhabitants, in whole per cent, whom its closing took to a durable solution.

    `people` by kind of solution; adapted housing and housing are durable. None when the population is unknown, when
    nothing is said of either, or when the figures contradict each other.
    """
    durable = [count for kind in DURABLE if (count := people.get(kind)) is not None]
    if not population or not durable or sum(durable) > population:
        return None
    return round(100 * sum(durable) / population)


def closed_from(start: datetime, known: Sequence[SiteVersion], present: Record) -> list[Piece]:
    """What is believed of a site that closed at `start`: every later day is closed, with the answers that it had."""
    closing = {name: present.said[name] for name in _OPEN}
    line = [_told(piece, closing) for piece in _from(start, known)]
    return [*line[:-1], Piece(line[-1].at, present.values, present.children, line[-1].is_observed)]


def closed_again_from(
    start: datetime | None, seen: Collection[datetime], known: Sequence[SiteVersion], present: Record
) -> list[Piece]:
    """The same when the day was another one: `start` is the corrected one, None when the day stays.

    The days that are no longer closed are open again, with the answers that they had. `seen`: the moments at which
    somebody saw the site (`moments_seen`); the former closing is none of them.
    """
    former = _last_closed(known)
    start = start or former
    line = [_told(piece, _OPEN) for piece in _from(former, known) if piece.at < start]
    line += closed_from(start, known, present)
    return [replace(piece, is_observed=piece.at == start or (piece.is_observed and piece.at in seen)) for piece in line]


def _last_closed(known: Sequence[SiteVersion]) -> datetime:
    """Since when the present closing holds, as believed until now; an earlier one may end where it begins."""
    day = known[-1].closed_at
    closed = list(takewhile(lambda version: not version.is_open and version.closed_at == day, reversed(known)))
    return closed[-1].valid.lower


def _from(start: datetime, known: Sequence[SiteVersion]) -> list[Piece]:
    """What is believed from `start` on, where a state begins; before any known state, the first one."""
    covering = next((version for version in reversed(known) if version.valid.lower <= start), known[0])
    later = [version for version in known if version.valid.lower > start and version is not covering]
    return [
        Piece(start, covering.state_values(), covering.children),
        *(Piece(one.valid.lower, one.state_values(), one.children, one.is_observed) for one in later),
    ]


def _told(piece: Piece, closing: dict[str, Any]) -> Piece:
    """The same days, closed or open as `closing` says."""
    values = {name: closing.get(name, value) for name, value in piece.values.items()}
    children = piece.children | {"closing_solutions": closing["closing_solutions"]}
    return Piece(piece.at, values, children, piece.is_observed)


def moments_seen(site: Any) -> set[datetime]:
    """From when somebody has ever said how the site was, closings left out.

    Of a site that was closed then, what tells that it was is no sighting; answers about a day of that time are one.
    """
    events = SiteVersion.objects.of_page(site.pk).events().filter(is_observed=True)
    said = events.exclude(_TELLS_A_CLOSING, ~Q(status=SiteStatus.OPEN))
    return {version.valid.lower for version in said.only("valid")}


def seen_open_after(site: Any, day: date) -> SiteVersion | None:
    """The latest event that saw the site open after `day`, with its author; phases and pins are not such events."""
    events = SiteVersion.objects.of_page(site.pk).events().filter(is_observed=True, status=SiteStatus.OPEN)
    later = events.filter(valid__startswith__gte=start_of(day + timedelta(days=1)))
    return later.select_related("author__organisation").order_by("-valid").first()

"""The closing of a site: which days are closed, or open again once the day is corrected, and what share it rehoused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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

#: What closes an open site.
_CLOSES = Q(kind=ChangeKind.CLOSED) | Q(kind=ChangeKind.IMPORTED, changes__has_key="status")

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


@dataclass(frozen=True)
class Beneath:
    """What a closing covers: what its days would be without it."""

    #: What was believed just before it was first said; None when the site was known closed from the first.
    line: Sequence[SiteVersion] | None
    #: From when somebody has ever said how the site was, closings left out.
    seen: frozenset[datetime]

    def version_at(self, moment: datetime) -> SiteVersion | None:
        """The state that held at `moment`."""
        return next((version for version in reversed(self.line or ()) if version.valid.lower <= moment), None)

    def is_unknown(self, moment: datetime) -> bool:
        """Whether nobody had said anything of a day as early."""
        return self.line is not None and self.version_at(moment) is None and moment < min(self.seen, default=moment)

    def starts(self, first: datetime, last: datetime) -> dict[datetime, bool]:
        """When its states begin from `first` on, before `last` -> whether somebody saw them begin."""
        lowers = {version.valid.lower: version.is_observed for version in self.line or ()}
        return {moment: is_observed for moment, is_observed in lowers.items() if first <= moment < last}


def closed_again_from(
    start: datetime | None, beneath: Beneath, known: Sequence[SiteVersion], present: Record
) -> list[Piece]:
    """The same when the day was another one: `start` is the corrected one, None when the day stays.

    The days that are no longer closed are what they would be without the closing, an earlier one included, with the
    answers that they had. Nobody saw the site on the former day of the closing.
    """
    former = _last_closed(known)
    start = start or former
    starts = beneath.starts(former, start)
    covered = _cut_at(starts, [piece for piece in _from(former, known) if piece.at < start])
    line = [*(_uncovered(piece, beneath) for piece in covered), *closed_from(start, known, present)]
    return _joined(
        replace(
            piece,
            is_observed=piece.at == start
            or starts.get(piece.at, False)
            or (piece.is_observed and piece.at in beneath.seen),
        )
        for piece in line
    )


def _joined(line: Iterable[Piece]) -> list[Piece]:
    """The same line without the days that nobody saw and from which nothing differs, as a former one of the closing."""
    joined: list[Piece] = []
    for piece in line:
        is_new = not joined or (piece.values, piece.children) != (joined[-1].values, joined[-1].children)
        if is_new or piece.is_observed:
            joined.append(piece)
    return joined


def _cut_at(moments: Iterable[datetime], pieces: Sequence[Piece]) -> list[Piece]:
    """The same line, where each of the moments begins a piece."""
    cut = {piece.at: piece for piece in pieces}
    for moment in sorted(moments):
        cut.setdefault(moment, replace(max((one for one in pieces if one.at <= moment), key=_beginning), at=moment))
    return sorted(cut.values(), key=_beginning)


def _beginning(piece: Piece) -> datetime:
    return piece.at


def _uncovered(piece: Piece, beneath: Beneath) -> Piece:
    """What a day is without the closing; a piece without values where nothing was known."""
    if beneath.is_unknown(piece.at):
        return replace(piece, values={}, children={})
    before = beneath.version_at(piece.at)
    return _told(piece, _OPEN if before is None else {name: before.said[name] for name in _OPEN})


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


def beneath_closing(site: Any) -> Beneath:
    """What the present closing of a site covers, in three queries."""
    versions = SiteVersion.objects.of_page(site.pk)
    said = versions.events().filter(_CLOSES, ~Q(status=SiteStatus.OPEN)).order_by("-recorded_at").first()
    if said is None:
        return Beneath(None, _moments_seen(versions))
    before = said.recorded_at - timedelta(microseconds=1)
    return Beneath(list(versions.filter(recorded__contains=before).order_by("valid")), _moments_seen(versions))


def _moments_seen(versions: Any) -> frozenset[datetime]:
    """Of a site that was closed, what tells that it was is no sighting; answers about a day of that time are one."""
    events = versions.events().filter(is_observed=True)
    said = events.exclude(_TELLS_A_CLOSING, ~Q(status=SiteStatus.OPEN))
    return frozenset(version.valid.lower for version in said.only("valid"))


def seen_open_after(site: Any, day: date) -> SiteVersion | None:
    """The latest event that saw the site open after `day`, with its author; phases and pins are not such events."""
    events = SiteVersion.objects.of_page(site.pk).events().filter(is_observed=True, status=SiteStatus.OPEN)
    later = events.filter(valid__startswith__gte=start_of(day + timedelta(days=1)))
    return later.select_related("author__organisation").order_by("-valid").first()

"""The one place that writes the typed history of pages.

Two axes (`Version`): `valid` says when the page was in a state, `recorded` when the platform believed it. Recording a
state at a date D ends our belief in the state that covered D, keeps that state for the days before D (a remainder), and
lets the new one hold from D until the next state already known. A state in the past therefore never touches what is
known of later days, and a correction of the same day replaces it without losing what had been believed.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain, pairwise
from typing import Any, Generic, TypeVar

from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Func
from django.db.models.functions import Lower

from rbsite.base.bulk import copy_rows, next_keys

from .clock import instant
from .signals import state_recorded
from .versions import Kind, Version

V = TypeVar("V", bound=Version)


@dataclass(frozen=True)
class Piece:
    """A state that holds from a moment until the next piece; `is_observed`: somebody saw it begin.

    Without values, nothing is known until the next piece.
    """

    at: datetime
    values: dict[str, Any]
    children: dict[str, list]
    is_observed: bool = True


@dataclass(frozen=True)
class Record:
    """A state to record of a page: it holds from `at` until the next one that somebody saw.

    What only follows the page after that moment (phases…) keeps what it said, on top of the new answers.
    """

    page_id: int
    at: datetime
    values: dict[str, Any]
    children: dict[str, list] = field(default_factory=dict)
    #: False for what is decided or done about the page: nobody has seen it, and what others see before holds on.
    is_observed: bool = True
    #: The columns and child rows that its author gives, be they as they were known.
    names: Collection[str] = ()
    #: What is to be believed of every day from `at` on, when one state does not tell it; the last one is the present.
    line: Sequence[Piece] = ()

    @property
    def said(self) -> dict[str, Any]:
        """Columns and child rows together."""
        return self.values | self.children

    @property
    def seen_at(self) -> datetime:
        """Since when the situation is so: the last moment from which somebody saw the page."""
        return next((piece.at for piece in reversed(self.line) if piece.is_observed), self.at)

    def along(self, line: Sequence[Piece]) -> "Record":
        """The same event, told by a whole line."""
        return replace(self, at=line[0].at, line=[piece for piece in line if piece.values])


#: From what is believed of a page, in order, and its present state: what is to be believed from a moment on.
Rewrite = Callable[[Sequence[Version], Record], Sequence[Piece]]


@transaction.atomic
def record_states(
    model: type[V],
    records: Sequence[Record],
    *,
    author,
    kind: str = Kind.UPDATED,
    source: str = "",
    now: datetime | None = None,
) -> list[V]:
    """Record states of different pages, all written by `author`; return the new versions, in the order of `records`.

    The caller holds the rights and has validated the values. `now` is when the platform starts to believe them:
    `clock.instant`, taken by whoever holds the lock of the pages (default: here). One page may appear once.
    """
    if not records:
        return []
    keys = [record.page_id for record in records]
    _lock_pages(model, keys)
    now = now or instant(model, keys)
    known = _known_from(model, records)
    plans = [_plan(record, known[record.page_id]) for record in records]
    _end_belief(model, [version for plan in plans for version in plan.replaced], now)
    facts = {"author": author, "kind": kind, "source": source}
    told = [_versions(model, plan, now, **facts) for plan in plans]
    remainders = [_remainder(plan.replaced[0], plan.record.at, now) for plan in plans if plan.cuts]
    written: list[V] = [*remainders, *chain.from_iterable(told)]
    write_versions(model, written)
    events = [next(version for version in versions if not version.is_remainder) for versions in told]
    state_recorded.send(model, versions=events, kind=kind, author=author)
    return events


def rewritten(model: type[Version], records: Sequence[Record], rewrites: Mapping[int, Rewrite]) -> list[Record]:
    """The records, those of the pages that `rewrites` names with their line; one query, none when it names none."""
    if not rewrites:
        return list(records)
    lines: dict[int, list[Version]] = defaultdict(list)
    believed = model.objects.believed_now().filter(**{f"{model.of}__in": list(rewrites)})
    for version in believed.order_by("valid"):
        lines[version.page_id].append(version)
    return [
        record.along(rewrites[record.page_id](lines[record.page_id], record)) if record.page_id in rewrites else record
        for record in records
    ]


def write_versions(model: type[V], versions: Sequence[V]) -> None:
    """Give the versions their keys, and write them at once."""
    for version, key in zip(versions, next_keys(model, len(versions)), strict=True):
        version.pk = key
    copy_rows(model, versions, model._meta.concrete_fields)


def children_of(page: Any) -> dict[str, list]:
    """The child rows of the state of a page, as its version keeps them."""
    return page.children_now()


def serialise(value: Any) -> Any:
    """A column's value as JSON keeps it in `Version.changes`."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def changes_between(before: dict[str, Any], after: dict[str, Any], derived: Iterable[str] = ()) -> dict[str, list]:
    """{field: [before, after]} of the answers that differ; `derived` columns follow from others and are left out."""
    return {
        name: [serialise(before.get(name)), serialise(after.get(name))]
        for name in {**before, **after}
        if name not in derived and before.get(name) != after.get(name)
    }


@dataclass(frozen=True)
class _Plan(Generic[V]):
    """What a record changes: the versions that it replaces, by what, and until when."""

    record: Record
    replaced: Sequence[V]
    pieces: Sequence[Piece]
    until: datetime | None

    @property
    def cuts(self) -> bool:
        """Whether the first version replaced is still believed of earlier days."""
        first = self.replaced[0].valid.lower if self.replaced else self.record.at
        return first is None or first < self.record.at

    @property
    def before(self) -> dict[str, Any]:
        """What was known where the event changes it: at its moment, or for a whole line at present."""
        return self.replaced[-1 if self.record.line else 0].said if self.replaced else {}


def _lock_pages(model: type[Version], keys: Iterable[int]) -> None:
    pages = model.page_model()._default_manager.filter(pk__in=keys)
    list(pages.order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def _known_from(model: type[V], records: Iterable[Record]) -> dict[int, list[V]]:
    """For each page, what is believed now of its days from the moment of its record on, in order, locked."""
    pages_at: dict[datetime, list[int]] = defaultdict(list)
    for record in records:
        pages_at[record.at].append(record.page_id)
    known: dict[int, list[V]] = defaultdict(list)
    for at, keys in pages_at.items():
        believed = model.objects.believed_now().filter(**{f"{model.of}__in": keys})
        later = believed.filter(valid__overlap=DateTimeTZRange(at, None)).order_by("valid")
        for version in later.select_for_update():
            known[version.page_id].append(version)
    return known


def _plan(record: Record, known: Sequence[V]) -> _Plan[V]:
    if record.line:
        return _Plan(record, known, record.line, None)
    ends = (rank for rank, version in enumerate(known) if _begins_after(version, record.at) and version.is_observed)
    rank = next(ends, len(known))
    replaced = known[:rank]
    until = known[rank].valid.lower if rank < len(known) else None
    return _Plan(record, replaced, _spread(record, replaced, is_present=until is None), until)


def _begins_after(version: Version, at: datetime) -> bool:
    return version.valid.lower is not None and version.valid.lower > at


def _spread(record: Record, replaced: Sequence[Version], *, is_present: bool) -> list[Piece]:
    """The record, then whatever follows the page after its moment, which keeps what it changed itself.

    The state of a record that tells the present is the one of today; else it is the one of its own moment.
    """
    if len(replaced) < 2:
        return [Piece(record.at, record.values, record.children, record.is_observed)]
    olds = [version.said for version in replaced]
    known = olds[-1 if is_present else 0]
    given = {name: value for name, value in record.said.items() if name in record.names or value != known.get(name)}
    news = [olds[0] | given]
    for before, old in pairwise(olds):
        news.append(_carried(before, old, news[-1]))
    if is_present:
        news[-1] |= given
    starts = [(record.at, record.is_observed)]
    starts += [(version.valid.lower, version.is_observed) for version in replaced[1:]]
    return [_piece(at, said, record.values, is_observed) for (at, is_observed), said in zip(starts, news, strict=True)]


def _carried(before: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What `old` changed of the state before it, on top of what is now known of that one."""
    return {name: old.get(name) if old.get(name) != before.get(name) else new.get(name) for name in (old | new)}


def _piece(at: datetime, said: dict[str, Any], columns: Collection[str], is_observed: bool) -> Piece:
    children = {name: rows for name, rows in said.items() if name not in columns and rows is not None}
    return Piece(at, {name: said[name] for name in columns}, children, is_observed)


def _end_belief(model: type[Version], versions: Iterable[Version], now: datetime) -> None:
    until_now = Func(Lower("recorded"), models.Value(now), function="tstzrange", output_field=models.CharField())
    model.objects.filter(pk__in=[version.pk for version in versions]).update(recorded=until_now)


def _remainder(old: V, until: datetime, now: datetime) -> V:
    remainder = copy(old)
    remainder.pk = None
    remainder._state = models.base.ModelState()
    remainder.valid = DateTimeTZRange(old.valid.lower, until)
    remainder.recorded = DateTimeTZRange(now, None)
    remainder.is_remainder = True
    return remainder


def _versions(model: type[V], plan: _Plan[V], now: datetime, **facts) -> list[V]:
    """The pieces of one event: one of them tells it, the others repeat it on other days."""
    event, ends = uuid.uuid4(), [*(piece.at for piece in plan.pieces[1:]), plan.until]
    told = plan.pieces[-1 if plan.record.line else 0]
    said, before = told.values | told.children, plan.before
    changes = changes_between(before, said, model.derived_fields) if before else {}
    return [
        model(
            **piece.values,
            **{f"{model.of}_id": plan.record.page_id},
            valid=DateTimeTZRange(piece.at, until),
            recorded=DateTimeTZRange(now, None),
            recorded_at=now,
            event=event,
            is_remainder=piece is not told,
            is_observed=piece.is_observed,
            changes=changes if piece is told else {},
            children=piece.children,
            **facts,
        )
        for piece, until in zip(plan.pieces, ends, strict=True)
    ]

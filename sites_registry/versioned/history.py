"""The one place that writes the typed history of pages.

Two axes (`Version`): `valid` says when the page was in a state, `recorded` when the platform believed it. Recording a
state at a date D ends our belief in the state that covered D, keeps that state for the days before D (a remainder), and
lets the new one hold from D until the next state already known. A state in the past therefore never touches what is
known of later days, and a correction of the same day replaces it without losing what had been believed.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Func, Min
from django.db.models.functions import Lower
from django.utils import timezone

from rbsite.base.bulk import copy_rows, next_keys

from .signals import state_recorded
from .versions import Kind, Version

V = TypeVar("V", bound=Version)


@dataclass(frozen=True)
class Record:
    """A state to record: of which page, from when, with which columns and child rows."""

    page_id: int
    at: datetime
    values: dict[str, Any]
    children: dict[str, list] = field(default_factory=dict)


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

    The caller holds the rights and has validated the values. `now` (default: the clock) is when the platform starts to
    believe them; publishing gives its own, taken under the lock of the page. One page may appear once.
    """
    if not records:
        return []
    _lock_pages(model, records)
    now = now or timezone.now()
    covering = _covering_versions(model, records)
    _end_belief(model, covering.values(), now)
    remainders, versions = [], []
    bounds = _first_known(model, [record for record in records if record.page_id not in covering])
    for record in records:
        old = covering.get(record.page_id)
        if old is not None and (old.valid.lower is None or record.at > old.valid.lower):
            remainders.append(_remainder(old, record.at, now))
        until = old.valid.upper if old is not None else bounds.get(record.page_id)
        versions.append(_version(model, record, old, until, now, author=author, kind=kind, source=source))
    write_versions(model, [*remainders, *versions])
    state_recorded.send(model, versions=versions, kind=kind, author=author)
    return versions


def write_versions(model: type[V], versions: Sequence[V]) -> None:
    """Give the versions their keys, and write them at once."""
    for version, key in zip(versions, next_keys(model, len(versions)), strict=True):
        version.pk = key
    copy_rows(model, versions, model._meta.concrete_fields)


def record_state(
    page: Any, *, at: datetime, author, kind: str, source: str = "", now: datetime | None = None
) -> Version:
    """Record the present columns and child rows of `page` as its state from `at`."""
    record = Record(page.pk, at, page.state_values(), page.children_now())
    return record_states(page.version_model(), [record], author=author, kind=kind, source=source, now=now)[0]


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


def _lock_pages(model: type[Version], records: Iterable[Record]) -> None:
    pages = model.page_model()._default_manager.filter(pk__in=[record.page_id for record in records])
    list(pages.order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def _covering_versions(model: type[V], records: Iterable[Record]) -> dict[int, V]:
    """For each page, the version believed now that holds at the date of its record, locked."""
    pages_at: dict[datetime, list[int]] = defaultdict(list)
    for record in records:
        pages_at[record.at].append(record.page_id)
    covering = {}
    for at, keys in pages_at.items():
        believed = model.objects.believed_now().filter(**{f"{model.of}__in": keys}, valid__contains=at)
        covering |= {version.page_id: version for version in believed.select_for_update()}
    return covering


def _end_belief(model: type[Version], versions: Iterable[Version], now: datetime) -> None:
    until_now = Func(Lower("recorded"), models.Value(now), function="tstzrange", output_field=models.CharField())
    model.objects.filter(pk__in=[version.pk for version in versions]).update(recorded=until_now)


def _first_known(model: type[Version], records: Iterable[Record]) -> dict[int, datetime]:
    """When the first state known of each page starts (pages without a state at the date of their record)."""
    keys = [record.page_id for record in records]
    believed = model.objects.believed_now().filter(**{f"{model.of}__in": keys})
    return dict(believed.values_list(model.of).annotate(start=Min(_lower_bound())).order_by())


def _lower_bound() -> Func:
    return Func("valid", function="lower", output_field=models.DateTimeField())


def _remainder(old: V, until: datetime, now: datetime) -> V:
    remainder = copy(old)
    remainder.pk = None
    remainder._state = models.base.ModelState()
    remainder.valid = DateTimeTZRange(old.valid.lower, until)
    remainder.recorded = DateTimeTZRange(now, None)
    remainder.is_remainder = True
    return remainder


def _version(model: type[V], record: Record, old: V | None, until: datetime | None, now: datetime, **facts) -> V:
    before = (old.state_values() | old.children) if old is not None else {}
    after = record.values | record.children
    return model(
        **record.values,
        **{f"{model.of}_id": record.page_id},
        valid=DateTimeTZRange(record.at, until),
        recorded=DateTimeTZRange(now, None),
        recorded_at=now,
        event=uuid.uuid4(),
        changes=changes_between(before, after, model.derived_fields) if before else {},
        children=record.children,
        **facts,
    )

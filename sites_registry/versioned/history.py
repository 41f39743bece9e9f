"""The one place that writes the typed history of sites.

Two axes (`SiteVersion`): `valid` says when the site was in a state, `recorded` when the platform believed it. Recording
a state at a date D ends our belief in the state that covered D, keeps that state for the days before D (a remainder),
and lets the new one hold from D until the next state already known. A state in the past therefore never touches what
is known of later days, and a correction of the same day replaces it without losing what had been believed.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Func, Min
from django.db.models.functions import Lower
from django.utils import timezone

from rbsite.base.bulk import copy_rows

from ..models import SitePage, SitePhase, SiteVersion
from ..sites.enums import ChangeKind
from ..sites.models.state import DERIVED_FIELDS, STATE_COLUMNS


@dataclass(frozen=True)
class Record:
    """A state to record: of which site, from when, with which columns and child rows."""

    site_id: int
    at: datetime
    values: dict[str, Any]
    children: dict[str, list] = field(default_factory=dict)


@transaction.atomic
def record_states(
    records: Sequence[Record],
    *,
    author,
    kind: str = ChangeKind.UPDATED,
    source: str = "",
    now: datetime | None = None,
) -> list[SiteVersion]:
    """Record states of different sites, all written by `author`; return the new versions, in the order of `records`.

    The caller holds the rights and has validated the values. `now` (default: the clock) is when the platform starts to
    believe them; only the loading of demonstration data gives another one. One site may appear once.
    """
    list(
        SitePage.objects.filter(pk__in=[record.site_id for record in records])
        .order_by("pk")
        .select_for_update(of=("self",))
        .values_list("pk")
    )
    now = now or timezone.now()
    covering = _covering_versions(records)
    _end_belief(covering.values(), now)
    remainders, versions = [], []
    bounds = _first_known(record for record in records if record.site_id not in covering)
    for record in records:
        old = covering.get(record.site_id)
        if old is not None and (old.valid.lower is None or record.at > old.valid.lower):
            remainders.append(_remainder(old, record.at, now))
        until = old.valid.upper if old is not None else bounds.get(record.site_id)
        versions.append(_version(record, old, until, now, author=author, kind=kind, source=source))
    columns = [column for column in SiteVersion._meta.concrete_fields if not column.primary_key]
    copy_rows(SiteVersion, [*remainders, *versions], columns)
    return versions


def record_state(site: SitePage, *, at: datetime, author, kind: str, source: str = "") -> SiteVersion:
    """Record the present columns and child rows of `site` as its state from `at`."""
    record = Record(site.pk, at, site.state_values(), children_of(site))
    return record_states([record], author=author, kind=kind, source=source)[0]


def children_of(site: SitePage) -> dict[str, list]:
    """The child rows of a site's state, as its version keeps them; « phases » only once there is one."""
    return {
        **phases_of([site.pk]).get(site.pk, {}),
        "incoming_sites": sorted(incoming.pk for incoming in site.incoming_sites.all()),
        "closing_solutions": [
            {"kind": row.kind, "people": row.people, "households": row.households, "message": row.message}
            for row in site.closing_solutions.all()
        ],
    }


def phases_of(site_ids: Iterable[int]) -> dict[int, dict[str, list]]:
    """Site -> {"phases": [{phase, completed_on}]} for those that have entered a preparatory phase (one query)."""
    found: dict[int, dict[str, list]] = defaultdict(lambda: {"phases": []})
    for row in SitePhase.objects.filter(site__in=list(site_ids)).select_related("phase"):
        found[row.site_id]["phases"].append({"phase": row.phase.slug, "completed_on": serialise(row.completed_on)})
    return dict(found)


def serialise(value: Any) -> Any:
    """A column's value as JSON keeps it in `SiteVersion.changes`."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list]:
    """{field: [before, after]} of the answers that differ; derived columns follow and are left out."""
    return {
        name: [serialise(before.get(name)), serialise(after.get(name))]
        for name in {**before, **after}
        if name not in DERIVED_FIELDS and before.get(name) != after.get(name)
    }


def _covering_versions(records: Iterable[Record]) -> dict[int, SiteVersion]:
    """For each site, the version believed now that holds at the date of its record, locked."""
    sites_at: dict[datetime, list[int]] = defaultdict(list)
    for record in records:
        sites_at[record.at].append(record.site_id)
    covering = {}
    for at, site_ids in sites_at.items():
        believed = SiteVersion.objects.believed_now().filter(site__in=site_ids, valid__contains=at)
        covering |= {version.site_id: version for version in believed.select_for_update()}
    return covering


def _end_belief(versions: Iterable[SiteVersion], now: datetime) -> None:
    until_now = Func(Lower("recorded"), models.Value(now), function="tstzrange", output_field=models.CharField())
    SiteVersion.objects.filter(pk__in=[version.pk for version in versions]).update(recorded=until_now)


def _first_known(records: Iterable[Record]) -> dict[int, datetime]:
    """When the first state known of each site starts (sites without a state at the date of their record)."""
    site_ids = [record.site_id for record in records]
    believed = SiteVersion.objects.believed_now().filter(site__in=site_ids)
    return dict(believed.values_list("site").annotate(start=Min(_lower_bound())).order_by())


def _lower_bound() -> Func:
    return Func("valid", function="lower", output_field=models.DateTimeField())


def _remainder(old: SiteVersion, until: datetime, now: datetime) -> SiteVersion:
    remainder = copy(old)
    remainder.pk = None
    remainder._state = models.base.ModelState()
    remainder.valid = DateTimeTZRange(old.valid.lower, until)
    remainder.recorded = DateTimeTZRange(now, None)
    remainder.is_remainder = True
    return remainder


def _version(record: Record, old: SiteVersion | None, until: datetime | None, now: datetime, **facts) -> SiteVersion:
    before = (old.state_values() | old.children) if old is not None else {}
    after = record.values | record.children
    return SiteVersion(
        **{name: record.values[name] for name in STATE_COLUMNS},
        site_id=record.site_id,
        valid=DateTimeTZRange(record.at, until),
        recorded=DateTimeTZRange(now, None),
        recorded_at=now,
        event=uuid.uuid4(),
        changes=changes_between(before, after) if before else {},
        children=record.children,
        **facts,
    )

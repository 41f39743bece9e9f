"""Writes thousands of sites at once: pages, answers and history in one transaction, with COPY.

The tree stays what treebeard and Wagtail expect (paths, depth, number of children, addresses), and the history is
written by `record_states` as for every other way of publishing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import F
from wagtail.models import Page
from wagtail.search.backends import get_search_backends

from rbsite.base.bulk import copy_rows, write_rows
from sites_registry.tree import DepartmentPage, department_page_for, new_code
from sites_registry.versioned.drafts import carry_changes_to_draft
from sites_registry.versioned.history import Record, phases_of, record_states

from ..enums import ChangeKind
from ..models import ClosingSolution, SitePage
from ..models.state import STATE_COLUMNS
from .lookups import origins_of

if TYPE_CHECKING:
    from .row_state import RowState

#: Any number that no other part of the platform uses: imports wait for each other.
_LOCK = 0x51_7E5
#: Beyond, Wagtail's own search index would cost as much as the import: `manage.py update_index` brings it up to date.
_INDEXED = 2_000
_PAGE_COLUMNS = ("title", "draft_title", "last_published_at", "has_unpublished_changes")
_SITE_COLUMNS = (*STATE_COLUMNS, "situation_at", "changed_at", "updated_at", "updated_by_id", "search_text")


def lock_imports() -> None:
    """Make the imports of everybody follow each other until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def create_sites(states: Sequence["RowState"], *, by: Any, now: datetime) -> None:
    """Create the pages of new sites, published, with their first version; the caller holds the rights."""
    by_departement: dict[int | None, list[RowState]] = defaultdict(list)
    for state in states:
        by_departement[state.site.commune.departement_id].append(state)
    _give_keys([state.site for state in states])
    content_type = ContentType.objects.get_for_model(SitePage)
    for group in by_departement.values():
        parent = department_page_for(group[0].site.commune)
        _place_under(parent, [state.site for state in group])
    for state in states:
        site = state.site
        site.content_type = content_type
        site.live, site.has_unpublished_changes = True, False
        site.first_published_at = site.latest_revision_created_at = now
        _stamp(state, by, now)
    sites = [state.site for state in states]
    copy_rows(Page, sites, Page._meta.local_concrete_fields)
    copy_rows(SitePage, sites, SitePage._meta.local_concrete_fields)
    _write_origins(states)
    _record(states, by=by, now=now, solutions={})
    _index(sites)


def update_sites(states: Sequence["RowState"], *, by: Any, now: datetime) -> None:
    """Write the changed columns of known, locked sites, and their new state.

    Their old revisions no longer tell what is live: without an open draft the editor starts again from the live row;
    an open draft gets the changes, and keeps what its author had typed.
    """
    for state in states:
        _move(state)
        _stamp(state, by, now)
    sites = [state.site for state in states]
    _update_rows(Page, sites, _PAGE_COLUMNS)
    _update_rows(SitePage, sites, _SITE_COLUMNS)
    pages = Page.objects.filter(pk__in=[site.pk for site in sites])
    pages.update(live_revision=None)
    pages.filter(has_unpublished_changes=False).update(latest_revision=None)
    _write_origins(states)
    _record(states, by=by, now=now, solutions=_solutions_of(sites))
    _index(sites)
    for state in states:
        if state.site.has_unpublished_changes:
            _carry_to_draft(state)


def _give_keys(sites: Sequence[SitePage]) -> None:
    """Primary keys from the sequence, and codes that no site has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Page._meta.db_table, len(sites)],
        )
        keys = [key for (key,) in cursor.fetchall()]
    codes: set[str] = set()
    while len(codes) < len(sites):
        fresh = {new_code() for _ in range(len(sites) - len(codes))}
        codes |= fresh - set(Page.objects.filter(slug__in=fresh).values_list("slug", flat=True))
    for site, key, code in zip(sites, keys, sorted(codes), strict=True):
        site.pk = site.id = site.page_ptr_id = key
        site.slug = code


def _place_under(parent: DepartmentPage, sites: Sequence[SitePage]) -> None:
    """Give the sites the next paths under `parent`, which stays locked."""
    parent = DepartmentPage.objects.select_for_update(of=("self", "page_ptr")).get(pk=parent.pk)
    depth = parent.depth + 1
    siblings = Page.objects.filter(path__startswith=parent.path, depth=depth)
    last = siblings.order_by("-path").values_list("path", flat=True).first()
    step = Page._str2int(last[-Page.steplen :]) if last else 0
    for rank, site in enumerate(sites, 1):
        site.path = Page._get_path(parent.path, depth, step + rank)
        site.depth, site.numchild = depth, 0
        site.locale_id = parent.locale_id
        site.url_path = f"{parent.url_path}{site.slug}/"
    Page.objects.filter(pk=parent.pk).update(numchild=F("numchild") + len(sites))


def _stamp(state: "RowState", by: Any, now: datetime) -> None:
    """Who wrote the state, when it holds from, and what searches read."""
    site = state.site
    site.prepare()
    site.situation_at, site.updated_at, site.updated_by = state.at, now, by
    if state.is_new or state.changed:
        site.changed_at = state.at
    site.last_published_at = now


def _move(state: "RowState") -> None:
    """A site follows its commune into another département; rare enough to be done one by one."""
    commune, before = state.site.commune, state.commune_before
    if before is None or commune.departement_id == before.departement_id:
        return
    page = SitePage.objects.get(pk=state.site.pk)
    page.move(department_page_for(commune), pos="last-child")


def _update_rows(model: type[models.Model], sites: Iterable[SitePage], columns: Iterable[str]) -> None:
    """Write `columns` of the rows of `model`: COPY into a temporary table, then one UPDATE."""
    quoted = connection.ops.quote_name
    by_column = {field.attname: field for field in model._meta.local_concrete_fields}
    key = model._meta.pk
    fields = [by_column[name] for name in columns]
    table, fresh = quoted(model._meta.db_table), quoted(f"fresh_{model._meta.db_table}")
    names = ", ".join(quoted(field.column) for field in (key, *fields))
    changes = ", ".join(f"{quoted(field.column)} = {fresh}.{quoted(field.column)}" for field in fields)
    match = f"{table}.{quoted(key.column)} = {fresh}.{quoted(key.column)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {fresh} AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608 - names of our own models
        with cursor.copy(f"COPY {fresh} ({names}) FROM STDIN") as copy:
            write_rows(copy, sites, (key, *fields))
        cursor.execute(f"UPDATE {table} SET {changes} FROM {fresh} WHERE {match}")  # noqa: S608
        cursor.execute(f"DROP TABLE {fresh}")


def _write_origins(states: Iterable["RowState"]) -> None:
    """Replace the sites of origin of the sites whose row changed them."""
    through = SitePage.incoming_sites.through
    changed = [state for state in states if state.origins != state.origins_before]
    through.objects.filter(from_sitepage_id__in=[state.site.pk for state in changed]).delete()
    through.objects.bulk_create(
        through(from_sitepage_id=state.site.pk, to_sitepage_id=origin) for state in changed for origin in state.origins
    )


def _solutions_of(sites: Iterable[SitePage]) -> dict[int, list[dict[str, Any]]]:
    """Site -> its closing solutions, as versions keep them (one query)."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in ClosingSolution.objects.filter(site__in=[site.pk for site in sites]).order_by("sort_order"):
        solution = {"kind": row.kind, "people": row.people, "households": row.households, "message": row.message}
        found[row.site_id].append(solution)
    return found


def _record(states: Sequence["RowState"], *, by: Any, now: datetime, solutions: dict[int, list]) -> None:
    origins = origins_of([state.site.pk for state in states])
    phases = phases_of([state.site.pk for state in states])
    records = [
        Record(
            state.site.pk,
            state.at or now,
            state.site.state_values(),
            {
                **phases.get(state.site.pk, {}),
                "incoming_sites": origins.get(state.site.pk, []),
                "closing_solutions": solutions.get(state.site.pk, []),
            },
        )
        for state in states
    ]
    record_states(records, author=by, kind=ChangeKind.IMPORTED, now=now)


def _index(sites: Sequence[SitePage]) -> None:
    """Let Wagtail's own search find the sites; lists and maps search `search_text`, which is always right."""
    for backend in get_search_backends(with_auto_update=True) if len(sites) <= _INDEXED else ():
        backend.get_index_for_model(SitePage).add_items(SitePage, list(sites))


def _carry_to_draft(state: "RowState") -> None:
    """Put the changes of the file into the draft that somebody has left open."""
    site = SitePage.objects.get(pk=state.site.pk)
    if site.latest_revision is None:
        return
    changes = {name: getattr(state.site, name) for name in state.changed if name != "incoming_sites"}
    if "incoming_sites" in state.changed:
        changes["incoming_sites"] = SitePage.objects.filter(pk__in=state.origins)
    carry_changes_to_draft(site, site.latest_revision, changes)

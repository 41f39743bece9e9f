"""Writes the sites of an import at once, through `versioned.bulk`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection
from wagtail.models import Page

from sites_registry.tree import DepartmentPage, department_page_for, new_code
from sites_registry.versioned.bulk import Written, create_pages, update_pages
from sites_registry.versioned.pages import standing_still

from ..closings import closed_from
from ..models import SitePage
from .row_state import RowState

#: Any number that no other part of the platform uses: imports wait for each other.
_LOCK = 0x51_7E5


def lock_imports() -> None:
    """Make the imports of everybody follow each other until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def write_sites(states: Sequence[RowState], *, by: Any, now: datetime) -> None:
    """Write the new sites, then the changed columns and the new state of known, locked ones.

    The caller holds the rights. The pages of all their départements are held first, so that two who write into the
    same ones follow each other, whatever the order of their rows.
    """
    new, changed = [state for state in states if state.is_new], [state for state in states if not state.is_new]
    moved = list(SitePage.objects.filter(pk__in=[state.site.pk for state in changed if _leaves_departement(state)]))
    parents = _parents([*new, *(state for state in changed if _leaves_departement(state))])
    standing_still(*(parent.pk for parent in parents.values()), *(site.get_parent().pk for site in moved))
    _create(new, parents, by=by, now=now)
    communes = {state.site.pk: state.site.commune for state in changed}
    for site in moved:
        site.move(Page.objects.get(pk=parents[communes[site.pk].departement_id].pk), pos="last-child")
    update_pages([_written(state, now) for state in changed], by=by, now=now)


def _parents(states: Sequence[RowState]) -> dict[int | None, DepartmentPage]:
    """Département -> the page under which its sites stand."""
    communes = {state.site.commune.departement_id: state.site.commune for state in states}
    return {departement: department_page_for(communes[departement]) for departement in sorted(communes, key=str)}


def _create(
    states: Sequence[RowState], parents: Mapping[int | None, DepartmentPage], *, by: Any, now: datetime
) -> None:
    """Create the pages of new sites, published, with their first version."""
    _give_codes([state.site for state in states])
    groups: dict[int | None, list[Written]] = defaultdict(list)
    for state in states:
        groups[state.site.commune.departement_id].append(_written(state, now))
    create_pages([(parents[departement], group) for departement, group in groups.items()], by=by, now=now)


def _written(state: RowState, now: datetime) -> Written:
    origins = {"incoming_sites": state.origins} if state.origins != state.origins_before else {}
    at = state.at or now
    rewrite = partial(closed_from, at) if state.closes_before_what_is_known else None
    return Written(state.site, at, state.changed, origins, rewrite)


def _give_codes(sites: Sequence[SitePage]) -> None:
    """Codes that no site has."""
    codes: set[str] = set()
    while len(codes) < len(sites):
        fresh = {new_code() for _ in range(len(sites) - len(codes))}
        codes |= fresh - set(Page.objects.filter(slug__in=fresh).values_list("slug", flat=True))
    for site, code in zip(sites, sorted(codes), strict=True):
        site.slug = code


def _leaves_departement(state: RowState) -> bool:
    before = state.commune_before
    return before is not None and state.site.commune.departement_id != before.departement_id

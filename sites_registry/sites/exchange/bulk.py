"""Writes the sites of an import at once, through `versioned.bulk`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection
from wagtail.models import Page

from sites_registry.tree import department_page_for, new_code
from sites_registry.versioned.bulk import Written, create_pages, update_pages

from ..closings import closed_from
from ..models import SitePage
from .row_state import RowState

#: Any number that no other part of the platform uses: imports wait for each other.
_LOCK = 0x51_7E5


def lock_imports() -> None:
    """Make the imports of everybody follow each other until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def create_sites(states: Sequence[RowState], *, by: Any, now: datetime) -> None:
    """Create the pages of new sites, published, with their first version; the caller holds the rights."""
    _give_codes([state.site for state in states])
    by_departement: dict[int | None, list[RowState]] = defaultdict(list)
    for state in states:
        by_departement[state.site.commune.departement_id].append(state)
    groups = [
        (department_page_for(group[0].site.commune), [_written(state, now) for state in group])
        for group in by_departement.values()
    ]
    create_pages(groups, by=by, now=now)


def update_sites(states: Sequence[RowState], *, by: Any, now: datetime) -> None:
    """Write the changed columns of known, locked sites, and their new state."""
    for state in states:
        _move(state)
    update_pages([_written(state, now) for state in states], by=by, now=now)


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


def _move(state: RowState) -> None:
    """A site follows its commune into another département; rare enough to be done one by one."""
    commune, before = state.site.commune, state.commune_before
    if before is None or commune.departement_id == before.departement_id:
        return
    page = SitePage.objects.get(pk=state.site.pk)
    page.move(department_page_for(commune), pos="last-child")

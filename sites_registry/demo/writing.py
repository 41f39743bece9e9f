"""Stories written as pages and versions, a département at a time, with COPY: what `declare_site` and the actions that
follow would have left, without their hundred queries a state.
"""

import string
import uuid
from collections.abc import Iterator
from random import Random

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from rbsite.accounts.models import User
from rbsite.base.bulk import copy_rows
from rbsite.territories.models import Territory
from sites_registry.tree import DepartmentPage

from ..models import ClosingSolution, SitePage, SiteVersion
from ..sites.enums import ChangeKind
from ..tree import department_page_for
from ..versioned.history import changes_between
from .people import Writers
from .plan import SitePlan
from .sites import Event

_LETTERS = [letter for letter in string.ascii_lowercase + string.digits if letter not in "aeiouyl01"]
_VERSION_COLUMNS = [column for column in SiteVersion._meta.concrete_fields if not column.primary_key]


def new_page_keys(count: int) -> list[int]:
    """Keys for `count` pages to come."""
    with connection.cursor() as cursor:
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(sequence, [Page._meta.db_table, count])
        return [key for (key,) in cursor.fetchall()]


class DepartementWriter:
    """Writes the sites of one département."""

    def __init__(self, town: Territory, writers: Writers, rng: Random):
        self._parent = department_page_for(town)
        self._content_type = ContentType.objects.get_for_model(SitePage)
        self._writers, self._rng = writers, rng

    def write(self, stories: list[tuple[SitePlan, list[Event]]]) -> int:
        """Write the pages and their whole history; return how many states were written."""
        sites, versions = [], []
        for plan, events in stories:
            authors = [self._author(plan, event) for event in events]
            site = self._page(plan, events, authors, rank=len(sites) + 1)
            sites.append(site)
            versions += self._versions(site, events, authors)
        _insert_pages(self._parent, sites)
        _insert_children(stories)
        copy_rows(SiteVersion, versions, _VERSION_COLUMNS)
        get_search_backend().add_bulk(SitePage, sites)
        return sum(len(events) for _plan, events in stories)

    def _author(self, plan: SitePlan, event: Event) -> User:
        must_decide = event.kind in {ChangeKind.DECLARED, ChangeKind.CLOSED}
        return self._writers.choose(self._rng, plan.commune, event.recorded_at, declares=must_decide)

    def _page(self, plan: SitePlan, events: list[Event], authors: list[User], rank: int) -> SitePage:
        parent, first, last = self._parent, events[0], events[-1]
        site = SitePage(
            **last.values,
            id=plan.pk,
            page_ptr_id=plan.pk,
            content_type=self._content_type,
            locale_id=parent.locale_id,
            translation_key=self._uuid(),
            path=SitePage._get_path(parent.path, parent.depth + 1, rank),
            depth=parent.depth + 1,
            slug="".join(self._rng.choices(_LETTERS, k=8)),
            owner=authors[0],
            first_published_at=first.recorded_at,
            last_published_at=last.recorded_at,
            external_id=f"{plan.commune.departement_code}-{rank:04}" if not rank % 9 else "",
            situation_at=last.at,
            changed_at=max(event.at for event in events if event.kind != ChangeKind.UNCHANGED),
            updated_at=last.recorded_at,
            updated_by=authors[-1],
        )
        site.commune = plan.commune
        site.prepare()
        site.url_path = f"{parent.url_path}{site.slug}/"
        return site

    def _versions(self, site: SitePage, events: list[Event], authors: list[User]) -> Iterator[SiteVersion]:
        """Each state as believed until the next one was written, then its remainder: see `history.record_states`."""
        before: dict = {}
        for rank, (event, author) in enumerate(zip(events, authors, strict=True)):
            after = event.values | event.children
            facts = {
                "site": site,
                "recorded_at": event.recorded_at,
                "kind": event.kind,
                "author": author,
                "source": event.source,
                "event": self._uuid(),
                "changes": changes_between(before, after, SitePage.derived_fields) if before else {},
                "children": event.children,
            }
            following = events[rank + 1] if rank + 1 < len(events) else None
            until = following.recorded_at if following else None
            yield _version(event, (event.at, None), (event.recorded_at, until), facts)
            if following:
                held = (event.at, following.at), (following.recorded_at, None)
                yield _version(event, *held, {**facts, "is_remainder": True})
            before = after

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self._rng.getrandbits(128), version=4)


def _version(event: Event, valid: tuple, recorded: tuple, facts: dict) -> SiteVersion:
    return SiteVersion(**event.values, valid=DateTimeTZRange(*valid), recorded=DateTimeTZRange(*recorded), **facts)


def _insert_pages(parent: DepartmentPage, sites: list[SitePage]) -> None:
    copy_rows(Page, sites, Page._meta.concrete_fields)
    copy_rows(SitePage, sites, SitePage._meta.local_concrete_fields)
    Page.objects.filter(pk=parent.pk).update(numchild=len(sites))


def _insert_children(stories: list[tuple[SitePlan, list[Event]]]) -> None:
    """The child rows of the pages, as their last state has them."""
    origin = SitePage.incoming_sites.through
    ends = [(plan.pk, events[-1].children) for plan, events in stories]
    origin.objects.bulk_create(
        origin(from_sitepage_id=pk, to_sitepage_id=other)
        for pk, children in ends
        for other in children["incoming_sites"]
    )
    ClosingSolution.objects.bulk_create(
        ClosingSolution(site_id=pk, sort_order=order, **row)
        for pk, children in ends
        for order, row in enumerate(children["closing_solutions"])
    )

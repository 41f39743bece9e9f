"""Writes thousands of pages at once: pages, answers and history in one transaction, with COPY.

The tree stays what treebeard and Wagtail expect (paths, depth, number of children, addresses), and the history is
written by `record_states` as for every other way of publishing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from wagtail.models import Page
from wagtail.search.backends import get_search_backends

from rbsite.base.bulk import copy_rows, next_keys, update_rows
from rbsite.base.tasks import when_kept

from .drafts import carry_changes_to_draft
from .history import Record, Rewrite, record_states, rewritten
from .pages import standing_still
from .versions import Kind

#: Beyond, Wagtail's own search index would cost as much as the import: `manage.py update_index` brings it up to date.
_INDEXED = 2_000
_PAGE_COLUMNS = ("title", "draft_title", "last_published_at", "has_unpublished_changes")
_STAMPS = ("situation_at", "changed_at", "updated_at", "updated_by_id")


@dataclass(frozen=True)
class Written:
    """A page whose state is to be written as it is in memory, from the moment `at` on."""

    page: Any
    at: datetime
    #: Answers that change; none says that what is known is still true.
    changed: Sequence[str] = ()
    #: Child answers that change: name -> keys.
    children: Mapping[str, Sequence[int]] = field(default_factory=dict)
    #: For what one state from `at` on does not tell.
    rewrite: Rewrite | None = None


def create_pages(groups: Iterable[tuple[Any, Sequence[Written]]], *, by: Any, now: datetime) -> None:
    """Create new pages under the parent of each group, published, with their first version.

    The caller holds the rights, has validated the states and given the pages their slugs.
    """
    groups = list(groups)
    written = [one for _parent, group in groups for one in group]
    if not written:
        return
    pages, model = [one.page for one in written], type(written[0].page)
    for page, key in zip(pages, next_keys(Page, len(pages)), strict=True):
        page.pk = page.id = page.page_ptr_id = key
    content_type = ContentType.objects.get_for_model(model)
    for parent, group in sorted(groups, key=lambda group: group[0].pk):
        _place_under(parent, [one.page for one in group])
    for one in written:
        one.page.content_type = content_type
        one.page.live, one.page.has_unpublished_changes = True, False
        one.page.first_published_at = one.page.latest_revision_created_at = now
        _stamp(one, by, now)
        one.page.changed_at = one.at
    copy_rows(Page, pages, Page._meta.local_concrete_fields)
    copy_rows(model, pages, model._meta.local_concrete_fields)
    _write_children(model, written)
    _record(model, written, by=by, now=now)
    _index(model, pages)


def update_pages(written: Sequence[Written], *, by: Any, now: datetime) -> None:
    """Write the changed columns of known, locked pages, and their new state.

    Their old revisions no longer tell what is live: without an open draft the editor starts again from the live row;
    an open draft gets the changes, and keeps what its author had typed.
    """
    if not written:
        return
    pages, model = [one.page for one in written], type(written[0].page)
    for one in written:
        _stamp(one, by, now)
        if one.changed:
            one.page.changed_at = one.page.situation_at
    update_rows(Page, pages, _PAGE_COLUMNS)
    columns = [field.attname for field in model.state_fields()]
    update_rows(model, pages, [*columns, *_STAMPS, *model.prepared_columns])
    rows = Page.objects.filter(pk__in=[page.pk for page in pages])
    rows.update(live_revision=None)
    rows.filter(has_unpublished_changes=False).update(latest_revision=None)
    _write_children(model, written)
    _record(model, written, by=by, now=now)
    _index(model, pages)
    for one in written:
        if one.page.has_unpublished_changes:
            _carry_to_draft(model, one)


def _place_under(parent: Any, pages: Sequence[Any]) -> None:
    """Give the pages the next paths under `parent`, which stays locked."""
    parent = standing_still(parent.pk)[parent.pk]
    depth = parent.depth + 1
    siblings = Page.objects.filter(path__startswith=parent.path, depth=depth)
    last = siblings.order_by("-path").values_list("path", flat=True).first()
    step = Page._str2int(last[-Page.steplen :]) if last else 0
    for rank, page in enumerate(pages, 1):
        page.path = Page._get_path(parent.path, depth, step + rank)
        page.depth, page.numchild = depth, 0
        page.locale_id = parent.locale_id
        page.url_path = f"{parent.url_path}{page.slug}/"
    Page.objects.filter(pk=parent.pk).update(numchild=F("numchild") + len(pages))


def _stamp(one: Written, by: Any, now: datetime) -> None:
    """Who wrote the state, when it holds from, and what searches read."""
    page = one.page
    page.prepare()
    page.situation_at, page.updated_at, page.updated_by = max(one.at, page.situation_at or one.at), now, by
    page.last_published_at = now


def _write_children(model: Any, written: Iterable[Written]) -> None:
    """Replace the child answers that change."""
    for name in model.child_answers:
        relation = model._meta.get_field(name)
        source, target = (f"{side}_id" for side in (relation.m2m_field_name(), relation.m2m_reverse_field_name()))
        through = relation.remote_field.through
        changed = {one.page.pk: one.children[name] for one in written if name in one.children}
        through.objects.filter(**{f"{source}__in": list(changed)}).delete()
        through.objects.bulk_create(
            through(**{source: page, target: other}) for page, others in changed.items() for other in others
        )


def _record(model: Any, written: Sequence[Written], *, by: Any, now: datetime) -> None:
    children = model.children_of([one.page.pk for one in written])
    records = [
        Record(one.page.pk, one.at, one.page.state_values(), children[one.page.pk], names=[*one.changed, *one.children])
        for one in written
    ]
    records = rewritten(model.version_model(), records, {one.page.pk: one.rewrite for one in written if one.rewrite})
    record_states(model.version_model(), records, author=by, kind=Kind.IMPORTED, now=now)


def _index(model: Any, pages: Sequence[Any]) -> None:
    """Let Wagtail's own search find the pages; our lists search columns of their own, which are always right."""
    pages = list(pages)
    for backend in get_search_backends(with_auto_update=True) if len(pages) <= _INDEXED else ():
        index = backend.get_index_for_model(model)
        when_kept(("index", id(pages)), partial(index.add_items, model, pages))


def _carry_to_draft(model: Any, one: Written) -> None:
    """Put the changes into the draft that somebody has left open."""
    page = model._default_manager.get(pk=one.page.pk)
    if page.latest_revision is None:
        return
    changes = {name: getattr(one.page, name) for name in one.changed if name not in model.child_answers}
    for name, keys in one.children.items():
        changes[name] = model._meta.get_field(name).related_model._default_manager.filter(pk__in=keys)
    carry_changes_to_draft(page, page.latest_revision, changes)

"""From a published page to its typed history: whoever publishes (editor, verb, schedule) comes through here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wagtail.log_actions import get_active_log_context
from wagtail.signals import page_published

from .clock import instant
from .drafts import carry_changes_to_draft, open_draft
from .history import Record, record_states, rewritten
from .pages import VersionedPage
from .publication import Publication, publication_of, publishing
from .versions import Kind


def connect() -> None:
    """Listen to what goes live; called once, in `ready()`."""
    page_published.connect(_record_publication, dispatch_uid="sites_registry.versioned.publishing")


def publish(page: Any, publication: Publication) -> None:
    """Make the present answers of `page` the published ones, with a revision."""
    with publishing(page.pk, publication):
        revision = page.save_revision(user=publication.by, clean=True)
        revision.publish(user=publication.by, skip_permission_checks=True)
    page.refresh_from_db()


def apply_and_publish(page: Any, changes: Mapping[str, Any], publication: Publication) -> None:
    """Apply `changes` to the live state, and to the draft that somebody has left open; the rest of it stays a draft."""
    draft = open_draft(page)
    page.tolerate_known_errors()
    page.assign(changes)
    page.full_clean()
    publish(page, replace(publication, names=[page.column_of(name) for name in changes]))
    if draft is not None:
        carry_changes_to_draft(page, draft, changes)


def record_publication(page: Any, publication: Publication) -> dict[str, object]:
    """Write when and by whom `page` was brought up to date, then its present state in its history; return the former.

    In this order, since whoever listens to the state may publish the page again. The caller has locked the page. What
    is only decided or done about it leaves the situation that was seen, and whoever saw it.
    """
    record, model = _record_of(page, publication), page.version_model()
    now = publication.now or instant(model, [page.pk])
    updated: dict[str, object] = {"updated_at": now}
    if publication.is_observed:
        updated |= {"situation_at": record.seen_at, "updated_by": publication.by}
    if publication.is_observed and publication.kind != Kind.UNCHANGED:
        updated["changed_at"] = updated["situation_at"]
    type(page)._default_manager.filter(pk=page.pk).update(**updated)
    said = {"kind": publication.kind, "source": publication.source}
    record_states(model, [record], author=publication.by, now=now, **said)
    return updated


def _record_of(page: Any, publication: Publication) -> Record:
    record = Record(
        page.pk,
        publication.at,
        page.state_values(),
        page.children_now(),
        is_observed=publication.is_observed,
        names=publication.names,
    )
    rewrites = {page.pk: publication.rewrite} if publication.rewrite else {}
    return rewritten(page.version_model(), [record], rewrites)[0]


def _record_publication(sender, instance, revision=None, **kwargs) -> None:
    """Write the state that has just gone live; scheduled revisions and aliases publish nothing."""
    if not isinstance(instance, VersionedPage) or not instance.live or instance.alias_of_id:
        return
    page = type(instance)._default_manager.read_whole().get(pk=instance.pk)
    publication = publication_of(page.pk) or _editor_publication(page, revision)
    with publishing(page.pk, None):  # whoever listens and publishes the page again does so in their own name
        stamps = record_publication(page, publication)
    for name, value in stamps.items():
        setattr(instance, name, value)


def _editor_publication(page: Any, revision) -> Publication:
    """A publication from Wagtail's editor or schedule: its author is whoever presses the button, else the drafter."""
    by = get_active_log_context().user or getattr(revision, "user", None)
    known = page.version_model().objects.of_page(page.pk).believed_now().filter(valid__upper_inf=True).first()
    if known is None:
        kind = Kind.DECLARED
    elif known.state_values() == page.state_values() and known.children == page.children_now():
        kind = Kind.UNCHANGED
    else:
        kind = Kind.UPDATED
    now = instant(page.version_model(), [page.pk])
    return Publication(by=by, kind=kind, at=now, now=now)

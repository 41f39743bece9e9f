"""From a published page to its typed history: whoever publishes (editor, quick form, restore) comes through here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from wagtail.log_actions import get_active_log_context
from wagtail.signals import page_published

from ..models import SitePage, SiteVersion
from ..sites.enums import ChangeKind
from .history import children_of, record_state


@dataclass(frozen=True)
class Publication:
    """Who publishes, why, and since when the situation is so."""

    by: object
    kind: str
    at: datetime
    source: str = ""


_current: ContextVar[Publication | None] = ContextVar("publication", default=None)


@contextmanager
def publishing(publication: Publication) -> Iterator[None]:
    """Tell the receiver below who publishes: the signal itself carries only the author of the draft."""
    token = _current.set(publication)
    try:
        yield
    finally:
        _current.reset(token)


def connect() -> None:
    page_published.connect(_record_publication, sender=SitePage, dispatch_uid="sites_registry.record_publication")


def _record_publication(sender, instance, revision=None, **kwargs) -> None:
    """Write the state that has just gone live; scheduled revisions and aliases publish nothing."""
    if not instance.live or instance.alias_of_id:
        return
    site = SitePage.objects.with_places().get(pk=instance.pk)
    for name, value in record_publication(site, _current.get() or _editor_publication(site, revision)).items():
        setattr(instance, name, value)


def record_publication(site: SitePage, publication: Publication) -> dict[str, object]:
    """Write the present state of `site` in its history, and when and by whom it was brought up to date; return that."""
    version = record_state(
        site, at=publication.at, author=publication.by, kind=publication.kind, source=publication.source
    )
    updated: dict[str, object] = {
        "situation_at": publication.at,
        "updated_at": version.recorded_at,
        "updated_by": publication.by,
    }
    if publication.kind != ChangeKind.UNCHANGED:
        updated["changed_at"] = publication.at
    SitePage.objects.filter(pk=site.pk).update(**updated)
    return updated


def _editor_publication(site: SitePage, revision) -> Publication:
    """A publication from Wagtail's editor or schedule: its author is whoever presses the button, else the drafter."""
    by = get_active_log_context().user or getattr(revision, "user", None)
    known = SiteVersion.objects.believed_now().filter(site=site, valid__upper_inf=True).first()
    if known is None:
        kind = ChangeKind.DECLARED
    elif known.state_values() == site.state_values() and known.children == children_of(site):
        kind = ChangeKind.UNCHANGED
    else:
        kind = ChangeKind.UPDATED
    return Publication(by=by, kind=kind, at=timezone.now())

"""Drafts left open in the editor: a quick update must neither publish them nor drop them."""

from collections.abc import Mapping
from typing import Any

from wagtail.models import Revision

from ..models import SitePage


def open_draft(site: SitePage) -> Revision | None:
    """The draft that somebody has left unpublished on `site`, if any."""
    return site.latest_revision if site.has_unpublished_changes else None


def carry_changes_to_draft(site: SitePage, draft: Revision, changes: Mapping[str, Any]) -> Revision:
    """Open the draft again on top of what was just published, with the published changes in it.

    Its author keeps everything else that they had typed.
    """
    drafted = draft.as_object()
    drafted.assign({name: value for name, value in changes.items() if name != "incoming_sites"})
    if "incoming_sites" in changes:
        drafted.incoming_sites.set(changes["incoming_sites"])
    for name in ("live_revision", "last_published_at", "latest_revision", "path", "depth", "url_path"):
        setattr(drafted, name, getattr(site, name))
    drafted.has_unpublished_changes = True
    return drafted.save_revision(user=draft.user, clean=False, changed=True)

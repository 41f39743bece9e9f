"""Drafts left open in the editor: a quick update must neither publish them nor drop them."""

from collections.abc import Mapping
from typing import Any

from wagtail.models import Revision

#: What Wagtail tells of a page as a whole, which a draft made before must not tell otherwise.
_OF_THE_PAGE = ("live_revision", "last_published_at", "latest_revision", "path", "depth", "url_path")


def open_draft(page: Any) -> Revision | None:
    """The draft that somebody has left unpublished on `page`, if any."""
    return page.latest_revision if page.has_unpublished_changes else None


def carry_changes_to_draft(page: Any, draft: Revision, changes: Mapping[str, Any]) -> Revision:
    """Open the draft again on top of what was just published, with the published changes in it.

    Its author keeps everything else that they had typed.
    """
    drafted = draft.as_object()
    drafted.assign(changes)
    for name in _OF_THE_PAGE:
        setattr(drafted, name, getattr(page, name))
    drafted.has_unpublished_changes = True
    return drafted.save_revision(user=draft.user, clean=False, changed=True)

"""What sites keep for a time only."""

from rbsite.base.retention import RETAINED, Retained

from .models.exchange import KEPT_DAYS, ImportDraft


def register() -> None:
    """Add the tables sent for an import, confirmed or not."""
    drafts = ImportDraft.objects.outdated
    RETAINED.register(Retained(key="import_drafts", label="Tableaux à importer", days=KEPT_DAYS, expired=drafts))

"""What the platform keeps for a time only: rooms say for how long, `manage.py purge` deletes the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from .registry import Entry, Registry


def _delete_rows(expired: QuerySet) -> int:
    _all, by_model = expired.delete()  # rows that depend on them go with them, and are not counted
    return by_model.get(expired.model._meta.label, 0)


@dataclass(frozen=True, kw_only=True)
class Retained(Entry):
    """Something that is kept for `days`."""

    #: « Tableaux à importer ».
    label: str
    days: int
    #: What is past its time at a moment: rows, or anything that `delete` knows how to delete and `len` how to count.
    expired: Callable[[datetime], Any]
    #: Deletes what `expired` gave and returns how many that was.
    delete: Callable[[Any], int] = _delete_rows

    def count(self, now: datetime) -> int:
        """How many are past their time at `now`."""
        expired = self.expired(now)
        return expired.count() if isinstance(expired, QuerySet) else len(expired)

    def purge(self, now: datetime) -> int:
        """Delete those past their time at `now`, all or none; return how many that was."""
        with transaction.atomic():
            return self.delete(self.expired(now))


RETAINED: Registry[Retained] = Registry()

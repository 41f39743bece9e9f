"""What the platform keeps for a time only: rooms say for how long, `manage.py purge` deletes the rest.

It is meant to run every day; where nobody runs it, the first sign-in of the day does the same.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

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

PURGED_TODAY = "retention.purged"
_A_DAY = 24 * 3600
_log = logging.getLogger(__name__)


def purge_once_a_day(**_signal: Any) -> None:
    """Purge, unless that was done for a day; somebody who signs in never sees it fail."""
    if not cache.add(PURGED_TODAY, True, _A_DAY):
        return
    for retained in RETAINED:
        try:
            retained.purge(timezone.now())
        except (DatabaseError, OSError):
            _log.exception("%s could not be purged", retained.key)

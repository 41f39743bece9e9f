"""The one clock of the history: PostgreSQL's, read after the lock, so that servers whose clocks differ agree."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import DateTimeField, Func, Max
from django.db.models.functions import Greatest

if TYPE_CHECKING:
    from .versions import Version


def database_clock() -> str:
    """The clock, in SQL: the time of the statement, not the one at which its transaction began."""
    return "clock_timestamp()"


def now() -> datetime:
    """The present moment: for what has no history yet, and for deadlines."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {database_clock()}")
        return cursor.fetchone()[0]


def instant(model: "type[Version]", keys: Collection[int]) -> datetime:
    """The moment from which the platform believes what is about to be recorded of the pages `keys`: one for all.

    The caller has locked the pages in an earlier statement, else this would be the time from before the wait. It is
    strictly later than whatever was recorded of them, whatever the clock does: a belief that lasts no time is lost.
    """
    if not keys:
        return now()
    latest = Max(Func("recorded", function="lower", output_field=DateTimeField()))
    clock = Func(template=database_clock(), output_field=DateTimeField())
    known = model.objects.filter(**{f"{model.of}__in": keys})
    return known.aggregate(instant=Greatest(clock, latest + timedelta(microseconds=1)))["instant"]

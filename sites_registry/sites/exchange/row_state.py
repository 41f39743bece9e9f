"""One row of a file on its way into a site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from rbsite.spreadsheets.cells import Noted
from rbsite.territories.models import Territory

from ..models import SitePage

#: What is wrong -> French sentences. The names are those of columns, « commune » and « point » for those that several
#: columns tell together.
Errors = dict[str, list[str]]
#: In their place, what is wrong with the row itself: nothing in it is under its title.
WHOLE_ROW = "row"


@dataclass
class RowState:
    """One row being imported: its cells, the site as they make it, what it was, and since when it is so."""

    number: int
    #: Name of the column -> cell, in words that the column knows.
    cells: Mapping[str, Any]
    site: SitePage
    key: str
    #: The columns of a known site; None for a new one.
    before: dict[str, Any] | None
    commune_before: Territory | None
    origins_before: list[int]
    #: Primary keys of the sites of origin.
    origins: list[int]
    #: Why the key names no site without doubt, « » when it does, or names a new one.
    ambiguity: str = ""
    #: The day on which the situation was seen, when the row says it.
    day: date | None = None
    #: The day said once for the rows of the file that say none: it dates what they change, and is no sighting.
    day_of_file: date | None = None
    #: Since when the new state holds.
    at: datetime | None = None
    #: Columns of the site that the row changes; of a new one, those that the row tells.
    changed: list[str] = field(default_factory=list)
    #: What is to be told of how cells were understood, by column.
    notes: list[tuple[str, Noted]] = field(default_factory=list)
    #: What the row does not say and its author can say once for all rows, and has not said yet.
    waits_for: set[str] = field(default_factory=set)
    #: What could not be read.
    errors: Errors = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def is_seen_later(self) -> bool:
        """Whether the row says of an open site that it was seen on a later day than the one that is known."""
        known = self.site.situation_at
        return self.day is not None and self.site.is_open and (known is None or self.day > timezone.localdate(known))

    @property
    def closes_before_what_is_known(self) -> bool:
        """Whether the row closes a site on a day before the one on which somebody last saw it."""
        known = self.site.situation_at
        return not (self.is_new or self.site.is_open or known is None or self.at is None) and self.at < known

    def note(self, column: str, noted: Noted) -> None:
        """Keep what is to be told of a cell."""
        if noted.sentence:
            self.notes.append((column, noted))

    def refuse(self, name: str, sentence: str) -> None:
        """Say that something of the row is wrong."""
        self.errors.setdefault(name, []).append(sentence)

"""Sections of reports on sites: each a plain table, which a workbook, a document or a page can hold."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .registry import Entry, Registry

#: What a sheet of a workbook cannot be called.
_MAX_TITLE, _NOT_IN_TITLE = 31, re.compile(r"[\[\]:*?/\\]|^'|'$")
#: Sheets that the workbook of sites has already.
_TAKEN = frozenset({"sites", "totaux"})


@dataclass(frozen=True)
class Table:
    """A title, the head of each column, and rows of plain values (texts, numbers, days; None when unknown)."""

    title: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class ReportSection(Entry):
    """A table about given sites. Raises ValueError for a title that no sheet can bear."""

    title: str
    headers: tuple[str, ...]
    #: Called with the reader and the sites, already narrowed to what the reader may read.
    rows: Callable[[Any, Any], Iterable[Sequence[Any]]]

    def __post_init__(self) -> None:
        if (
            not self.title
            or len(self.title) > _MAX_TITLE
            or _NOT_IN_TITLE.search(self.title)
            or self.title.lower() in _TAKEN
        ):
            raise ValueError(f"{self.title!r} cannot be the title of a sheet")

    def table(self, user: Any, sites: Any) -> Table:
        """The section as `user` may read it."""
        return Table(self.title, self.headers, self.rows(user, sites))


class ReportSections(Registry[ReportSection]):
    """The sections of reports."""

    def register(self, entry: ReportSection) -> ReportSection:
        """Add a section; raises ValueError when another has its title: one workbook holds them all."""
        if entry.title.lower() in {section.title.lower() for section in self}:
            raise ValueError(f"{entry.title!r} is the title of another section")
        return super().register(entry)


SECTIONS = ReportSections()


def extra_sheets(user: Any, sites: Any) -> list[Table]:
    """The tables that a workbook of `sites` takes besides the sites: those of the sections that `user` may read."""
    return [section.table(user, sites) for section in SECTIONS.open_to(user)]

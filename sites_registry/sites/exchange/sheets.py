"""A workbook with a sheet a month: one is imported after the other, each on the day that is said of it."""

from dataclasses import replace
from typing import Any

from rbsite.spreadsheets.books import UnreadableFile
from rbsite.spreadsheets.opening import Opened

from .decisions import Decisions
from .importing import open_file


def following_sheets(opened: Opened, *, by: Any) -> list[str]:
    """Names of the sheets after the one that was read that are drawn like it; hidden ones are not offered."""
    names = [sheet.name for sheet in opened.book.sheets]
    after = opened.book.sheets[names.index(opened.table.sheet.name) + 1 :]
    return [sheet.name for sheet in after if not sheet.is_hidden and _is_drawn_alike(opened, sheet.name, by)]


def _is_drawn_alike(opened: Opened, name: str, by: Any) -> bool:
    try:
        other = open_file(opened.book, by=by, decisions=Decisions(sheet=name))
    except UnreadableFile:
        return False
    titles, theirs = set(filter(None, opened.table.headers)), set(filter(None, other.table.headers))
    return bool(titles) and 2 * len(titles & theirs) >= len(titles | theirs)


def decisions_of_next(decisions: Decisions, sheet: str, opened: Opened, *, by: Any) -> Decisions:
    """What was said of one sheet, for another one: its columns where they stand alike, its words, but not its day."""
    other = open_file(opened.book, by=by, decisions=Decisions(sheet=sheet))
    is_same = other.table.headers == opened.table.headers
    columns = decisions.columns if is_same else {}
    fresh: dict[str, Any] = {"header_row": 0, "header_lines": 0, "sites": {}, "day": "", "skip_errors": False}
    return replace(decisions, sheet=sheet, columns=columns, **fresh)

"""The sheets of a file, as they are handed from the child that reads it to those who understand it; no Django here."""

from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 10 * 2**20
#: Megabytes of the heaviest file.
MAX_MEGABYTES = MAX_BYTES // 2**20
MAX_SHEETS = 50
MAX_ROWS = 20_000
MAX_COLUMNS = 300
#: Titles and blank lines that may stand around the rows.
MARGIN = 1_000
READABLE = "Envoyez un classeur .xlsx ou .ods, ou un fichier .csv."
TOO_HEAVY = f"Le fichier dépasse {MAX_MEGABYTES} Mo : partagez-le en plusieurs."

#: (first row, first column, last row, last column); rows from 1, columns from 0.
Area = tuple[int, int, int, int]


class UnreadableFile(Exception):
    """The file cannot be read as a table; the message says why, in French."""


@dataclass
class Sheet:
    """The cells of one sheet, from its first row and column, and what is written around them.

    Rows are counted as spreadsheets show them: 1 is the first.
    """

    name: str
    rows: list[list[Any]] = field(default_factory=list)
    is_hidden: bool = False
    hidden: set[int] = field(default_factory=set)
    filtered: set[int] = field(default_factory=set)
    #: None of them overlaps another, or reaches beyond the cells.
    merged: list[Area] = field(default_factory=list)
    #: Its cells are separated by marks in a text: a row may have more cells than there are titles by mistake.
    is_text: bool = False


@dataclass
class Book:
    """The sheets of a file, and in words how it was read."""

    sheets: list[Sheet] = field(default_factory=list)
    reading: list[str] = field(default_factory=list)


def too_long(rows: int, columns: int) -> str:
    """Why a sheet of that size is not read, in French; « » when it is."""
    if columns > MAX_COLUMNS:
        return f"Le tableau a plus de {MAX_COLUMNS} colonnes."
    if rows > MAX_ROWS + MARGIN:
        return TOO_MANY_ROWS
    return ""


TOO_MANY_ROWS = f"Le tableau a plus de {MAX_ROWS:,} lignes : partagez-le en plusieurs.".replace(
    ",", "\N{NARROW NO-BREAK SPACE}"
)


def held_cells(line: list[Any]) -> int:
    """How many cells a row has up to the last one that holds something: blanks hold nothing."""
    for place in range(len(line), 0, -1):
        cell = line[place - 1]
        if cell != "" and cell is not None and not (type(cell) is str and cell.isspace()):
            return place
    return 0

"""The sheets of a workbook (xlsx, xlsm, ods), whatever the extension says: read in a child alone."""

import io
import zipfile
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from . import wire
from .archives import PROTECTED, Parts, weigh
from .books import READABLE, UnreadableFile, held_cells, too_long
from .marks import Marks
from .ods import CONTENT, marks_of_ods
from .xlsx import BOOK, marks_of_xlsx

_NO_WORKBOOK = f"Ce fichier n’est pas un classeur lisible. {READABLE}"
_NO_KNOWN_KIND = f"Ce fichier n’est pas un classeur .xlsx ou .ods. {READABLE}"
_FAR_AWAY = (
    "une case est écrite très loin du tableau (ligne {row}, colonne {column}). Effacez-la, ou copiez le tableau dans "
    "une nouvelle feuille."
)
#: Cells, blank ones included, among which those that hold something are looked for.
_MAX_SEARCHED = 20_000_000
_NO_SHEET = "Le classeur n’a aucune feuille de cases."


def read_workbook(content: bytes) -> Iterator[wire.Line]:
    """What the file holds, sheet by sheet; raises UnreadableFile."""
    try:
        marks = _marks(content)
        if not any(marks):
            raise UnreadableFile(_NO_SHEET)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for place, found in enumerate(marks):
            if found is not None:
                yield wire.Head(found.name, found.is_hidden, found.hidden, found.filtered)
                yield from _rows(book.get_sheet_by_index(place), found)
    except PasswordError as error:
        raise UnreadableFile(PROTECTED) from error
    except (CalamineError, zipfile.BadZipFile, NotImplementedError, IndexError, ValueError, OSError) as error:
        raise UnreadableFile(_NO_WORKBOOK) from error


def _marks(content: bytes) -> list[Marks | None]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        weigh(archive, len(content))
        parts = Parts(archive)
        if BOOK in parts:
            return list(marks_of_xlsx(parts))
        if CONTENT in parts:
            return [*marks_of_ods(parts)]
    raise UnreadableFile(_NO_KNOWN_KIND)


def _rows(sheet: CalamineSheet, marks: Marks) -> Iterator[wire.Line]:
    """The rows down to the last one that holds something, and what is merged in them, or why they are not read."""
    bottom, right = (place + 1 for place in sheet.end or (-1, -1))
    if bottom * right > _MAX_SEARCHED:
        yield wire.Dropped(_FAR_AWAY.format(row=bottom, column=right))
        return
    height = width = 0
    blanks: list[wire.Line] = []
    for number, line in enumerate(_all_rows(sheet, marks), 1):
        held = held_cells(line)
        if not held:
            blanks.append([])
            continue
        height, width = number, max(width, held)
        if why := too_long(height, width):
            yield wire.Dropped(why)
            return
        yield from blanks
        blanks.clear()
        yield line[:held]
    yield wire.Foot(marks.areas(height, width))


def _all_rows(sheet: CalamineSheet, marks: Marks) -> Iterator[list[Any]]:
    """The rows from the first one of the sheet, with their cells from its first column."""
    top, left = sheet.start or (0, 0)
    before = [""] * left
    lines = chain(repeat([], top), (before + cells for cells in sheet.iter_rows()))
    faults = marks.faults
    for number in range(1, max(faults, default=0) + 1):
        line = next(lines, [])
        for column, fault in faults.get(number, {}).items():
            line = [*line, *[""] * (column + 1 - len(line))]
            line[column] = fault
        yield line
    yield from lines

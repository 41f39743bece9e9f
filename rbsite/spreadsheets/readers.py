"""From the bytes of a file to sheets of cells: workbooks (xlsx, xlsm, ods) and csv, whatever the extension says."""

import csv
import io
import zipfile
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from .sheet_xml import Area, Marks, Trap, marks_of

MAX_BYTES = 10 * 2**20
#: Megabytes of the heaviest file.
MAX_MEGABYTES = MAX_BYTES // 2**20
TOO_HEAVY = f"Le fichier dépasse {MAX_MEGABYTES} Mo : partagez-le en plusieurs."
_READABLE = "Envoyez un classeur .xlsx ou .ods, ou un fichier .csv."
_NO_WORKBOOK = f"Ce fichier n’est pas un classeur lisible. {_READABLE}"
_NO_CSV = f"Ce fichier csv n’est pas lisible. {_READABLE}"
_NO_TABLE = f"Ce fichier n’est pas un tableau. {_READABLE}"
_SHEET_NOT_READ = "Feuille « {sheet} » non lue : {why}"
_TEXT = "Texte lu en {encoding}, séparateur « {separator} »."
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ENCODINGS = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}
_SEPARATORS = {";": "point-virgule", "\t": "tabulation", ",": "virgule"}


class UnreadableFile(Exception):
    """The file cannot be read as a table; the message says why, in French."""


@dataclass
class Sheet:
    """The cells of one sheet, from its first row and column, and what is written around them (see `Marks`)."""

    name: str
    rows: list[list[Any]]
    is_hidden: bool = False
    hidden: set[int] = field(default_factory=set)
    filtered: set[int] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)


@dataclass
class Book:
    """The sheets of a file, and in words how it was read."""

    sheets: list[Sheet]
    reading: list[str] = field(default_factory=list)


def read_book(content: bytes) -> Book:
    """Read a file; raises UnreadableFile."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(TOO_HEAVY)
    if not content.strip():
        raise UnreadableFile("Le fichier est vide.")
    if content[:4] == _OLD_EXCEL:
        raise UnreadableFile("Ce classeur est ancien (.xls) ou protégé : enregistrez-le en .xlsx, sans mot de passe.")
    return _workbook(content) if content[:2] == b"PK" else _csv(content)


def _workbook(content: bytes) -> Book:
    try:
        marks = marks_of(content)
        if all(sheet.excess for sheet in marks):
            raise UnreadableFile(marks[0].excess if marks else "Le classeur n’a aucune feuille.")
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return _book(workbook, marks)
    except Trap as error:
        raise UnreadableFile(f"{error} {_READABLE}") from error
    except (CalamineError, zipfile.BadZipFile, NotImplementedError, IndexError, ValueError) as error:
        raise UnreadableFile(_NO_WORKBOOK) from error


def _book(workbook: CalamineWorkbook, marks: list[Marks]) -> Book:
    kinds = {sheet.name: sheet.typ for sheet in workbook.sheets_metadata}
    sheets, reading = [], []
    for place, found in enumerate(marks):
        if kinds.get(found.name, SheetTypeEnum.WorkSheet) != SheetTypeEnum.WorkSheet:
            continue
        if found.excess:
            reading.append(_SHEET_NOT_READ.format(sheet=found.name, why=found.excess))
            continue
        sheets.append(_sheet(workbook.get_sheet_by_index(place), found))
    return Book(sheets, reading)


def _sheet(values: CalamineSheet, marks: Marks) -> Sheet:
    rows = values.to_python(skip_empty_area=False) if marks.height else []
    for (row, column), fault in marks.faults.items():
        while len(rows) < row:
            rows.append([])
        line = rows[row - 1]
        line.extend([""] * (column + 1 - len(line)))
        line[column] = fault
    return Sheet(marks.name, rows, marks.is_hidden, marks.hidden, marks.filtered, marks.merged)


def _csv(content: bytes) -> Book:
    text, encoding = _decoded(content)
    csv.field_size_limit(MAX_BYTES)
    separator = _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise UnreadableFile(_NO_CSV) from error
    marks = Marks(height=len(rows), width=max(map(len, rows), default=0))
    if marks.excess:
        raise UnreadableFile(marks.excess)
    reading = _TEXT.format(encoding=_ENCODINGS[encoding], separator=_SEPARATORS[separator])
    return Book([Sheet("", rows)], [reading])


def _separator(text: str) -> str:
    """The mark that cuts the most of the first lines into the same number of cells."""
    lines = list(islice((line for line in text.splitlines() if line.strip(";,\t \ufeff")), 10))

    def regularity(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(counts, key=counts.count)
        return (counts.count(usual), usual) if usual else (0, 0)

    return max(_SEPARATORS, key=regularity)


def _decoded(content: bytes) -> tuple[str, str]:
    """UTF-8, with its mark or not, else Windows-1252; « Texte Unicode » of Excel too."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise UnreadableFile(_NO_TABLE)
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.strip(";,\t\r\n \ufeff"):
            return text, encoding
        raise UnreadableFile("Le fichier est vide.")
    raise UnreadableFile("Les accents de ce fichier sont illisibles : enregistrez-le en « CSV UTF-8 ».")

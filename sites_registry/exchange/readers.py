"""From the bytes of a file to rows of cells: workbooks (xlsx, xlsm, ods) and csv, whatever the extension says."""

import csv
import io
import zipfile
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from .values import is_blank

MAX_BYTES = 10 * 2**20
MAX_ROWS = 20_000
MAX_COLUMNS = 300
#: A workbook that unpacks to more than this, in bytes, is a trap.
MAX_UNPACKED = 300 * 2**20
_SHEET = "Sites"
_READABLE = "Envoyez un classeur .xlsx ou .ods, ou un fichier .csv."


class UnreadableFile(Exception):
    """The file cannot be read as a table; the message says why, in French."""


@dataclass(frozen=True)
class Table:
    """The first row that is not blank, and the others with their numbers in the file (as spreadsheets count them)."""

    headers: list[str]
    rows: list[tuple[int, list[Any]]]


def read_table(content: bytes) -> Table:
    """Read a table; raises UnreadableFile. Blank lines are skipped."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"Le fichier dépasse {MAX_BYTES // 2**20} Mo : partagez-le en plusieurs.")
    if not content.strip():
        raise UnreadableFile("Le fichier est vide.")
    lines = _workbook_lines(content) if content[:2] == b"PK" else _csv_lines(content)
    filled = ((number, line) for number, line in enumerate(lines, 1) if not all(is_blank(cell) for cell in line))
    header_line = next(filled, None)
    if header_line is None:
        raise UnreadableFile("Le fichier est vide.")
    headers = [_header(cell) for cell in header_line[1]]
    if len(headers) > MAX_COLUMNS:
        raise UnreadableFile(f"Le fichier a plus de {MAX_COLUMNS} colonnes.")
    rows = []
    for number, line in filled:
        if len(rows) == MAX_ROWS:
            raise UnreadableFile(f"Le fichier a plus de {MAX_ROWS} lignes : partagez-le en plusieurs.")
        rows.append((number, _fitted(line, len(headers))))
    return Table(headers, rows)


def _header(cell: Any) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _fitted(line: list[Any], width: int) -> list[Any]:
    return [*line[:width], *([None] * (width - len(line)))]


def _workbook_lines(content: bytes) -> list[list[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                raise UnreadableFile("Le classeur est trop volumineux une fois ouvert : partagez-le en plusieurs.")
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        sheet = workbook.get_sheet_by_name(_SHEET if _SHEET in names else names[0])
        return sheet.to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, IndexError, ValueError) as error:
        raise UnreadableFile(f"Ce fichier n’est pas un classeur lisible. {_READABLE}") from error


def _csv_lines(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    first_line = next((line for line in text.splitlines() if line.strip(";,\t \ufeff")), "")
    csv.field_size_limit(MAX_BYTES)
    separator = max(";\t,", key=first_line.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise UnreadableFile(f"Ce fichier csv n’est pas lisible. {_READABLE}") from error


def _decoded(content: bytes) -> str:
    """UTF-8, with its mark or not, else Windows-1252; « Texte Unicode » of Excel too."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise UnreadableFile(f"Ce fichier n’est pas un tableau. {_READABLE}")
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.strip(";,\t\r\n \ufeff"):
            return text
        raise UnreadableFile("Le fichier est vide.")
    raise UnreadableFile("Les accents de ce fichier sont illisibles : enregistrez-le en « CSV UTF-8 ».")

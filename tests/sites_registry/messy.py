"""Tables as partners draw them, made for the tests."""

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import openpyxl
from django.utils import timezone
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P
from openpyxl.worksheet.worksheet import Worksheet

#: Small tables that failed once; what is right stands in the tests that read them.
CASES = Path(__file__).parent.parent / "cases"

Draw = Callable[[Worksheet], None]


def dated(client, check: str) -> str:
    """Say that the table describes today; return the address of its check."""
    client.post(check, {"dire": "1", "day": timezone.localdate().isoformat()})
    return check


def workbook(lines: Iterable[Iterable[Any]], draw: Draw = lambda sheet: None, *, title: str = "Feuil1") -> bytes:
    """An xlsx of one sheet, on which `draw` may hide, merge and filter."""
    book = openpyxl.Workbook()
    book.active.title = title
    fill(book.active, lines)
    draw(book.active)
    return saved(book)


def fill(sheet: Worksheet, lines: Iterable[Iterable[Any]]) -> None:
    """Write lines of cells from the first row; « #REF! » is written as the error that it is."""
    for row, cells in enumerate(lines, 1):
        for column, value in enumerate(cells, 1):
            cell = sheet.cell(row, column)
            cell.value = value
            if isinstance(value, str) and value.startswith("#"):
                cell.data_type = "e"


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def with_members(content: bytes, members: dict[str, bytes]) -> bytes:
    """The same archive with parts added, or put in the place of others."""
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in members:
                target.writestr(name, source.read(name))
        for name, data in members.items():
            target.writestr(name, data)
    return output.getvalue()


def ods(lines: Iterable[Iterable[Any]], *, hidden: Iterable[int] = (), filtered: Iterable[int] = ()) -> bytes:
    """An ods of one sheet; (text, 2) is a cell merged with the one below, None what it covers."""
    document = OpenDocumentSpreadsheet()
    table = Table(name="Feuille1")
    for number, cells in enumerate(lines, 1):
        visibility = "collapse" if number in hidden else "filter" if number in filtered else "visible"
        row = TableRow(visibility=visibility)
        for cell in cells:
            row.addElement(_ods_cell(cell))
        table.addElement(row)
    document.spreadsheet.addElement(table)
    output = io.BytesIO()
    document.write(output)
    return output.getvalue()


def _ods_cell(cell: Any) -> Any:
    if cell is None:
        return CoveredTableCell()
    text, height = cell if isinstance(cell, tuple) else (cell, 1)
    box = TableCell(valuetype="string", numberrowsspanned=height)
    if text:
        box.addElement(P(text=text))
    return box


def lines_of(content: bytes) -> list[list[Any]]:
    """The values of the first sheet of an xlsx."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [list(line) for line in sheet.iter_rows(values_only=True)]

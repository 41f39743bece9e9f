"""Tables written in each format, row after row, so that memory does not grow with their number."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter

from rbsite.base.report_sections import Table

from .columns import Column, Columns, Row
from .values import MAX_CELL, as_text, neutralise

Writer = Callable[[Columns, Iterable[Row], IO[bytes]], int]

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "json": "application/json",
}
_NARROW, _WIDE = 14, 32
_DAY, _TITLE = {"num_format": "dd/mm/yyyy"}, {"bold": True, "bottom": 1}
_NEEDED = "{header} (nécessaire)"


def write_csv(columns: Columns, rows: Iterable[Row], output: IO[bytes]) -> int:
    """UTF-8 with its mark and « ; », as French spreadsheets open it."""
    text = io.TextIOWrapper(output, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.header for column in columns])
    writes = [column.cell_of for column in columns]
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(write(row)) for write in writes])
        count += 1
    text.detach()
    return count


def _csv_cell(value: Any) -> str:
    return neutralise(value) if isinstance(value, str) else as_text(value)


def write_xlsx(columns: Columns, rows: Iterable[Row], output: IO[bytes], more: Sequence[Table] = ()) -> int:
    """A sheet named after the list with a frozen header, numbers and dates as such, a sheet « Totaux », and `more`."""
    book = xlsxwriter.Workbook(
        output, {"constant_memory": True, "in_memory": False, "default_date_format": "dd/mm/yyyy"}
    )
    sheet = book.add_worksheet(columns.title)
    day = book.add_format(_DAY)
    _write_head(book, sheet, columns)
    writes = [column.cell_of for column in columns]
    sums: dict[int, list[float]] = {place: [0, 0] for place, column in enumerate(columns) if column.is_count}
    count = 0
    for row in rows:
        count += 1
        for place, write in enumerate(writes):
            value = write(row)
            _write_cell(sheet, count, place, value, day)
            if place in sums and isinstance(value, int | float):
                sums[place][0] += value
                sums[place][1] += 1
    _write_totals(book, columns, sums, count)
    for table in more:
        _write_table(book, table, day)
    book.close()
    return count


def _write_cell(sheet: Any, row: int, place: int, value: Any, day: Any) -> None:
    """A value as what it is; no text becomes a formula, and one that no cell can hold is left out."""
    if isinstance(value, str):
        text = neutralise(value)
        if len(text) <= MAX_CELL:
            sheet.write_string(row, place, text)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, day)
    elif value is not None:
        sheet.write_number(row, place, value)


def _write_table(book: xlsxwriter.Workbook, table: Table, day: Any) -> None:
    sheet = book.add_worksheet(table.title)
    bold = book.add_format(_TITLE)
    for place, title in enumerate(table.headers):
        sheet.set_column(place, place, _WIDE)
        sheet.write_string(0, place, title, bold)
    for number, row in enumerate(table.rows, 1):
        for place, value in enumerate(row):
            _write_cell(sheet, number, place, value, day)
    sheet.freeze_panes(1, 0)


def _write_head(book: xlsxwriter.Workbook, sheet: Any, columns: Columns) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDE if column.is_text or column.is_wide else _NARROW)
        sheet.write_string(0, place, column.header, bold)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)


def _write_totals(book: xlsxwriter.Workbook, columns: Columns, sums: dict[int, list[float]], count: int) -> None:
    """Totals stand on their own sheet: a line under the rows would be taken for one of them at the next import."""
    sheet = book.add_worksheet("Totaux")
    bold = book.add_format(_TITLE)
    sheet.set_column(0, 0, _WIDE)
    for place, title in enumerate(("", "Total", columns.known_title)):
        sheet.write_string(0, place, title, bold)
    sheet.write_string(1, 0, columns.title)
    sheet.write_number(1, 1, count)
    for line, (place, (total, known)) in enumerate(sums.items(), 2):
        sheet.write_string(line, 0, columns.columns[place].header)
        sheet.write_number(line, 1, total)
        sheet.write_number(line, 2, known)
    sheet.freeze_panes(1, 0)


def write_json(columns: Columns, rows: Iterable[Row], output: IO[bytes]) -> int:
    """A list of objects with the names of the columns; null is what nobody knows."""
    return _write_list(output, "[\n", "\n]\n", (_properties(columns, row) for row in rows))


def write_geojson(columns: Columns, rows: Iterable[Row], output: IO[bytes]) -> int:
    """Points (WGS 84) with the same properties; what nobody has placed stands, flagged, in its commune.

    Rows have `latitude` and `longitude` in degrees, and `is_approximate`.
    """
    properties = columns.only(column for column in columns if column.name not in ("latitude", "longitude"))
    features = (
        {
            "type": "Feature",
            "geometry": _geometry(row),
            "properties": _properties(properties, row) | {"is_approximate": row["is_approximate"]},
        }
        for row in rows
    )
    return _write_list(output, '{"type": "FeatureCollection", "features": [\n', "\n]}\n", features)


def _geometry(row: Row) -> dict[str, Any] | None:
    if row["latitude"] is None or row["longitude"] is None:
        return None
    return {"type": "Point", "coordinates": [round(row["longitude"], 7), round(row["latitude"], 7)]}


def _properties(columns: Columns, row: Row) -> dict[str, Any]:
    """Stored values where the column is an answer (so that unknown stays null), words where it is computed."""
    return {column.name: _stored(column, row) for column in columns}


def _stored(column: Column, row: Row) -> Any:
    value = (column.stored or column.cell_of)(row)
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _write_list(output: IO[bytes], start: str, end: str, items: Iterable[dict]) -> int:
    output.write(start.encode())
    count = 0
    for item in items:
        text = json.dumps(item, ensure_ascii=False)
        output.write(f"{',' + chr(10) if count else ''}{text}".encode())
        count += 1
    output.write(end.encode())
    return count


def write_template(columns: Columns, output: IO[bytes]) -> None:
    """An empty table to fill in, with what each column takes on a second sheet."""
    book = xlsxwriter.Workbook(output, {"in_memory": True})
    sheet = book.add_worksheet(columns.title)
    _write_head(book, sheet, columns)
    rules = (*columns.guide, *_RULES)
    guide = book.add_worksheet("Mode d’emploi")
    wrap, bold = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"bold": True, "bottom": 1})
    guide.set_column(0, 0, _WIDE)
    guide.set_column(1, 1, 90)
    for line, rule in enumerate(rules):
        guide.write_string(line, 0, rule[0], bold)
        guide.write_string(line, 1, rule[1], wrap)
    for line, column in enumerate(columns, len(rules) + 2):
        guide.write_string(line, 0, _NEEDED.format(header=column.header) if column.required else column.header, wrap)
        guide.write_string(line, 1, column.expected, wrap)
    guide.write_string(len(rules) + 1, 0, "Colonne", bold)
    guide.write_string(len(rules) + 1, 1, "Ce qu’elle attend", bold)
    book.close()


def write_csv_template(columns: Columns, output: IO[bytes]) -> None:
    """The header alone, in csv."""
    write_csv(columns, (), output)


_RULES = (
    ("Case vide", "Ce qui est connu reste comme il est."),
    ("? ou NSP", "On ne sait pas : ce qui était connu est effacé. Ce n’est jamais « non »."),
    ("Colonnes", "Leur ordre ne compte pas ; celles dont vous n’avez pas besoin peuvent être supprimées."),
)

WRITERS: dict[str, Writer] = {"csv": write_csv, "xlsx": write_xlsx, "geojson": write_geojson, "json": write_json}

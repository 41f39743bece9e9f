"""From a file to sites: checks everything, then writes everything, or nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import tablib
from django.core.exceptions import PermissionDenied
from django.db import transaction

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.spreadsheets import values
from rbsite.spreadsheets.layout import Table, choose_sheet, lay_out
from rbsite.spreadsheets.readers import Book, UnreadableFile, read_book

from .bulk import lock_imports
from .columns import COLUMN_BY_NAME
from .decisions import Decisions
from .headers import Headers, known_words, read_headers
from .memory import Memory
from .report import Problem, Report
from .rows import Meanings, Rows

#: Attribute of a site -> the columns in which it is said, the one that the file has first.
_SAID_IN = {
    "commune": ("citycode", "commune", "postcode"),
    "point": ("latitude", "longitude", "position"),
    "imported_day": ("situation_at",),
    "imported_origins": ("incoming_sites",),
}


def may_import(user: Any) -> bool:
    """Whether the person may feed sites somewhere."""
    return can(user, Feature.SITE_UPDATE) or can(user, Feature.SITE_CREATE)


def check_sites(content: bytes, *, by: Any, decisions: Decisions | None = None) -> Report:
    """What importing the file would do; writes nothing."""
    return _run(content, by=by, decisions=decisions or Decisions(), dry_run=True)


def import_sites(content: bytes, *, by: Any, decisions: Decisions | None = None) -> Report:
    """Import the file in one transaction; when the report has problems, nothing is written."""
    with transaction.atomic():
        lock_imports()
        return _run(content, by=by, decisions=decisions or Decisions(), dry_run=False)


@dataclass
class Opened:
    """A file as it is understood: its sheets, its table, its columns, and what words mean in it."""

    book: Book
    table: Table
    headers: Headers
    meanings: Meanings


def open_file(content: bytes, *, by: Any, decisions: Decisions) -> Opened:
    """Understand a file, with what its author and their organisation have said of it; raises UnreadableFile."""
    book, memory = read_book(content), Memory.of(by)
    knows = known_words(memory.columns)
    table = lay_out(
        choose_sheet(book, decisions.sheet, knows),
        knows,
        header_row=decisions.header_row,
        header_lines=decisions.header_lines,
        with_hidden=decisions.with_hidden,
    )
    headers = read_headers(table.headers, decisions.columns, memory.columns)
    return Opened(book, table, headers, memory.meanings(decisions.values))


def _run(content: bytes, *, by: Any, decisions: Decisions, dry_run: bool) -> Report:
    if not may_import(by):
        raise PermissionDenied("Vous n’avez pas le droit d’importer des sites.")
    try:
        opened = open_file(content, by=by, decisions=decisions)
    except UnreadableFile as error:
        return Report(problems=[Problem(None, "", "", str(error))])
    notices, reading = [*opened.headers.notices, *opened.table.notices], reading_of(opened)
    if opened.headers.problems:
        return Report(problems=opened.headers.problems, notices=notices, reading=reading)
    report = _run_rows(opened, by, decisions, dry_run)
    if decisions.skip_errors and report.can_skip:
        wrong, choices, duplicates = report.problems, report.choices, report.duplicates
        report = _run_rows(opened, by, decisions, dry_run, without=report.wrong_rows)
        report.skipped, report.choices, report.duplicates = wrong, choices, duplicates
    report.notices, report.reading = notices, reading
    if not report.is_valid and not dry_run:
        report.created = report.changed = 0
    return report


def reading_of(opened: Opened) -> list[str]:
    """How the file was read, in French."""
    told, table = list(opened.book.reading), opened.table
    sheet = f"Feuille « {table.sheet.name} » : " if table.sheet.name else ""
    last = table.header_row + table.header_lines - 1
    lines = f"lignes {table.header_row} et {last}" if table.header_lines > 1 else f"ligne {table.header_row}"
    told.append(f"{sheet}{'titres' if sheet else 'Titres'} à la {lines}.".replace("à la lignes", "aux lignes"))
    return told


def _run_rows(opened: Opened, by: Any, decisions: Decisions, dry_run: bool, without: Collection[int] = ()) -> Report:
    columns = opened.headers.columns
    rows = Rows(opened.table, columns, by=by, decisions=decisions, meanings=opened.meanings, without=without)
    resource = rows.resource(lock=not dry_run)
    dataset = tablib.Dataset(*rows.cells, headers=rows.names)
    result = resource.import_data(dataset, dry_run=dry_run, rollback_on_validation_errors=True)
    for fault in [*result.base_errors, *(errors[0] for _line, errors in result.row_errors())]:
        raise fault.error  # a fault of ours: nothing is written, and somebody must hear of it
    report = resource.report
    for invalid in result.invalid_rows:
        place = invalid.number - 1
        cells = dict(zip(rows.names, rows.said[place], strict=True))
        report.problems += _problems(rows.numbers[place], invalid.error_dict, cells)
    report.remarks = sorted([*report.remarks, *rows.remarks], key=lambda remark: remark.row or 0)
    report.choices, report.duplicates = rows.choices, rows.duplicates()
    report.swapped = resource.swapped
    return report


def _problems(number: int, errors: Mapping[str, list[str]], cells: Mapping[str, Any]) -> list[Problem]:
    """The errors of one row, column by column."""
    problems = []
    for attribute, messages in errors.items():
        columns = _SAID_IN.get(attribute, (attribute,))
        present = [name for name in columns if name in cells]
        name = next((name for name in present if not values.is_blank(cells[name])), (present or columns)[0])
        column = COLUMN_BY_NAME.get(name, COLUMN_BY_NAME["key"])
        value = values.as_text(cells.get(column.name))[:80]
        problems += [Problem(number, column.header, value, message, column.name) for message in messages]
    return problems

"""A table read row by row, for lists whose rows need no decision: values, and what is wrong, by column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import values
from .books import UnreadableFile
from .cells import Noted, fault_sentence, is_fault
from .columns import Column, ColumnReader, Columns
from .decisions import Memory, TableDecisions
from .opening import Opened, open_table
from .report import Problem, Remark, Report, problems_of_row, remark_at
from .words import translate

_NEEDED = "Cette information est nécessaire. {expected}."


@dataclass
class TableRow:
    """One row of a file; a blank cell says nothing, and is in neither `values` nor `errors` unless it is needed."""

    #: As spreadsheets count, from 1.
    number: int
    #: Name of the column -> what its cell says.
    values: dict[str, Any] = field(default_factory=dict)
    #: Name of the column -> what is wrong with its cell, in French.
    errors: dict[str, str] = field(default_factory=dict)
    #: Name of the column -> the cell as it is in the file, for what is told.
    cells: dict[str, Any] = field(default_factory=dict)


@dataclass
class ReadTable:
    """The rows of a file and, in `report`, what is wrong or to be told of it; no rows when its titles are wrong."""

    columns: Columns
    report: Report
    rows: list[TableRow] = field(default_factory=list)
    #: None for a file that cannot be read.
    opened: Opened | None = None

    def refuse(self, row: TableRow, errors: Mapping[str, str]) -> None:
        """Add what a list refuses of a row, by name of column; a cell that is wrong already has its error."""
        fresh = {name: message for name, message in errors.items() if name not in row.errors}
        row.errors |= fresh
        self.report.problems += problems_of_row(row.number, fresh, row.cells, self.columns)
        self.report.problems.sort(key=lambda problem: problem.row or 0)


def read_table(
    content: bytes, columns: Columns, *, decisions: TableDecisions | None = None, memory: Memory | None = None
) -> ReadTable:
    """Read a file of the list `columns`; it writes nothing, and never raises for a file."""
    try:
        return read_rows(open_table(content, columns, decisions, memory))
    except UnreadableFile as error:
        return ReadTable(columns, Report(problems=[Problem(None, "", "", str(error))]))


def read_rows(opened: Opened) -> ReadTable:
    """Read the rows of a file that is already opened."""
    report = Report(problems=list(opened.headers.problems), notices=opened.notices, reading=opened.reading)
    table = ReadTable(opened.columns, report, opened=opened)
    if report.is_valid:
        table.rows = list(_read_rows(opened, report))
    return table


def _read_rows(opened: Opened, report: Report) -> Iterable[TableRow]:
    readers = {place: ColumnReader(column) for place, column in opened.headers.columns.items()}
    present = {column.name for column in opened.headers.columns.values()}
    absent = [column for column in opened.columns.importable if column.required and column.name not in present]
    for number, line in opened.table.rows:
        row = TableRow(number, cells={reader.column.name: line[place] for place, reader in readers.items()})
        if fault := opened.table.faults.get(number):
            report.problems.append(Problem(number, "", "", fault))
            continue
        for place, reader in readers.items():
            _read_cell(row, reader, line[place], opened, report.remarks)
        row.errors |= {column.name: _needed(column) for column in absent}
        report.problems += problems_of_row(number, row.errors, row.cells, opened.columns)
        yield row


def _read_cell(row: TableRow, reader: ColumnReader, cell: Any, opened: Opened, remarks: list[Remark]) -> None:
    column = reader.column
    if is_fault(cell):
        row.errors[column.name] = fault_sentence(cell)
        return
    meanings = opened.meanings.get(column.name)
    text = translate(column, cell, meanings) if meanings and column.choices else cell
    if values.is_blank(text):
        if column.required:
            row.errors[column.name] = _needed(column)
        return
    try:
        value = reader(text)
    except ValueError as error:
        row.errors[column.name] = str(error)
        return
    if isinstance(value, Noted):
        if value.sentence:
            remarks.append(remark_at(row.number, column, cell, value.sentence, is_warning=value.is_warning))
        value = value.value
    row.values[column.name] = value


def _needed(column: Column) -> str:
    return _NEEDED.format(expected=column.expected) if column.expected else "Cette information est nécessaire."

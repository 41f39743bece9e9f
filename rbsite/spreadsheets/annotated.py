"""The file as it was read, with what the platform understood: a first column of words, a note on each doubtful cell."""

from collections import defaultdict
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter

from .layout import ASIDE, UNDERSTOOD
from .opening import Opened
from .report import Problem, Report
from .values import MAX_CELL, as_text, neutralise

_WIDE, _NARROW = 48, 16
_MAX_NOTE = 1_000
_ERROR, _WARNING, _ASIDE = "#FFCDCD", "#FFE9A8", "#E8E8E8"
_ERROR_SAID = "Erreur, {where} : {message}"
_DAY = {"num_format": "dd/mm/yyyy"}


def write_annotated(opened: Opened, report: Report, output: IO[bytes]) -> None:
    """Write an xlsx whose rows keep their numbers, so that « ligne 12 » is still line 12. No formula survives."""
    book = xlsxwriter.Workbook(output, {"constant_memory": True, "in_memory": False, "strings_to_formulas": False})
    sheet = book.add_worksheet("Fichier annoté")
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, max(1, len(opened.table.headers)), _NARROW)
    sheet.freeze_panes(opened.table.header_row + opened.table.header_lines - 1, 1)
    _Writer(book, sheet, opened, report).write()
    book.close()


class _Writer:
    """Writes line after line, as `constant_memory` asks."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Any, opened: Opened, report: Report):
        self.sheet, self.table, self.report = sheet, opened.table, report
        self.places = {column.name: place for place, column in opened.headers.columns.items()}
        self.formats: dict[tuple[str, bool], Any] = {}
        for colour in ("", _ERROR, _WARNING, _ASIDE):
            look = {"bg_color": colour} if colour else {}
            self.formats[colour, False] = book.add_format(look | {"text_wrap": True, "valign": "top"})
            self.formats[colour, True] = book.add_format(look | _DAY | {"valign": "top"})
        self.problems = _by_row([*report.problems, *report.skipped])
        self.remarks = _by_row(report.remarks)
        self.aside = {row: ASIDE[why] for why, rows in self.table.aside.items() for row in rows}
        self.changes = {change.row: change for change in report.changes}

    def write(self) -> None:
        for number, line in enumerate(self.table.sheet.rows, 1):
            problems, remarks = self.problems.get(number, []), self.remarks.get(number, [])
            aside = _ASIDE if number in self.aside else ""
            tone = _ERROR if problems else _WARNING if any(remark.is_warning for remark in remarks) else aside
            self._cell(number, 0, self._understood(number, problems, remarks), tone)
            notes = self._notes(problems, remarks)
            for place, value in enumerate(line):
                note, colour = notes.get(place, ("", aside))
                self._cell(number, place + 1, value, colour)
                if note:
                    self.sheet.write_comment(number - 1, place + 1, note[:_MAX_NOTE], {"x_scale": 2})

    def _understood(self, number: int, problems: list[Problem], remarks: list) -> str:
        if number == self.table.header_row:
            return UNDERSTOOD
        if problems:
            return "\n".join(_said(problem) for problem in problems)
        if number in self.aside:
            return f"{self.aside[number]}."
        told = [self.report.outcomes.get(number, "")]
        if (change := self.changes.get(number)) and not change.created:
            told += [f"{label} : {old} → {new}" for label, old, new in change.fields]
        return "\n".join([*filter(None, told), *(f"{remark.column} : {remark.message}" for remark in remarks)])

    def _notes(self, problems: list[Problem], remarks: list) -> dict[int, tuple[str, str]]:
        """Place in the file -> what is said of the cell, and its colour; an error hides a remark."""
        notes = {}
        for remark in remarks:
            colour = _WARNING if remark.is_warning else ""
            notes[self.places.get(remark.name, -1)] = (remark.message, colour)
        for problem in problems:
            notes[self.places.get(problem.name, -1)] = (problem.message, _ERROR)
        return notes

    def _cell(self, row: int, column: int, value: Any, colour: str) -> None:
        look = self.formats[colour, False]
        if value is None or value == "":
            if colour:
                self.sheet.write_blank(row - 1, column, None, look)
        elif isinstance(value, (date, datetime)):
            self.sheet.write_datetime(row - 1, column, value, self.formats[colour, True])
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self.sheet.write_number(row - 1, column, value, look)
        else:
            self.sheet.write_string(row - 1, column, neutralise(as_text(value))[:MAX_CELL], look)


def _said(problem: Problem) -> str:
    where = problem.column or "la ligne"
    return _ERROR_SAID.format(where=where, message=problem.message)


def _by_row(problems: list) -> dict[int | None, list]:
    found: dict[int | None, list] = defaultdict(list)
    for problem in problems:
        found[problem.row].append(problem)
    return found

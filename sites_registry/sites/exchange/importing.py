"""From a file to sites: checks everything, then writes everything, or nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

from django.core.exceptions import PermissionDenied

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.waiting import or_busy, patient
from rbsite.spreadsheets import values
from rbsite.spreadsheets.books import Book, UnreadableFile
from rbsite.spreadsheets.opening import Opened, lay_out_book
from rbsite.spreadsheets.readers import read_book
from rbsite.spreadsheets.report import Problem, problem_at
from sites_registry.versioned.clock import instant

from ..models import SiteVersion
from .bulk import lock_imports
from .columns import SITE_COLUMNS, known_columns
from .decisions import Decisions
from .memory import memory_of
from .report import SiteReport
from .row_import import RowImport
from .row_state import WHOLE_ROW, Errors
from .rows import Rows

TOO_LONG = "La vérification de ce tableau demande trop de temps : partagez-le en plusieurs."
#: What several columns tell together -> those columns; an error stands in the one that the file has first.
_TOLD_IN = {
    "commune": ("citycode", "commune", "postcode"),
    "point": ("latitude", "longitude", "position"),
    "at": ("situation_at",),
}


def may_import(user: Any) -> bool:
    """Whether the person may feed sites somewhere."""
    return can(user, Feature.SITE_UPDATE) or can(user, Feature.SITE_CREATE)


def open_file(file: bytes | Book, *, by: Any, decisions: Decisions) -> Opened:
    """Understand a file, or one that is already parsed, with what its author and their organisation have said of it.

    Raises UnreadableFile.
    """
    book = read_book(file) if isinstance(file, bytes) else file
    return lay_out_book(book, known_columns(), decisions, memory_of(by))


def check_sites(
    file: bytes | Opened,
    *,
    by: Any,
    decisions: Decisions | None = None,
    asks: bool = False,
    seconds: float | None = None,
) -> SiteReport:
    """What importing the file, opened or not, would do; writes nothing.

    With `asks`, rows wait for what their author can say once for all of them, in the place of errors. With `seconds`,
    the check is given up after as many, and the report says so (`is_too_long`).
    """
    return _run(file, by=by, decisions=decisions or Decisions(), dry_run=True, asks=asks, seconds=seconds)


def import_sites(
    file: bytes | Opened,
    *,
    by: Any,
    decisions: Decisions | None = None,
    asks: bool = False,
    seconds: float | None = None,
) -> SiteReport:
    """Import the file in one transaction; when the report has problems, nothing is written.

    With `asks`, neither is anything while the report waits for what its author can say; `seconds` as in a check.
    Raises Busy when somebody else holds its sites, or when another import lasts.
    """
    with or_busy(), patient():
        lock_imports()
        return _run(file, by=by, decisions=decisions or Decisions(), dry_run=False, asks=asks, seconds=seconds)


def _run(
    file: bytes | Opened,
    *,
    by: Any,
    decisions: Decisions,
    dry_run: bool,
    asks: bool = False,
    seconds: float | None = None,
) -> SiteReport:
    if not may_import(by):
        raise PermissionDenied("Vous n’avez pas le droit d’importer des sites.")
    try:
        opened = file if isinstance(file, Opened) else open_file(file, by=by, decisions=decisions)
    except UnreadableFile as error:
        return SiteReport(problems=[Problem(None, "", "", str(error))])
    if opened.headers.problems:
        return SiteReport(problems=opened.headers.problems, notices=opened.notices, reading=opened.reading)
    run = _Run(opened, by, decisions, dry_run, asks, inf if seconds is None else monotonic() + seconds)
    try:
        report = run.over_rows()
        if decisions.skip_errors and report.can_skip:
            wrong, choices, duplicates = report.problems, report.choices, report.duplicates
            report = run.over_rows(without=report.wrong_rows)
            report.skipped, report.choices, report.duplicates = wrong, choices, duplicates
    except TimeoutError:
        report = SiteReport(problems=[Problem(None, "", "", TOO_LONG)], is_too_long=True)
    report.notices, report.reading = opened.notices, opened.reading
    if not report.is_valid and not dry_run:
        report.created = report.changed = 0
    return report


@dataclass(frozen=True)
class _Run:
    """One reading of the rows of a file, until a moment of the clock that never goes back."""

    opened: Opened
    by: Any
    decisions: Decisions
    dry_run: bool
    asks: bool
    until: float

    def over_rows(self, without: Collection[int] = ()) -> SiteReport:
        """Read, check and, when nothing is wrong, write the rows but those `without`; raises TimeoutError."""
        rows = Rows(self.opened, by=self.by, decisions=self.decisions, without=without)
        references = rows.load(lock=not self.dry_run)
        known = [site.pk for site in references.known.by_slug.values()]
        now = instant(SiteVersion, known)
        importer = RowImport(self.by, rows.names, references, self.decisions, now, is_there=self.asks)
        for number, cells in rows:
            if monotonic() > self.until:
                raise TimeoutError
            importer.take(number, cells)
        report = importer.report
        for number, errors in importer.errors.items():
            report.problems += _problems(number, errors, rows.cells_in_file(number))
        report.remarks = sorted([*report.remarks, *rows.remarks], key=lambda remark: remark.row or 0)
        report.choices, report.duplicates = rows.choices, rows.duplicates()
        report.swapped = importer.swapped
        if report.is_valid and not self.dry_run and not (self.asks and report.waits):
            importer.write()
        return report


def _problems(number: int, errors: Errors, cells: dict[str, Any]) -> list[Problem]:
    """The errors of one row, column by column; those of a row that cannot be read at all say it once."""
    if WHOLE_ROW in errors:
        return [Problem(number, "", "", message) for message in errors[WHOLE_ROW]]
    problems = []
    for name, messages in errors.items():
        columns = _TOLD_IN.get(name, (name,))
        present = [column for column in columns if column in cells]
        shown = next((column for column in present if not values.is_blank(cells[column])), (present or columns)[0])
        column = SITE_COLUMNS.by_name.get(shown, SITE_COLUMNS.by_name["key"])
        problems += [problem_at(number, column, cells.get(column.name), message) for message in messages]
    return problems

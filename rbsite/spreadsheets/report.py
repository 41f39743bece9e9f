"""What an import would do, or has done, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.text import Truncator

from rbsite.base.wording import number

from . import values
from .columns import Column, Columns
from .layout import listed

#: Changes and errors shown in full; beyond, only their number is told.
SHOWN = 200
#: Longest part of a cell that is repeated in an error or a question, in characters.
_MAX_VALUE = 80
_CREATE, _CHANGE = "Créer {count} {noun}", "Modifier {count} {noun}"
_CREATE_AND_CHANGE = "Créer {created} {noun} et en modifier {changed}"
_SUMMARY = "{created} créés, {changed} modifiés, {unchanged} inchangés, {errors} erreurs"


def shown(text: str) -> str:
    """A text of the file as it is repeated: short, « … » in the place of the rest."""
    return Truncator(text).chars(_MAX_VALUE)


@dataclass(frozen=True)
class Problem:
    """One reason why the file cannot be imported: where it is, what was read and what was expected."""

    row: int | None
    #: Header of the column.
    column: str
    value: str
    message: str
    #: Name of the column, to find the cell.
    name: str = ""

    def __str__(self) -> str:
        row, column = "Ligne {row}".format(row=self.row), "olonne « {column} »".format(column=self.column)
        where = f"{row}, c{column}" if self.row and self.column else row if self.row else f"C{column}"
        where = where if self.row or self.column else "Fichier"
        value = f"« {self.value} » – " if self.value else ""
        return f"{where} : {value}{self.message}"


@dataclass(frozen=True)
class Remark(Problem):
    """How a cell was understood: a doubt (warning), or a mere notice. It stops nothing."""

    is_warning: bool = False

    def __str__(self) -> str:
        problem = super().__str__()
        return f"{'Attention' if self.is_warning else 'À savoir'}, {problem[:1].lower()}{problem[1:]}"


@dataclass(frozen=True)
class Change:
    """One thing to create or to change, with (label, before, after) of each answer that changes."""

    row: int
    key: str
    name: str
    created: bool
    fields: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Duplicates:
    """Rows of the file that seem to speak of one thing."""

    reason: str
    rows: list[int]

    def __str__(self) -> str:
        return f"{self.reason} : {listed(self.rows)}."


@dataclass
class Report:
    """Totals, problems and changes of one import; `changes` holds the first ones only."""

    #: What one row is about, and what several are.
    noun: ClassVar[tuple[str, str]] = ("ligne", "lignes")

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    #: Problems of the rows that the person has chosen to leave aside.
    skipped: list[Problem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    #: How the file was read: encoding, sheet, rows of the titles.
    reading: list[str] = field(default_factory=list)
    duplicates: list[Duplicates] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    #: Row -> « À créer », « À modifier », « Inchangé ».
    outcomes: dict[int, str] = field(default_factory=dict)
    #: Answers left aside because they do not apply, as (row, column).
    ignored: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        return not self.problems

    @property
    def has_work(self) -> bool:
        """Whether there is anything to confirm."""
        return self.is_valid and bool(self.created or self.changed)

    @property
    def nothing_to_do(self) -> str:
        """Why there is nothing to confirm."""
        return "Ce que dit ce tableau est déjà connu." if self.unchanged else "Ce tableau n’a aucune ligne à importer."

    @property
    def can_skip(self) -> bool:
        """Whether rows are right beside those that are wrong: a fault of the whole file cannot be left aside."""
        return bool(self.problems and (self.created or self.changed) and all(problem.row for problem in self.problems))

    def has_words_of(self, names: set[str]) -> bool:
        """Whether some errors may be mended by saying what a word of one of these columns means."""
        return any(problem.value and problem.name in names for problem in self.problems)

    @property
    def wrong_rows(self) -> list[int]:
        """Rows in error, those left aside included."""
        return sorted({problem.row for problem in (*self.problems, *self.skipped) if problem.row})

    @property
    def warnings(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.is_warning]

    @property
    def summary(self) -> str:
        """The last line of the command."""
        return _SUMMARY.format(
            created=self.created, changed=self.changed, unchanged=self.unchanged, errors=len(self.problems)
        )

    @property
    def button(self) -> str:
        """« Créer 287 sites et en modifier 8 »."""
        if not self.changed:
            return _CREATE.format(count=number(self.created), noun=self._noun(self.created == 1))
        if not self.created:
            return _CHANGE.format(count=number(self.changed), noun=self._noun(self.changed == 1))
        return _CREATE_AND_CHANGE.format(
            created=number(self.created), noun=self._noun(self.created == 1), changed=number(self.changed)
        )

    def _noun(self, is_one: bool) -> str:
        return self.noun[0 if is_one else 1]

    @property
    def shown_problems(self) -> list[Problem]:
        return self.problems[:SHOWN]

    @property
    def shown_skipped(self) -> list[Problem]:
        return self.skipped[:SHOWN]

    @property
    def shown_ignored(self) -> list[tuple[int, str]]:
        return self.ignored[:SHOWN]

    @property
    def shown_warnings(self) -> list[Remark]:
        return self.warnings[:SHOWN]

    @property
    def shown_notices(self) -> list[Remark]:
        """How cells were understood, beside the warnings."""
        return [remark for remark in self.remarks if not remark.is_warning][:SHOWN]

    @property
    def notice_count(self) -> int:
        return len(self.remarks) - len(self.warnings)

    @property
    def shown_duplicates(self) -> list[Duplicates]:
        return self.duplicates[:SHOWN]

    @property
    def more_problems(self) -> int:
        return max(0, len(self.problems) - SHOWN)

    @property
    def more_changes(self) -> int:
        return max(0, self.created + self.changed - len(self.changes))


def problem_at(row: int, column: Column, cell: Any, message: str) -> Problem:
    """What is wrong with one cell."""
    return Problem(row, column.header, shown(values.as_text(cell)), message, column.name)


def remark_at(row: int, column: Column, cell: Any, sentence: str, *, is_warning: bool) -> Remark:
    """How one cell was understood."""
    return Remark(row, column.header, shown(values.as_text(cell)), sentence, column.name, is_warning)


def problems_of_row(row: int, errors: Mapping[str, str], cells: Mapping[str, Any], columns: Columns) -> list[Problem]:
    """The errors of one row, by name of column."""
    return [problem_at(row, columns.by_name[name], cells.get(name), message) for name, message in errors.items()]

"""What an import would do, or has done, row by row."""

from dataclasses import dataclass, field

from rbsite.base.wording import number
from rbsite.spreadsheets.layout import listed

from .columns import importable_columns
from .matching import Candidate
from .words import choices_of

#: Changes and errors shown in full; beyond, only their number is told.
SHOWN = 200
#: Columns whose unknown words are asked.
ASKED = {"commune", "citycode", *(column.name for column in importable_columns() if choices_of(column))}


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
        where = f"Ligne {self.row}, colonne « {self.column} »" if self.row else f"Colonne « {self.column} »"
        where = where if self.column else "Fichier"
        return f"{where} : {f'« {self.value} » – ' if self.value else ''}{self.message}"


@dataclass(frozen=True)
class Remark(Problem):
    """How a cell was understood: a doubt (warning), or a mere notice. It stops nothing."""

    is_warning: bool = False

    def __str__(self) -> str:
        return (
            f"{'Attention' if self.is_warning else 'À savoir'}, {super().__str__()[:1].lower()}{super().__str__()[1:]}"
        )


@dataclass(frozen=True)
class Change:
    """One site to create or to change, with (label, before, after) of each answer that changes."""

    row: int
    key: str
    name: str
    created: bool
    fields: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Duplicates:
    """Rows of the file that seem to speak of one site."""

    reason: str
    rows: list[int]

    def __str__(self) -> str:
        return f"{self.reason} : {listed(self.rows)}."


@dataclass(frozen=True)
class Choice:
    """A row without an identifier that may speak of known sites; `decided` is what the person has said, « » before."""

    row: int
    said: str
    candidates: list[Candidate]
    decided: str = ""


@dataclass
class Report:
    """Totals, problems and changes of one import; `changes` holds the first ones only."""

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
    choices: list[Choice] = field(default_factory=list)
    #: Rows whose latitude and longitude are in each other's place.
    swapped: int = 0
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
    def can_skip(self) -> bool:
        """Whether rows are right beside those that are wrong: a fault of the whole file cannot be left aside."""
        return bool(self.problems and (self.created or self.changed) and all(problem.row for problem in self.problems))

    @property
    def has_unknown_words(self) -> bool:
        """Whether some errors may be mended by saying what a word, or the name of a commune, means."""
        return any(problem.value and problem.name in ASKED for problem in self.problems)

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
        return (
            f"{self.created} créés, {self.changed} modifiés, {self.unchanged} inchangés, {len(self.problems)} erreurs"
        )

    @property
    def button(self) -> str:
        """« Créer 287 sites et en modifier 8 »."""
        sites = "site" if max(self.created, 0) == 1 else "sites"
        if not self.changed:
            return f"Créer {number(self.created)} {sites}"
        if not self.created:
            return f"Modifier {number(self.changed)} {'site' if self.changed == 1 else 'sites'}"
        return f"Créer {number(self.created)} {sites} et en modifier {number(self.changed)}"

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

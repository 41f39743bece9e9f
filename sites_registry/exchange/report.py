"""What an import would do, or has done, row by row."""

from dataclasses import dataclass, field

from rbsite.base.wording import number

#: Changes and errors shown in full; beyond, only their number is told.
SHOWN = 200


@dataclass(frozen=True)
class Problem:
    """One reason why the file cannot be imported: where it is, what was read and what was expected."""

    row: int | None
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        where = f"Ligne {self.row}, colonne « {self.column} »" if self.row else f"Colonne « {self.column} »"
        where = where if self.column else "Fichier"
        return f"{where} : {f'« {self.value} » – ' if self.value else ''}{self.message}"


@dataclass(frozen=True)
class Change:
    """One site to create or to change, with (label, before, after) of each answer that changes."""

    row: int
    key: str
    name: str
    created: bool
    fields: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class Report:
    """Totals, problems and changes of one import; `changes` holds the first ones only."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
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
    def shown_ignored(self) -> list[tuple[int, str]]:
        return self.ignored[:SHOWN]

    @property
    def more_problems(self) -> int:
        return max(0, len(self.problems) - SHOWN)

    @property
    def more_changes(self) -> int:
        return max(0, self.created + self.changed - len(self.changes))

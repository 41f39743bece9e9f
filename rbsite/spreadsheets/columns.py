"""What a list is made of: its columns, said once for its template, its import and its export."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models

from rbsite.base.fields import ChoiceSetField
from rbsite.base.text import fold

from . import values
from .cells import Noted
from .likeness import trigrams
from .values import Cell, Reader

#: One thing of the list, as it is stored: name -> value.
Row = Mapping[str, Any]
Choices = tuple[tuple[str, str], ...]

#: Means « on ne sait pas », as in a cell.
UNKNOWN = "?"
YES_NO: Choices = (("oui", "Oui"), ("non", "Non"), (UNKNOWN, "Ne sait pas"))


def never_unknown() -> Any:
    """What « ? » means in a column that must say something; raises ValueError."""
    raise ValueError("Cette information ne peut pas être inconnue.")


@dataclass(frozen=True)
class Column:
    """One column: its French header, how a row is written in it and how a cell of it is read.

    Without a reader it is computed: exported, and left aside by the import.
    """

    name: str
    header: str
    _: KW_ONLY
    #: Key of the group that an export may leave out (`Columns.parts`).
    part: str = ""
    #: The cell that a row gets; the value of the same name when nothing else is said.
    write: Callable[[Row], Cell] | None = None
    #: What programs get (json), where it is not what the cell says: null for what nobody knows.
    stored: Callable[[Row], Any] | None = None
    #: Reads a cell that is neither blank nor « ? »; raises ValueError, in French.
    read: Reader | None = None
    #: What « ? » stores; raises ValueError where an answer is needed.
    unknown: Callable[[], Any] = never_unknown
    #: Raises ValueError for a value that was read and that the list cannot hold.
    validate: Callable[[Any], None] | None = None
    #: What a cell takes, in words.
    expected: str = ""
    required: bool = False
    #: Other titles under which people write the same thing.
    aliases: tuple[str, ...] = ()
    #: The words of a closed list, with their labels; a word that is none of them is asked.
    choices: Choices = ()
    #: A cell may hold several of them.
    takes_several: bool = False
    #: Its words say by themselves which column it is: they are looked for under titles that nobody knows.
    is_told_by_words: bool = False
    #: Its sum makes sense.
    is_count: bool = False
    is_text: bool = False
    #: Its cells are long: the column is wide.
    is_wide: bool = False
    #: In the template and the import only.
    import_only: bool = False
    #: Understood in the files of others, in no table of ours.
    theirs_only: bool = False

    @property
    def names(self) -> set[str]:
        """What its header may be, folded."""
        return {fold(self.header), fold(self.name), *(fold(alias) for alias in self.aliases)}

    @property
    def cell_of(self) -> Callable[[Row], Cell]:
        """The function that gives the cell of a row."""
        return self.write or itemgetter(self.name)

    def value_of(self, cell: Cell) -> Any:
        """The value that a filled cell says, or a `Noted` one; raises ValueError, in French."""
        if values.is_unknown(cell, is_text=self.is_text):
            return self.unknown()
        found = (self.read or values.read_text)(cell)
        if self.validate is not None:
            self.validate(found.value if isinstance(found, Noted) else found)
        return found


def field_column(model_field: models.Field, header: str, *, units: Collection[str] = (), **more: Any) -> Column:
    """The column of one field of a model: its answers, what it takes and what it refuses follow from the field.

    `units`: what a count counts, the usual word first, folded.
    """
    name, write, read = model_field.name, values.writer_of(model_field), values.reader_of(model_field, units)
    facts: dict[str, Any] = {
        "write": lambda row: write(row[name]),
        "stored": itemgetter(name),
        "read": read,
        "unknown": partial(values.unknown_of, model_field),
        "validate": _validator_of(model_field),
        "expected": values.expected_of(model_field),
        "choices": _choices_of(model_field, read),
        "takes_several": isinstance(model_field, ChoiceSetField),
        "is_text": read is values.read_text,
    }
    return Column(name, header, **facts | more)


def _choices_of(model_field: models.Field, read: Reader) -> Choices:
    if read is values.read_yes_no:
        return YES_NO
    if read is values.read_flag:
        return YES_NO[:2]
    declared = model_field.base_field.choices if isinstance(model_field, ChoiceSetField) else model_field.choices
    return tuple((str(value), str(label)) for value, label in declared or () if value)


def _validator_of(model_field: models.Field) -> Callable[[Any], None] | None:
    """The validators of texts and numbers: their bounds and lengths."""
    if not isinstance(model_field, (models.CharField, models.TextField, models.IntegerField)):
        return None

    def validate(value: Any) -> None:
        try:
            model_field.run_validators(value)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from None

    return validate


class ColumnReader:
    """Reads the cells of one column; equal cells are read once."""

    def __init__(self, column: Column):
        self.column = column
        self._known: dict[tuple[type, Any], Any] = {}

    def __call__(self, cell: Cell) -> Any:
        """See `Column.value_of`."""
        key = (type(cell), cell)
        if key not in self._known:
            self._known[key] = self.column.value_of(cell)
        value = self._known[key]
        return list(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Columns:
    """The columns of one list, with the words that speak of its rows: whoever reads or writes a table is handed it."""

    columns: tuple[Column, ...]
    _: KW_ONLY
    #: What its rows are (« Sites »), which names its sheet, and those of which a total is known.
    title: str = "Lignes"
    known_title: str = "Lignes renseignées"
    #: A table must have one of these columns, of which the first is the usual one; nothing: it may have any.
    identity: tuple[str, ...] = ()
    identity_sentence: str = "Cette colonne est nécessaire : elle dit de quoi parle chaque ligne."
    #: Key of a part -> its label, in order.
    parts: Mapping[str, str] = field(default_factory=dict)
    #: What the guide of the template says first, as (subject, rule).
    guide: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def only(self, kept: Iterable[Column]) -> Self:
        """The same list with these columns."""
        return replace(self, columns=tuple(kept))

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def by_title(self) -> dict[str, Column]:
        """Everything that a folded title may be -> its column. Headers win over names, and names over aliases."""
        return {
            **{alias: column for column in self.columns for alias in column.names},
            **{fold(column.name): column for column in self.columns},
            **self.by_header,
        }

    @cached_property
    def by_header(self) -> dict[str, Column]:
        """Our own titles, folded -> their columns."""
        return {fold(column.header): column for column in self.columns}

    @cached_property
    def importable(self) -> tuple[Column, ...]:
        """The columns that the import understands."""
        return tuple(column for column in self.columns if column.read is not None)

    @cached_property
    def template(self) -> "Columns":
        """The columns of the empty table: all that the import reads, in our own words."""
        return self.only(column for column in self.importable if not column.theirs_only)

    @cached_property
    def labels(self) -> list[tuple[Column, frozenset[str]]]:
        """Each title that the import understands, as the trigrams that a misspelt one is compared with."""
        return [(column, trigrams(name)) for column in self.importable for name in sorted(column.names)]

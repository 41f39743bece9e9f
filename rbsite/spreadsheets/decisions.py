"""What a person has decided of a file: the sheet, the columns, the words; and what their organisation said before."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

#: Column -> folded word -> what it means.
Meanings = Mapping[str, Mapping[str, str]]


@dataclass
class TableDecisions:
    """The answers of one person for one file; kept in its draft."""

    #: Name of the sheet, row of its titles (from 1) and their number of lines; nothing: looked for.
    sheet: str = ""
    header_row: int = 0
    header_lines: int = 0
    with_hidden: bool = False
    #: Place of a column in the file -> name of ours, « » to leave it out.
    columns: dict[str, str] = field(default_factory=dict)
    #: Name of a column -> folded word -> what it means (see `words`), « » to leave the cell aside.
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Import the right rows, and leave the wrong ones aside.
    skip_errors: bool = False

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """From what a draft keeps."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def stored(self) -> dict[str, Any]:
        """What a draft keeps."""
        return asdict(self)


@dataclass
class Memory:
    """Folded titles -> names of columns (« » when left out), and by column folded words -> what they mean."""

    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def meanings(self, decided: Meanings) -> dict[str, dict[str, str]]:
        """What words mean, by column: what was decided of this file wins over what was said before."""
        names = {*self.values, *decided}
        return {name: {**self.values.get(name, {}), **decided.get(name, {})} for name in names}

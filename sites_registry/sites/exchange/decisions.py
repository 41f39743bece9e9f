"""What a person has decided of a file: the sheet, the columns, the words, which site a row speaks of."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

#: Instead of the code of a site: the row speaks of a site that the platform does not know.
NEW_SITE = "nouveau"


@dataclass
class Decisions:
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
    #: Row -> code of the site that it speaks of, or NEW_SITE.
    sites: dict[str, str] = field(default_factory=dict)
    #: Kind of the new sites, when the file has no such column.
    site_type: str = ""
    #: Put latitude and longitude back in order where they are swapped.
    swap: bool = False
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

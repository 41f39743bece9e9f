"""What a reader of values does not tell of a sheet: hidden rows, merged cells, cells in error."""

from dataclasses import dataclass, field

from .books import Area
from .cells import Fault


@dataclass
class Marks:
    """What is written around the values of one sheet. Rows are those that spreadsheets show (1 for the first)."""

    name: str = ""
    is_hidden: bool = False
    hidden: set[int] = field(default_factory=set)
    filtered: set[int] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)
    #: Row -> column from 0 -> the error, or the formula without a result.
    faults: dict[int, dict[int, Fault]] = field(default_factory=dict)

    def areas(self, height: int, width: int) -> list[Area]:
        """The merged areas of a sheet of that size, as far as its cells reach.

        A sheet has no more of them than cells: those beyond overlap others, which no spreadsheet writes.
        """
        room, found = height * width, []
        for first, left, last, right in dict.fromkeys(self.merged):
            area = first, left, min(last, height), min(right, width - 1)
            rows, columns = area[2] - first + 1, area[3] - left + 1
            if rows > 0 < columns and 1 < rows * columns <= room:
                room -= rows * columns
                found.append(area)
        return found

"""What an import of sites would do, or has done: the report of any list, with what only sites ask."""

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

from rbsite.spreadsheets.report import Report

from .columns import ASKED
from .matching import Candidate


@dataclass(frozen=True)
class Choice:
    """A row without an identifier that may speak of known sites; `decided` is what the person has said, « » before."""

    row: int
    #: Name, address and commune, as the row has them.
    described: str
    candidates: list[Candidate]
    decided: str = ""


@dataclass
class SiteReport(Report):
    """Totals, problems and changes of one import of sites, and what only its author can say."""

    noun: ClassVar[tuple[str, str]] = ("site", "sites")

    choices: list[Choice] = field(default_factory=list)
    #: Rows whose latitude and longitude are in each other's place.
    swapped: int = 0
    #: The check was given up.
    is_too_long: bool = False
    #: What some rows do not say, of what is said once for all of them -> how many rows.
    unsaid: Counter[str] = field(default_factory=Counter)
    #: What of it nobody has said yet.
    unanswered: set[str] = field(default_factory=set)
    #: Rows that can be neither taken nor refused before it is said.
    waiting: int = 0

    @property
    def waits(self) -> bool:
        """Whether something is still to be said once for all the rows: nothing is supposed."""
        return bool(self.unanswered)

    @property
    def can_skip(self) -> bool:
        """Rows that wait for an answer can be left aside too."""
        return super().can_skip or bool(self.waiting and self.has_work)

    @property
    def has_unknown_words(self) -> bool:
        """Whether some errors may be mended by saying what a word, or the name of a commune, means."""
        return self.has_words_of(ASKED)

"""Rows of one file, without identifiers, that may speak of one site: asked, as of known sites, never supposed."""

from collections import defaultdict
from collections.abc import Iterable

from rbsite.base.text import fold
from rbsite.spreadsheets.likeness import similarity, trigrams
from rbsite.territories.geo import haversine_km

from ..rules import NEAR_METRES
from .matching import ALIKE, Candidate, Described

#: Rows of a commune among which likeness is looked for: more of them are a register, whose names differ by little.
_MOST = 300
_SHOWN = 3
#: In place of the code of a site: that of a row.
OF_ROW = "ligne-"
_ROW = "le site de la ligne {row}, {name}"


def rows_alike(rows: Iterable[Described]) -> dict[int, list[Candidate]]:
    """Number of a row -> the earlier rows of the same commune that may speak of the same site, the likest first."""
    by_commune: dict[int, list[_Words]] = defaultdict(list)
    for row in rows:
        by_commune[row.commune.pk].append(_Words(row))
    found = {}
    for here in by_commune.values():
        for rank, one in enumerate(here if len(here) <= _MOST else ()):
            near = [candidate for other in here[:rank] if (candidate := one.candidate(other))]
            if near:
                found[one.row.number] = sorted(near, key=lambda candidate: -candidate.likeness)[:_SHOWN]
    return found


class _Words:
    """A row, its name and its address folded."""

    def __init__(self, row: Described):
        self.row = row
        self.name, self.address = fold(row.name), fold(row.address)
        self._of_name, self._of_address = trigrams(self.name), trigrams(self.address)
        words = self.name.split()
        self._words = frozenset(words)
        #: « 2 », « B »: what tells namesakes apart.
        self._marks = frozenset(word for word in words if word.isdigit() or len(word) == 1)

    def candidate(self, other: "_Words") -> Candidate | None:
        """That other row as something that this one may speak of."""
        if self.row.key == other.row.key:
            return None  # a repetition, told as such
        likeness, reason = self._likeness(other)
        if likeness < ALIKE:
            return None
        name = " – ".join(filter(None, (other.row.name, other.row.address)))
        shown = _ROW.format(row=other.row.number, name=name)
        return Candidate(f"{OF_ROW}{other.row.number}", shown, reason, True, likeness)

    def _likeness(self, other: "_Words") -> tuple[float, str]:
        addresses = similarity(self._of_address, other._of_address) if self.address and other.address else None
        if self.row.position and other.row.position:
            metres = haversine_km(*self.row.position, *other.row.position) * 1000
            if metres > NEAR_METRES:
                return 0, ""
        if self.name and other.name:
            if addresses is not None and addresses < ALIKE:
                return 0, ""
            if self._marks != other._marks and self._marks and other._marks:
                return 0, ""
            is_within = self._words <= other._words or other._words <= self._words
            return (1.0 if is_within else similarity(self._of_name, other._of_name)), "nom proche"
        return (addresses or 0 if self._numbers() == other._numbers() else 0), "adresse proche"

    def _numbers(self) -> set[str]:
        """« 12 », of « 12 rue Neuve »: another number is another address."""
        return {word for word in self.address.split() if word.isdigit()}

"""What only the author of a file can say: which column is which, and what an unknown word means."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from rbsite.base.text import fold

from . import values
from .columns import Choices, Column
from .likeness import similarity, trigrams
from .opening import Opened
from .words import unknown_words, words_of

_LIKELY = 0.4
#: Rows in which an unknown column is looked at.
_LOOKED_AT = 200
_SAMPLES = 3
_SAMPLE_LENGTH = 30
#: Longest part of a word that a name of field holds, in characters.
_MAX_NAME = 60


@dataclass(frozen=True)
class Question:
    """One unknown word: where it stands, what it may mean, and what is proposed (« » when nothing is)."""

    column: str
    header: str
    #: Folded: how the answer is kept.
    word: str
    #: As the file has it.
    said: str
    rows: int
    choices: list[tuple[str, str]]
    proposal: str = ""
    #: Its cells may be left blank.
    may_be_blank: bool = True

    @property
    def name(self) -> str:
        """Name of its field; a word longer than a form takes in a name is there by its digest."""
        word = self.word.replace(" ", "-")
        if len(word) > _MAX_NAME:
            word = blake2b(word.encode(), digest_size=16).hexdigest()
        return f"mot-{self.column}-{word}"


def questions_of_words(opened: Opened) -> list[Question]:
    """The words of closed lists that no column knows, those that somebody has explained included."""
    found = []
    for place, column in opened.headers.columns.items():
        if column.choices:
            cells = [(number, cells[place]) for number, cells in opened.table.rows]
            for folded, word in unknown_words(column, cells).items():
                proposal = opened.meanings.get(column.name, {}).get(folded, _likeliest(word.text, column.choices))
                rows, choices = len(word.rows), list(column.choices)
                found.append(Question(column.name, column.header, folded, word.text, rows, choices, proposal))
    return found


def unanswered(questions: list[Question], opened: Opened) -> list[Question]:
    """Those of which nobody has yet said what they mean."""
    return [one for one in questions if one.word not in opened.meanings.get(one.column, {})]


def proposals_of(opened: Opened) -> dict[int, Column]:
    """Places of unknown titles -> the column that they may be: what the cells say comes before what the title does.

    A title is no proposal for a closed list of which its cells hold no answer: « Accès eau », whose cells are « oui »
    and « non », is not the kind of access.
    """
    headers = opened.headers
    by_values = proposals_by_values(opened)
    by_title = {place: column for place, column in headers.proposals.items() if _may_hold(opened, place, column)}
    return {**{place: column for place, column in by_title.items() if column not in by_values.values()}, **by_values}


def proposals_by_values(opened: Opened) -> dict[int, Column]:
    """Places of unknown titles -> the column whose closed list most of their first cells belong to."""
    taken = {column.name for column in opened.headers.columns.values()}
    return _by_values(opened, opened.headers.unknown, taken)


def contradicted(opened: Opened) -> dict[int, Column]:
    """Places of known titles whose cells hold no answer of their column, and many of another one -> that other one."""
    columns = opened.headers.columns
    wrong = [place for place, column in columns.items() if column.choices and not _may_hold(opened, place, column)]
    return _by_values(opened, wrong, {column.name for column in columns.values()})


def _by_values(opened: Opened, places: Iterable[int], taken: set[str]) -> dict[int, Column]:
    found: dict[int, Column] = {}
    for place in places:
        words = {fold(cell) for cell in _first_cells(opened, place)} - {""}
        if words and (column := _column_with(words, opened, taken)):
            found[place] = column
            taken = taken | {column.name}
    return found


def _first_cells(opened: Opened, place: int) -> list[str]:
    return [values.as_text(cells[place]) for _row, cells in opened.table.rows[:_LOOKED_AT]]


def _may_hold(opened: Opened, place: int, column: Column) -> bool:
    """Whether some of the first cells are answers of the column; of a column without a list, any may be."""
    cells = _first_cells(opened, place)
    words = {fold(word) for cell in cells for word in words_of(column, cell)} - {""}
    if not column.choices or not words:
        return True
    return not words.isdisjoint({fold(text) for choice in column.choices for text in choice})


def _column_with(words: set[str], opened: Opened, taken: set[str]) -> Column | None:
    """The first free column of which a third of these words are answers."""
    for column in opened.columns.importable:
        if column.is_told_by_words and column.name not in taken:
            known = {fold(label) for _value, label in column.choices}
            if 3 * len(words & known) >= len(words):
                return column
    return None


def samples(opened: Opened, place: int) -> str:
    """The first different values of a column, « Toulouse, Blagnac »."""
    seen: dict[str, None] = {}
    for _number, cells in opened.table.rows:
        if not values.is_blank(cells[place]):
            seen.setdefault(" ".join(values.as_text(cells[place]).split())[:_SAMPLE_LENGTH])
        if len(seen) == _SAMPLES:
            break
    return ", ".join(seen)


def _likeliest(text: str, choices: Choices) -> str:
    near = [(similarity(trigrams(text), trigrams(label)), value) for value, label in choices]
    likeness, value = max(near)
    return value if likeness >= _LIKELY else ""

"""What only the author of a file can say: which column is which, and what an unknown word means."""

from dataclasses import dataclass
from typing import Any

from rbsite.base.text import fold
from rbsite.spreadsheets import values
from rbsite.spreadsheets.likeness import similarity, trigrams

from .columns import Column, importable_columns
from .importing import Opened
from .lookups import Communes, UnknownCommune, commune_said, names_a_commune, words_of_commune
from .words import choices_of, unknown_words

#: Words asked in one go; the others stay errors, or are asked next.
MOST = 60
_LIKELY = 0.4
#: Rows in which an unknown column is looked at.
_LOOKED_AT = 200
#: « oui » and « non » say nothing of their column, and « Autre » is in too many lists.
_CLOSED_LISTS = [
    column
    for column in importable_columns()
    if column.name in {"site_type", "origins", "census_status", "water_access_type"}
]
_SAMPLES = 3
_SAMPLE_LENGTH = 30
_OF_PLACES = ("citycode", "commune", "departement", "postcode")


@dataclass(frozen=True)
class Question:
    """One unknown word: where it stands, what it may mean, and what is proposed (« » when nothing is)."""

    column: str
    header: str
    #: Folded: how the answer is kept.
    word: str
    said: str
    rows: int
    choices: list[tuple[str, str]]
    proposal: str = ""

    @property
    def name(self) -> str:
        """Name of its field."""
        return f"mot-{self.column}-{self.word.replace(' ', '-')}"


def questions_of(opened: Opened, *, by: Any) -> list[Question]:
    """The words of the file that no column knows, those that somebody has explained included."""
    found = []
    for place, column in opened.headers.columns.items():
        if choices := choices_of(column):
            cells = [(number, cells[place]) for number, cells in opened.table.rows]
            for folded, word in unknown_words(column, cells).items():
                proposal = opened.meanings.get(column.name, {}).get(folded, _likeliest(word.said, choices))
                rows = len(word.rows)
                found.append(Question(column.name, column.header, folded, word.said, rows, choices, proposal))
    found += _questions_of_places(opened, by)
    return found[:MOST]


def unanswered(questions: list[Question], opened: Opened) -> list[Question]:
    """Those of which nobody has yet said what they mean."""
    return [one for one in questions if one.word not in opened.meanings.get(one.column, {})]


def proposals_by_values(opened: Opened) -> dict[int, Column]:
    """Places of unknown titles -> the column whose closed list most of their first cells belong to."""
    headers, found = opened.headers, dict[int, Column]()
    taken = {column.name for column in (*headers.columns.values(), *headers.proposals.values())}
    for place in headers.unknown:
        cells = [values.as_text(cells[place]) for _row, cells in opened.table.rows[:_LOOKED_AT]]
        said = {fold(cell) for cell in cells if fold(cell)}
        for column in _CLOSED_LISTS if said and place not in headers.proposals else ():
            known = {fold(label) for _value, label in choices_of(column)}
            if column.name not in taken and 3 * len(said & known) >= len(said):
                found[place] = column
                taken.add(column.name)
                break
    return found


def samples(opened: Opened, place: int) -> str:
    """The first different values of a column, « Toulouse, Blagnac »."""
    seen: dict[str, None] = {}
    for _number, cells in opened.table.rows:
        if not values.is_blank(cells[place]):
            seen.setdefault(" ".join(values.as_text(cells[place]).split())[:_SAMPLE_LENGTH])
        if len(seen) == _SAMPLES:
            break
    return ", ".join(seen)


def _questions_of_places(opened: Opened, by: Any) -> list[Question]:
    places = {column.name: place for place, column in opened.headers.columns.items() if column.name in _OF_PLACES}
    column = next((opened.headers.columns[places[name]] for name in ("commune", "citycode") if name in places), None)
    if column is None:
        return []
    meanings = opened.meanings.get("commune", {})
    rows = [{name: cells[place] for name, place in places.items()} for _number, cells in opened.table.rows]
    communes = Communes({values.read_text(row.get("citycode")) for row in rows}, by=by)
    asked: dict[str, list] = {}
    for row in rows:
        said = commune_said(row)
        try:
            if names_a_commune(said):
                communes.of(said)
        except UnknownCommune as unknown:
            choices = [(place.code, f"{place.label} – {place.code}") for place in unknown.candidates]
            if choices:
                asked.setdefault(words_of_commune(said), [" ".join(filter(None, said)), 0, choices])[1] += 1
    return [
        Question("commune", column.header, words, said, rows, choices, meanings.get(words, ""))
        for words, (said, rows, choices) in asked.items()
    ]


def _likeliest(said: str, choices: list[tuple[str, str]]) -> str:
    near = [(similarity(trigrams(said), trigrams(label)), value) for value, label in choices]
    likeness, value = max(near)
    return value if likeness >= _LIKELY else ""

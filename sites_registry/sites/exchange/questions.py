"""What only the author of a table of sites can say: unknown words, and communes that have namesakes."""

from typing import Any

from rbsite.spreadsheets import values
from rbsite.spreadsheets.opening import Opened
from rbsite.spreadsheets.questions import Question, questions_of_words

from .lookups import COMMUNE_COLUMNS, Communes, UnknownCommune, commune_key, commune_words, names_a_commune

#: Words asked in one go; the others stay errors, or are asked next.
MOST = 60


def questions_of(opened: Opened, *, by: Any) -> list[Question]:
    """The words of the file that no column knows, those that somebody has explained included."""
    return [*questions_of_words(opened), *_questions_of_communes(opened, by)][:MOST]


def _questions_of_communes(opened: Opened, by: Any) -> list[Question]:
    places = {column.name: place for place, column in opened.headers.columns.items() if column.name in COMMUNE_COLUMNS}
    column = next((opened.headers.columns[places[name]] for name in ("commune", "citycode") if name in places), None)
    if column is None:
        return []
    meanings = opened.meanings.get("commune", {})
    rows = [{name: cells[place] for name, place in places.items()} for _number, cells in opened.table.rows]
    communes = Communes({values.read_text(row.get("citycode")) for row in rows}, by=by)
    asked: dict[str, list] = {}
    for row in rows:
        words = commune_words(row)
        try:
            if names_a_commune(words):
                communes.of(words)
        except UnknownCommune as unknown:
            choices = [(place.code, f"{place.label} – {place.code}") for place in unknown.candidates]
            if choices:
                asked.setdefault(commune_key(words), [" ".join(filter(None, words)), 0, choices])[1] += 1
    return [
        Question("commune", column.header, key, text, count, choices, meanings.get(key, ""), may_be_blank=False)
        for key, (text, count, choices) in asked.items()
    ]

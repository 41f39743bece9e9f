"""Answers in the words of partners: which of them nobody knows yet, and what they were said to mean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rbsite.base.text import fold

from . import values
from .cells import is_fault
from .columns import Column


@dataclass
class Word:
    """A word that its column does not know, and the rows in which it stands."""

    text: str
    rows: list[int] = field(default_factory=list)


def unknown_words(column: Column, cells: Iterable[tuple[int, Any]]) -> dict[str, Word]:
    """Folded word -> the word, for the cells (row, cell) whose word the column does not know."""
    found: dict[str, Word] = {}
    known: dict[str, bool] = {}
    for row, cell in cells:
        if values.is_blank(cell) or is_fault(cell):
            continue
        for word in words_of(column, cell):
            folded = fold(word)
            if folded not in known:
                known[folded] = _is_known(column, word)
            if not known[folded] and folded:
                found.setdefault(folded, Word(word)).rows.append(row)
    return found


def words_of(column: Column, cell: Any) -> list[str]:
    """The words of a cell: one, or several in a column that takes several."""
    text = values.as_text(cell)
    if not column.takes_several:
        return [text.strip()]
    return [word.strip() for word in values.SEPARATORS.split(text) if word.strip()]


def translate(column: Column, cell: Any, meanings: Mapping[str, str]) -> Any:
    """The cell in words that the column knows; a word that means nothing leaves the cell blank."""
    if values.is_blank(cell) or is_fault(cell):
        return cell
    words = words_of(column, cell)
    if not any(fold(word) in meanings for word in words):
        return cell
    meant = [meanings.get(fold(word), word) for word in words]
    return " ; ".join(word for word in meant if word) or None


def _is_known(column: Column, word: str) -> bool:
    if values.is_unknown(word, is_text=column.is_text):
        return True
    try:
        (column.read or values.read_text)(word)
    except ValueError:
        return False
    return True

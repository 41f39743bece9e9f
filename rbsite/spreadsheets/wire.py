"""What the child that reads a file writes to its parent: one JSON text a line; no Django here."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any

from rbsite.base.text import clean

from .books import Area, Book, Sheet, UnreadableFile
from .cells import Fault

#: The last line: without it the file was cut short, and is never taken for a shorter one.
END = "end"


@dataclass(frozen=True)
class Reading:
    """How the file was read, in French."""

    sentence: str


@dataclass(frozen=True)
class Head:
    """A sheet begins; its rows follow."""

    name: str
    is_hidden: bool = False
    hidden: Iterable[int] = ()
    filtered: Iterable[int] = ()
    is_text: bool = False


@dataclass(frozen=True)
class Foot:
    """A sheet ends."""

    merged: list[Area]


@dataclass(frozen=True)
class Dropped:
    """The sheet that was begun is not read after all."""

    why: str


#: One line: a row is a list of cells.
Line = Reading | Head | Foot | Dropped | list[Any]

_SHEET_NOT_READ = "Feuille « {sheet} » non lue : {why}"
#: A number that is not one, as spreadsheets write it.
_NOT_A_NUMBER = Fault("#NOMBRE!")
#: As JSON writes what is not ASCII, and controls; ends of line and tabulations are kept as they are.
_TO_CLEAN = ("\\u", "\\b", "\\f", "\x7f")
_WORDS: dict[type, str] = {datetime: "datetime", date: "date", time: "time", timedelta: "seconds"}


def written(line: Line) -> str:
    """The line as JSON, its texts clean and its numbers finite."""
    if not isinstance(line, list):
        facts = {name: sorted(fact) if isinstance(fact, set) else fact for name, fact in vars(line).items()}
        return json.dumps({type(line).__name__: facts})
    try:
        text = json.dumps(line, default=_plain, allow_nan=False)
    except ValueError:
        text = _TO_CLEAN[0]
    if not any(mark in text for mark in _TO_CLEAN) and not any(type(cell) is Fault for cell in line):
        return text  # nothing but letters, figures and signs of ASCII: millions of cells pass here
    return json.dumps([_checked(cell) for cell in line], default=_plain)


def _checked(cell: Any) -> Any:
    if type(cell) is Fault:
        return {"fault": clean(cell)}
    if type(cell) is str:
        return clean(cell)
    if type(cell) is float and not isfinite(cell):
        return {"fault": _NOT_A_NUMBER}
    return cell


def _plain(value: Any) -> dict[str, Any]:
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    return {_WORDS[type(value)]: value.isoformat()}


def book_of(lines: Iterable[str]) -> Book:
    """The book that the lines of a child tell; raises ValueError when it was cut short.

    Raises UnreadableFile when all that is not empty is too large to be read.
    """
    book, dropped, is_whole = Book(), [], False
    for text in lines:
        match json.loads(text, object_hook=_value):
            case list() as row:
                book.sheets[-1].rows.append(row)
            case {"Reading": {"sentence": sentence}}:
                book.reading.append(sentence)
            case {"Head": head}:
                book.sheets.append(_sheet(head))
            case {"Foot": {"merged": merged}}:
                book.sheets[-1].merged = [tuple(area) for area in merged]
            case {"Dropped": {"why": why}}:
                dropped.append(_SHEET_NOT_READ.format(sheet=book.sheets.pop().name, why=why))
            case _:
                is_whole = True
    if not is_whole:
        raise ValueError("the child was stopped before the end of the file")
    if dropped and not any(sheet.rows for sheet in book.sheets):
        raise UnreadableFile(dropped[0])
    book.reading += dropped
    return book


def _sheet(head: dict[str, Any]) -> Sheet:
    return Sheet(**head | {"hidden": set(head["hidden"]), "filtered": set(head["filtered"])})


def _value(found: dict[str, Any]) -> Any:
    if len(found) != 1:
        return found
    [(kind, value)] = found.items()
    return _READERS[kind](value) if kind in _READERS else found


_READERS: dict[str, Any] = {
    "fault": Fault,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda seconds: timedelta(seconds=seconds),
}

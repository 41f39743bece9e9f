"""Cells of a table: how each kind of answer is read (with French errors) and written. Unknown is never « non ».

Readers get a cell that is neither blank nor « ? »; they raise ValueError with a sentence that says what was expected.
"""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import models

from rbsite.base.fields import ChoiceSetField, TriStateField
from rbsite.base.text import fold, identifier

from .cells import Noted, is_fault
from .loose import plain_number, read_serial, read_written_date

Cell = str | int | float | bool | date | None
Reader = Callable[[Any], Any]

NOT_KNOWN = "ne sait pas"
_READ = "Lu {count}."
_EXPECTED = "{what} est attendu."
_ONE_OF = "Une de ces réponses est attendue : {labels}."
_LENGTH = ", {max} caractères au plus"
_UNKNOWN_EVERYWHERE = {"?", "nsp"}
_UNKNOWN_WORDS = {"nsp", "ne sait pas", "je ne sais pas", "inconnu", "inconnue", "inconnus", "inconnues"}
_YES = {"oui", "o", "vrai", "true", "yes", "1", "x"}
_NO = {"non", "n", "faux", "false", "no", "0"}
_SPACES = str.maketrans("", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")
#: A whole number that passed through a program for which every number has decimals.
_WHOLE_AS_FLOAT = re.compile(r"^(\d+)\.0+$")
SEPARATORS = re.compile(r"[;,|\n]")
#: What spreadsheets take for a formula: a sign, of full width too, behind whatever is not seen, or a tab.
_UNSEEN = r"\s\x00-\x1f\x7f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f" + (
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
_FORMULA = re.compile(rf"\A(?:'*[\t\r]|['{_UNSEEN}]*[=+\-@＝＋－＠])")
#: What a cell of a workbook can hold.
MAX_CELL = 32_767
_MOST = 1e12


def is_blank(cell: Cell) -> bool:
    """A blank cell leaves what is known as it is."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_unknown(cell: Cell, *, is_text: bool = False) -> bool:
    """« ? » and « NSP » say that nobody knows; free texts may hold the other words."""
    if not isinstance(cell, str):
        return False
    return cell.strip().lower() in _UNKNOWN_EVERYWHERE or (not is_text and fold(cell) in _UNKNOWN_WORDS)


def as_text(cell: Cell) -> str:
    """A cell as its reader sees it: « 12 », « 03/11/2026 », « oui »."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell).replace(".", ",")
    return str(cell)


def neutralise(text: str) -> str:
    """A text that spreadsheets would take for something else gets an apostrophe in front; `read_text` takes it away."""
    return f"'{text}" if _is_formula(text) or (text[:1] == "'" and _is_shielded(text)) else text


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) or is_fault(text.lstrip("'"))


def _is_shielded(text: str) -> bool:
    """Whether the apostrophe in front says that a formula or a number is a text; others are a part of their word."""
    return text[:1] == "'" and (_is_formula(text) or text.lstrip("'")[:1].isdigit())


def plain_text(text: str) -> str:
    """The same text whatever the file did to its ends and ends of lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def read_text(cell: Cell) -> str:
    text = as_text(cell)
    return plain_text(text[1:] if _is_shielded(text) else text)


def read_identifier(cell: Cell) -> str:
    """A key or a code, the same whatever the file did to it: 12.0 is 12, dashes and spaces are of one kind."""
    text = identifier(read_text(cell))
    whole = _WHOLE_AS_FLOAT.match(text)
    return whole[1] if whole else text


def read_integer(cell: Cell, units: Collection[str] = ()) -> int | Noted:
    """« 40 », 40.0, « 1 310 »; « env. 40 » and « 40 pers. » (one of `units`) are read with a warning."""
    if isinstance(cell, str):
        said = plain_number(cell, units)
        count = _whole(read_decimal(said.digits, "un nombre entier"))
        return Noted(count, _READ.format(count=count), is_warning=True) if said.is_loose else count
    return _whole(read_decimal(cell, "un nombre entier"))


def _whole(number: float) -> int:
    if not number.is_integer():
        raise ValueError("Un nombre entier est attendu.")
    return int(number)


def read_decimal(cell: Cell, expected: str = "un nombre") -> float:
    """« 43,6045 », « 1 310 », 12.0; a Boolean or a date is no number."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) <= _MOST:
        return float(cell)
    text = as_text(cell)[:MAX_CELL].translate(_SPACES).replace(",", ".").replace("_", "?")
    try:
        number = float("nan" if any(map(str.isalpha, text)) else text)  # « 1e1 » is a word before it is ten
    except ValueError:
        number = float("nan")
    if not abs(number) <= _MOST or isinstance(cell, (bool, date)):
        raise ValueError(_EXPECTED.format(what=f"{expected[0].upper()}{expected[1:]}"))
    return number


def read_date(cell: Cell) -> date | Noted:
    """A date; a month is its first day, with a notice."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
    noted = read_serial(read_decimal(cell)) if is_number else read_written_date(read_text(cell))
    if noted is None:
        raise ValueError("Une date est attendue : JJ/MM/AAAA.")
    return noted if noted.sentence else noted.value


def read_yes_no(cell: Cell) -> bool:
    word = as_text(cell).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("« oui », « non » ou « ne sait pas » est attendu.")


def read_flag(cell: Cell) -> bool:
    try:
        return read_yes_no(cell)
    except ValueError:
        raise ValueError("« oui » ou « non » est attendu.") from None


def choice_reader(choices: list[tuple[str, str]]) -> Reader:
    """Reads one choice by its French label or by its stored value."""
    known = {fold(str(label)): value for value, label in choices} | {fold(str(value)): value for value, _ in choices}
    refusal = _ONE_OF.format(labels=", ".join(str(label) for _value, label in choices))

    def read(cell: Cell) -> str:
        try:
            return known[fold(as_text(cell))]
        except KeyError:
            raise ValueError(refusal) from None

    return read


def set_reader(choices: list[tuple[str, str]]) -> Reader:
    """Reads several choices separated by « ; », « , » or « | », in the order in which they are declared."""
    read_one = choice_reader(choices)
    declared = [value for value, _label in choices]

    def read(cell: Cell) -> list[str]:
        words = [word for word in SEPARATORS.split(as_text(cell)) if word.strip()]
        return sorted({read_one(word) for word in words}, key=declared.index)

    return read


def split_keys(cell: Cell) -> list[str]:
    """Identifiers separated by « ; », « | » or ends of lines, without repetition."""
    words = (read_identifier(word) for word in re.split(r"[;|\n]", as_text(cell)))
    return list(dict.fromkeys(word for word in words if word))


def reader_of(field: models.Field, units: Collection[str] = ()) -> Reader:
    """The reader of a column of the model; `units` are those that a number may have, the usual one first."""
    if units:
        return partial(read_integer, units=units)
    if isinstance(field, ChoiceSetField):
        return set_reader(list(field.base_field.choices))
    if field.choices:
        return choice_reader(list(field.flatchoices))
    for kind, reader in _READERS:
        if isinstance(field, kind):
            return reader
    return read_text


_READERS: tuple[tuple[type, Reader], ...] = (
    (TriStateField, read_yes_no),
    (models.BooleanField, read_flag),
    (models.IntegerField, read_integer),
    (models.DateField, read_date),
)


def expected_of(field: models.Field) -> str:
    """What a column takes, for the template."""
    if isinstance(field, ChoiceSetField):
        return "Une ou plusieurs réponses séparées par « ; » : " + ", ".join(
            str(label) for _value, label in field.base_field.choices
        )
    if field.choices:
        return "Une réponse : " + ", ".join(str(label) for _value, label in field.flatchoices)
    kinds: dict[Reader, str] = {
        read_yes_no: "oui, non ou ne sait pas",
        read_flag: "oui ou non",
        read_date: "Date : JJ/MM/AAAA",
        read_integer: "Nombre entier",
    }
    length = _LENGTH.format(max=field.max_length) if getattr(field, "max_length", None) else ""
    return kinds.get(reader_of(field), f"Texte{length}")


def unknown_of(field: models.Field) -> Any:
    """What « ? » stores in a column; raises ValueError where an answer is needed."""
    if isinstance(field, ChoiceSetField):
        return []
    if field.null:
        return None
    if field.blank and isinstance(field, (models.CharField, models.TextField)):
        return ""
    raise ValueError("Cette information est nécessaire : elle ne peut pas être inconnue.")


def writer_of(field: models.Field) -> Callable[[Any], Cell]:
    """How a value of the column is written in a table; None leaves the cell blank."""
    if isinstance(field, ChoiceSetField):
        labels = {value: str(label) for value, label in field.base_field.choices}
        return lambda value: " ; ".join(labels.get(key, key) for key in value) if value else NOT_KNOWN
    if field.choices:
        labels = {value: str(label) for value, label in field.flatchoices}
        return lambda value: labels.get(value, value) if value else NOT_KNOWN
    if isinstance(field, models.BooleanField):
        return lambda value: NOT_KNOWN if value is None else "oui" if value else "non"
    return lambda value: value if value != "" else None

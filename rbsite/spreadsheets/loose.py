"""Numbers and dates as people write them: « env. 40 », « 40 pers. », « 03/2021 », « lundi 3 mars 2021 à 10 h ».

What has one meaning is read, and told; what has several (« 40/50 », « 2.000 », « été 2022 ») is refused with a
sentence. Texts come with single spaces, and every pattern costs no more than their length.
"""

import re
from calendar import monthrange
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from rbsite.base.text import fold

from .cells import Noted

#: No number and no date is longer; a text that is says something else.
LONGEST = 80
_ABOUT = re.compile(
    r"^(?:environ|env\.?|approx\.?|approximativement|à peu près|a peu pres|circa|ca\.?|[~≈±]|\+/-) ?", re.I
)
_ABOUT_AFTER = re.compile(r" ?(?:environ|env\.?|approx\.?|à peu près|\(environ\)|\(env\.?\)|\(\?\)|\?)$", re.I)
_WITH_UNIT = re.compile(r"^([\d .,']*\d) ?([^\W\d_][^\d]*)$")
_SEVERAL = re.compile(r"\d ?(?:/|-|–|—|à|a|ou|et) ?\d", re.I)
_BOUND = re.compile(r"^(?:[<>≤≥]|plus de|moins de|au moins|au plus|max|min)|\d ?\+$", re.I)
#: « 1 310 », « 1.234.567 », « 2’000 »: groups of three can only be thousands.
_THOUSANDS = re.compile(
    r"^[+-]?\d{1,3}(?:(?: \d{3})+|(?:['’]\d{3})+|(?:\.\d{3}){2,}|(?:,\d{3}){2,}|\.\d{3}(?=,0+$)|,\d{3}(?=\.0+$))"
    r"(?=$|[.,]0+$)"
)
_TWO_SENSES = re.compile(r"^[+-]?[1-9]\d{0,2}([.,])\d{3}$")
_TWO_SENSES_SAID = "« {said} » se lit {small} ou {large} : écrivez le nombre sans point ni virgule."
_SEVERAL_SAID = "Deux nombres dans une seule case : gardez celui qui vaut, ou « ? »."
_OTHER_UNIT = "Cette colonne compte des {units}, pas des « {unit} »."
_NO_UNIT = "« {unit} » n’est pas attendu après ce nombre."
_MONTHS = {
    month: rank
    for rank, names in enumerate(
        (
            "janvier janv jan",
            "fevrier fevr fev",
            "mars",
            "avril avr",
            "mai",
            "juin",
            "juillet juil",
            "aout",
            "septembre sept sep",
            "octobre oct",
            "novembre nov",
            "decembre dec",
        ),
        1,
    )
    for month in names.split()
}
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_WEEKDAY = re.compile(r"^(lun|mar|mer|jeu|ven|sam|dim)(?:di|credi|dredi|edi|anche)?[.,]? (?=\d)", re.I)
_INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:?\d{2}")
_HOUR = re.compile(r"(?:T| |, ?)(?:(?:à|a) )?\d{1,2} ?(?:h(?: ?\d{2})?|:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)$", re.I)
_DAY_FIRST = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})$")
_YEAR_FIRST = re.compile(r"^(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})$")
_MONTH_AND_YEAR = re.compile(r"^(\d{1,2})[/.\-](\d{4})$")
_YEAR_AND_MONTH = re.compile(r"^(\d{4})[-/](\d{2})$")
#: « 15 mars 2021 », « mars 2021 », « 15-mars-21 », « mars-21 »; « mars 21 » may be a day.
_WRITTEN = re.compile(r"^(?:(\d{1,2})(?:er)?[ \-/.])?([^\W\d_]+)\.?(?:[ \-/.](\d{4})|[\-/.'’](\d{2}))$")
_WRITTEN_SHORT = re.compile(r"^(\d{1,2})(?:er)? ([^\W\d_]+)\.? (\d{2})$")
#: Days since the last of December 1899, as spreadsheets count them: 1982 to 2064.
_SERIALS = range(30_000, 60_001)
_EPOCH = date(1899, 12, 30)
_READ = "Lu {day:%d/%m/%Y}."
_TWO_DAYS = "« {said} » a deux sens : {days}. Écrivez l’année avec quatre chiffres."
_DECEMBER = 12
_FIRST_OF_MONTH = "Le jour n’est pas dit : lu {day:%d/%m/%Y}, le premier du mois."
_SERIAL = "Ce nombre a été lu comme la date du {day:%d/%m/%Y}."
_OTHER_WEEKDAY = "Le {day:%d/%m/%Y} n’est pas un {said}, mais un {weekday}."


class Said(NamedTuple):
    """The digits of a text that says a number, and whether it says it loosely: about, with a unit, with thousands."""

    digits: str
    is_loose: bool


def plain_number(text: str, units: Collection[str] = ()) -> Said:
    """The number that a text says, with the words around it; `units`: those that may follow it (folded).

    Raises ValueError for a text that says several numbers, one of two senses, a bound, or a number of other things.
    """
    said = " ".join(text.split())
    if len(said) > LONGEST:
        raise ValueError("Un nombre est attendu.")
    bare = _ABOUT_AFTER.sub("", _ABOUT.sub("", said)).strip()
    if _BOUND.search(bare):
        raise ValueError("Une limite n’est pas un nombre : donnez le nombre, ou « ? » s’il n’est pas connu.")
    if _SEVERAL.search(bare):
        raise ValueError(_SEVERAL_SAID)
    if match := _WITH_UNIT.match(bare):
        _check_unit(match[2], units)
        bare = match[1].strip()
    if found := _TWO_SENSES.match(bare):
        small, large = bare.replace(".", ","), bare.replace(found[1], "\N{NARROW NO-BREAK SPACE}")
        raise ValueError(_TWO_SENSES_SAID.format(said=bare, small=small, large=large))
    if thousands := _THOUSANDS.match(bare):
        digits = re.sub(r"[^\d+-]", "", thousands[0]) + bare[thousands.end() :]
        return Said(digits, bare != said or " " not in thousands[0])
    if re.search(r"\d \d", bare):
        raise ValueError(_SEVERAL_SAID)
    return Said(bare, bare != said)


def _check_unit(word: str, units: Collection[str]) -> None:
    """A unit is read, never thrown away: forty families are not forty people."""
    if fold(word) not in units:
        sentence = _OTHER_UNIT if units else _NO_UNIT
        raise ValueError(sentence.format(unit=word.strip(" ."), units=next(iter(units), "")))


def read_written_date(text: str) -> Noted | None:
    """The day that a text says; None when it says none. Raises ValueError for a day that does not exist."""
    said = " ".join(text.split())
    if len(said) > LONGEST:
        return None
    if _INSTANT.match(said) and (day := _day_of_instant(said)):
        return Noted(day, "")
    said = _HOUR.sub("", said).removeprefix("le ").removeprefix("Le ")
    weekday = _WEEKDAY.match(said)
    found = _day(said[weekday.end() :] if weekday else said)
    if found and weekday:
        rank = next(rank for rank, name in enumerate(_WEEKDAYS) if name.startswith(weekday[1].lower()))
        if found.value.weekday() != rank:
            named = {"said": _WEEKDAYS[rank], "weekday": _WEEKDAYS[found.value.weekday()]}
            raise ValueError(_OTHER_WEEKDAY.format(day=found.value, **named))
    return found


def order_of(text: str) -> str:
    """Which part of « 01/25/2025 » can be its day: « first », « second » or « either »; « » when it is no such date."""
    found = _DAY_FIRST.match(text.strip())
    if found is None:
        return ""
    first, second = int(found[1]), int(found[2])
    if first > _DECEMBER or second > _DECEMBER:
        return "first" if second <= _DECEMBER else "second" if first <= _DECEMBER else ""
    return "either" if first != second else ""


def _day_of_instant(said: str) -> date | None:
    """The day that it was in Paris; one without a zone is of here."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return timezone.localtime(moment).date() if timezone.is_aware(moment) else moment.date()


def _day(said: str) -> Noted | None:
    if found := _DAY_FIRST.match(said):
        _refuse_two_ends(said, found)
        return _short_or_long(found[1], int(found[2]), found[3])
    if found := _YEAR_FIRST.match(said):
        return Noted(_existing(int(found[1]), int(found[2]), int(found[3])), "")
    if found := _MONTH_AND_YEAR.match(said):
        return _month(int(found[2]), int(found[1]))
    if found := _YEAR_AND_MONTH.match(said):
        return _month(int(found[1]), int(found[2]))
    if found := _WRITTEN.match(said) or _WRITTEN_SHORT.match(said):
        day, month = found[1], _MONTHS.get(fold(found[2]))
        year = next(filter(None, found.groups()[2:]))
        if month is not None:
            return _short_or_long(day, month, year) if day else _month(_full_year(year), month)
    return None


def _short_or_long(day: str, month: int, year: str) -> Noted:
    found = _existing(_full_year(year), month, int(day))
    return Noted(found, _READ.format(day=found) if len(year) == 2 else "")


def _refuse_two_ends(said: str, found: re.Match[str]) -> None:
    """« 15-03-21 », with dashes as ISO dates have, may begin by its year; with slashes, French begins by the day."""
    first, month, last = found.groups()
    if "-" not in said or len(last) > 2:
        return
    others = {(_full_year(year), int(day)) for year, day in ((last, first), (first, last)) if int(day)}
    days = sorted(date(year, int(month), day) for year, day in others if _exists(year, int(month), day))
    if len(days) > 1 and all(day <= timezone.localdate() for day in days):
        raise ValueError(_TWO_DAYS.format(said=said, days=" ou ".join(f"{day:%d/%m/%Y}" for day in days)))


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= _DECEMBER and 1 <= day <= monthrange(year, month)[1]


def _full_year(year: str) -> int:
    """« 21 » is 2021, « 85 » 1985."""
    return int(year) if len(year) > 2 else 2000 + int(year) if int(year) < 70 else 1900 + int(year)


def _month(year: int, month: int) -> Noted:
    day = _existing(year, month, 1)
    return Noted(day, _FIRST_OF_MONTH.format(day=day))


def _existing(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("Cette date n’existe pas.") from None


def read_serial(number: float) -> Noted | None:
    """A date that lost its format: 44256 is the first of March 2021."""
    if number != int(number) or int(number) not in _SERIALS:
        return None
    day = _EPOCH + timedelta(days=int(number))
    return Noted(day, _SERIAL.format(day=day), is_warning=True)

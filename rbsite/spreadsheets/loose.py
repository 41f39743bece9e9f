"""Numbers and dates as people write them: « env. 40 », « 40 pers. », « 03/2021 », « 3 mars 2021 ».

What has one meaning is read, and told; what has several (« 40/50 », « été 2022 ») is refused with a sentence.
"""

import re
from datetime import date, timedelta

from rbsite.base.text import fold

from .cells import Noted

_ABOUT = re.compile(
    r"^(?:environ|env\.?|approx\.?|approximativement|à peu près|a peu pres|circa|ca\.?|[~≈±]|\+/-)\s*", re.I
)
_ABOUT_AFTER = re.compile(r"\s*(?:environ|env\.?|approx\.?|à peu près|\(environ\)|\(env\.?\)|\(\?\)|\?)$", re.I)
_UNITS = (
    r"personnes?|pers|p|habitants?|hab|menages?|familles?|foyers?|enfants?|mineurs?|femmes?|hommes?|adultes?|filles?"
    r"|caravanes?|cabanes?|tentes?|voitures?|vehicules?|matelas|baraques?"
)
_UNIT = re.compile(rf"^([\d\s.,\u00a0\u202f]*\d)\s*(?:{_UNITS})$")
_SEVERAL = re.compile(r"\d\s*(?:/|-|–|—|à|a|ou|et)\s*\d", re.I)
_BOUND = re.compile(r"^(?:[<>≤≥]|plus de|moins de|au moins|au plus|max|min)|\d\s*\+$", re.I)
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
_MONTH_AND_YEAR = re.compile(r"^(\d{1,2})[/.\-](\d{4})$")
_YEAR_AND_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_WRITTEN = re.compile(r"^(?:(\d{1,2})(?:er)? )?([a-z]+) (\d{4})$")
_SHORT_YEAR = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2})$")
#: Days since the last of December 1899, as spreadsheets count them: 1982 to 2064.
_SERIALS = range(30_000, 60_001)
_EPOCH = date(1899, 12, 30)
_READ = "Lu {day:%d/%m/%Y}."
_FIRST_OF_MONTH = "Le jour n’est pas dit : lu {day:%d/%m/%Y}, le premier du mois."
_SERIAL = "Ce nombre a été lu comme la date du {day:%d/%m/%Y}."


def plain_number(text: str) -> tuple[str, bool]:
    """The digits of a text that says a number with words around it, and whether it says that it is approximate.

    Raises ValueError for a text that says several numbers, or only a bound.
    """
    said = text.strip()
    bare = _ABOUT_AFTER.sub("", _ABOUT.sub("", said)).strip()
    if _BOUND.search(bare):
        raise ValueError("Une limite n’est pas un nombre : donnez le nombre, ou « ? » s’il n’est pas connu.")
    if _SEVERAL.search(bare):
        raise ValueError("Deux nombres dans une seule case : gardez celui qui vaut, ou « ? ».")
    if match := _UNIT.match(bare.lower().replace("é", "e").replace("è", "e").rstrip(".")):
        bare = match[1]
    return bare, bare != said


def read_loose_date(text: str) -> Noted | None:
    """A month, a date in words or with a short year; None when the text is none of these."""
    said = text.strip()
    month = _MONTH_AND_YEAR.match(said)
    if month or (month := _YEAR_AND_MONTH.match(said)):
        first, second = int(month[1]), int(month[2])
        return _month(*((second, first) if first <= 12 and second > 31 else (first, second)))
    if short := _SHORT_YEAR.match(said):
        year = 2000 + int(short[3]) if int(short[3]) < 70 else 1900 + int(short[3])
        day = date(year, int(short[2]), int(short[1]))
        return Noted(day, _READ.format(day=day))
    written = _WRITTEN.match(fold(said))
    if written and written[2] in _MONTHS:
        if written[1] is None:
            return _month(int(written[3]), _MONTHS[written[2]])
        return Noted(date(int(written[3]), _MONTHS[written[2]], int(written[1])), "")
    return None


def _month(year: int, month: int) -> Noted:
    day = date(year, month, 1)
    return Noted(day, _FIRST_OF_MONTH.format(day=day))


def read_serial(number: float) -> Noted | None:
    """A date that lost its format: 44256 is the first of March 2021."""
    if number != int(number) or int(number) not in _SERIALS:
        return None
    day = _EPOCH + timedelta(days=int(number))
    return Noted(day, _SERIAL.format(day=day), is_warning=True)

"""Positions as people write them: decimal degrees, degrees-minutes-seconds, Lambert-93, alone or two in a cell."""

import re
from dataclasses import dataclass
from math import atan, degrees, exp, hypot, log, radians, sin
from urllib.parse import unquote

from rbsite.spreadsheets import values
from rbsite.spreadsheets.values import Cell

#: No position is written in more; links are longer.
_LONGEST, _LONGEST_LINK = 100, 2_000
_SEXAGESIMAL = re.compile(
    r"^([NSEOW])? ?(-?\d{1,3}) ?[°ºd] ?(?:(\d{1,2}(?:[.,]\d+)?) ?[’'′m] ?)?"
    r"(?:(\d{1,2}(?:[.,]\d+)?) ?(?:[\"”″s]|''|’’)? ?)?([NSEOW])?$",
    re.IGNORECASE,
)
_SUFFIXED = re.compile(r"^([NSEOW])? ?(-?\d{1,3}[.,]\d+) ?°? ?([NSEOW])?$", re.IGNORECASE)
#: Between two coordinates: « ; », « / », spaces, or a comma that is not a decimal mark.
_PAIRS = tuple(re.compile(mark) for mark in (r" ?[;/|] ?", r" ?, ", r"(?<=[NSns]) ?,? ?", r" ", r","))
#: What phones write: latitude, longitude, altitude, accuracy in metres.
_MEASURED = re.compile(r"^(-?\d{1,2}[.,]\d+) (-?\d{1,3}[.,]\d+) -?\d{1,5}(?:[.,]\d+)?(?: \d{1,6}(?:[.,]\d+)?)?$")
_NUMBER = r"(-?\d{1,3}(?:\.\d{1,20})?)"
#: Where links to maps say a position: a marker first, then the middle of the map; Géoportail says longitude first.
_LINKS = tuple(
    re.compile(mark, re.IGNORECASE)
    for mark in (
        rf"^geo:(?P<lat>{_NUMBER}),(?P<lon>{_NUMBER})",
        rf"[?&]mlat=(?P<lat>{_NUMBER})&(?:amp;)?mlon=(?P<lon>{_NUMBER})",
        rf"!3d(?P<lat>{_NUMBER})!4d(?P<lon>{_NUMBER})",
        rf"[?&](?:q|ll|query|destination|daddr|center)=(?:loc:)?(?P<lat>{_NUMBER})(?:,|%2C)\+?(?P<lon>{_NUMBER})",
        rf"/(?:place|search|dir)/(?P<lat>{_NUMBER}),\+?(?P<lon>{_NUMBER})",
        rf"[?&]c=(?P<lon>{_NUMBER}),(?P<lat>{_NUMBER})",
        rf"@(?P<lat>{_NUMBER}),(?P<lon>{_NUMBER})",
        rf"#map=\d{{1,2}}(?:\.\d{{1,3}})?/(?P<lat>{_NUMBER})/(?P<lon>{_NUMBER})",
    )
)
_NO_POSITION_IN_LINK = "Ce lien ne dit pas la position : ouvrez-le, puis copiez les coordonnées du point."
_EAST = range(1_300_000)
_NORTH = range(6_000_000, 7_200_000)


@dataclass(frozen=True)
class Position:
    """WGS 84 degrees, and in which projection they were given."""

    latitude: float
    longitude: float
    is_lambert: bool = False


def read_pair(latitude: Cell, longitude: Cell) -> Position:
    """The position that two cells give; raises ValueError, in French."""
    north, east = _number(latitude), _number(longitude)
    if _is_lambert(north, east):
        return Position(*from_lambert93(east, north), is_lambert=True)
    if _is_lambert(east, north):  # swapped: told by the same rule as degrees
        found = from_lambert93(north, east)
        return Position(found[1], found[0], is_lambert=True)
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise ValueError("La latitude va de -90 à 90 et la longitude de -180 à 180 (ou X et Y en Lambert-93).")
    return Position(north, east)


def read_position(cell: Cell) -> Position:
    """The position that one cell gives; raises ValueError.

    « 43,604 ; 1,443 », « 43°36'15"N 1°26'37"E », « 43.604 1.443 152 8 » (of a phone), or a link to a map.
    """
    text = " ".join(values.as_text(cell).split()).strip("()[] ")
    if is_link(text):
        return _of_link(text)
    text = text[:_LONGEST]
    if measured := _MEASURED.match(text):
        return read_pair(measured[1], measured[2])
    for mark in _PAIRS:
        parts = [part for part in mark.split(text) if part]
        if len(parts) == 2:
            try:
                return _in_one_cell(read_pair(*parts))
            except ValueError:
                continue
    raise ValueError("Deux coordonnées sont attendues : « 43,60426 ; 1,44367 ».")


def _in_one_cell(found: Position) -> Position:
    """X then Y is how people write Lambert-93, and their values cannot be taken for each other."""
    is_x_first = found.is_lambert and found.latitude < found.longitude
    return Position(found.longitude, found.latitude, is_lambert=True) if is_x_first else found


def is_link(text: str) -> bool:
    """Whether a text is an address of the web, or a `geo:` one."""
    return "://" in text[:_LONGEST] or text.lower().startswith(("geo:", "www.", "maps.", "goo.gl/"))


def _of_link(text: str) -> Position:
    text = unquote(text[:_LONGEST_LINK])
    for mark in _LINKS:
        if found := mark.search(text):
            return read_pair(found["lat"], found["lon"])
    raise ValueError(_NO_POSITION_IN_LINK)


def from_lambert93(x: float, y: float) -> tuple[float, float]:
    """(latitude, longitude) of a point in metres of the RGF93 / Lambert-93 projection (EPSG:2154).

    Source: IGN, « Projection cartographique conique conforme de Lambert », algorithms ALG0002 and ALG0004; constants
    of NTG 71.
    """
    n, c, x_s, y_s, e = 0.7256077650532670, 11754255.426096, 700000.0, 12655612.049876, 0.0818191910428158
    radius = hypot(x - x_s, y - y_s)
    longitude = radians(3) + atan((x - x_s) / (y_s - y)) / n
    isometric = -log(abs(radius / c)) / n
    latitude = 2 * atan(exp(isometric)) - radians(90)
    for _ in range(8):  # converges below a micrometre
        inside = e * sin(latitude)
        latitude = 2 * atan(((1 + inside) / (1 - inside)) ** (e / 2) * exp(isometric)) - radians(90)
    return degrees(latitude), degrees(longitude)


def _is_lambert(north: float, east: float) -> bool:
    return int(north) in _NORTH and int(east) in _EAST and east > 1_000


def _number(cell: Cell) -> float:
    if isinstance(cell, str):
        text = " ".join(cell.split())[:_LONGEST]
        if match := _SEXAGESIMAL.match(text):
            return _signed(match[1] or match[5], _degrees(match[2], match[3], match[4]))
        if match := _SUFFIXED.match(text):
            return _signed(match[1] or match[3], values.read_decimal(match[2]))
    return values.read_decimal(cell, "une coordonnée (43,60426 ou 43°36'15\"N)")


def _degrees(whole: str, minutes: str | None, seconds: str | None) -> float:
    small = [values.read_decimal(part) if part else 0.0 for part in (minutes, seconds)]
    if any(part >= 60 for part in small):
        raise ValueError("Les minutes et les secondes vont de 0 à 60.")
    size = abs(float(whole)) + small[0] / 60 + small[1] / 3600
    return -size if whole.startswith("-") else size


def _signed(letter: str | None, number: float) -> float:
    return -number if letter and letter.upper() in "SOW" else number


def written(number: float) -> str:
    """« 43,60426 »."""
    return f"{number:.5f}".replace(".", ",")

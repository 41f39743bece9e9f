"""Checks of single values."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

no_markup = RegexValidator(r"[<>{}]", "Les caractères < > { } ne sont pas acceptés.", inverse_match=True)

_POINT = re.compile(
    r"^SRID=4326;\s*POINT\s*\(\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s+(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*\)$", re.I
)


def parse_point(text: str) -> tuple[float, float]:
    """Return (latitude, longitude) in degrees of « SRID=4326;POINT(lon lat) »; raises ValidationError, in French."""
    match = _POINT.match(text.strip())
    if match is None:
        raise ValidationError("La position n’est pas lisible : placez le repère sur la carte.", code="invalid_point")
    longitude, latitude = float(match[1]), float(match[2])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValidationError("La latitude va de -90 à 90 et la longitude de -180 à 180.", code="invalid_point")
    return latitude, longitude


def valid_point(text: str) -> None:
    """Validator form of `parse_point`."""
    parse_point(text)


def format_point(latitude: float, longitude: float) -> str:
    """The text that the map widget reads and writes, to seven decimals (about one centimetre)."""
    return f"SRID=4326;POINT({longitude:.7f} {latitude:.7f})"

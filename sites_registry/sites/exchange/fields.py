"""From the cells of a row to the attributes of a site: the fields and widgets of the import."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from import_export.fields import Field
from import_export.widgets import Widget

from rbsite.base.wording import number
from rbsite.spreadsheets import values
from rbsite.spreadsheets.cells import Noted
from rbsite.territories.coordinates import Position, read_pair, read_position, written
from rbsite.territories.geo import contours, haversine_km, is_near_departement
from rbsite.territories.models import Territory

from ..models import SitePage
from ..models.state import STATE_FIELDS
from ..validators import format_point
from .columns import Column
from .lookups import Communes, commune_said, names_a_commune

#: Two positions nearer than this, in degrees, are the same: files keep seven decimals.
_SAME_POINT = 1e-7
#: Kilometres from the centre of its commune beyond which a point is doubtful.
FAR_KM = 10


class CellWidget(Widget):
    """Reads a cell as its column says; equal cells are read once."""

    def __init__(self, column: Column):
        super().__init__()
        self.column, self.read = column, column.read or values.read_text
        self.field = SitePage._meta.get_field(column.name) if column.name in STATE_FIELDS else None
        self._read: dict[tuple[type, Any], Any] = {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """The value, or a `Noted` one; raises ValueError, in French."""
        key = (type(value), value)
        if key not in self._read:
            self._read[key] = self._clean(value)
        return self._read[key]

    def _clean(self, value: Any) -> Any:
        if values.is_unknown(value, is_text=self.column.is_text):
            if self.field is None:
                raise ValueError("Cette information ne peut pas être inconnue.")
            return values.unknown_of(self.field)
        cleaned = found = self.read(value)
        if isinstance(cleaned, Noted):
            cleaned = cleaned.value
        if isinstance(self.field, (models.CharField, models.TextField, models.IntegerField)):
            try:
                self.field.run_validators(cleaned)
            except ValidationError as error:
                raise ValueError(" ".join(error.messages)) from None
        return found


class SiteField(Field):
    """One column into one attribute of the site; a blank cell leaves it as it is."""

    def __init__(self, column: Column, attribute: str | None = None):
        super().__init__(
            attribute=attribute or column.name, column_name=column.name, widget=CellWidget(column), default=None
        )
        self.is_text = column.is_text

    def clean(self, row: Mapping[str, Any], **kwargs: Any) -> Any:
        value = self.widget.clean(row[self.column_name], row=row)
        return list(value) if isinstance(value, list) else value

    def save(self, instance: SitePage, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:
        cell = row[self.column_name]
        if values.is_blank(cell):
            return
        if self.is_text and values.read_text(cell) == values.plain_text(getattr(instance, self.attribute, None) or ""):
            return
        value = self.clean(row)
        if isinstance(value, Noted):
            self.note(instance, value)
            value = value.value
        setattr(instance, self.attribute, value)

    def note(self, instance: SitePage, noted: Noted, column: str | None = None) -> None:
        """Keep what is to be told of the cell for the report of the row."""
        if noted.sentence:
            instance.__dict__.setdefault("imported_notes", []).append((column or self.column_name, noted))


class KeyField(SiteField):
    """The key: the loader has read it, nothing is stored from it in a known site."""

    def save(self, instance: SitePage, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:
        self.clean(row)


class CommuneField(SiteField):
    """The commune, from its code, or from its name with the département or the postcode."""

    communes: Communes

    def save(self, instance: SitePage, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:
        said = commune_said(row)
        if names_a_commune(said):
            if any(values.is_unknown(word, is_text=True) for word in said):
                raise ValueError("Cette information est nécessaire : elle ne peut pas être inconnue.")
            instance.commune = self.communes.of(said)
            if noted := self.communes.note_of(said):
                self.note(instance, noted)


class PointField(SiteField):
    """The position, from two columns or one; « ? » takes the marker away."""

    #: The person has said that latitude and longitude are to be put back in order.
    swap = False
    #: Rows that wait for it.
    swapped = 0

    def save(self, instance: SitePage, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:
        both = row.get("position")
        cells = [row.get("latitude"), row.get("longitude")]
        if all(values.is_blank(cell) for cell in (both, *cells)):
            return
        given = [cell for cell in (both, *cells) if not values.is_blank(cell)]
        if all(values.is_unknown(cell) for cell in given):
            instance.point = ""
            return
        if values.is_blank(both) and (len(given) == 1 or any(values.is_unknown(cell) for cell in cells)):
            raise ValueError("La latitude et la longitude vont ensemble.")
        found = read_pair(*cells) if values.is_blank(both) else read_position(both)
        self._place(instance, self._in_order(instance, found))

    def _in_order(self, site: SitePage, found: Position) -> Position:
        """The position with latitude and longitude in their places; raises ValueError until somebody agrees to it."""
        if not are_swapped(site.commune if site.commune_id else None, found):
            return found
        right = replace(found, latitude=found.longitude, longitude=found.latitude)
        proposed = f"{written(right.latitude)} ; {written(right.longitude)}"
        if not self.swap:
            self.swapped += 1
            raise ValueError(f"La latitude et la longitude semblent inversées : voulez-vous dire {proposed} ?")
        self.note(site, Noted(right, f"Latitude et longitude remises dans l’ordre : {proposed}.", is_warning=True))
        return right

    def _place(self, site: SitePage, found: Position) -> None:
        if found.is_lambert:
            degrees = f"{written(found.latitude)} ; {written(found.longitude)}"
            self.note(site, Noted(found, f"Coordonnées Lambert-93, lues {degrees}."))
        if not site.point or not _is_near(site, found.latitude, found.longitude):
            site.point = format_point(found.latitude, found.longitude)
        centre = site.commune.centre if site.commune_id else None
        if centre is None or not centre[2]:
            return
        km = haversine_km(found.latitude, found.longitude, *centre[:2])
        if km > FAR_KM:
            sentence = f"Ce point est à {number(round(km))} km du centre de {site.commune.label}."
            self.note(site, Noted(found, sentence, is_warning=True))


def are_swapped(commune: Territory | None, found: Position) -> bool:
    """Whether the point lies out of the commune's département, and within it once its coordinates are exchanged."""
    if commune is None or not (-90 <= found.longitude <= 90):
        return False
    code = commune.departement_code
    if is_near_departement(found.latitude, found.longitude, code):
        return False
    return code in contours() and is_near_departement(found.longitude, found.latitude, code)


def _is_near(site: SitePage, latitude: float, longitude: float) -> bool:
    return abs(site.latitude - latitude) <= _SAME_POINT and abs(site.longitude - longitude) <= _SAME_POINT

"""From the cells of a row to the attributes of a site: the fields and widgets of the import."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from import_export.fields import Field
from import_export.widgets import Widget

from ..models import SitePage
from ..models.state import STATE_FIELDS
from ..validators import format_point
from . import values
from .columns import Column
from .lookups import Communes

#: Two positions nearer than this, in degrees, are the same: files keep seven decimals.
_SAME_POINT = 1e-7


class CellWidget(Widget):
    """Reads a cell as its column says; equal cells are read once."""

    def __init__(self, column: Column):
        super().__init__()
        self.column, self.read = column, column.read or values.read_text
        self.field = SitePage._meta.get_field(column.name) if column.name in STATE_FIELDS else None
        self._read: dict[tuple[type, Any], Any] = {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        key = (type(value), value)
        if key not in self._read:
            self._read[key] = self._clean(value)
        return self._read[key]

    def _clean(self, value: Any) -> Any:
        if values.is_unknown(value, is_text=self.column.is_text):
            if self.field is None:
                raise ValueError("Cette information ne peut pas être inconnue.")
            return values.unknown_of(self.field)
        cleaned = self.read(value)
        if isinstance(self.field, (models.CharField, models.TextField, models.IntegerField)):
            try:
                self.field.run_validators(cleaned)
            except ValidationError as error:
                raise ValueError(" ".join(error.messages)) from None
        return cleaned


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
        setattr(instance, self.attribute, self.clean(row))


class KeyField(SiteField):
    """The key: the loader has read it, nothing is stored from it in a known site."""

    def save(self, instance: SitePage, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:
        self.clean(row)


class CommuneField(SiteField):
    """The commune, from its code, or from its name with the département."""

    communes: Communes

    def save(self, instance: SitePage, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:
        said = commune_said(row)
        if any(said[:2]):
            if any(values.is_unknown(word, is_text=True) for word in said[:2]):
                raise ValueError("Cette information est nécessaire : elle ne peut pas être inconnue.")
            instance.commune = self.communes.of(*said)


class PointField(SiteField):
    """The position, from two columns; « ? » takes the marker away."""

    def save(self, instance: SitePage, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any) -> None:
        cells = [row.get("latitude"), row.get("longitude")]
        if all(values.is_blank(cell) for cell in cells):
            return
        if all(values.is_unknown(cell) for cell in cells):
            instance.point = ""
            return
        if any(values.is_blank(cell) or values.is_unknown(cell) for cell in cells):
            raise ValueError("La latitude et la longitude vont ensemble.")
        latitude, longitude = (values.read_decimal(cell) for cell in cells)
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ValueError("La latitude va de -90 à 90 et la longitude de -180 à 180.")
        if not instance.point or not _is_near(instance, latitude, longitude):
            instance.point = format_point(latitude, longitude)


def _is_near(site: SitePage, latitude: float, longitude: float) -> bool:
    return abs(site.latitude - latitude) <= _SAME_POINT and abs(site.longitude - longitude) <= _SAME_POINT


def commune_said(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Code, name and département of the commune as the row gives them."""
    code, name, departement = (values.read_text(row.get(key)) for key in ("citycode", "commune", "departement"))
    return code, name, departement

"""Quick updates: one small form per section of a site, made for a phone."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.territories.forms import CommuneField
from rbsite.territories.models import Territory
from sites_registry.versioned.forms import AnswersForm, answers_form
from sites_registry.versioned.forms import form_field as plain_form_field
from sites_registry.versioned.versions import Version

from ..models import SitePage
from ..rules import RELEVANT_WHEN
from ..sections import Section
from ..validators import format_point

_REQUIRED = {
    "address": "Indiquez l’adresse ou le lieu-dit.",
    "site_type": "Choisissez le type de site.",
    "declared_at": "Indiquez la date de signalement du site.",
}


def form_field(field: models.Field, **kwargs) -> forms.Field:
    """The form field of a column of a site, in our words."""
    form_field = plain_form_field(field, RELEVANT_WHEN, **kwargs)
    if field.name in _REQUIRED:
        form_field.error_messages["required"] = _REQUIRED[field.name]
    return form_field


class SectionForm(AnswersForm):
    """The fields of one section of a site."""

    stands_for = {"point": "coordinates"}


class LocationForm(SectionForm):
    """Where a site is, with the coordinates typed when the map cannot be used."""

    commune = CommuneField()
    coordinates = forms.CharField(
        label="Position GPS",
        required=False,
        help_text="Latitude, longitude : 43.6045, 1.4440. Vide : le centre de la commune.",
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "data-rb-locate": ""}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["coordinates"] = coordinates_text(self.base_version or self.instance)

    def clean_commune(self) -> Territory:
        """Moving a site to another commune asks the right there too."""
        commune = self.cleaned_data["commune"]
        if commune.pk != self.page.commune_id and not can(self.user, Feature.SITE_UPDATE, commune):
            raise ValidationError("Vous n’avez pas le droit d’actualiser un site dans cette commune.")
        return commune

    def clean_coordinates(self) -> str:
        return parse_coordinates(self.cleaned_data["coordinates"])

    def columns(self, page: Any) -> dict[str, str]:
        return super().columns(page) | {"coordinates": "point"}

    def theirs(self, name: str, column: str, latest: Version) -> tuple[Any, Any]:
        if name == "coordinates":
            return latest.point, coordinates_text(latest)
        return super().theirs(name, column, latest)

    def changes(self) -> dict[str, Any]:
        changes = super().changes()
        if "coordinates" in self.changed_data:
            changes["point"] = self.cleaned_data["coordinates"]
        return changes


def coordinates_text(state: Any) -> str:
    """The position of a state as it is typed: « 43.6045, 1.444 »; blank when nobody has placed the site."""
    return f"{state.latitude}, {state.longitude}" if state.point else ""


def parse_coordinates(text: str) -> str:
    """« 43.6045, 1.444 » as the point that a site stores; « 43,6045 ; 1,444 » is understood too; blank stays blank."""
    if not text.strip():
        return ""
    separator = next((mark for mark in (";", ", ", " ") if mark in text.strip()), ",")
    parts = [part.strip(" ,").replace(",", ".") for part in text.strip().split(separator) if part.strip(" ,")]
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        raise ValidationError("Écrivez la latitude puis la longitude, par exemple 43.6045, 1.4440.") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValidationError("La latitude va de -90 à 90 et la longitude de -180 à 180.")
    return format_point(latitude, longitude)


def section_form_class(section: Section, site: SitePage, user: Any) -> type[AnswersForm]:
    """The form of `section`, without the fields that `user` may not change in `site`."""
    form = LocationForm if section.slug == "localisation" else SectionForm
    names = [name for name in section.fields if name != "point"]
    return answers_form(site, names, user, form=form, callback=form_field)

"""Quick updates: one small form per section of a site, made for a phone."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.fields import TriStateField
from rbsite.base.forms import RbForm, RbModelForm, TriStateWidget
from rbsite.territories.forms import CommuneField
from rbsite.territories.models import Territory
from sites_registry.versioned.concurrent import ConcurrentAnswersMixin, coordinates_text
from sites_registry.versioned.forms import StrayErrorsMixin

from ..models import SitePage, SiteVersion
from ..rules import RELEVANT_WHEN, wrong_day
from ..sections import FIELD_FEATURES, WRITE_FEATURES, Section
from ..validators import format_point
from ..wording import label_of

_REQUIRED = {
    "address": "Indiquez l’adresse ou le lieu-dit.",
    "site_type": "Choisissez le type de site.",
    "declared_at": "Indiquez la date de signalement du site.",
}
SOURCES = [
    ("", "Je ne précise pas"),
    ("visite", "Visite sur place"),
    ("partenaire", "Un partenaire me l’a dit"),
    ("telephone", "Par téléphone"),
]


def form_field(field: models.Field, **kwargs) -> forms.Field:
    """The form field of a column, in our words: tri-states as large radios, unknown always possible."""
    if isinstance(field, TriStateField):
        kwargs["widget"] = TriStateWidget()
    form_field = field.formfield(**kwargs)
    if field.name in RELEVANT_WHEN:
        form_field.rb_when = RELEVANT_WHEN[field.name].spec
    if field.choices and field.blank and isinstance(form_field, forms.TypedChoiceField):
        form_field.choices = [*field.choices, ("", "Ne sait pas")]
    if isinstance(field, models.PositiveIntegerField) and field.null:
        form_field.widget.attrs["placeholder"] = "?"
    if isinstance(field, models.TextField):
        form_field.widget.attrs["rows"] = 3
    if field.name in _REQUIRED:
        form_field.error_messages["required"] = _REQUIRED[field.name]
    return form_field


class SituationForm(RbForm):
    """When the situation was so, and how it is known: the same questions on every quick update."""

    at = forms.DateField(
        label="Situation au",
        help_text="La date à laquelle vous l’avez constaté.",
        error_messages={"required": "Indiquez la date de la situation."},
    )
    source = forms.ChoiceField(
        label="Comment l’avez-vous su ?", choices=SOURCES, required=False, widget=forms.RadioSelect
    )

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("initial", {"at": timezone.localdate()})
        super().__init__(*args, **kwargs)
        self.fields["at"].widget.attrs["max"] = timezone.localdate().isoformat()

    def clean_at(self) -> date:
        at = self.cleaned_data["at"]
        if wrong := wrong_day(at, timezone.localdate()):
            raise ValidationError(wrong)
        return at


class SectionForm(ConcurrentAnswersMixin, StrayErrorsMixin, RbModelForm):
    """The fields of one section, compared with the state that the person saw (`base`), not with the latest one."""

    base = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, site: SitePage, user, base: SiteVersion | None, **kwargs):
        self.site, self.user, self.base_version = site, user, base
        initial = {"base": base.pk} if base else {}
        if base is not None:
            initial |= {name: getattr(base, name) for name in self._meta.fields if hasattr(base, name)}
            initial |= {"commune": base.commune_id, "incoming_sites": base.children.get("incoming_sites", [])}
        site.tolerate_known_errors()
        super().__init__(*args, instance=site, initial=initial, **kwargs)
        if "incoming_sites" in self.fields:
            nearby = SitePage.objects.visible_to(user).filter(commune__departement=site.commune.departement_id)
            proposed = self.fields["incoming_sites"].queryset = nearby.exclude(pk=site.pk).order_by("title")
            known, shown = set(initial.get("incoming_sites", [])), set(proposed.values_list("pk", flat=True))
            self.initial["incoming_sites"], self._hidden_sites = list(known & shown), known - shown

    def clean(self):
        cleaned = super().clean()
        self.heed_others(cleaned, self.site.pk)
        return cleaned

    def is_mine(self, name: str, cleaned: dict) -> bool:
        return name in self.changed_data

    def changes(self) -> dict[str, Any]:
        """What the person changed, by field; sites of origin that they may not read stay."""
        changes = {name: self.cleaned_data[name] for name in self.changed_data if name in self._meta.fields}
        if "incoming_sites" in changes:
            kept = {*self._hidden_sites, *(site.pk for site in changes["incoming_sites"])}
            changes["incoming_sites"] = SitePage.objects.filter(pk__in=kept)
        return changes


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
        if commune.pk != self.site.commune_id and not can(self.user, Feature.SITE_UPDATE, SitePage(commune=commune)):
            raise ValidationError("Vous n’avez pas le droit d’actualiser un site dans cette commune.")
        return commune

    def clean_coordinates(self) -> str:
        return parse_coordinates(self.cleaned_data["coordinates"])

    def changes(self) -> dict[str, Any]:
        changes = super().changes()
        if "coordinates" in self.changed_data:
            changes["point"] = self.cleaned_data["coordinates"]
        return changes


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


def section_form_class(section: Section, can_do) -> type[SectionForm]:
    """The form of `section`, without the fields that the person may not read, or not change; `can_do` takes a right."""
    needed = {**FIELD_FEATURES, **WRITE_FEATURES}
    fields = [name for name in section.fields if name not in needed or can_do(needed[name])]
    is_location = section.slug == "localisation"
    return forms.modelform_factory(
        SitePage,
        form=LocationForm if is_location else SectionForm,
        fields=[name for name in fields if name != "point"],
        formfield_callback=form_field,
        labels={name: label_of(name) for name in fields},
    )

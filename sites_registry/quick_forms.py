"""Quick updates: one small form per section of a site, made for a phone."""

import re
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
from rbsite.territories.forms import CommuneField, commune_text
from rbsite.territories.geo import nearest_communes
from rbsite.territories.geocoders import search_places
from rbsite.territories.models import Territory
from rbsite.territories.resolution import resolve_commune

from .concurrent import ConcurrentAnswersMixin, coordinates_text
from .display import label_of
from .enums import CLOSING_CAUSES, ClosingSolutionKind, SiteStatus
from .form_errors import StrayErrorsMixin
from .models import SitePage, SiteVersion
from .rules import RELEVANT_WHEN, wrong_day
from .sections import FIELD_FEATURES, Section
from .validators import format_point, parse_point

#: What names the commune in an address: from its postcode, or after its last comma.
_END_OF_ADDRESS = re.compile(r"(?:,|(?=\b\d{5}\s))\s*([^,]+)$")
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
    return form_field


class SituationForm(RbForm):
    """When the situation was so, and how it is known: the same questions on every quick update."""

    at = forms.DateField(label="Situation au", help_text="La date à laquelle vous l’avez constaté.")
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


class DeclareForm(StrayErrorsMixin, RbModelForm):
    """The first words on a site: where it is, what it is, how many people; the rest is filled in on its page."""

    address = forms.CharField(
        label="Adresse",
        max_length=250,
        help_text="Numéro et rue, ou lieu-dit. La commune en est déduite quand elle s’y trouve.",
        widget=forms.TextInput(attrs={"data-rb-combobox": "/geo/search?q=", "autocomplete": "off"}),
    )
    commune = CommuneField(required=False)
    coordinates = LocationForm.base_fields["coordinates"]

    class Meta:
        model = SitePage
        fields = ["address", "commune", "name", "site_type", "declared_at", "built_at", "population_total"]
        formfield_callback = form_field

    def __init__(self, *args, user, **kwargs):
        self.user = user
        kwargs.setdefault("initial", {"declared_at": timezone.localdate()})
        super().__init__(*args, **kwargs)

    def clean_coordinates(self) -> str:
        self.instance.point = parse_coordinates(self.cleaned_data["coordinates"])
        return self.instance.point

    def clean(self):
        cleaned = super().clean()
        if "commune" not in self.errors and cleaned.get("commune") is None:
            self._deduce_commune(cleaned)
        return cleaned

    def _deduce_commune(self, cleaned: dict) -> None:
        """The commune comes from the address; of a bare point five are proposed and the person confirms."""
        commune, proposals = commune_of_address(cleaned.get("address", ""))
        if commune is not None:
            cleaned["commune"] = self.instance.commune = commune
        elif self.instance.point:
            nearest = nearest_communes(*parse_point(self.instance.point))
            self.add_error("commune", f"Confirmez la commune de ce point. Les plus proches : {_listed(nearest)}.")
        elif proposals:
            self.add_error("commune", f"Confirmez la commune. Est-ce l’une de celles-ci ? {_listed(proposals)}.")
        else:
            self.add_error("commune", "Indiquez la commune du site.")


def commune_of_address(address: str) -> tuple[Territory | None, list[Territory]]:
    """The commune that an address names without doubt (« …, 31000 Toulouse »), else those that it may name."""
    places = search_places(address, limit=5) if address else []
    located = [place for place in places if place.source != "commune"]
    if located:
        return resolve_commune("", code=located[0].citycode).match, []
    end = _END_OF_ADDRESS.search(address)
    match = resolve_commune(end[1]).match if end else None
    return match, [found for place in places if (found := resolve_commune("", code=place.citycode).match)]


def _listed(communes: list[Territory]) -> str:
    return ", ".join(commune_text(commune) for commune in communes)


class ClosingForm(RbForm):
    """Closing a site, or correcting what was said of its closing."""

    closed_at = forms.DateField(label="Date de fermeture")
    status = forms.ChoiceField(label="Cause de la fermeture", choices=CLOSING_CAUSES, widget=forms.RadioSelect)
    closing_context = forms.CharField(
        label="Contexte de la fermeture",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Obligatoire quand la cause est « Autre ».",
    )
    closed_with_solutions = forms.NullBooleanField(
        label="Le site a-t-il été résorbé définitivement ?", widget=TriStateWidget()
    )

    def __init__(self, *args, site: SitePage, **kwargs):
        self.site = site
        solutions = {solution.kind: solution for solution in site.closing_solutions.all()}
        initial = {name: getattr(site, name) for name in self.base_fields if not site.is_open}
        super().__init__(*args, initial=initial or {"closed_at": timezone.localdate()}, **kwargs)
        for kind, label in ClosingSolutionKind.choices:
            solution = solutions.get(kind)
            for unit, words in (("people", "personnes"), ("households", "ménages")):
                self.fields[f"{kind}_{unit}"] = forms.IntegerField(
                    label=f"{label} : {words}",
                    required=False,
                    min_value=0,
                    max_value=99_999,
                    initial=getattr(solution, unit, None),
                    widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "fr-input", "autocomplete": "off"}),
                )

    def clean(self):
        cleaned = super().clean()
        for kind, _label in ClosingSolutionKind.choices:
            people, households = cleaned.get(f"{kind}_people"), cleaned.get(f"{kind}_households")
            if people is not None and households is not None and households > people:
                self.add_error(
                    f"{kind}_households", f"Il ne peut pas y avoir plus de ménages que de personnes ({people})."
                )
        if cleaned.get("status") == SiteStatus.OTHER and not cleaned.get("closing_context"):
            self.add_error("closing_context", "Précisez le contexte de la fermeture.")
        closed, declared = cleaned.get("closed_at"), self.site.declared_at
        if closed and closed > timezone.localdate():
            self.add_error("closed_at", "La date ne peut pas être dans le futur.")
        elif closed and declared and closed < declared:
            self.add_error("closed_at", "Le site ne peut pas avoir fermé avant son signalement.")
        return cleaned

    def closing(self) -> dict[str, Any]:
        """Arguments of `close_site` and `correct_closing`."""
        closing = {name: self.cleaned_data[name] for name in self.base_fields}
        closing["solutions"] = [
            {"kind": kind, "people": people, "households": self.cleaned_data[f"{kind}_households"]}
            for kind, _label in ClosingSolutionKind.choices
            if (people := self.cleaned_data[f"{kind}_people"]) is not None
            or self.cleaned_data[f"{kind}_households"] is not None
        ]
        return closing


def section_form_class(section: Section, can_read) -> type[SectionForm]:
    """The form of `section`, without the fields that the person may not read."""
    fields = [name for name in section.fields if name not in FIELD_FEATURES or can_read(FIELD_FEATURES[name])]
    is_location = section.slug == "localisation"
    return forms.modelform_factory(
        SitePage,
        form=LocationForm if is_location else SectionForm,
        fields=[name for name in fields if name != "point"],
        formfield_callback=form_field,
        labels={name: label_of(name) for name in fields},
    )

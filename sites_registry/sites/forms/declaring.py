"""Declaring a site: its commune from its address, one site for one form, and a look at those that stand there."""

import re
from typing import Any

from django import forms
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.functional import cached_property

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.forms import RbModelForm
from rbsite.territories.forms import CommuneField, commune_text
from rbsite.territories.geo import nearest_communes
from rbsite.territories.geocoders import search_places
from rbsite.territories.models import Territory
from rbsite.territories.resolution import resolve_commune
from sites_registry.tree import code_from
from sites_registry.versioned.forms import StrayErrorsMixin

from ..models import SitePage
from ..rules import NEAR_METRES
from ..validators import parse_point
from .quick import LocationForm, form_field, parse_coordinates

#: What names the commune in an address: from its postcode, or after its last comma.
_END_OF_ADDRESS = re.compile(r"(?:,|(?=\b\d{5}\s))\s*([^,]+)$")
#: Two names or addresses of one commune are alike from this share of common trigrams.
_ALIKE = 0.6
_SHOWN = 5


class DeclareForm(StrayErrorsMixin, RbModelForm):
    """The first words on a site: where it is, what it is, how many people; the rest is filled in on its page."""

    stands_for = {"point": "coordinates"}

    address = forms.CharField(
        label="Adresse",
        max_length=250,
        error_messages={"required": "Indiquez l’adresse ou le lieu-dit."},
        help_text="Numéro et rue, ou lieu-dit. La commune en est déduite quand elle s’y trouve.",
        widget=forms.TextInput(attrs={"data-rb-combobox": "/geo/search?q=", "autocomplete": "off"}),
    )
    commune = CommuneField(required=False)
    coordinates = LocationForm.base_fields["coordinates"]
    #: Drawn with the form: the same form sent twice declares one site.
    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    class Meta:
        model = SitePage
        fields = ["address", "commune", "name", "site_type", "declared_at", "built_at", "population_total"]
        formfield_callback = form_field

    def __init__(self, *args, user, **kwargs):
        self.user = user
        kwargs.setdefault("initial", {"declared_at": timezone.localdate(), "token": get_random_string(16)})
        super().__init__(*args, **kwargs)

    def clean_coordinates(self) -> str:
        self.instance.point = parse_coordinates(self.cleaned_data["coordinates"])
        return self.instance.point

    def clean(self):
        cleaned = super().clean()
        if "commune" not in self.errors and cleaned.get("commune") is None:
            self._deduce_commune(cleaned)
        return cleaned

    @cached_property
    def code(self) -> str:
        """The code of the site: the same for the same form, place and person, and guessed by nobody."""
        place = (self.cleaned_data["address"], self.cleaned_data["commune"].pk)
        sent = (self.user.pk, self.cleaned_data.get("token") or get_random_string(16), *place)
        return code_from(salted_hmac("sites_registry.declaration", repr(sent), algorithm="sha256").digest())

    def values(self) -> dict[str, Any]:
        """Arguments of `declare_site`."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return values | {"point": self.cleaned_data["coordinates"]}

    def already_declared(self) -> SitePage | None:
        """The site that the same form has already declared (a double tap, a page sent again)."""
        return SitePage.objects.visible_to(self.user).filter(slug=self.code, owner=self.user).first()

    def lookalikes(self) -> list[SitePage]:
        """Open sites that the person may read, near the point (with their `metres`) or alike in name or address.

        None once all of them have been shown.
        """
        sites = SitePage.objects.visible_to(self.user, Feature.SITE_READ).open().with_places()
        name, address = self.cleaned_data["name"], self.cleaned_data["address"]
        alike = Q(likeness__gte=_ALIKE)
        if name:
            alike |= Q(name_likeness__gte=_ALIKE)
        same_commune = sites.filter(commune=self.cleaned_data["commune"]).annotate(
            likeness=TrigramSimilarity("address", address), name_likeness=TrigramSimilarity("name", name)
        )
        found = list(same_commune.filter(alike).order_by("-likeness", "pk")[:_SHOWN])
        if self.instance.point:
            near = list(sites.near(*parse_point(self.instance.point), km=NEAR_METRES / 1000)[:_SHOWN])
            for site in near:
                site.metres = 10 * round(site.distance_km * 100)
            found = [*near, *found]  # the nearest first, with their distance
        seen = set(self.data.getlist("shown"))
        sites_by_code: dict[str, SitePage] = {}
        for site in found:
            sites_by_code.setdefault(site.code, site)
            site.is_updatable = can(self.user, Feature.SITE_UPDATE, site)
        return list(sites_by_code.values()) if set(sites_by_code) - seen else []

    def _deduce_commune(self, cleaned: dict) -> None:
        """The commune comes from the address; of a bare point five are proposed and the person confirms."""
        commune, proposals = commune_of_address(cleaned.get("address", ""))
        if commune is not None:
            cleaned["commune"] = self.instance.commune = commune
        elif self.instance.point:
            nearest = nearest_communes(*parse_point(self.instance.point))
            self.add_error(
                "commune",
                "Confirmez la commune de ce point. Les plus proches : {nearest}.".format(nearest=_listed(nearest)),
            )
        elif proposals:
            self.add_error(
                "commune",
                "Confirmez la commune. Est-ce l’une de celles-ci ? {proposals}.".format(proposals=_listed(proposals)),
            )
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

"""Forms of the editor."""

from functools import cached_property

from django import forms
from wagtail.admin.forms import WagtailAdminPageForm

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.forms import say_what_is_missing
from rbsite.territories.forms import CommuneField
from sites_registry.versioned.concurrent import ConcurrentAnswersMixin, answer, comparable, latest_state, state_seen
from sites_registry.versioned.forms import StrayErrorsMixin

from ..sections import WRITE_FEATURES

#: Columns that only closing, correcting and reopening may change.
CLOSING_FIELDS = ("status", "closed_at", "closing_context", "closed_with_solutions", "deleted_at")


class SitePageForm(ConcurrentAnswersMixin, StrayErrorsMixin, WagtailAdminPageForm):
    """The editor of a site: the commune is typed, the map starts where the site is.

    It stays open for long: what colleagues have written meanwhile through quick forms and imports is heeded.

    What it opens is a draft, or an old revision about to be restored: rights are asked about the live site, and the
    closing, which has its own right and its own screen, always stays the live one.
    """

    commune = CommuneField()
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            say_what_is_missing(field, "Choisissez…" if field.required else "Ne sait pas")
        latest = latest_state(self.instance.pk, lock=self.is_bound)
        self.initial["base"] = latest.pk if latest else ""
        seen = self.data.get(self.add_prefix("base")) if self.is_bound else None
        self.base_version = state_seen(self.instance.pk, seen) or latest
        if self.instance.pk:
            self._keep_closing()
        for name, feature in WRITE_FEATURES.items():
            if name in self.fields and not can(self.for_user, feature, self.instance):
                self.fields[name].disabled = True
        if "point" in self.fields and self.instance.latitude is not None:
            self.fields["point"].widget.start = (self.instance.latitude, self.instance.longitude)
        if "incoming_sites" in self.fields:
            readable = self.fields["incoming_sites"].queryset = self._readable_sites()
            self._hidden_sites = set(self.instance.incoming_sites.all()) - set(readable)

    def _readable_sites(self):
        """Sites of origin that the editor may read, in the same département."""
        sites = type(self.instance)._default_manager.visible_to(self.for_user, Feature.SITE_READ)
        if self.instance.commune_id:
            sites = sites.filter(commune__departement=self.instance.commune.departement_id)
        return sites.exclude(pk=self.instance.pk).order_by("title")

    def clean_incoming_sites(self):
        """Sites of origin that the editor may not read, or does not propose, stay."""
        return [*self.cleaned_data["incoming_sites"], *self._hidden_sites]

    def clean_commune(self):
        """Moving a site to another commune asks the right there too."""
        commune = self.cleaned_data["commune"]
        live = self._live
        if not self.is_mine("commune", self.cleaned_data):
            return live.commune
        moved = type(self.instance)(commune=commune)
        if commune.pk != live.commune_id and not can(self.for_user, Feature.SITE_UPDATE, moved):
            self.add_error("commune", "Vous n’avez pas le droit d’actualiser un site dans cette commune.")
        elif commune.departement_id != live.commune.departement_id:
            self.add_error("commune", "Un site change de département par la fiche du site, pas par cet éditeur.")
        return commune

    def clean(self):
        cleaned = super().clean()
        self.heed_others(cleaned, self.instance.pk)
        return cleaned

    def is_mine(self, name: str, cleaned: dict) -> bool:
        """What a draft says otherwise than the published state is an answer of its author's too."""
        if name not in cleaned or self.base_version is None:
            return True
        return comparable(cleaned[name]) != answer(self.base_version, name)

    @cached_property
    def _live(self):
        return type(self.instance)._default_manager.with_places().get(pk=self.instance.pk)

    def _keep_closing(self) -> None:
        for name in CLOSING_FIELDS:
            setattr(self.instance, name, getattr(self._live, name))
        self.instance.closing_solutions.set(self._live.closing_solutions.all())

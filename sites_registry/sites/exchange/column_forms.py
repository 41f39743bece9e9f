"""What the import of sites asks beside any other: what is said once for all rows, and which site a row speaks of."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from rbsite.base.forms import RbForm, dress
from rbsite.base.wording import plural
from rbsite.spreadsheets.forms import ColumnsForm
from rbsite.spreadsheets.report import SHOWN
from rbsite.territories.forms import CommuneField
from rbsite.territories.models import Territory
from sites_registry.versioned.moments import wrong_day

from ..enums import CLOSING_CAUSES, SiteType
from .decisions import NEW_SITE, Decisions
from .report import Choice

_ROWS_LACK_IT = ("ligne ne le dit pas.", "lignes ne le disent pas.")
_IT_IS, _ROW = "C’est {site}", "Ligne {row} : {site}"


class SiteColumnsForm(ColumnsForm):
    """One question for each title, one for each unknown word."""

    no_identity = "Dites quelle colonne donne l’identifiant du site, ou sa commune."


class ForAllForm(RbForm):
    """What rows do not say, and the person says once for all of them; `unsaid` as in the report."""

    day = forms.DateField(
        label="Le tableau décrit la situation au",
        help_text="Ce jour date ce qu’elles changent.",
        error_messages={"required": "Dites de quel jour le tableau parle."},
    )
    site_type = forms.ChoiceField(label="Type des nouveaux sites", choices=[("", "Choisir"), *SiteType.choices])
    commune = CommuneField(label="Commune des nouveaux sites")
    cause = forms.ChoiceField(label="Cause des fermetures", choices=[("", "Choisir"), *CLOSING_CAUSES])
    resorbed = forms.ChoiceField(
        label="Ces sites ont-ils été résorbés définitivement ?",
        choices=[("", "Choisir"), ("oui", "Oui"), ("non", "Non"), ("?", "Ne sait pas")],
    )

    def __init__(self, data, unsaid: Mapping[str, int], decisions: Decisions):
        commune = Territory.objects.communes().filter(code=decisions.commune).first() if decisions.commune else None
        said = {name: getattr(decisions, name) for name in ("day", "site_type", "cause", "resorbed")}
        super().__init__(data, initial=said | {"commune": commune})
        for name in set(self.fields) - unsaid.keys():
            del self.fields[name]
        for name, field in self.fields.items():
            if count := unsaid[name]:
                field.help_text = " ".join([plural(count, *_ROWS_LACK_IT), field.help_text]).strip()
        if "day" in self.fields:
            self.fields["day"].widget.attrs["max"] = timezone.localdate().isoformat()

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if wrong := wrong_day(day, timezone.localdate()):
            raise ValidationError(wrong)
        return day

    def decided(self) -> dict[str, str]:
        """Names of decisions -> what was said, as a draft keeps it."""
        said = dict(self.cleaned_data)
        if "day" in said:
            said["day"] = said["day"].isoformat()
        if "commune" in said:
            said["commune"] = said["commune"].code
        return said


class SitesForm(RbForm):
    """One question for each row that may speak of known sites."""

    def __init__(self, choices: list[Choice], data: Mapping[str, Any] | None = None):
        super().__init__(data)
        for choice in choices[:SHOWN]:
            known = [(candidate.code, _IT_IS.format(site=candidate.label)) for candidate in choice.candidates]
            self.fields[f"site-{choice.row}"] = forms.ChoiceField(
                label=_ROW.format(row=choice.row, site=choice.described),
                choices=[*known, (NEW_SITE, "C’est un nouveau site")],
                widget=forms.RadioSelect,
                required=False,
                initial=choice.decided,
            )
        dress(self)

    def chosen(self) -> dict[str, str]:
        """Row -> the site that it speaks of; an answer that nobody was offered is none."""
        self.full_clean()
        return {name.removeprefix("site-"): code for name, code in self.cleaned_data.items() if code}

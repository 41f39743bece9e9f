"""What the import of sites asks beside any other: the kind of new sites, and which site a row speaks of."""

from django import forms

from rbsite.base.forms import RbForm, dress
from rbsite.spreadsheets.forms import ColumnsForm
from rbsite.spreadsheets.opening import Opened
from rbsite.spreadsheets.questions import Question
from rbsite.spreadsheets.report import SHOWN

from ..enums import SiteType
from .decisions import NEW_SITE, Decisions
from .report import Choice

_IT_IS, _ROW = "C’est {site}", "Ligne {row} : {site}"


class SiteColumnsForm(ColumnsForm):
    """One question for each title, one for each unknown word, and the kind of new sites when no column says it."""

    no_identity = "Dites quelle colonne donne l’identifiant du site, ou sa commune."

    def __init__(self, data, opened: Opened, questions: list[Question], decisions: Decisions):
        self._kind = decisions.site_type
        super().__init__(data, opened, questions)

    def _ask_for_all(self) -> None:
        if not any(column.name == "site_type" for column in self.opened.headers.columns.values()):
            self.fields["site_type"] = forms.ChoiceField(
                label="Type des nouveaux sites",
                choices=[("", "Non précisé"), *SiteType.choices],
                required=False,
                initial=self._kind,
                help_text="Le tableau ne semble pas le dire : il est nécessaire pour déclarer un site.",
            )

    @property
    def for_all(self) -> list[forms.BoundField]:
        return [self["site_type"]] if "site_type" in self.fields else []


class SitesForm(RbForm):
    """One question for each row that may speak of known sites."""

    def __init__(self, choices: list[Choice]):
        super().__init__()
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

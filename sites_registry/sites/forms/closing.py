"""Closing a site: its cause, its date, and where the households went."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from rbsite.base.forms import NumberTextInput, RbForm, SegmentedRadio
from rbsite.base.text import clean
from rbsite.base.wording import day_in_words
from sites_registry.versioned.concurrent import latest_state
from sites_registry.versioned.moments import EARLIEST_DAY

from ..closings import DURABLE, durable_share, seen_open_after
from ..enums import CLOSING_CAUSES, ClosingSolutionKind, SiteStatus
from ..models import SitePage, SiteVersion
from ..rules import excess_of_solutions

_ANSWERS = {"true": True, "false": False, "unknown": None}
_SEEN_OPEN = "{who} a vu ce site ouvert le {day}, après cette date. Corrigez la date, ou confirmez-la ci-dessous."
_CONFIRMED = "Le site était bien fermé le {day} : tout ce qui suit est enregistré comme fermé."
_SHORT_LABELS = {"none": "Aucune solution", "other": "Autre solution"}


class ClosingForm(RbForm):
    """Closing a site, or correcting what was said of its closing."""

    closed_at = forms.DateField(
        label="Date de fermeture", error_messages={"required": "Indiquez la date de fermeture du site."}
    )
    status = forms.ChoiceField(
        label="Cause de la fermeture",
        choices=CLOSING_CAUSES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la cause de la fermeture."},
    )
    closing_context = forms.CharField(
        label="Contexte de la fermeture",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Obligatoire quand la cause est « Autre ».",
    )
    closed_with_solutions = forms.TypedChoiceField(
        label="Le site a-t-il été résorbé définitivement ?",
        choices=[("true", "Oui"), ("false", "Non"), ("unknown", "Ne sait pas")],
        coerce=_ANSWERS.get,
        empty_value=None,
        widget=SegmentedRadio,
        help_text="« Ne sait pas » : seulement quand la cause de la fermeture est inconnue.",
        error_messages={"required": "Dites si le site a été résorbé définitivement."},
    )

    def __init__(self, *args, site: SitePage, **kwargs):
        self.site = site
        solutions = {solution.kind: solution for solution in site.closing_solutions.all()}
        super().__init__(*args, initial=self._closing_of(site), **kwargs)
        for kind in ClosingSolutionKind.values:
            self._add_solution(kind, solutions.get(kind))
        #: The question that arises when somebody saw the site open after the day of its closing.
        self.fields["despite"] = forms.MultipleChoiceField(
            label="Le site a été vu ouvert après cette date", required=False, widget=forms.CheckboxSelectMultiple
        )
        self.is_doubted = False

    @staticmethod
    def _closing_of(site: SitePage) -> dict[str, Any]:
        if site.is_open:
            return {"closed_at": timezone.localdate()}
        words = {answer: word for word, answer in _ANSWERS.items()}
        kept = {name: getattr(site, name) for name in ClosingForm.base_fields}
        return kept | {"closed_with_solutions": words[site.closed_with_solutions]}

    def _add_solution(self, kind: str, solution) -> None:
        for unit, label in (("people", "Personnes"), ("households", "Ménages")):
            self.fields[f"{kind}_{unit}"] = forms.IntegerField(
                label=label,
                required=False,
                min_value=0,
                max_value=99_999,
                initial=getattr(solution, unit, None),
                widget=NumberTextInput({"class": "fr-input"}),
            )
        self.fields[f"{kind}_message"] = forms.CharField(
            label="Précisions",
            required=False,
            max_length=1_000,
            initial=getattr(solution, "message", ""),
            widget=forms.TextInput({"class": "fr-input", "autocomplete": "off"}),
        )
        if kind in DURABLE:
            self.fields[f"{kind}_people"].widget.attrs["data-rb-durable"] = ""

    @property
    def closing_fields(self) -> list[forms.BoundField]:
        """What is asked of the closing itself."""
        names = list(self.base_fields)
        if self.is_doubted:
            names.insert(names.index("closed_at") + 1, "despite")
        return [self[name] for name in names]

    @property
    def solution_groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The name of each solution, with its three questions."""
        for kind, label in ClosingSolutionKind.choices:
            yield (
                _SHORT_LABELS.get(kind, label),
                [self[f"{kind}_{part}"] for part in ("people", "households", "message")],
            )

    @property
    def durable_share(self) -> int | None:
        """As `durable_share`, of what the form shows."""
        if self.is_bound:
            people = {kind: getattr(self, "cleaned_data", {}).get(f"{kind}_people") for kind in DURABLE}
        else:
            people = {kind: self.fields[f"{kind}_people"].initial for kind in DURABLE}
        return durable_share(people, self.site.population_total)

    def clean_closed_at(self) -> date:
        """The day of the closing; whoever saw the site open later is named, and the person confirms the day."""
        closed = self.cleaned_data["closed_at"]
        if not self.site.is_open and closed == self.site.closed_at:
            return closed
        latest_state(SiteVersion, self.site.pk, lock=True)  # nobody updates between the question and its answer
        seen = seen_open_after(self.site, closed) if EARLIEST_DAY <= closed <= timezone.localdate() else None
        if seen is not None:
            self._doubt(closed, seen)
        return closed

    def _doubt(self, closed: date, seen: SiteVersion) -> None:
        """Ask about that day and that sighting; another day or a later sighting is another question."""
        answer, name = f"{closed.isoformat()}-{seen.pk}", self.add_prefix("despite")
        self.fields["despite"].choices = [(answer, _CONFIRMED.format(day=day_in_words(closed)))]
        self.is_doubted = True
        data = self.data.copy()  # type: ignore[has-type]  # Django is not typed
        if answer in data.getlist(name):
            return
        data.setlist(name, [])
        self.data = data
        who = seen.author.name_and_organisation if seen.author else "Quelqu’un"
        self.add_error("closed_at", _SEEN_OPEN.format(who=who, day=day_in_words(seen.valid.lower)))

    def clean(self):
        cleaned = super().clean()
        for row in self._solutions(cleaned):
            if row["people"] is not None and row["households"] is not None and row["households"] > row["people"]:
                sentence = "Il ne peut pas y avoir plus de ménages que de personnes ({people}).".format(
                    people=row["people"]
                )
                self.add_error(f"{row['kind']}_households", sentence)
        for unit, kind, sentence in excess_of_solutions(self._solutions(cleaned), self.site):
            self.add_error(f"{kind}_{unit}", sentence)
        if cleaned.get("status") == SiteStatus.OTHER and not cleaned.get("closing_context"):
            self.add_error("closing_context", "Précisez le contexte de la fermeture.")
        said = "closed_with_solutions" in cleaned and cleaned["closed_with_solutions"] is None
        if said and cleaned.get("status", SiteStatus.UNKNOWN) != SiteStatus.UNKNOWN:
            self.add_error(
                "closed_with_solutions", "Répondez « Oui » ou « Non » : la cause de la fermeture est connue."
            )
        closed, declared = cleaned.get("closed_at"), self.site.declared_at
        if closed and closed > timezone.localdate():
            self.add_error("closed_at", "La date ne peut pas être dans le futur.")
        elif closed and declared and closed < declared:
            self.add_error("closed_at", "Le site ne peut pas avoir fermé avant son signalement.")
        return cleaned

    @staticmethod
    def _solutions(cleaned: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows: Iterable[dict[str, Any]] = (
            {
                "kind": kind,
                "people": cleaned.get(f"{kind}_people"),
                "households": cleaned.get(f"{kind}_households"),
                "message": clean(cleaned.get(f"{kind}_message", "")),
            }
            for kind in ClosingSolutionKind.values
        )
        return [row for row in rows if row["people"] is not None or row["households"] is not None or row["message"]]

    def closing(self) -> dict[str, Any]:
        """Arguments of `close_site` and `correct_closing`."""
        closing = {name: self.cleaned_data[name] for name in self.base_fields}
        return closing | {"solutions": self._solutions(self.cleaned_data)}

"""The checklist of preparatory phases as a form: for each phase its state and, once completed, its day."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError

from rbsite.base.forms import RbForm, dress

from ..phases import PhaseOfSite, PhaseState


class PhasesForm(RbForm):
    """One pair of fields a phase; `states()` is what `phases.set_phases` takes."""

    def __init__(self, *args, checklist: list[PhaseOfSite], **kwargs):
        super().__init__(*args, **kwargs)
        self.checklist = checklist
        for entry in checklist:
            slug = entry.phase.slug
            self.fields[f"state_{slug}"] = forms.ChoiceField(
                label="État", choices=PhaseState.choices, initial=entry.state, widget=forms.RadioSelect
            )
            day = forms.DateField(label=entry.phase.date_label, initial=entry.completed_on, required=False)
            day.rb_when = f"state_{slug}={PhaseState.COMPLETED}"
            self.fields[f"day_{slug}"] = day
        dress(self)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Name of each phase, and its two fields."""
        return [
            (entry.phase.name, [self[f"state_{entry.phase.slug}"], self[f"day_{entry.phase.slug}"]])
            for entry in self.checklist
        ]

    def states(self) -> dict[str, tuple[str, date | None]]:
        """Code of a phase -> (state, day of completion); the day of a phase that is not completed is forgotten."""
        found = {}
        for entry in self.checklist:
            state = self.cleaned_data[f"state_{entry.phase.slug}"]
            day = self.cleaned_data[f"day_{entry.phase.slug}"] if state == PhaseState.COMPLETED else None
            found[entry.phase.slug] = (state, day)
        return found

    def refuse(self, error: ValidationError) -> None:
        """Put the errors of `set_phases` at the day of their phase."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error.messages)
            return
        for slug, sentences in error.message_dict.items():
            self.add_error(f"day_{slug}", sentences)

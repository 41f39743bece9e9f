"""Shared pieces of the forms of a page with a typed history: quick forms of a few answers, and Wagtail's editor."""

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import timezone
from wagtail.admin.forms import WagtailAdminPageForm

from rbsite.accounts.permissions import can, writable_fields
from rbsite.base.fields import TriStateField
from rbsite.base.forms import RbForm, RbModelForm, TriStateWidget, say_what_is_missing

from .concurrent import ConcurrentAnswersMixin, conflict, latest_state, state_seen
from .history import serialise
from .moments import wrong_day
from .questions import RelevantWhen
from .state import comparable
from .verbs import NOT_YOURS
from .versions import Version
from .wording import label_of

_NOT_THERE = "Vous n’avez pas le droit de modifier ce qui se trouve là."
_ROWS = "{field} : {told} Ses lignes sont affichées ; vous aviez saisi : {mine}."
_Form: Any = forms.BaseForm if TYPE_CHECKING else object
SOURCES = [
    ("", "Je ne précise pas"),
    ("visite", "Visite sur place"),
    ("partenaire", "Un partenaire me l’a dit"),
    ("telephone", "Par téléphone"),
]


def form_field(field: models.Field, table: RelevantWhen, **kwargs) -> forms.Field:
    """The form field of a column, in our words: tri-states as large radios, unknown always possible."""
    if isinstance(field, TriStateField):
        kwargs["widget"] = TriStateWidget()
    form_field = field.formfield(**kwargs)
    if field.name in table:
        form_field.rb_when = table[field.name].spec
    if field.choices and field.blank and isinstance(form_field, forms.TypedChoiceField):
        form_field.choices = [*field.choices, ("", "Ne sait pas")]
    if isinstance(field, models.PositiveIntegerField) and field.null:
        form_field.widget.attrs["placeholder"] = "?"
    if isinstance(field, models.TextField):
        form_field.widget.attrs["rows"] = 3
    return form_field


class SituationForm(RbForm):
    """When the situation was so, and how it is known: the same questions on every quick update."""

    at = forms.DateField(
        label="Situation au",
        help_text="La date à laquelle vous l’avez constaté. Pour un jour passé, ce qui diffère est d’abord montré.",
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

    @property
    def day(self) -> date | None:
        """The day of the situation, once it is known; None as long as nothing right is said."""
        return self.cleaned_data.get("at") if self.is_bound and self.is_valid() else None


class StrayErrorsMixin:
    """Errors on fields that the form does not show go to the field that stands for them, else to the top."""

    #: Field of the model -> field of the form that stands for it.
    stands_for: dict[str, str] = {}

    def add_error(self, field, error):
        if field is None and hasattr(error, "error_dict"):
            for name in [name for name in error.error_dict if name not in self.fields and name != NON_FIELD_ERRORS]:
                shown = self.stands_for.get(name, NON_FIELD_ERRORS)
                target = shown if shown in self.fields else NON_FIELD_ERRORS
                error.error_dict.setdefault(target, []).extend(error.error_dict.pop(name))
        super().add_error(field, error)


class ChildAnswersMixin(_Form):
    """Proposes for each child answer what the person may read; what they may not read stays, unseen."""

    def propose(self, page: Any, user: Any, known: dict[str, set[int]]) -> None:
        """Narrow the fields to what `user` may read; `known`: child answer -> keys that the page has."""
        self._hidden: dict[str, set[int]] = {}
        for name in page.child_answers:
            if name in self.fields:
                self.fields[name].queryset = page.proposed_for(name, user)
                self.keep_hidden(name, known.get(name, set()))
                self.initial[name] = sorted(known.get(name, set()) - self._hidden[name])

    def keep_hidden(self, name: str, known: set[int]) -> None:
        """Of the objects `known` to be named by an answer, those that the person may not read stay."""
        shown = self.fields[name].queryset.filter(pk__in=known).values_list("pk", flat=True) if known else ()
        self._hidden[name] = known - set(shown)

    def with_hidden(self, name: str, chosen: Any) -> models.QuerySet:
        """What was chosen, with what the page has and the person could not see."""
        kept = {*self._hidden[name], *(one.pk for one in chosen)}
        return self.fields[name].queryset.model._default_manager.filter(pk__in=kept)


class AnswersForm(ConcurrentAnswersMixin, ChildAnswersMixin, StrayErrorsMixin, RbModelForm):
    """Some answers of a page, compared with the state that the person saw (`base`), not with the latest one.

    `day`: that of which the answers speak, when it is not today. `take_theirs`: nothing is saved yet, the answers of
    that day are shown where the person has typed none.
    """

    base = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args,
        page: Any,
        user: Any,
        base: Version | None,
        day: date | None = None,
        take_theirs: bool = False,
        **kwargs,
    ):
        self.page, self.user, self.base_version = page, user, base
        self.day, self.take_theirs = day, take_theirs
        initial: dict[str, Any] = {"base": base.pk} if base else {}
        if base is not None:
            seen = {name: getattr(base, name) for name in self._meta.fields if not base.is_child(name)}
            initial |= {name: getattr(value, "pk", value) for name, value in seen.items()}
        page.tolerate_known_errors()
        super().__init__(*args, instance=page, initial=initial, **kwargs)
        known = {name: set(base.answer_of(name)) for name in page.child_answers} if base is not None else {}
        self.propose(page, user, known)

    def clean(self):
        cleaned = super().clean()
        self.heed_others(cleaned, self.page, self.day, take_theirs=self.take_theirs)
        return cleaned

    def amends(self, state: Version) -> None:
        for name in self._hidden:
            self.keep_hidden(name, set(state.answer_of(name)))

    def is_mine(self, name: str, cleaned: dict) -> bool:
        return name in self.changed_data

    def changes(self) -> dict[str, Any]:
        """What the person changed, by field."""
        changes = {name: self.cleaned_data[name] for name in self.changed_data if name in self._meta.fields}
        return {
            name: self.with_hidden(name, value) if name in self._hidden else value for name, value in changes.items()
        }


def answers_form(
    page: Any, names: Any, user: Any, *, form: type[AnswersForm] = AnswersForm, callback: Any = None
) -> type[AnswersForm]:
    """The form of the answers `names` of `page`, without those that `user` may not write."""
    model = type(page)
    writable = writable_fields(user, page)

    def field_of(field: models.Field, **kwargs) -> forms.Field:
        return form_field(field, model.relevant_when, **kwargs)

    fields = [name for name in names if name in writable]
    labels = {name: label_of(model, name) for name in fields}
    return forms.modelform_factory(
        model, form=form, fields=fields, formfield_callback=callback or field_of, labels=labels
    )


class VersionedPageForm(ConcurrentAnswersMixin, ChildAnswersMixin, StrayErrorsMixin, WagtailAdminPageForm):
    """The editor of a page. It stays open for long: what colleagues have written meanwhile elsewhere is heeded.

    What it opens is a draft, or an old revision about to be restored: rights are asked about the live page, whose
    answers stay where the person may not write them.
    """

    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            say_what_is_missing(field, "Choisissez…" if field.required else "Ne sait pas")
        model = self.instance.version_model()
        latest = latest_state(model, self.instance.pk, lock=self.is_bound)
        self.initial["base"] = latest.pk if latest else ""
        seen = self.data.get(self.add_prefix("base")) if self.is_bound else None
        self.base_version = state_seen(model, self.instance.pk, seen) or latest
        self._lock_what_is_not_theirs()
        chosen = {name: {one.pk for one in getattr(self.instance, name).all()} for name in self.instance.child_answers}
        self.propose(self.instance, self.for_user, chosen)

    def _lock_what_is_not_theirs(self) -> None:
        writable = writable_fields(self.for_user, self.live)
        for name in self.live.answer_names():
            if name in self.fields and name not in writable:
                self.fields[name].disabled = True
                self.initial[name] = self.live.answer_of(name)

    @cached_property
    def live(self) -> Any:
        """The page as it is stored."""
        return type(self.instance)._default_manager.read_whole().get(pk=self.instance.pk)

    def clean(self):
        cleaned = super().clean()
        for name in self._hidden:
            if name in cleaned:
                cleaned[name] = list(self.with_hidden(name, cleaned[name]))
        seen = self.base_version
        self._ask_rights_there(cleaned)
        self.heed_others(cleaned, self.instance)
        for name in set(self.instance.child_rows).intersection(self.formsets):
            self._heed_rows(name, seen)
        return cleaned

    def _ask_rights_there(self, cleaned: dict) -> None:
        """Moving the page asks the right to edit it where it goes too."""
        for field in self.live.state_fields():
            if field.is_relation and field.name in cleaned and self.is_mine(field.name, cleaned):
                for place in self.live.places_of({field.name: cleaned[field.name]}):
                    if not all(can(self.for_user, feature, place) for feature in self.live.editor_features()):
                        self.add_error(field.name, _NOT_THERE)

    def _heed_rows(self, name: str, seen: Version | None) -> None:
        """Child rows are one answer: theirs when only others have changed them, asked when both have."""
        typed = self._typed_rows(name)
        if name not in writable_fields(self.for_user, self.live) and typed != self.live.answer_of(name):
            self.add_error(None, NOT_YOURS.format(field=label_of(type(self.live), name)))
        latest = latest_state(self.instance.version_model(), self.instance.pk)
        if seen is None or latest is None:
            return
        if latest.answer_of(name) == seen.answer_of(name) and not self._names_rows_gone(name):
            return
        if typed not in (seen.answer_of(name), latest.answer_of(name)):
            words = {"told": conflict(name, latest), "mine": _rows_in_words(typed)}
            self.add_error(None, _ROWS.format(field=label_of(type(self.live), name), **words))
        self._show_rows(name)

    def _names_rows_gone(self, name: str) -> bool:
        """Whether rows were written again meanwhile, with the same words and other keys."""
        there = {str(row.pk) for row in getattr(self.instance, name).all()}
        typed = {str(form["id"].data) for form in self.formsets[name].forms if form["id"].data}
        return not typed <= there

    def _show_rows(self, name: str) -> None:
        """Put the rows of the others, with which the page was read again, in place of those typed; they are theirs."""
        typed = self.formsets[name]
        shown = self.formsets[name] = type(typed)(instance=self.instance, prefix=typed.prefix)
        shown.is_valid = lambda: True
        shown.save = lambda commit=True: []

    def _typed_rows(self, name: str) -> list[dict]:
        """The rows that were typed, as a version keeps them, even where the others have removed the ones they were."""
        columns = self.instance.child_rows[name].items()
        kept = [form for form in self.formsets[name].forms if not form["DELETE"].data]
        filled = [form for form in kept if any(form[column].data for _told, column in columns)]
        return [{told: serialise(_read(form, column)) for told, column in columns} for form in filled]

    def is_mine(self, name: str, cleaned: dict) -> bool:
        """What a draft says otherwise than the published state is an answer of its author's too."""
        if name not in cleaned or self.base_version is None:
            return True
        return comparable(cleaned[name]) != self.base_version.answer_of(name)


def _read(form: forms.BaseForm, column: str) -> Any:
    """A typed value; what cannot be read stays as it was typed, and is refused by its own form."""
    try:
        return form.fields[column].clean(form[column].data)
    except ValidationError:
        return form[column].data


def _rows_in_words(rows: list[dict]) -> str:
    return " ; ".join(", ".join(str(value) for value in row.values()) for row in rows) or "aucune ligne"

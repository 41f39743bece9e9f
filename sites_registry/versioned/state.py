"""The whole state of an object whose every state is kept: what its page shows and what its history keeps."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from rbsite.base.text import clean

from .questions import RelevantWhen, irrelevant_fields

#: Computed once for each model; untyped, because mypy holds a model class for unhashable.
once_a_model: Any = cache
#: Longest free text, in characters: more than a cell of a spreadsheet or a page on a phone can bear.
MAX_TEXT = 5_000
_TOO_LONG = "Le texte est trop long (5 000 caractères au plus)."


class State(models.Model):
    """Columns shared by a page and its versions; the abstract subclass that declares them comes first in their bases.

    What a kind of page says of its answers stands in the attributes below; every door reads them there.
    """

    #: Columns that follow from others: not shown as changes, never typed.
    derived_fields: ClassVar[frozenset[str]] = frozenset()
    #: Answers that are many-to-many relations of the page; a version keeps their sorted keys in `children`.
    child_answers: ClassVar[tuple[str, ...]] = ()
    #: Child rows of the page: relation -> {name kept in `children`: lookup on the row}.
    child_rows: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    #: Kinds of child rows that a version leaves out when there are none, as most pages never have any.
    rare_rows: ClassVar[frozenset[str]] = frozenset()
    #: Answers that only verbs of their own change: forms, restored states and old revisions leave them as they are.
    set_apart: ClassVar[frozenset[str]] = frozenset()
    #: Answers that tell what is decided or done about the object: to change them alone is not to have seen it.
    followed: ClassVar[frozenset[str]] = frozenset()
    #: Answers that take a right of their own to be read, or changed: field -> feature.
    read_features: ClassVar[Mapping[str, str]] = {}
    write_features: ClassVar[Mapping[str, str]] = {}
    #: See `questions`.
    relevant_when: ClassVar[RelevantWhen] = {}
    #: Labels of child answers and rows, and words of answers that are not said as their column is (see `wording`).
    child_labels: ClassVar[Mapping[str, str]] = {}
    answer_words: ClassVar[Mapping[str, Callable[[Any, Mapping], str]]] = {}

    class Meta:
        abstract = True

    @classmethod
    def state_fields(cls) -> tuple[models.Field, ...]:
        """The columns of the state, in reading order; the same for a page and for its versions."""
        return _fields_of(cls)

    @classmethod
    def answer_names(cls) -> tuple[str, ...]:
        """What people say of the object: columns that are typed, child answers, child rows."""
        typed = (field.name for field in cls.state_fields() if field.editable)
        return (*typed, *cls.child_answers, *cls.child_rows)

    def state_values(self) -> dict[str, Any]:
        """Column name -> value (`commune_id` for a relation « commune »)."""
        return {name: getattr(self, name) for name in _columns_of(type(self))}

    def answers(self) -> dict[str, Any]:
        """Field -> value, relations left out: what rules are asked about."""
        return {name: getattr(self, name) for name in _plain_names_of(type(self))}

    @classmethod
    def is_child(cls, name: str) -> bool:
        """Whether the answer is kept beside the columns."""
        return name in cls.child_answers or name in cls.child_rows

    @classmethod
    def column_of(cls, name: str) -> str:
        """Where an answer is kept: « commune_id » for « commune », itself for child answers and rows."""
        return name if cls.is_child(name) else cls._meta.get_field(name).attname

    def answer_of(self, name: str) -> Any:
        """One answer: a value, an object, or what a version keeps of child answers and rows."""
        return getattr(self, name)

    def assign(self, changes: Mapping[str, Any]) -> None:
        """Set the answers that `changes` names; those of relations are given as objects, child rows as dicts."""
        for name, value in changes.items():
            if self.is_child(name):
                self.assign_children(name, value)
            else:
                setattr(self, name, value)

    def assign_children(self, name: str, values: Iterable[Any]) -> None:
        """Set one child answer or kind of child rows."""
        raise NotImplementedError  # a page holds them as relations, a version as JSON

    def derive(self) -> None:
        """Clean the texts, empty the answers that no longer apply; a kind of state then computes its own columns."""
        self.clean_texts()
        own = {field.name: field for field in self.state_fields()}
        for name in irrelevant_fields(self.answers(), self.relevant_when):
            if name in own:
                setattr(self, name, own[name].get_default())

    def clean_texts(self) -> None:
        """Take out of every text what nobody sees in it, and what would make it read otherwise than it is written."""
        for name, value in self.answers().items():
            if isinstance(value, str):
                setattr(self, name, clean(value))

    def state_errors(self) -> dict[str, list[str]]:
        """Field -> French sentences, for every rule that the state breaks (call after `derive`)."""
        return {
            name: [_TOO_LONG]
            for name, value in self.answers().items()
            if isinstance(value, str) and len(value) > MAX_TEXT
        }

    def clean_state(self) -> None:
        """Derive, then raise ValidationError (by field, in French) if a rule is broken."""
        self.derive()
        known = self.__dict__.get("_known_errors", set())
        errors = {
            name: new
            for name, sentences in self.state_errors().items()
            if (new := [text for text in sentences if (name, getattr(self, name, None), text) not in known])
        }
        if errors:
            fields = {field.name for field in self._meta.get_fields()}
            raise ValidationError({name if name in fields else NON_FIELD_ERRORS: text for name, text in errors.items()})

    def tolerate_known_errors(self, stored: "State | None" = None) -> None:
        """From now on complain only of rules that `stored` (this state as it is now) does not break already.

        A planned diagnosis becomes overdue by itself: that must not stop anybody from telling that water has come. An
        answer that changes is judged anew.
        """
        known = stored or self
        self._known_errors = {
            (name, getattr(known, name, None), text) for name, texts in known.state_errors().items() for text in texts
        }


def comparable(value: Any) -> Any:
    """An answer as `answer_of` gives it: objects of a child answer by their sorted keys."""
    if isinstance(value, (list, tuple, models.QuerySet)):
        items = list(value)
        return sorted(item.pk for item in items) if items and hasattr(items[0], "pk") else items
    return value


@once_a_model
def _fields_of(model: Any) -> tuple[models.Field, ...]:
    declared = next(base for base in model.__mro__ if issubclass(base, State) and base._meta.abstract)
    return tuple(model._meta.get_field(field.name) for field in declared._meta.local_fields)


@once_a_model
def _columns_of(model: Any) -> tuple[str, ...]:
    return tuple(field.attname for field in _fields_of(model))


@once_a_model
def _plain_names_of(model: Any) -> tuple[str, ...]:
    return tuple(field.name for field in _fields_of(model) if not field.is_relation)

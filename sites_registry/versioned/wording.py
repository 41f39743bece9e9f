"""Answers in French words: the same on the page, in the history and in the import's comparison."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models
from django.utils.dateparse import parse_date

from rbsite.base.wording import day_in_words, yes_no_unknown

#: Free words that nobody wrote; every other blank is the answer that forms call « Ne sait pas ».
NOT_SAID = "Non renseigné"
UNKNOWN = yes_no_unknown(None)
#: (kind of object, key) -> its name, for values that point to objects.
Names = Mapping[tuple[str, Any], str]


def label_of(model: Any, name: str) -> str:
    """The label of a field of a state, with its capital (« Personnes », « Commune »)."""
    if name in model.child_labels:
        return model.child_labels[name]
    field = model._meta.get_field(name.removesuffix("_id"))
    label = str(field.related_model._meta.verbose_name_plural if field.auto_created else field.verbose_name)
    return label[0].upper() + label[1:]


def text_of(model: Any, name: str, value: Any, names: Names | None = None) -> str:
    """Say `value` of the field `name` in French; `names` gives the names of the objects that values point to."""
    names = names or {}
    if name in model.answer_words:
        return model.answer_words[name](value, names)
    field = model._meta.get_field(name.removesuffix("_id"))
    if field.is_relation:
        return names.get((field.name, getattr(value, "pk", value)), UNKNOWN)
    return column_text(field, value)


def column_text(field: models.Field, value: Any) -> str:
    """Say the value of a plain column."""
    if isinstance(field, models.BooleanField):
        return yes_no_unknown(value)
    base = getattr(field, "base_field", None)
    if base is not None:
        labels = dict(base.choices)
        return ", ".join(str(labels.get(key, key)) for key in value or []) or UNKNOWN
    if value in (None, ""):
        return NOT_SAID if is_free_text(field) else UNKNOWN
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateField):
        return day_in_words(value if isinstance(value, date) else parse_date(value))
    return str(value)


def is_free_text(field: models.Field) -> bool:
    """Whether people answer in their own words."""
    return isinstance(field, models.CharField | models.TextField) and not field.choices

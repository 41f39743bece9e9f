"""Model fields that every room may use."""

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models

from .forms import TriStateField as TriStateFormField
from .forms import TriStateWidget


class ChoiceSetField(ArrayField):
    """Several values of a `TextChoices` in one array column; an empty list means « inconnu ».

    In forms it is a set of check-boxes; values are kept in the order in which the choices are declared, so that two
    equal sets are equal columns.
    """

    def __init__(self, choices_enum: type[models.TextChoices] | None = None, **kwargs):
        if choices_enum is not None:
            kwargs["base_field"] = models.CharField(max_length=40, choices=choices_enum.choices)
            kwargs.setdefault("default", list)
            kwargs.setdefault("blank", True)
        super().__init__(**kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.contrib.postgres.fields.ArrayField", args, kwargs

    def clean(self, value, model_instance):
        value = super().clean(value, model_instance)
        declared = [key for key, _label in self.base_field.choices]
        return sorted(set(value), key=declared.index)

    def formfield(self, **kwargs):
        return forms.TypedMultipleChoiceField(
            choices=self.base_field.choices,
            coerce=str,
            empty_value=[],
            widget=kwargs.get("widget", forms.CheckboxSelectMultiple),
            required=not self.blank,
            label=kwargs.get("label", self.verbose_name.capitalize()),
            help_text=kwargs.get("help_text", self.help_text),
        )


class TriStateField(models.BooleanField):
    """A question answered by yes (true), no (false) or « ne sait pas » (null): unknown is never no."""

    def __init__(self, *args, **kwargs):
        kwargs["null"] = True
        kwargs["blank"] = True
        kwargs.setdefault("default", None)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BooleanField", args, kwargs

    def formfield(self, **kwargs):
        kwargs.setdefault("widget", PlainTriStateRadio)
        label = self.verbose_name[0].upper() + self.verbose_name[1:]
        return TriStateFormField(**{"label": label, "required": False, "help_text": self.help_text} | kwargs)


class PlainTriStateRadio(TriStateWidget):
    """Oui / Non / Ne sait pas as Django's own radios: what Wagtail's editor can style."""

    template_name = "django/forms/widgets/radio.html"

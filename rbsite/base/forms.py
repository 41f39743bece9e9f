"""Our forms: widgets and templates of the platform, without touching Wagtail's or a library's defaults."""

from typing import Any

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.renderers import TemplatesSetting

#: What Django shows in a list of choices before anything is chosen.
_DASHES = BLANK_CHOICE_DASH[0][1]
#: Radios up to this number, with short labels, become one row of large segments.
_SEGMENTS = 4
_SEGMENT_LENGTH = 16
_SPACES = str.maketrans("", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")


class RbRenderer(TemplatesSetting):
    """Renders forms and fields with `templates/components/`; only forms of ours (or `dress`ed) use it."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


class NumberTextInput(forms.TextInput):
    """A number typed as text: numeric keypad, no scroll-wheel accident, « 1 310 » and « 12,5 » are understood."""

    def __init__(self, attrs: dict | None = None, *, mode: str = "numeric"):
        super().__init__({"inputmode": mode, "autocomplete": "off", **(attrs or {})})

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return value.translate(_SPACES).replace(",", ".") if isinstance(value, str) else value


class SegmentedRadio(forms.RadioSelect):
    """Radios shown as one row of large buttons; they are ordinary radios for keyboards and screen readers."""

    template_name = "components/widgets/segmented.html"


class TriStateWidget(SegmentedRadio):
    """Oui / Non / Ne sait pas."""

    _WORDS = {True: "true", False: "false", "true": "true", "True": "true", "false": "false", "False": "false"}

    def __init__(self, attrs: dict | None = None):
        choices = [("true", "Oui"), ("false", "Non"), ("unknown", "Ne sait pas")]
        super().__init__(attrs, choices)

    def format_value(self, value: Any) -> list[str]:
        return [self._WORDS.get(value, "unknown")]

    def value_from_datadict(self, data, files, name) -> bool | None:
        return {"true": True, "false": False}.get(self._WORDS.get(data.get(name), ""))

    def value_omitted_from_data(self, data, files, name) -> bool:
        return name not in data


class TriStateField(forms.NullBooleanField):
    """True, False or None as three radios; « Ne sait pas » is None and is never turned into « Non »."""

    widget = TriStateWidget

    def __init__(self, *, required: bool = False, **kwargs):
        super().__init__(required=required, **kwargs)


class RbFormMixin:
    """Gives a form our templates and widgets. `mark` says which labels carry a word: see `marking_of`."""

    default_renderer = RbRenderer

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        dress(self)


class RbForm(RbFormMixin, forms.Form):
    """A plain form of the platform."""


class RbModelForm(RbFormMixin, forms.ModelForm):
    """A model form of the platform."""


def dress(form: forms.BaseForm) -> forms.BaseForm:
    """Give any form our renderer, widgets and classes, and return it; harmless when done twice."""
    form.renderer = RbRenderer()
    for field in form.fields.values():
        say_what_is_missing(field)
        field.widget = _widget_of(field)
        if classes := _classes(field.widget):
            field.widget.attrs["class"] = classes
    form.marking = marking_of(form)
    return form


def say_what_is_missing(field: forms.Field, blank: str = "Choisissez…") -> None:
    """Replace Django's words for an empty answer by ours; a field with words of its own keeps them."""
    if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
        field.error_messages["required"] = "Répondez à cette question."
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == _DASHES:
            field.empty_label = blank
    elif isinstance(field, forms.ChoiceField) and ("", _DASHES) in (choices := list(field.choices)):
        field.choices = [(value, blank if (value, label) == ("", _DASHES) else label) for value, label in choices]


def marking_of(form: forms.BaseForm) -> str:
    """Which labels say something: the fewer of « optional » and « required »; « all » when each is required."""
    visible = [field for field in form.fields.values() if not field.widget.is_hidden]
    required = sum(field.required for field in visible)
    if required == len(visible):
        return "all"
    return "required" if required <= len(visible) - required else "optional"


def _widget_of(field: forms.Field) -> forms.Widget:
    widget = field.widget
    replacement = _replacement(field)
    if replacement is None:
        if type(widget) in (forms.DateInput, forms.DateTimeInput):
            _as_native_date(widget)
        elif type(widget) is forms.Select:
            widget.template_name = "components/widgets/select.html"
        elif type(widget) in (forms.CheckboxSelectMultiple, forms.RadioSelect):
            widget.template_name = "components/widgets/choices.html"
        return widget
    replacement.is_required = widget.is_required
    replacement.is_localized = widget.is_localized
    replacement.attrs.update({key: value for key, value in widget.attrs.items() if key not in ("min", "max", "step")})
    return replacement


def _replacement(field: forms.Field) -> forms.Widget | None:
    """Our widget in place of Django's default one; a widget chosen on purpose (a subclass) is kept."""
    kind = type(field.widget)
    if kind is forms.NumberInput:
        decimal = not isinstance(field, forms.IntegerField) or isinstance(field, (forms.DecimalField, forms.FloatField))
        return NumberTextInput(mode="decimal" if decimal else "numeric")
    if kind is forms.NullBooleanSelect:
        return TriStateWidget()
    if kind is forms.RadioSelect and type(field) is not forms.ModelChoiceField and _fits_segments(field.widget.choices):
        return SegmentedRadio(choices=field.widget.choices)
    return None


def _fits_segments(choices: Any) -> bool:
    labels = [str(label) for _value, label in choices]
    return len(labels) <= _SEGMENTS and all(len(label) <= _SEGMENT_LENGTH for label in labels)


def _as_native_date(widget: forms.widgets.DateTimeBaseInput) -> None:
    with_time = type(widget) is forms.DateTimeInput
    widget.input_type = "datetime-local" if with_time else "date"
    widget.format = "%Y-%m-%dT%H:%M" if with_time else "%Y-%m-%d"


def _classes(widget: forms.Widget) -> str:
    """Classes of the design system for a widget, added to its own."""
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        ours = ""
    elif isinstance(widget, forms.FileInput):
        ours = "fr-upload"
    elif isinstance(widget, forms.Select):
        ours = "fr-select"
    else:
        ours = "fr-input"
    own = widget.attrs.get("class", "").split()
    return " ".join([*own, *([ours] if ours and ours not in own else [])])

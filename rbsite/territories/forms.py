"""A commune as people write it."""

from django import forms
from django.core.exceptions import ValidationError

from .models import Territory
from .resolution import Doubt, Resolution, resolve_commune


class CommuneField(forms.CharField):
    """One text input that gives a `Territory`: « Toulouse (31555) », « toulouse », « 31555 » or « Marseille 15e ».

    Works without JavaScript; with it, `combobox.js` proposes communes from `/geo/communes`. A text that several
    communes match is refused with the candidates, never guessed.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("label", "Commune")
        kwargs.setdefault("help_text", "Nom de la commune, suivi au besoin de son département : Saint-Denis (93).")
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"data-rb-combobox": "/geo/communes?q=", "autocomplete": "off", "maxlength": "120"}),
        )
        super().__init__(**kwargs)

    def prepare_value(self, value):
        if isinstance(value, int):
            value = Territory.objects.filter(pk=value).first()
        return commune_text(value) if isinstance(value, Territory) else value

    def to_python(self, value):
        text = super().to_python(value)
        if not text:
            return None
        resolution = resolve_commune(text)
        if resolution.match is None:
            raise ValidationError(_not_one(text, resolution), code="invalid")
        return resolution.match


def commune_text(territory: Territory) -> str:
    """The text that names one commune without doubt: « Toulouse (31555) »."""
    return f"{territory.name} ({territory.code})"


_NONE = "La commune « {text} » n’existe pas. Écrivez son nom ou son code INSEE."
_NOT_ONE = {
    Doubt.UNKNOWN: "La commune « {text} » n’existe pas. Voulez-vous dire : {names} ? Recopiez la bonne.",
    Doubt.SEVERAL: "Plusieurs communes correspondent à « {text} » : {names}. Recopiez la bonne.",
    Doubt.CONTRADICTION: (
        "« {text} » : le nom ne correspond pas au lieu. Voulez-vous dire : {names} ? Recopiez la bonne."
    ),
}


def _not_one(text: str, resolution: Resolution) -> str:
    if not resolution.candidates:
        return _NONE.format(text=text)
    names = ", ".join(commune_text(candidate) for candidate in resolution.candidates[:5])
    return _NOT_ONE[resolution.doubt].format(text=text, names=names)

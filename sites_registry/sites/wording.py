"""Values of a site in French words: the same on the page, in the history and in the import's comparison."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models
from django.utils.dateparse import parse_date

from rbsite.base.wording import day_in_words

from .enums import ClosingSolutionKind
from .models import SitePage
from .validators import parse_point

NOT_SAID = "non renseigné"
UNKNOWN = "ne sait pas"
_YES_NO = {True: "oui", False: "non", None: UNKNOWN}


def label_of(name: str) -> str:
    """The label of a field, with its capital (« Personnes », « Commune »)."""
    if name == "closing_solutions":
        return "Orientation des ménages"
    if name == "phases":
        return "Phases préparatoires"
    label = str(SitePage._meta.get_field(name.removesuffix("_id")).verbose_name)
    return label[0].upper() + label[1:]


def text_of(name: str, value: Any, names: Mapping[tuple[str, Any], str] | None = None) -> str:
    """Say `value` of the field `name` in French; `names` gives the names of the objects that values point to."""
    names = names or {}
    if name == "incoming_sites":
        return ", ".join(names[("site", pk)] for pk in value or [] if ("site", pk) in names) or NOT_SAID
    if name == "closing_solutions":
        return _solutions_text(value)
    if name == "phases":
        return _phases_text(value, names)
    if name == "commune_id":
        return names.get(("commune", value), NOT_SAID)
    if name == "point":
        return _point_text(value)
    return _column_text(SitePage._meta.get_field(name), value)


def _point_text(point: str) -> str:
    """« 43.60450, 1.44400 », as people copy a position."""
    if not point:
        return "centre de la commune"
    latitude, longitude = parse_point(point)
    return f"{latitude:.5f}, {longitude:.5f}"


def _column_text(field: models.Field, value: Any) -> str:
    if isinstance(field, models.BooleanField):
        return _YES_NO[value] if field.null else _YES_NO[bool(value)]
    base = getattr(field, "base_field", None)
    if base is not None:
        labels = dict(base.choices)
        return ", ".join(str(labels.get(key, key)) for key in value or []) or UNKNOWN
    if value in (None, ""):
        return NOT_SAID
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateField):
        return day_in_words(value if isinstance(value, date) else parse_date(value))
    return str(value)


def _phases_text(rows: list[dict] | None, names: Mapping[tuple[str, Any], str]) -> str:
    """« Diagnostic sociologique : terminée le 3 mars 2026 ; Évaluation sociale : en cours »."""
    if not rows:
        return "aucune"
    return " ; ".join(
        f"{names.get(('phase', row['phase']), row['phase'])} : "
        + (f"terminée le {day_in_words(parse_date(row['completed_on']))}" if row["completed_on"] else "en cours")
        for row in rows
    )


def _solutions_text(rows: list[dict] | None) -> str:
    labels = dict(ClosingSolutionKind.choices)
    return " ; ".join(f"{labels[row['kind']]} : {row['people'] or '?'} personnes" for row in rows or []) or "aucune"

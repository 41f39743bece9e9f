"""Answers of a site in French words."""

from typing import Any

from sites_registry.versioned import wording
from sites_registry.versioned.wording import Names

from .models import SitePage


def label_of(name: str) -> str:
    """The label of a field, with its capital (« Personnes », « Commune »)."""
    return wording.label_of(SitePage, name)


def text_of(name: str, value: Any, names: Names | None = None) -> str:
    """Say `value` of the field `name` in French; `names` gives the names of the objects that values point to."""
    return wording.text_of(SitePage, name, value, names)

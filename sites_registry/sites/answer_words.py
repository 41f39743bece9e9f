"""Answers of a site that are not said as their column is: a position, sites of origin, solutions, phases."""

from collections.abc import Callable
from typing import Any

from django.utils.dateparse import parse_date

from rbsite.base.wording import day_in_words
from sites_registry.versioned.wording import NOT_SAID, Names

from .enums import ClosingSolutionKind
from .validators import parse_point

CHILD_LABELS = {
    "incoming_sites": "Sites d’origine des habitants",
    "closing_solutions": "Orientation des ménages",
    "phases": "Phases préparatoires",
}


def _point_text(point: str, names: Names) -> str:
    """« 43.60450, 1.44400 », as people copy a position."""
    if not point:
        return "centre de la commune"
    latitude, longitude = parse_point(point)
    return f"{latitude:.5f}, {longitude:.5f}"


def _origins_text(sites: list[int] | None, names: Names) -> str:
    """The names of the sites that the reader may read."""
    return ", ".join(names[("site", pk)] for pk in sites or [] if ("site", pk) in names) or NOT_SAID


def _phases_text(rows: list[dict] | None, names: Names) -> str:
    """« Diagnostic sociologique : terminée le 3 mars 2026 ; Évaluation sociale : en cours »."""
    if not rows:
        return "aucune"
    return " ; ".join(
        f"{names.get(('phase', row['phase']), row['phase'])} : "
        + (
            "terminée le {completed_on}".format(completed_on=day_in_words(parse_date(row["completed_on"])))
            if row["completed_on"]
            else "en cours"
        )
        for row in rows
    )


def _solutions_text(rows: list[dict] | None, names: Names) -> str:
    labels = dict(ClosingSolutionKind.choices)
    return " ; ".join(f"{labels[row['kind']]} : {row['people'] or '?'} personnes" for row in rows or []) or "aucune"


ANSWER_WORDS: dict[str, Callable[[Any, Names], str]] = {
    "point": _point_text,
    "incoming_sites": _origins_text,
    "phases": _phases_text,
    "closing_solutions": _solutions_text,
}

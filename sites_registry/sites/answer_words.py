"""Answers of a site that are not said as their column is: a position, sites of origin, solutions, phases."""

from collections.abc import Callable
from typing import Any

from django.utils.dateparse import parse_date

from rbsite.base.wording import day_in_words, number
from sites_registry.versioned.wording import UNKNOWN, Names

from .enums import ClosingSolutionKind
from .validators import parse_point

NO_OBJECTIVE = "Pas d’objectif fixé"
_SOLUTION = "{kind} : {count} (personnes)"
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
    return ", ".join(names[("site", pk)] for pk in sites or [] if ("site", pk) in names) or UNKNOWN


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
    """« Logement : 12 personnes » ; a number that nobody knows is said."""
    labels = dict(ClosingSolutionKind.choices)
    said = (
        _SOLUTION.format(
            kind=labels[row["kind"]], count=UNKNOWN.lower() if row["people"] is None else number(row["people"])
        )
        for row in rows or []
    )
    return " ; ".join(said) or UNKNOWN


def _objective_text(year: int | None, names: Names) -> str:
    """An objective that is not set is no question left open."""
    return str(year) if year else NO_OBJECTIVE


def _closing_day_text(day: Any, names: Names) -> str:
    """A site without a day of closing is open: nobody said that they did not know."""
    if not day:
        return "site ouvert"
    return day_in_words(parse_date(day) if isinstance(day, str) else day)


ANSWER_WORDS: dict[str, Callable[[Any, Names], str]] = {
    "closed_at": _closing_day_text,
    "point": _point_text,
    "resorption_target": _objective_text,
    "incoming_sites": _origins_text,
    "phases": _phases_text,
    "closing_solutions": _solutions_text,
}

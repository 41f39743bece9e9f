"""How complete the description of a site is: one definition, shown with what is still missing.

Each criterion counts once; the rate is met criteria ÷ criteria, so a full description is 100 %. « Ne sait pas » is an
honest answer to a form but leaves a criterion unmet, since it is what remains to be found out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .enums import Theme, ThemeStatus

Test = Callable[[Any], bool]


def _known(*names: str) -> Test:
    return lambda state: all(getattr(state, name) is not None for name in names)


def _theme_known(theme: Theme) -> Test:
    return lambda state: getattr(state, f"{theme.value}_status") != ThemeStatus.UNKNOWN


#: (what is missing, in French; section where it is filled; test on the state)
CRITERIA: tuple[tuple[str, str, Test], ...] = (
    ("une position exacte", "localisation", lambda state: not state.is_approximate),
    ("la date d’installation", "caracteristiques", _known("built_at")),
    ("une éventuelle réinstallation", "caracteristiques", _known("is_reinstallation")),
    ("le nombre de personnes", "habitants", _known("population_total")),
    ("le nombre de ménages", "habitants", _known("population_households")),
    ("le nombre de mineurs", "habitants", _known("population_minors")),
    (
        "la scolarisation",
        "habitants",
        lambda state: state.minors_in_school is not None or state.population_minors == 0,
    ),
    ("l’origine des habitants", "habitants", lambda state: bool(state.origins)),
    ("le diagnostic social", "habitants", lambda state: bool(state.census_status)),
    ("l’accès à l’eau", "eau", _theme_known(Theme.WATER)),
    ("les toilettes", "toilettes", _theme_known(Theme.SANITARY)),
    ("l’électricité", "electricite", _theme_known(Theme.ELECTRICITY)),
    ("les déchets", "dechets", _theme_known(Theme.TRASH)),
    ("les nuisibles", "securite", _theme_known(Theme.PEST)),
    ("la prévention incendie", "securite", _theme_known(Theme.FIRE)),
)


@dataclass(frozen=True)
class Completeness:
    """`rate` in whole percent, `missing` as (what, section)."""

    rate: int
    missing: list[tuple[str, str]]


def completeness_of(state: Any) -> Completeness:
    """Measure a site or one of its past states."""
    missing = [(label, section) for label, section, is_met in CRITERIA if not is_met(state)]
    return Completeness(round(100 * (len(CRITERIA) - len(missing)) / len(CRITERIA)), missing)

"""Living conditions: what each answer says of its theme, and the status of the theme.

One table, read by the site page, the list and its filters, the map, exports and statistics. An answer is good, to be
improved, bad or unknown; the status of a theme is the first present of bad, unknown, to improve, and good otherwise.
Only questions that apply count. A theme about which nothing was answered is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .enums import Theme, ThemeStatus, ToiletType, WaterAccessType
from .rules import is_relevant

GOOD, IMPROVE, BAD, UNKNOWN = ThemeStatus.GOOD, ThemeStatus.TO_IMPROVE, ThemeStatus.BAD, ThemeStatus.UNKNOWN
_PRIORITY = (BAD, UNKNOWN, IMPROVE)

#: What the short status is called for each theme (« Eau : oui », « Nuisibles : présents »).
STATUS_WORDS: dict[str, dict[str, str]] = {
    Theme.WATER: {GOOD: "oui", IMPROVE: "à améliorer", BAD: "non", UNKNOWN: "ne sait pas"},
    Theme.SANITARY: {GOOD: "oui", IMPROVE: "à améliorer", BAD: "non", UNKNOWN: "ne sait pas"},
    Theme.ELECTRICITY: {GOOD: "oui", IMPROVE: "à améliorer", BAD: "non", UNKNOWN: "ne sait pas"},
    Theme.TRASH: {GOOD: "oui", IMPROVE: "à améliorer", BAD: "non", UNKNOWN: "ne sait pas"},
    Theme.PEST: {GOOD: "absents", IMPROVE: "à améliorer", BAD: "présents", UNKNOWN: "ne sait pas"},
    Theme.FIRE: {GOOD: "oui", IMPROVE: "à améliorer", BAD: "non", UNKNOWN: "ne sait pas"},
}


@dataclass(frozen=True)
class Question:
    """One question of a theme: its column, and for each answer its impact and the words that say it."""

    name: str
    answers: dict[Any, tuple[ThemeStatus, str]]
    unknown: str


def _tri(name: str, yes: tuple[ThemeStatus, str], no: tuple[ThemeStatus, str], unknown: str) -> Question:
    return Question(name, {True: yes, False: no}, unknown)


_WATER_TYPES = {
    WaterAccessType.NETWORK_TAP: (GOOD, "Robinet connecté au réseau d’eau"),
    WaterAccessType.PUBLIC_FOUNTAIN: (IMPROVE, "Fontaine publique"),
    WaterAccessType.TANK: (IMPROVE, "Réservoir, cuve ou citerne"),
    WaterAccessType.OTHER: (IMPROVE, "Autre accès à l’eau"),
    WaterAccessType.FIRE_HYDRANT: (BAD, "Eau prise à une borne incendie"),
    WaterAccessType.BOTTLES_ONLY: (BAD, "Achat de bouteilles uniquement"),
}

QUESTIONS: dict[str, tuple[Question, ...]] = {
    Theme.WATER: (
        Question("water_access_type", _WATER_TYPES, "Type d’accès à l’eau"),
        _tri(
            "water_access_is_public",
            (IMPROVE, "Point d’eau sur la voie publique"),
            (GOOD, "Point d’eau réservé au site"),
            "Point d’eau public ou non",
        ),
        _tri("water_access_is_continuous", (GOOD, "Accès continu"), (BAD, "Accès discontinu"), "Continuité de l’accès"),
        _tri(
            "water_access_is_local",
            (GOOD, "Point d’eau sur le site"),
            (IMPROVE, "Point d’eau hors du site"),
            "Emplacement du point d’eau",
        ),
        _tri(
            "water_access_is_close",
            (GOOD, "Point d’eau proche de toutes les habitations"),
            (IMPROVE, "Point d’eau éloigné de certaines habitations"),
            "Distance du point d’eau",
        ),
        _tri(
            "water_access_is_unequal",
            (IMPROVE, "Inégalités d’accès constatées"),
            (GOOD, "Pas d’inégalité d’accès constatée"),
            "Égalité d’accès",
        ),
        _tri(
            "water_access_has_stagnant_water",
            (IMPROVE, "Eaux stagnantes autour du point d’eau"),
            (GOOD, "Pas d’eau stagnante"),
            "Présence d’eaux stagnantes",
        ),
    ),
    Theme.SANITARY: (
        _tri(
            "sanitary_working_toilets",
            (GOOD, "Toilettes fonctionnelles"),
            (BAD, "Pas de toilettes fonctionnelles"),
            "Accès à des toilettes fonctionnelles",
        ),
        _tri(
            "sanitary_toilets_are_inside",
            (GOOD, "Toilettes à l’intérieur du site"),
            (IMPROVE, "Toilettes à l’extérieur du site"),
            "Emplacement des toilettes",
        ),
        _tri(
            "sanitary_toilets_are_lighted",
            (GOOD, "Toilettes éclairées et verrouillables"),
            (IMPROVE, "Toilettes ni éclairées ni verrouillables"),
            "Éclairage et verrouillage",
        ),
        _tri(
            "sanitary_hand_washing",
            (GOOD, "Point de lavage des mains"),
            (IMPROVE, "Pas de point de lavage des mains"),
            "Lavage des mains",
        ),
        _tri(
            "sanitary_open_air_defecation",
            (BAD, "Marques de défécation à l’air libre"),
            (GOOD, "Pas de défécation à l’air libre"),
            "Défécation à l’air libre",
        ),
    ),
    Theme.ELECTRICITY: (
        _tri(
            "electricity_access",
            (GOOD, "Installation électrique"),
            (BAD, "Pas d’installation électrique"),
            "Présence d’une installation électrique",
        ),
        _tri(
            "electricity_access_is_unequal",
            (IMPROVE, "Inégalités d’accès constatées"),
            (GOOD, "Pas d’inégalité d’accès constatée"),
            "Égalité d’accès",
        ),
    ),
    Theme.TRASH: (
        _tri(
            "trash_is_piling",
            (BAD, "Accumulation d’ordures ménagères"),
            (GOOD, "Pas d’accumulation d’ordures"),
            "Accumulation d’ordures",
        ),
        _tri(
            "trash_evacuation_is_close",
            (GOOD, "Ramassage à moins de 100 m"),
            (BAD, "Pas de ramassage à moins de 100 m"),
            "Dispositif de ramassage",
        ),
        _tri(
            "trash_evacuation_is_safe",
            (GOOD, "Dispositifs en bon état"),
            (IMPROVE, "Dispositifs en mauvais état"),
            "État des dispositifs",
        ),
        _tri(
            "trash_evacuation_is_regular",
            (GOOD, "Collecte régulière"),
            (IMPROVE, "Collecte irrégulière"),
            "Régularité de la collecte",
        ),
        _tri(
            "trash_bulky_is_piling",
            (IMPROVE, "Accumulation d’encombrants ou de gravats"),
            (GOOD, "Pas d’encombrants"),
            "Présence d’encombrants",
        ),
    ),
    Theme.PEST: (
        _tri(
            "pest_animals_presence",
            (BAD, "Nuisibles sur le site ou à proximité"),
            (GOOD, "Pas de nuisibles"),
            "Présence de nuisibles",
        ),
    ),
    Theme.FIRE: (
        _tri(
            "fire_prevention_diagnostic",
            (GOOD, "Diagnostic prévention incendie réalisé par le SDIS"),
            (BAD, "Pas de diagnostic prévention incendie"),
            "Diagnostic prévention incendie",
        ),
    ),
}


@dataclass
class ThemeReport:
    """What a theme is worth, with what is good, what is missing and what nobody knows."""

    theme: Theme
    status: ThemeStatus
    positive: list[str] = field(default_factory=list)
    negative: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        return STATUS_WORDS[self.theme][self.status]


def theme_report(theme: Theme, values: Mapping[str, Any]) -> ThemeReport:
    """Report on one theme of the answers `values` (column name -> answer)."""
    report = ThemeReport(theme, GOOD)
    impacts = set()
    for question in QUESTIONS[theme]:
        if not is_relevant(question.name, values):
            continue
        impact, words = question.answers.get(values.get(question.name), (UNKNOWN, question.unknown))
        impacts.add(impact)
        {GOOD: report.positive, UNKNOWN: report.unknown}.get(impact, report.negative).append(words)
    if theme == Theme.SANITARY and values.get("sanitary_toilet_types") == [ToiletType.LATRINES]:
        impacts.add(IMPROVE)
        report.negative.append("Latrines construites par les habitants seulement")
    report.status = next((impact for impact in _PRIORITY if impact in impacts), GOOD)
    if not report.positive and not report.negative:
        report.status = UNKNOWN
    return report


def theme_statuses(values: Mapping[str, Any]) -> dict[str, str]:
    """The status column of each theme (`water_status`, …) that the answers `values` give."""
    return {f"{theme}_status": theme_report(Theme(theme), values).status.value for theme in Theme.values}

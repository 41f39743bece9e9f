"""The rules of a site's answers, written once: forms, editor, import and `SitePage.clean` all read these tables.

Source: the conditional questions and bounds of the existing platform (living conditions version 2), corrected where it
lost answers: « encombrants » no longer depends on a collection point, the evacuation of a question never follows from
a hidden answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sites_registry.versioned import questions
from sites_registry.versioned.moments import wrong_day
from sites_registry.versioned.questions import When

from .enums import CensusStatus, SiteStatus, ToiletType, WaterAccessType

_WITH_DOORS = tuple(kind for kind in ToiletType.values if kind != ToiletType.LATRINES)
_CENSUS_KNOWN = (CensusStatus.SCHEDULED.value, CensusStatus.DONE.value)
_OWN_WATER = (WaterAccessType.NETWORK_TAP.value, WaterAccessType.OTHER.value)
_CLOSED = tuple(status for status in SiteStatus.values if status != SiteStatus.OPEN)

#: Question -> the answer of another one that makes it apply. A parent stands before its children.
RELEVANT_WHEN: dict[str, When] = {
    "reinstallation_comments": When("is_reinstallation", (True,)),
    "incoming_sites": When("is_reinstallation", (True,)),
    "census_conducted_at": When("census_status", _CENSUS_KNOWN),
    "census_conducted_by": When("census_status", _CENSUS_KNOWN),
    "water_access_type_details": When("water_access_type", (WaterAccessType.OTHER.value,)),
    "water_access_is_public": When("water_access_type", _OWN_WATER),
    "water_access_is_continuous": When("water_access_is_public", (False,)),
    "water_access_is_continuous_details": When("water_access_is_continuous", (False,)),
    "water_access_is_local": When("water_access_is_public", (False,)),
    "water_access_is_close": When("water_access_is_local", (True,)),
    "water_access_is_unequal": When("water_access_is_local", (True,)),
    "water_access_is_unequal_details": When("water_access_is_unequal", (True,)),
    "water_access_has_stagnant_water": When("water_access_is_local", (True,)),
    "sanitary_toilet_types": When("sanitary_working_toilets", (True,)),
    "sanitary_toilets_are_inside": When("sanitary_toilet_types", _WITH_DOORS),
    "sanitary_toilets_are_lighted": When("sanitary_toilet_types", _WITH_DOORS),
    "sanitary_hand_washing": When("sanitary_toilet_types", _WITH_DOORS),
    "electricity_access_types": When("electricity_access", (True,)),
    "electricity_access_is_unequal": When("electricity_access", (True,)),
    "trash_evacuation_is_safe": When("trash_evacuation_is_close", (True,)),
    "trash_evacuation_is_regular": When("trash_evacuation_is_close", (True,)),
    "pest_animals_details": When("pest_animals_presence", (True,)),
    "closed_at": When("status", _CLOSED),
    "closing_context": When("status", _CLOSED),
    "closed_with_solutions": When("status", _CLOSED),
    "closing_solutions": When("status", _CLOSED),
}

#: Questions that must be answered as soon as they apply, with the sentence shown when they are not.
REQUIRED_WHEN_RELEVANT: dict[str, str] = {
    "water_access_type_details": "Précisez comment les habitants ont accès à l’eau.",
    "water_access_is_continuous_details": "Précisez pourquoi l’accès n’est pas continu.",
    "water_access_is_unequal_details": "Précisez les inégalités d’accès constatées.",
    "census_conducted_at": "Indiquez la date du diagnostic social.",
    "census_conducted_by": "Indiquez qui est en charge du diagnostic social.",
    "closed_at": "Indiquez la date de fermeture du site.",
}

_AGE_GROUPS = ("0_3", "3_6", "6_12", "12_16", "16_18")
AGE_FIELDS = tuple(f"population_minors_{ages}" for ages in _AGE_GROUPS)

#: (smaller, larger, sentence): the first number may not exceed the second when both are known.
NOT_MORE_THAN = (
    ("population_females", "population_total", "Il ne peut pas y avoir plus de femmes que de personnes ({limit})."),
    ("population_households", "population_total", "Il ne peut pas y avoir plus de ménages que de personnes ({limit})."),
    ("population_minors", "population_total", "Il ne peut pas y avoir plus de mineurs que de personnes ({limit})."),
    ("population_minors_girls", "population_minors", "Il ne peut pas y avoir plus de filles que de mineurs ({limit})."),
    (
        "population_minors_girls",
        "population_females",
        "Il ne peut pas y avoir plus de filles que de femmes et filles ({limit}).",
    ),
    ("minors_in_school", "population_minors", "Il ne peut pas y avoir plus d’élèves que de mineurs ({limit})."),
    ("minors_in_school", "population_total", "Il ne peut pas y avoir plus d’élèves que de personnes ({limit})."),
)

#: Two descriptions of places this near may speak of one site.
NEAR_METRES = 300

Errors = Iterator[tuple[str, str]]


def is_relevant(field: str, values: Mapping[str, Any]) -> bool:
    """Whether the question applies, given the answers on which it depends (and those on which these depend)."""
    return questions.is_relevant(field, values, RELEVANT_WHEN)


def errors_of(values: Mapping[str, Any], today) -> Errors:
    """Yield (field, French sentence) for every rule that `values` break; `today` is the date of the platform."""
    yield from _missing_answers(values)
    yield from _impossible_counts(values)
    yield from _impossible_dates(values, today)


def _missing_answers(values: Mapping[str, Any]) -> Errors:
    for field, sentence in REQUIRED_WHEN_RELEVANT.items():
        if values.get(field) in (None, "") and is_relevant(field, values):
            yield field, sentence
    # « inconnu » stays possible for what was closed before the question existed (cause unknown).
    must_say = values.get("status") not in (SiteStatus.OPEN, SiteStatus.UNKNOWN)
    if must_say and values.get("closed_with_solutions") is None:
        yield "closed_with_solutions", "Dites si le site a été résorbé définitivement."
    if values.get("status") == SiteStatus.OTHER and not values.get("closing_context"):
        yield "closing_context", "Précisez le contexte de la fermeture."


def _impossible_counts(values: Mapping[str, Any]) -> Errors:
    for small, large, sentence in NOT_MORE_THAN:
        count, limit = values.get(small), values.get(large)
        if count is not None and limit is not None and count > limit:
            yield small, sentence.format(limit=limit)
    minors = values.get("population_minors")
    by_age = sum(values.get(field) or 0 for field in AGE_FIELDS)
    if minors is not None and by_age > minors:
        yield (
            "population_minors",
            "Le total des tranches d’âge ({by_age}) dépasse le nombre de mineurs ({minors}).".format(
                by_age=by_age, minors=minors
            ),
        )


def excess_of_solutions(rows: Iterable[Mapping[str, Any]], site) -> Iterator[tuple[str, str, str]]:
    """Yield (unit, kind of solution, French sentence) when more are oriented than a site is known to have.

    `rows` as in `SiteVersion.children`; the sentence goes to the largest number, where the slip most likely is.
    """
    for unit, words, known in (
        ("people", "personnes orientées", site.population_total),
        ("households", "ménages orientés", site.population_households),
    ):
        counted = {row["kind"]: row[unit] for row in rows if row.get(unit) is not None}
        total = sum(counted.values())
        if known is not None and total > known:
            largest = max(counted, key=lambda kind: counted[kind])
            yield (
                unit,
                largest,
                "Le total des {words} ({total}) dépasse celui du site ({known}).".format(
                    words=words, total=total, known=known
                ),
            )


def _impossible_dates(values: Mapping[str, Any], today) -> Errors:
    built, declared, closed = (values.get(name) for name in ("built_at", "declared_at", "closed_at"))
    for field in ("built_at", "declared_at", "closed_at"):
        if sentence := wrong_day(values.get(field), today):
            yield field, sentence
    if built and declared and built > declared:
        yield "built_at", "Le site ne peut pas avoir été signalé avant son installation."
    if closed and declared and closed < declared:
        yield "closed_at", "Le site ne peut pas avoir fermé avant son signalement."
    census, status = values.get("census_conducted_at"), values.get("census_status")
    if census and built and census < built:
        yield "census_conducted_at", "Le diagnostic ne peut pas précéder l’installation du site."
    if census and status == CensusStatus.SCHEDULED and census < today:
        yield "census_conducted_at", "Un diagnostic prévu a une date à venir."
    if census and status == CensusStatus.DONE and census > today:
        yield "census_conducted_at", "Un diagnostic réalisé a une date passée."

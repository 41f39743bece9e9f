"""Answers on living conditions: better equipped sites answer better, and much stays unknown."""

from collections.abc import Callable
from random import Random
from typing import Any

from ..sites.enums import ElectricitySource, SiteType, Theme, ToiletType, WaterAccessType
from . import names

Answers = dict[str, Any]


class LivingConditions:
    """The living conditions of one site, from one state to the next; `equipment` goes from 0 (nothing) to 1."""

    def __init__(self, rng: Random, site_type: str):
        self._rng = rng
        self._in_building = site_type == SiteType.BUILDING
        self.equipment = rng.betavariate(1.6, 2.2)
        self.answers: Answers = {}
        for theme in Theme:
            self._ask(theme)

    def pass_time(self) -> None:
        """Somebody came again: some themes have changed, or are better known; equipment slowly comes."""
        self.equipment = max(0.0, min(1.0, self.equipment + self._rng.gauss(0.04, 0.1)))
        for theme in Theme:
            if self._rng.random() < 0.22:
                self._ask(theme)

    def _ask(self, theme: Theme) -> None:
        nobody_asked = self._rng.random() < 0.14
        answers = _QUESTIONS[theme](self, 1.0 if nobody_asked else 0.1)
        self.answers |= answers

    def _tri(self, likely: float, doubt: float) -> bool | None:
        return None if self._rng.random() < doubt else self._rng.random() < likely

    def _some(self, choices: dict[str, float], doubt: float) -> list[str]:
        """Some of `choices`, in the order of the list; none when in doubt."""
        return (
            []
            if self._rng.random() < doubt
            else [key for key, likely in choices.items() if self._rng.random() < likely]
        )

    def _water(self, doubt: float) -> Answers:
        tap, poor = self.equipment * 6, (1 - self.equipment) * 3
        weights = dict(zip(WaterAccessType.values, (tap, 1.5, poor, 1, poor, 0.8), strict=True))
        kind = "" if self._rng.random() < doubt else self._rng.choices(list(weights), list(weights.values()))[0]
        return {
            "water_access_type": kind,
            "water_access_type_details": self._rng.choice(names.WATER_DETAILS),
            "water_access_is_public": self._tri(0.25, doubt),
            "water_access_is_continuous": self._tri(0.75, doubt),
            "water_access_is_continuous_details": self._rng.choice(names.CUT_WATER_DETAILS),
            "water_access_is_local": self._tri(0.75, doubt),
            "water_access_is_close": self._tri(0.35 + self.equipment / 2, doubt),
            "water_access_is_unequal": self._tri(0.2, doubt),
            "water_access_is_unequal_details": self._rng.choice(names.UNEQUAL_WATER_DETAILS),
            "water_access_has_stagnant_water": self._tri(0.3, doubt),
        }

    def _sanitary(self, doubt: float) -> Answers:
        chances = {ToiletType.LATRINES: 0.3, ToiletType.CHEMICAL: 0.25, ToiletType.DRY: 0.35, ToiletType.FLUSH: 0.1}
        if self._in_building:
            chances = {ToiletType.FLUSH: 0.9}
        return {
            "sanitary_working_toilets": self._tri(0.2 + 0.6 * self.equipment, doubt),
            "sanitary_toilet_types": self._some({key.value: value for key, value in chances.items()}, doubt),
            "sanitary_toilets_are_inside": self._tri(0.7, doubt),
            "sanitary_toilets_are_lighted": self._tri(0.4, doubt),
            "sanitary_hand_washing": self._tri(0.45, doubt),
            "sanitary_open_air_defecation": self._tri(0.6 - 0.5 * self.equipment, max(doubt, 0.3)),
        }

    def _electricity(self, doubt: float) -> Answers:
        chances = {
            ElectricitySource.GENERATOR: 0.5,
            ElectricitySource.NETWORK: 0.5,
            ElectricitySource.BUILDING: 0.8 if self._in_building else 0.0,
        }
        return {
            "electricity_access": self._tri(0.35 + 0.5 * self.equipment, doubt),
            "electricity_access_types": self._some({key.value: value for key, value in chances.items()}, doubt),
            "electricity_access_is_unequal": self._tri(0.25, max(doubt, 0.25)),
        }

    def _trash(self, doubt: float) -> Answers:
        return {
            "trash_is_piling": self._tri(0.7 - 0.6 * self.equipment, doubt),
            "trash_evacuation_is_close": self._tri(0.25 + 0.6 * self.equipment, doubt),
            "trash_evacuation_is_safe": self._tri(0.7, doubt),
            "trash_evacuation_is_regular": self._tri(0.75, doubt),
            "trash_bulky_is_piling": self._tri(0.45, max(doubt, 0.2)),
        }

    def _pest(self, doubt: float) -> Answers:
        return {
            "pest_animals_presence": self._tri(0.6, max(doubt, 0.25)),
            "pest_animals_details": self._rng.choice(("", *names.PEST_DETAILS)),
        }

    def _fire(self, doubt: float) -> Answers:
        return {"fire_prevention_diagnostic": self._tri(0.1 + 0.4 * self.equipment, max(doubt, 0.25))}


_QUESTIONS: dict[str, Callable[[LivingConditions, float], Answers]] = {
    Theme.WATER: LivingConditions._water,
    Theme.SANITARY: LivingConditions._sanitary,
    Theme.ELECTRICITY: LivingConditions._electricity,
    Theme.TRASH: LivingConditions._trash,
    Theme.PEST: LivingConditions._pest,
    Theme.FIRE: LivingConditions._fire,
}

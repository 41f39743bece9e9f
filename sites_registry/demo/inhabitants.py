"""Numbers of inhabitants that hold together, known little by little."""

from collections.abc import Iterator
from random import Random
from typing import Any

from ..sites.enums import Origin, SiteType
from ..sites.rules import AGE_FIELDS

#: Rank of the state at which an answer becomes known; the last stands for never.
_NEVER = 99
_KNOWN_FROM = (0, 0, 0, 0, 1, 2, _NEVER)
_SELDOM_KNOWN_FROM = (0, 0, 1, 2, 3, _NEVER, _NEVER)
_AGE_SHARES = (0.17, 0.19, 0.33, 0.2, 0.11)
_SELDOM = {*AGE_FIELDS, "population_minors_girls", "population_females", "minors_in_school"}
_DWELLINGS = ("caravans", "huts", "tents", "cars", "mattresses")


class Inhabitants:
    """The people of one site: proportions that stay, a total that moves, answers that become known."""

    def __init__(self, rng: Random, site_type: str, *, is_overseas: bool):
        self._rng = rng
        self.total = max(4, min(430, round(rng.lognormvariate(3.25, 0.75) * (1.5 if is_overseas else 1))))
        self._household = rng.uniform(2.6, 4.6)
        self._female, self._minor, self._girl = (
            rng.uniform(0.42, 0.53),
            rng.uniform(0.25, 0.48),
            rng.uniform(0.42, 0.55),
        )
        self._school = rng.uniform(0.1, 0.95)
        self._dwellings = _dwellings(rng, site_type)
        self._known_from: dict[str, int] = {}
        self.origins = _origins(rng, is_overseas=is_overseas)

    def grow(self) -> None:
        """Some months have passed: people have come or left."""
        self.total = max(3, min(450, round(self.total * self._rng.gauss(0.99, 0.13))))

    def answers(self, rank: int) -> dict[str, Any]:
        """Columns of the state of that rank; nothing follows from a total that nobody knows."""
        known = {name: value if self._is_known(name, rank) else None for name, value in self._counts()}
        if known["population_total"] is None:
            return dict.fromkeys(known) | {name: known[name] for name in ("population_households", *_DWELLINGS)}
        if known["population_minors"] is None:
            known |= dict.fromkeys((*AGE_FIELDS, "population_minors_girls", "minors_in_school"))
        return known

    def _counts(self) -> Iterator[tuple[str, int]]:
        total, females = self.total, round(self.total * self._female)
        minors, households = round(total * self._minor), max(1, round(total / self._household))
        yield "population_total", total
        yield "population_females", females
        yield "population_households", households
        yield "population_minors", minors
        yield "population_minors_girls", min(females, round(minors * self._girl))
        yield from zip(AGE_FIELDS, (int(minors * share) for share in _AGE_SHARES), strict=True)
        yield "minors_in_school", int(minors * 0.6 * self._school)
        for name in _DWELLINGS:
            yield name, round(households * self._dwellings[name])

    def _is_known(self, name: str, rank: int) -> bool:
        question = "ages" if name in AGE_FIELDS else name
        if question not in self._known_from:
            ranks = (0,) * 9 + (1, _NEVER) if name == "population_total" else _KNOWN_FROM
            self._known_from[question] = self._rng.choice(_SELDOM_KNOWN_FROM if name in _SELDOM else ranks)
        return rank >= self._known_from[question]


def _dwellings(rng: Random, site_type: str) -> dict[str, float]:
    """Dwellings of each kind for one household."""
    shares = dict.fromkeys(_DWELLINGS, 0.0)
    main = rng.choice(
        ["mattresses"] if site_type == SiteType.BUILDING else ["huts", "huts", "caravans", "caravans", "tents"]
    )
    shares[main] = rng.uniform(0.7, 1.2) * (2.5 if main == "mattresses" else 1)
    if rng.random() < 0.4:
        shares[rng.choice(_DWELLINGS[:4])] += rng.uniform(0.1, 0.3)
    return shares


def _origins(rng: Random, *, is_overseas: bool) -> list[str]:
    """Large groups of origins, in the order of the list; empty when unknown."""
    usual, chances = Origin.EUROPEAN_UNION, (0.12, 0.8, 0.2)
    if is_overseas:
        usual, chances = Origin.OUTSIDE_EUROPEAN_UNION, (0.5, 0.0, 0.9)
    if rng.random() < 0.12:
        return []
    some = [origin.value for origin, chance in zip(Origin, chances, strict=True) if rng.random() < chance]
    return some or [usual.value]

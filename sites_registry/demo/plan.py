"""Where the sites of the demonstration are and when something was written about them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from rbsite.territories.enums import TerritoryKind as Kind
from rbsite.territories.models import Territory

#: Département -> weight, about the open sites of a large year; the first one has the demonstration's accounts.
WEIGHTS = {
    "31": 44, "93": 34, "33": 30, "44": 28, "13": 26, "59": 20, "69": 16, "34": 14, "973": 14, "976": 12, "94": 10,
    "95": 9, "91": 8, "77": 7, "38": 7, "75": 6, "78": 5, "92": 5, "67": 5, "06": 4, "30": 4, "66": 4, "35": 4, "83": 3,
    "62": 3, "76": 3, "49": 3, "37": 3, "63": 3, "64": 3, "54": 2, "57": 2, "87": 2, "40": 2, "974": 2,
}  # fmt: skip
OPEN_SHARE = 320 / 1220
#: Towns of fewer inhabitants have no site here.
_SMALLEST_TOWN = 8_000
_TOWNS = 14
#: Oldest declaration, in days before today.
OLDEST = 2_000
_MOST_STATES = 12


@dataclass(frozen=True)
class SitePlan:
    """A site to be: where, whether it is still open, and the days of its states (the last one closes it, or not)."""

    pk: int
    commune: Territory
    is_open: bool
    days: tuple[date, ...]


def places() -> tuple[list[Territory], dict[int, list[Territory]]]:
    """The départements that have sites, the busiest first, and their largest towns by département."""
    found = {place.code: place for place in Territory.objects.filter(kind=Kind.DEPARTEMENT, code__in=WEIGHTS)}
    towns = (
        Territory.objects.communes()
        .filter(departement__in=found.values(), population__gte=_SMALLEST_TOWN, latitude__isnull=False)
        .select_related("departement", "epci", "region", "commune__epci")
        .order_by("-population", "code")
    )
    cut = {town.commune_id for town in towns}  # sites of a city with arrondissements are in these
    communes: dict[int, list[Territory]] = defaultdict(list)
    for town in towns:
        if town.pk not in cut and len(communes[town.departement_id]) < _TOWNS:
            communes[town.departement_id].append(town)
    departements = [found[code] for code in WEIGHTS if code in found and communes.get(found[code].pk)]
    return departements, communes


def quotas(departements: list[Territory], total: int) -> dict[str, int]:
    """Share `total` by weight, to the unit (largest remainders)."""
    weights = {place.code: WEIGHTS[place.code] for place in departements}
    exact = {code: total * weight / sum(weights.values()) for code, weight in weights.items()}
    shares = {code: int(value) for code, value in exact.items()}
    by_remainder = sorted(exact, key=lambda code: shares[code] - exact[code])
    for code in by_remainder[: total - sum(shares.values())]:
        shares[code] += 1
    return shares


def plan_sites(towns: list[Territory], keys: list[int], count_open: int, rng: Random, today: date) -> list[SitePlan]:
    """One plan for each key, the open sites first; large towns have more sites than others."""
    weights = [(town.population or 1) ** 0.6 for town in towns]
    plans = []
    for rank, pk in enumerate(keys):
        is_open = rank < count_open
        commune = rng.choices(towns, weights)[0]
        ages = _open_ages(rng) if is_open else _closed_ages(rng)
        plans.append(SitePlan(pk, commune, is_open, _days(rng, today, *ages)))
    return plans


def _open_ages(rng: Random) -> tuple[int, int]:
    """Days since the declaration and since the last state: half are fresh, a quarter needs an update."""
    low, high = rng.choices([(1, 85), (95, 178), (190, 620)], [50, 27, 23])[0]
    last = rng.randint(low, high)
    return min(OLDEST, last + int(rng.triangular(2, 1_500, 90))), last


def _closed_ages(rng: Random) -> tuple[int, int]:
    closed = rng.randint(2, 1_800)
    return min(OLDEST, closed + int(rng.triangular(12, 1_000, 120))), closed


def _days(rng: Random, today: date, first: int, last: int) -> tuple[date, ...]:
    """Two to twelve days, from `first` to `last` days before `today`, two to five months apart."""
    steps = max(1, min(_MOST_STATES - 1, round((first - last) / rng.uniform(60, 150))))
    step = (first - last) / steps
    ages = {first, last} | {round(first - step * (rank + rng.uniform(-0.3, 0.3))) for rank in range(1, steps)}
    return tuple(today - timedelta(days=age) for age in sorted(ages, reverse=True))

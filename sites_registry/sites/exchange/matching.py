"""Rows without an identifier: which known site they may speak of. A person decides; the platform only proposes.

Candidates are sites of the row's commune that the person may read and update: no other ever shows.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from rbsite.accounts.enums import Feature
from rbsite.base.text import fold, identifier
from rbsite.base.wording import number
from rbsite.spreadsheets import values
from rbsite.spreadsheets.likeness import similarity, trigrams
from rbsite.territories.coordinates import read_pair, read_position
from rbsite.territories.geo import haversine_km
from rbsite.territories.models import Territory

from ..models import SitePage
from ..rules import NEAR_METRES
from .lookups import Communes

#: Likeness of the trigrams of names or addresses (0 to 1), and metres, from which two sites may be one.
ALIKE = 0.5
_SHOWN = 5
_AT_METRES = "à {metres} m"
_COLUMNS = ("pk", "slug", "commune_id", "commune__commune_id", "name", "address", "status")
_PLACE = ("latitude", "longitude", "is_approximate")


@dataclass(frozen=True)
class Candidate:
    """A known site that a row may speak of, with the reasons to think so."""

    code: str
    name: str
    reasons: str
    is_open: bool
    likeness: float

    @property
    def label(self) -> str:
        """« 12 chemin du Moulin (même adresse, à 40 m) »."""
        closed = "" if self.is_open else ", site fermé"
        return f"{self.name} ({self.reasons}{closed})"


@dataclass
class Described:
    """What a row says of its site."""

    number: int
    commune: Territory
    name: str
    address: str
    position: tuple[float, float] | None

    @property
    def key(self) -> str:
        """An identifier of ours for a site that came without one: the same row always gets the same."""
        words = (
            fold(text) or identifier(text).casefold() for text in (self.address, self.name)
        )  # « ⛺ » folds to nothing
        place = "|".join((self.commune.code, *words))
        return f"T-{hashlib.sha256(place.encode()).hexdigest()[:12].upper()}"


@dataclass
class _Known:
    row: dict[str, Any]
    name: str
    address: str
    of_name: frozenset[str] = field(default_factory=frozenset)
    of_address: frozenset[str] = field(default_factory=frozenset)


class Matcher:
    """Finds candidates among the sites of the communes that the rows name, loaded with one query.

    « Marseille » may be any of its arrondissements, and a site of the 15th may be recorded under « Marseille ».
    """

    def __init__(self, user: Any, communes: Iterable[Territory]):
        self._by_commune: dict[int, list[_Known]] = defaultdict(list)
        named = set(communes)
        if not named:
            return
        wanted = {place.pk for place in named} | {place.commune_id for place in named if place.commune_id}
        sites = SitePage.objects.visible_to(user, Feature.SITE_READ).visible_to(user, Feature.SITE_UPDATE)
        here = Q(commune__in=wanted) | Q(commune__commune__in=wanted)
        for row in sites.filter(here).order_by("pk").values(*_COLUMNS, *_PLACE):
            known = _Known(row, fold(row["name"]), fold(row["address"]))
            for place in filter(None, (row["commune_id"], row["commune__commune_id"])):
                self._by_commune[place].append(known)

    def _around(self, commune: Territory) -> Iterable[_Known]:
        """The sites of a commune, with those of its arrondissements, or those recorded under its city."""
        of_city = self._by_commune[commune.commune_id] if commune.commune_id else []
        return [*self._by_commune[commune.pk], *(one for one in of_city if one.row["commune_id"] == commune.commune_id)]

    def candidates(self, described: Described) -> list[Candidate]:
        """The sites that a row may speak of, the likest first."""
        name, address = fold(described.name), fold(described.address)
        of_name, of_address = trigrams(name), trigrams(address)
        found = []
        for known in self._around(described.commune):
            known.of_name = known.of_name or trigrams(known.name)
            known.of_address = known.of_address or trigrams(known.address)
            likeness, reasons = _alike(known, (name, of_name), (address, of_address))
            metres = _metres(described.position, known.row)
            if metres is not None and metres <= NEAR_METRES:
                likeness = max(likeness, 1 - metres / (2 * NEAR_METRES))
                reasons.append(_AT_METRES.format(metres=number(round(metres))))
            if reasons:
                found.append(_candidate(known.row, ", ".join(reasons), likeness))
        return sorted(found, key=lambda one: (-one.is_open, -one.likeness, one.code))[:_SHOWN]

    def at_the_same_address(self, described: Described) -> str:
        """Code of an open site of the same commune and address, « » when there is none."""
        address = fold(described.address)
        if not address:
            return ""
        here = (known for known in self._around(described.commune) if known.address == address)
        return next((known.row["slug"] for known in here if known.row["status"] == "open"), "")


def _alike(known: _Known, name: tuple[str, frozenset[str]], address: tuple[str, frozenset[str]]):
    """Likeness and reasons, from names and addresses."""
    reasons, likeness = [], 0.0
    for (folded, trigrams_), text, grams, words in (
        (name, known.name, known.of_name, "nom"),
        (address, known.address, known.of_address, "adresse"),
    ):
        near = similarity(trigrams_, grams)
        if near >= ALIKE:
            same = {"nom": "même nom", "adresse": "même adresse"}[words]
            close = {"nom": "nom proche", "adresse": "adresse proche"}[words]
            reasons.append(same if folded == text else close)
            likeness = max(likeness, near)
    return likeness, reasons


def _candidate(row: Mapping[str, Any], reasons: str, likeness: float) -> Candidate:
    name = f"{row['address']} « {row['name']} »" if row["name"] else row["address"]
    return Candidate(row["slug"], name, reasons, row["status"] == "open", likeness)


def _metres(position: tuple[float, float] | None, row: Mapping[str, Any]) -> float | None:
    if position is None or row["is_approximate"] or row["latitude"] is None:
        return None
    return haversine_km(*position, row["latitude"], row["longitude"]) * 1000


def described(number: int, row: Mapping[str, Any], communes: Communes) -> Described | None:
    """What a row says of its site; None when its commune is not known."""
    commune = communes.named_in(row)
    if commune is None:
        return None
    name, address = (values.read_text(row.get(key)) for key in ("name", "address"))
    return Described(number, commune, name, address, _position(row))


def _position(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """Where the row says that the site is; None when it does not, or not clearly: its cells tell why by themselves."""
    try:
        if not values.is_blank(row.get("position")):
            found = read_position(row["position"])
        elif values.is_blank(row.get("latitude")) or values.is_blank(row.get("longitude")):
            return None
        else:
            found = read_pair(row["latitude"], row["longitude"])
    except ValueError:
        return None
    return found.latitude, found.longitude

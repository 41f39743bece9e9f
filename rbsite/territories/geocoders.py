"""From an address to places and back: back-ends asked in turn, named by `settings.GEOCODER_BACKENDS`."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import requests
from django.conf import settings
from django.core.cache import cache

from rbsite.base.text import fold

from .enums import TerritoryKind
from .geo import nearest_communes
from .models import Territory
from .search import search_territories

TIMEOUT = 3  # seconds
CACHE_SECONDS = 24 * 3600
#: Below this score (0 to 1) the national geocoder is guessing.
SMALLEST_SCORE = 0.5
_POSTCODE = re.compile(r"\b\d{5}\b.*")


@dataclass(frozen=True)
class Place:
    """An answer: `citycode` is the INSEE code (of the arrondissement in Paris, Lyon, Marseille); `lon`, `lat` WGS84.

    `type` is the BAN's: housenumber, street, locality or municipality. With `source` « commune » the point is only
    the centre of the commune, and people must be told so.
    """

    label: str
    context: str
    type: str
    citycode: str
    postcode: str
    city: str
    lon: float
    lat: float
    score: float
    source: str


class GeocoderUnavailable(Exception):
    """This back-end cannot answer now: ask the next one."""


class Geocoder(Protocol):
    """What a back-end offers; both methods raise GeocoderUnavailable when they cannot answer."""

    def search(
        self, q: str, *, limit: int = 8, citycode: str | None = None, near: tuple[float, float] | None = None
    ) -> list[Place]:
        """Places that `q` may name, the best first, rather `near` a point (lat, lon)."""

    def reverse(self, lon: float, lat: float) -> list[Place]:
        """Places at or around a point, the nearest first."""


class Communes:
    """Centres of communes from our own table: needs no network, says « commune » as its source."""

    def search(
        self, q: str, *, limit: int = 8, citycode: str | None = None, near: tuple[float, float] | None = None
    ) -> list[Place]:
        """Communes named by the text, or by what follows its postcode or its last comma."""
        kinds = [TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT]
        for text in _readings(q):
            found = [place for place in map(_place, search_territories(text, kinds=kinds, limit=limit)) if place]
            if citycode:
                found = [place for place in found if place.citycode == citycode]
            if found:
                return found
        return []

    def reverse(self, lon: float, lat: float) -> list[Place]:
        """The five communes whose centres are nearest: the right one is among them 99 times in 100."""
        return [place for commune in nearest_communes(lat, lon) if (place := _place(commune))]


class Geoplateforme:
    """The State's geocoder (BAN addresses). `settings.GEOPLATEFORME_URL` may name another server of its format."""

    URL = "https://data.geopf.fr/geocodage"

    def search(
        self, q: str, *, limit: int = 8, citycode: str | None = None, near: tuple[float, float] | None = None
    ) -> list[Place]:
        """Addresses of the BAN that score at least 0.5."""
        params: dict[str, Any] = {"q": q[:200], "limit": limit, "autocomplete": 1, "index": "address"}
        if citycode:
            params["citycode"] = citycode
        if near:
            params["lat"], params["lon"] = near
        return [place for place in self._ask("search", params) if place.score >= SMALLEST_SCORE]

    def reverse(self, lon: float, lat: float) -> list[Place]:
        """The nearest address."""
        return self._ask("reverse", {"lon": lon, "lat": lat, "index": "address", "limit": 1})

    def fetch(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        """The JSON answered at `path`; tests replace this method."""
        url = f"{getattr(settings, 'GEOPLATEFORME_URL', self.URL)}/{path}"
        try:
            answer = requests.get(url, params=params, timeout=TIMEOUT)
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as error:
            raise GeocoderUnavailable(str(error)) from error

    def _ask(self, path: str, params: dict[str, Any]) -> list[Place]:
        try:
            return [_from_ban(feature) for feature in self.fetch(path, params)["features"]]
        except (KeyError, TypeError, ValueError) as error:
            raise GeocoderUnavailable(f"unexpected answer: {error!r}") from error


BACKENDS: dict[str, type[Geocoder]] = {"communes": Communes, "geoplateforme": Geoplateforme}


def search_places(
    q: str, *, limit: int = 8, citycode: str | None = None, near: tuple[float, float] | None = None
) -> list[Place]:
    """Ask the back-ends in turn until one finds something; what it finds is kept 24 hours."""
    around = near and (round(near[0], 1), round(near[1], 1))
    key = ["search", " ".join(q.casefold().split()), limit, citycode, around]
    return _cached(key, lambda backend: backend.search(q, limit=limit, citycode=citycode, near=around))


def reverse_places(lon: float, lat: float) -> list[Place]:
    """Ask the back-ends in turn what lies at a point; the answer is kept 24 hours."""
    return _cached(["reverse", round(lon, 5), round(lat, 5)], lambda backend: backend.reverse(lon, lat))


def _cached(key: list[Any], ask: Callable[[Geocoder], list[Place]]) -> list[Place]:
    names = settings.GEOCODER_BACKENDS
    digest = hashlib.sha256(repr([names, key]).encode()).hexdigest()
    cached = cache.get(f"geocoder:{digest}")
    if cached is not None:
        return [Place(**values) for values in cached]
    places, is_complete = _first_answer(names, ask)
    if places and is_complete:  # an outage must not be remembered for a day
        cache.set(f"geocoder:{digest}", [asdict(place) for place in places], CACHE_SECONDS)
    return places


def _first_answer(names: list[str], ask: Callable[[Geocoder], list[Place]]) -> tuple[list[Place], bool]:
    """What the first back-end that finds something finds, and whether none before it was out of order."""
    is_complete = True
    for name in names:
        try:
            if places := ask(BACKENDS[name]()):
                return places, is_complete
        except GeocoderUnavailable:
            is_complete = False
    return [], is_complete


def _readings(q: str) -> list[str]:
    """Parts of an address that may name its commune: all of it, then from the postcode, then after the last comma."""
    postcode = _POSTCODE.search(q)
    last = q.rpartition(",")[2].strip()
    readings = [postcode[0] if postcode else "", q, last]
    return [reading for reading in dict.fromkeys(readings) if fold(reading)]


def _place(commune: Territory) -> Place | None:
    if commune.latitude is None or commune.longitude is None:
        return None
    return Place(
        label=commune.label,
        context=commune.context,
        type="municipality",
        citycode=commune.code,
        postcode=commune.postcodes[0] if commune.postcodes else "",
        city=commune.name,
        lon=commune.longitude,
        lat=commune.latitude,
        score=SMALLEST_SCORE,
        source="commune",
    )


def _from_ban(feature: dict[str, Any]) -> Place:
    lon, lat = feature["geometry"]["coordinates"]
    properties = feature["properties"]
    return Place(
        label=properties["label"],
        context=properties.get("context", ""),
        type=properties.get("type", ""),
        citycode=properties.get("citycode", ""),
        postcode=properties.get("postcode", ""),
        city=properties.get("city", ""),
        lon=float(lon),
        lat=float(lat),
        score=float(properties.get("score", 1)),
        source="geoplateforme",
    )

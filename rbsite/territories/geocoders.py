"""From an address to places and back: back-ends asked in turn, named by `settings.GEOCODER_BACKENDS`."""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import requests
from django.conf import settings
from django.core.cache import cache

from rbsite.base.text import fold

from .enums import TerritoryKind
from .geo import nearest_communes
from .models import Territory

GEOPLATEFORME_URL = "https://data.geopf.fr/geocodage"
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
            communes = Territory.objects.search(text, kinds=kinds, limit=limit)
            found = [place for commune in communes if (place := _place(commune))]
            if citycode:
                found = [place for place in found if place.citycode == citycode]
            if found:
                return found
        return []

    def reverse(self, lon: float, lat: float) -> list[Place]:
        """The five communes whose centres are nearest: the right one is among them 99 times in 100."""
        return [place for commune in nearest_communes(lat, lon) if (place := _place(commune))]


class Geoplateforme:
    """The State's geocoder (addresses of the BAN). Its answers are kept 24 hours, its outages are not."""

    def search(
        self, q: str, *, limit: int = 8, citycode: str | None = None, near: tuple[float, float] | None = None
    ) -> list[Place]:
        """Addresses that score at least 0.5."""
        text = " ".join(q.casefold().split())[:200]
        params: dict[str, Any] = {"q": text, "limit": limit, "autocomplete": 1, "index": "address"}
        if citycode:
            params["citycode"] = citycode
        if near:
            params["lat"], params["lon"] = (round(degrees, 1) for degrees in near)
        return [place for place in self._places("search", params) if place.score >= SMALLEST_SCORE]

    def reverse(self, lon: float, lat: float) -> list[Place]:
        """The nearest address."""
        return self._places("reverse", {"lon": round(lon, 5), "lat": round(lat, 5), "index": "address", "limit": 1})

    def _places(self, path: str, params: dict[str, Any]) -> list[Place]:
        key = "geocoder:" + hashlib.sha256(repr((GEOPLATEFORME_URL, path, params)).encode()).hexdigest()
        known = cache.get(key)
        if known is None:
            known = [asdict(place) for place in self._ask(path, params)]
            cache.set(key, known, CACHE_SECONDS)
        return [Place(**values) for values in known]

    def _ask(self, path: str, params: dict[str, Any]) -> list[Place]:
        try:
            answer = requests.get(f"{GEOPLATEFORME_URL}/{path}", params=params, timeout=TIMEOUT)
            answer.raise_for_status()
            return [_from_ban(feature) for feature in answer.json()["features"]]
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            raise GeocoderUnavailable(repr(error)) from error


BACKENDS: dict[str, type[Geocoder]] = {"communes": Communes, "geoplateforme": Geoplateforme}


def search_places(
    q: str, *, limit: int = 8, citycode: str | None = None, near: tuple[float, float] | None = None
) -> list[Place]:
    """Ask the back-ends in turn until one finds something."""
    return _first_answer(lambda backend: backend.search(q, limit=limit, citycode=citycode, near=near))


def reverse_places(lon: float, lat: float) -> list[Place]:
    """Ask the back-ends in turn what lies at a point."""
    return _first_answer(lambda backend: backend.reverse(lon, lat))


def _first_answer(ask: Callable[[Geocoder], list[Place]]) -> list[Place]:
    for name in settings.GEOCODER_BACKENDS:
        with suppress(GeocoderUnavailable):
            if places := ask(BACKENDS[name]()):
                return places
    return []


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

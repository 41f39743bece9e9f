"""Distances, contours of the départements, and the communes near a point. Coordinates are WGS84 degrees."""

import json
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import shapely
from django.db.models import Expression, F, FloatField, QuerySet
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt
from shapely.affinity import scale
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from .models import Territory

EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = EARTH_RADIUS_KM * radians(1)
CONTOURS = Path(__file__).parent / "data" / "departements.geojson"
#: Half sides (km) of the boxes in which neighbours are looked for, until enough are found.
_REACHES = (15, 60, 250)


@dataclass(frozen=True)
class Box:
    """A range of latitudes and longitudes."""

    south: float
    west: float
    north: float
    east: float


def haversine_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres."""
    half = sin(radians(lat2 - lat1) / 2) ** 2
    half += cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1, sqrt(half)))


def bounding_box(lat: float, lon: float, km: float) -> Box:
    """The smallest box that holds every point within `km` kilometres; whole parallels near the poles."""
    dlat = km / KM_PER_DEGREE
    dlon = dlat / max(cos(radians(min(90, abs(lat) + dlat))), 0.01)
    return Box(lat - dlat, lon - dlon, lat + dlat, lon + dlon)


@cache
def contours() -> dict[str, BaseGeometry]:
    """Code of a département -> its contour. The overseas collectivities have none."""
    features = json.loads(CONTOURS.read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: shapely.make_valid(shape(feature["geometry"])) for feature in features}


def is_near_departement(lat: float, lon: float, code: str, km: float = 2) -> bool:
    """Whether the point is in the département or within `km` of it; True for a département without a contour."""
    contour = contours().get(code)
    if contour is None or contour.covers(Point(lon, lat)):
        return True
    return _in_kilometres(code).distance(Point(lon * _km_per_degree_of_longitude(code), lat * KM_PER_DEGREE)) <= km


def nearest_communes(lat: float, lon: float, limit: int = 5) -> list[Territory]:
    """The communes (and municipal arrondissements) whose centres are nearest, each with its `distance_km`.

    Those whose centre is only estimated are left out: the many that share the mean of their EPCI would hide the others.
    """
    found: list[Territory] = []
    for reach in _REACHES:
        found = list(_communes_around(lat, lon, reach)[:limit])
        if len(found) == limit and found[-1].distance_km <= reach:  # in the box's corners others may be nearer
            break
    return found


def _communes_around(lat: float, lon: float, reach: float) -> QuerySet[Territory]:
    box = bounding_box(lat, lon, reach)
    return (
        Territory.objects.communes()
        .filter(
            centre_is_estimated=False,
            latitude__range=(box.south, box.north),
            longitude__range=(box.west, box.east),
        )
        .annotate(distance_km=distance_km(lat, lon))
        .select_related("departement", "region", "commune")
        .order_by("distance_km", F("population").desc(nulls_last=True), "code")
    )


def distance_km(lat: float, lon: float) -> Expression:
    """`haversine_km` from the row's `latitude` and `longitude`, by PostgreSQL."""
    half = (
        Power(Sin((Radians("latitude") - radians(lat)) / 2), 2)
        + Power(Sin((Radians("longitude") - radians(lon)) / 2), 2) * Cos(Radians("latitude")) * cos(radians(lat))
    )  # fmt: skip
    return 2 * EARTH_RADIUS_KM * ASin(Least(1.0, Sqrt(half)), output_field=FloatField())


@cache
def _in_kilometres(code: str) -> BaseGeometry:
    return scale(contours()[code], xfact=_km_per_degree_of_longitude(code), yfact=KM_PER_DEGREE, origin=(0, 0))


@cache
def _km_per_degree_of_longitude(code: str) -> float:
    return KM_PER_DEGREE * cos(radians(contours()[code].centroid.y))

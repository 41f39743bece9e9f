"""What the base map and the locators share: Web Mercator, SVG paths, communes worth naming. All in the memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import asinh, pi, radians, tan

import shapely
from shapely.geometry.base import BaseGeometry

from .enums import TerritoryKind
from .geo import contours
from .models import Territory

SEA = "#e8eef2"
LAND = "#f8f7f3"
NEIGHBOUR = "#efede6"
BORDER = "#b3afa3"
TEXT = "#3f4550"
TOWN = "#6b7280"
FONT = "Helvetica,Arial,sans-serif"
#: Width of a letter in parts of the font size, on average: enough to keep names from overlapping.
LETTER = 0.56


@dataclass(frozen=True, slots=True)
class Town:
    """A commune with a sure centre; `x`, `y` in parts of the world's Web Mercator square, from the north-west."""

    name: str
    departement: str
    population: int
    x: float
    y: float


def mercator(lat: float, lon: float) -> tuple[float, float]:
    """Position in the world's square, from (0, 0) in the north-west to (1, 1)."""
    return lon / 360 + 0.5, 0.5 - asinh(tan(radians(lat))) / (2 * pi)


@cache
def projected_contours() -> dict[str, BaseGeometry]:
    """Code of a département -> its contour in the world's square."""
    return {code: shapely.transform(contour, _project) for code, contour in contours().items()}


def _project(coordinates):
    projected = coordinates.copy()
    for row, (lon, lat) in enumerate(coordinates):
        projected[row] = mercator(lat, lon)
    return projected


def towns() -> Sequence[Town]:
    """Communes with a sure centre, the most populated first; read once per process (one query)."""
    read = _read_towns()
    if not read:
        _read_towns.cache_clear()  # not loaded yet: a later drawing looks again
    return read


@cache
def _read_towns() -> Sequence[Town]:
    rows = Territory.objects.filter(
        kind=TerritoryKind.COMMUNE, centre_is_estimated=False, latitude__isnull=False, population__gt=0
    ).order_by("-population", "code")
    return tuple(
        Town(name, departement or "", population, *mercator(lat, lon))
        for name, departement, population, lat, lon in rows.values_list(
            "name", "departement__code", "population", "latitude", "longitude"
        )
    )


def forget_towns() -> None:
    """Read the communes again at the next drawing: to be called when territories were loaded."""
    _read_towns.cache_clear()
    _towns_by_cell.cache_clear()


@cache
def _towns_by_cell() -> dict[tuple[int, int], list[Town]]:
    cells: dict[tuple[int, int], list[Town]] = {}
    for town in towns():
        cells.setdefault((int(town.x * CELLS), int(town.y * CELLS)), []).append(town)
    return cells


#: Cells on a side of the world's square: those of zoom 8.
CELLS = 256


def towns_in(west: float, north: float, size: float) -> list[Town]:
    """Towns of a square of the world's square, the most populated first."""
    if not towns():
        _towns_by_cell.cache_clear()
        return []
    columns = range(int(west * CELLS), int((west + size) * CELLS) + 1)
    rows = range(int(north * CELLS), int((north + size) * CELLS) + 1)
    cells = _towns_by_cell()
    if len(columns) * len(rows) > len(cells):
        candidates: Iterable[Town] = towns()
    else:
        candidates = (town for column in columns for row in rows for town in cells.get((column, row), ()))
    found = [t for t in candidates if west <= t.x < west + size and north <= t.y < north + size]
    return sorted(found, key=lambda town: -town.population)


def path_of(geometry: BaseGeometry, scale: float, west: float, north: float) -> str:
    """The `d` of an SVG path: rings of polygons, in pixels with one decimal, from the corner (west, north)."""
    parts = []
    for polygon in shapely.get_parts(geometry):
        if polygon.geom_type != "Polygon":
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            pixels = (shapely.get_coordinates(ring)[:-1] - (west, north)) * scale
            parts.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in pixels.tolist()) + "Z")
    return "".join(parts).replace(".0,", ",").replace(".0L", "L").replace(".0Z", "Z")


class Labels:
    """Room for names in a drawing: the first ones come first, and none may cover another."""

    def __init__(self, width: float, height: float):
        self.width, self.height = width, height
        self.taken: list[tuple[float, float, float, float]] = []

    def place(
        self, x: float, y: float, text: str, size: float, gaps: Sequence[float] = (0,)
    ) -> tuple[float, float] | None:
        """Centre of the base line of `text` beside the point, inside the drawing; None when there is no room.

        Above, below, right and left are tried in turn, for each of the `gaps` (pixels) to leave beside the point.
        """
        half = len(text) * size * LETTER / 2
        if 2 * half > self.width - 4:
            return None
        middle = min(max(x, half + 2), self.width - half - 2)
        for gap in gaps:
            aside, level = half + 6 + gap, y + size * 0.35
            for centre, base in (
                (middle, y - 5 - gap),
                (middle, y + size + 3 + gap),
                (x + aside, level),
                (x - aside, level),
            ):
                box = (centre - half - 2, base - size, centre + half + 2, base + size * 0.3)
                if self._is_free(box):
                    self.taken += [box, (x - 3, y - 3, x + 3, y + 3)]
                    return centre, base
        return None

    def _is_free(self, box: tuple[float, float, float, float]) -> bool:
        inside = box[0] >= 0 and box[1] >= 1 and box[2] <= self.width and box[3] <= self.height - 1
        return inside and not any(_overlap(box, other) for other in self.taken)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

"""The base map: square SVG images of 256 pixels, drawn from the contours and the communes, without any other server."""

from functools import cache
from html import escape

import shapely
from shapely.geometry.base import BaseGeometry

from .drawing import BORDER, FONT, LAND, SEA, TEXT, TOWN, Labels, Town, path_of, projected_contours, towns_in

SIZE = 256
MAX_ZOOM = 19
#: Names in a tile, and the smallest population that is named when one sees the whole country.
_NAMES = 12
_SMALLEST_NAMED = {4: 800_000, 5: 400_000, 6: 180_000, 7: 70_000}
#: Pixels drawn around the tile, so that the cut itself is not seen.
_MARGIN = 3


def tile_svg(z: int, x: int, y: int) -> str:
    """The tile as an SVG document. Raises ValueError for a tile that does not exist."""
    side = 2**z if 0 <= z <= MAX_ZOOM else 0
    if not (0 <= x < side and 0 <= y < side):
        raise ValueError(f"no tile {z}/{x}/{y}")
    west, north, scale = x / side, y / side, SIZE * side
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{SEA}"/>{_land(z, west, north, scale)}'
        f"{_names(z, west, north, scale)}</svg>"
    )


def _land(z: int, west: float, north: float, scale: float) -> str:
    margin, size = _MARGIN / scale, SIZE / scale
    box = (west - margin, north - margin, west + size + margin, north + size + margin)
    tree, shapes = _simplified(min(z, 12))
    found = [shapes[row] for row in sorted(tree.query(shapely.box(*box)))]
    path = "".join(path_of(shapely.clip_by_rect(contour, *box), scale, west, north) for contour in found)
    width = 0.8 if z < 8 else 1.4
    return f'<path d="{path}" fill="{LAND}" stroke="{BORDER}" stroke-width="{width}"/>' if path else ""


@cache
def _simplified(z: int) -> tuple[shapely.STRtree, list[BaseGeometry]]:
    """Contours without what is smaller than half a pixel at this zoom, and their index."""
    tolerance = 0.5 / (SIZE * 2**z)
    shapes = [shapely.make_valid(contour.simplify(tolerance)) for contour in projected_contours().values()]
    return shapely.STRtree(shapes), shapes


def _names(z: int, west: float, north: float, scale: float) -> str:
    smallest = 0 if z >= 8 else _SMALLEST_NAMED.get(z)
    if smallest is None:
        return ""
    labels, drawn = Labels(SIZE, SIZE), []
    for town in towns_in(west, north, SIZE / scale):
        if town.population < smallest or len(drawn) == _NAMES:
            break
        pixel = (town.x - west) * scale, (town.y - north) * scale
        size = _font_size(town, z)
        if place := labels.place(*pixel, town.name, size):
            drawn.append(_name(town.name, pixel, place, size))
    if not drawn:
        return ""
    return (
        f'<g font-family="{FONT}" text-anchor="middle" fill="{TEXT}" stroke="{LAND}" stroke-width="3"'
        f' stroke-linejoin="round" paint-order="stroke">{"".join(drawn)}</g>'
    )


def _font_size(town: Town, z: int) -> int:
    """Pixels: larger for large towns, and when one looks closer."""
    size = 11 + (town.population >= 30_000) + (town.population >= 150_000)
    return size + (z >= 11)


def _name(name: str, pixel: tuple[float, float], place: tuple[float, float], size: int) -> str:
    return (
        f'<circle cx="{pixel[0]:.1f}" cy="{pixel[1]:.1f}" r="2" fill="{TOWN}" stroke="none"/>'
        f'<text x="{place[0]:.1f}" y="{place[1]:.1f}" font-size="{size}">{escape(name)}</text>'
    )

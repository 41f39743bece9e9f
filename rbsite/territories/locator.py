"""A small map that shows where a point lies in its département, to be put as it is in a page or a document."""

from collections.abc import Iterable
from html import escape

import shapely

from .drawing import (
    BORDER,
    FONT,
    LAND,
    NEIGHBOUR,
    SEA,
    TEXT,
    TOWN,
    Labels,
    Town,
    mercator,
    path_of,
    projected_contours,
    towns,
)

WIDTH, HEIGHT = 320, 240
_MARGIN = 14
_NAMES = 5
#: Pixels between the largest town and its name: the mark of a site beside it must not hide the best known name.
_GAPS = (0, 8, 16)
SITE = "#c9191e"
#: Half side (world's square) of the drawing of a place whose département has no contour: about 40 km at the equator.
_ALONE = 0.001


def locator_svg(lat: float, lon: float, departement_code: str, approximate: bool = False) -> str:
    """An <svg> with the département, its neighbours, its largest towns and the point.

    A hatched circle instead of a dot says that the position is only `approximate`. Overseas collectivities have no
    contour: towns alone say where the point is, and the answer is empty when none is known either. It holds neither
    style nor script: a strict content policy accepts it inline. At most one query per process.
    """
    if departement_code not in projected_contours() and not _largest(departement_code):
        return ""
    where = (
        " dans le département {departement_code}".format(departement_code=departement_code) if departement_code else ""
    )
    place = "position approximative du site" if approximate else "position du site"
    label = "Carte : {place}{where}".format(place=place, where=where)
    ground = SEA if departement_code in projected_contours() else NEIGHBOUR
    x, y = mercator(lat, lon)
    west, north, scale = _frame(x, y, departement_code)
    pixel = (x - west) * scale, (y - north) * scale
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{escape(label)}"><rect width="{WIDTH}" height="{HEIGHT}" fill="{ground}"/>'
        f"{_land(departement_code, west, north, scale)}"
        f"{_towns(departement_code, west, north, scale, pixel)}{_site(*pixel, approximate)}</svg>"
    )


def points_svg(points: Iterable[tuple[float, float]], departement_code: str, label: str) -> str:
    """An <svg> with the département, its largest towns and a small disc on each (latitude, longitude) of `points`.

    Empty for a place of which nothing is drawn. The same rules as `locator_svg`.
    """
    places = [mercator(lat, lon) for lat, lon in points]
    if departement_code not in projected_contours() or not places:
        return ""
    west, north, scale = _frame(*places[0], departement_code)
    pixels = (((x - west) * scale, (y - north) * scale) for x, y in places)
    discs = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>' for x, y in pixels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{escape(label)}"><rect width="{WIDTH}" height="{HEIGHT}" fill="{SEA}"/>'
        f"{_land(departement_code, west, north, scale)}"
        f'<g fill="{SITE}" fill-opacity="0.75" stroke="#ffffff" stroke-width="1">{discs}</g>'
        f"{_towns(departement_code, west, north, scale, (-9.0, -9.0))}</svg>"
    )


def _frame(x: float, y: float, code: str) -> tuple[float, float, float]:
    """Corner and scale that show the département and the point."""
    contour = projected_contours().get(code)
    bounds = contour.bounds if contour is not None else (x - _ALONE, y - _ALONE, x + _ALONE, y + _ALONE)
    west, north, east, south = min(bounds[0], x), min(bounds[1], y), max(bounds[2], x), max(bounds[3], y)
    scale = min((WIDTH - 2 * _MARGIN) / (east - west), (HEIGHT - 2 * _MARGIN) / (south - north))
    return (west + east - WIDTH / scale) / 2, (north + south - HEIGHT / scale) / 2, scale


def _land(code: str, west: float, north: float, scale: float) -> str:
    margin = 3 / scale
    box = (west - margin, north - margin, west + WIDTH / scale + margin, north + HEIGHT / scale + margin)
    shown = {
        other: shapely.clip_by_rect(contour.simplify(0.4 / scale), *box)
        for other, contour in projected_contours().items()
        if _meet(contour.bounds, box)
    }
    neighbours = "".join(path_of(contour, scale, west, north) for other, contour in shown.items() if other != code)
    own = path_of(shown[code], scale, west, north) if code in shown else ""
    drawn = f'<path d="{neighbours}" fill="{NEIGHBOUR}" stroke="{BORDER}" stroke-width="0.6"/>' if neighbours else ""
    return drawn + (f'<path d="{own}" fill="{LAND}" stroke="{TOWN}" stroke-width="1.2"/>' if own else "")


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _towns(code: str, west: float, north: float, scale: float, site: tuple[float, float]) -> str:
    labels = Labels(WIDTH, HEIGHT)
    labels.taken.append((site[0] - 9, site[1] - 9, site[0] + 9, site[1] + 9))
    drawn: list[str] = []
    for rank, town in enumerate(_largest(code)):
        pixel = (town.x - west) * scale, (town.y - north) * scale
        place = labels.place(*pixel, town.name, 11, (0,) if rank else _GAPS)
        if place and len(drawn) < _NAMES:
            drawn.append(
                f'<circle cx="{pixel[0]:.1f}" cy="{pixel[1]:.1f}" r="1.8" fill="{TOWN}" stroke="none"/>'
                f'<text x="{place[0]:.1f}" y="{place[1]:.1f}">{escape(town.name)}</text>'
            )
    return (
        f'<g font-family="{FONT}" font-size="11" text-anchor="middle" fill="{TEXT}" stroke="{LAND}" stroke-width="2.5"'
        f' stroke-linejoin="round" paint-order="stroke">{"".join(drawn)}</g>'
    )


def _largest(code: str) -> list[Town]:
    """Towns worth trying to name; more than are named, since some will find no room."""
    found = (town for town in towns() if town.departement == code)
    return [town for _, town in zip(range(3 * _NAMES), found, strict=False)]


def _site(x: float, y: float, approximate: bool) -> str:
    if not approximate:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{SITE}" stroke="#ffffff" stroke-width="2"/>'
    radius = 14
    hatching = "".join(
        f"M{x + shift - reach:.1f},{y + shift + reach:.1f}L{x + shift + reach:.1f},{y + shift - reach:.1f}"
        for shift in (-7.5, -5, -2.5, 0, 2.5, 5, 7.5)
        if (reach := max(0.0, radius**2 / 2 - shift**2) ** 0.5) > 0
    )
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="#ffffff" fill-opacity="0.6" stroke="{SITE}"'
        f' stroke-width="1.5" stroke-dasharray="4 2"/>'
        f'<path d="{hatching}" fill="none" stroke="{SITE}" stroke-width="1"/>'
    )

"""Numbers by département drawn on a small map of France, with insets, to be put as it is in a page."""

from collections.abc import Mapping
from functools import cache
from html import escape
from math import sqrt

import shapely
from shapely.geometry.base import BaseGeometry

from .drawing import BORDER, FONT, LAND, SEA, path_of, projected_contours

WIDTH, HEIGHT = 480, 520
_MARGIN, _INSET = 10, 84
#: Insets: départements, and the corner (pixels, from the north-west) in which they are drawn.
_PARIS = ("75", "92", "93", "94")
_INSETS = {_PARIS: (_MARGIN, 300)} | {
    (code,): (_MARGIN + rank * (_INSET + _MARGIN), HEIGHT - _INSET - _MARGIN)
    for rank, code in enumerate(("971", "972", "973", "974", "976"))
}
_ACCENT = "#0a4f5c"
#: Radius (pixels) of the smallest disc, in which two digits are read, and how much the largest number adds.
_SMALLEST, _ADDED = 10, 12


def overview_svg(counts: Mapping[str, int], label: str) -> str:
    """An <svg> with a disc and its number on each département of `counts` (code -> number), named `label`.

    Numbers without a contour (overseas collectivities) are summed below. It holds neither style nor script.
    """
    drawn = {code: count for code, count in counts.items() if code in projected_contours() and count}
    largest = max(drawn.values(), default=1)
    land, discs = [], []
    for codes, numbered, frame in _frames():
        land += [_path(code, *frame) for code in codes]
        shown = sorted((code for code in numbered if code in drawn), key=lambda code: -drawn[code])
        discs += [_disc(code, drawn[code], largest, *frame) for code in shown]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{escape(label)}"><rect width="{WIDTH}" height="{HEIGHT}" fill="{SEA}"/>'
        f'<path d="{"".join(land)}" fill="{LAND}" stroke="{BORDER}" stroke-width="0.8"/>'
        f'<g font-family="{FONT}" font-size="12" font-weight="700" text-anchor="middle" fill="#ffffff">'
        f"{''.join(discs)}</g>{_elsewhere(sum(counts.values()) - sum(drawn.values()))}</svg>"
    )


@cache
def _frames() -> list[tuple[list[str], list[str], tuple[float, float, float]]]:
    """Hexagone, then the insets: codes drawn, codes numbered there, and west, north and scale of the drawing."""
    hexagone = [code for code in projected_contours() if not code.startswith("97")]
    room = (_MARGIN, _MARGIN, WIDTH - 2 * _MARGIN, HEIGHT - _INSET - 3 * _MARGIN)
    frames = [(hexagone, [code for code in hexagone if code not in _PARIS], _fit(hexagone, *room))]
    for codes, corner in _INSETS.items():
        known = [code for code in codes if code in projected_contours()]
        frames.append((known, known, _fit(known, *corner, _INSET, _INSET)))
    return frames


def _fit(codes: list[str], left: float, top: float, width: float, height: float) -> tuple[float, float, float]:
    west, north, east, south = shapely.total_bounds([projected_contours()[code] for code in codes])
    scale = min(width / (east - west), height / (south - north))
    return (
        (west + east) / 2 - (left + width / 2) / scale,
        (north + south) / 2 - (top + height / 2) / scale,
        scale,
    )


@cache
def _path(code: str, west: float, north: float, scale: float) -> str:
    return path_of(_contour(code).simplify(0.5 / scale), scale, west, north)


def _contour(code: str) -> BaseGeometry:
    return projected_contours()[code]


def _disc(code: str, count: int, largest: int, west: float, north: float, scale: float) -> str:
    point = _contour(code).representative_point()
    x, y = (point.x - west) * scale, (point.y - north) * scale
    radius = _SMALLEST + _ADDED * sqrt(count / largest)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_ACCENT}" stroke="#ffffff" stroke-width="1.5"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}">{count}</text>'
    )


def _elsewhere(count: int) -> str:
    if not count:
        return ""
    return f'<text x="{_MARGIN}" y="20" font-family="{FONT}" font-size="13" fill="#17272b">Ailleurs : {count}</text>'

"""What every map offers: its layers, which a deployment chooses, and the parts of France to go to at once."""

from dataclasses import asdict, dataclass
from functools import cache

import shapely
from django.conf import settings

from .geo import contours

_OVERSEAS = {"971": "Guadeloupe", "972": "Martinique", "973": "Guyane", "974": "La Réunion", "976": "Mayotte"}


@dataclass(frozen=True)
class Layer:
    """A layer of images; an overlay goes over one of the others."""

    key: str
    label: str
    url: str
    attribution: str
    is_overlay: bool = False


def map_layers() -> list[dict]:
    """The layers of this deployment, as a map takes them: the plan first; photographs and land register if named."""
    layers = [
        Layer("plan", "Plan", settings.TILES_URL, settings.TILES_ATTRIBUTION),
        Layer("photos", "Photos aériennes", settings.TILES_PHOTOS_URL, settings.TILES_PHOTOS_ATTRIBUTION),
        Layer("cadastre", "Cadastre", settings.TILES_CADASTRE_URL, settings.TILES_CADASTRE_ATTRIBUTION, True),
    ]
    return [asdict(layer) for layer in layers if layer.url]


@cache
def frames() -> list[dict]:
    """Hexagone and each overseas département: label, and bounds in degrees (west, south, east, north)."""
    hexagone = [contour for code, contour in contours().items() if not code.startswith("97")]
    named = {"Hexagone": shapely.total_bounds(hexagone).tolist()}
    named |= {label: contours()[code].bounds for code, label in _OVERSEAS.items() if code in contours()}
    return [{"label": label, "bounds": [round(degrees, 3) for degrees in bounds]} for label, bounds in named.items()]

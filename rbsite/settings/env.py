"""The only place that reads the process environment; every variable is listed in the README (kept by a test)."""

from pathlib import Path
from urllib.parse import urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

#: Every variable that the settings read.
VARIABLES = (
    "DATABASE_URL",
    "DATABASE_REPLICA_URL",
    "SECRET_KEY",
    "RB_PORT",
    "RB_DROP_DATA",
    "RB_BIND",
    "RB_TRUSTED_PROXIES",
    "WEB_CONCURRENCY",
    "RB_DATA_DIR",
    "RB_STATE_BRAND",
    "RB_MAINTENANCE",
    "RB_BASE_URL",
    "RB_DEMO",
    "RB_GEOCODER",
    "RB_TILES_URL",
    "RB_TILES_ATTRIBUTION",
    "RB_TILES_PHOTOS_URL",
    "RB_TILES_PHOTOS_ATTRIBUTION",
    "RB_TILES_CADASTRE_URL",
    "RB_TILES_CADASTRE_ATTRIBUTION",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "CACHE_URL",
)


def origins_of(*tile_urls: str) -> list[str]:
    """Servers of tile addresses, as a content security policy names them; our own addresses name none."""
    parts = [urlsplit(url) for url in tile_urls]
    return sorted({f"{part.scheme}://{part.netloc.replace('{s}', '*')}" for part in parts if part.netloc})

"""The only place that reads the process environment; every variable is listed in the README (kept by a test)."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

#: Every variable that the settings read.
VARIABLES = (
    "DATABASE_URL",
    "DATABASE_REPLICA_URL",
    "SECRET_KEY",
    "RB_PORT",
    "RB_DATA_DIR",
    "RB_STATE_BRAND",
    "RB_BASE_URL",
    "RB_DEMO",
    "RB_GEOCODER",
    "RB_TILES_URL",
    "RB_TILES_ATTRIBUTION",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "CACHE_URL",
)

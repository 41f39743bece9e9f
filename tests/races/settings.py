"""A server of the races: as in production, on the database of the tests."""

from rbsite.base.routers import CACHE
from rbsite.settings import base
from rbsite.settings.test import *  # noqa: F403 - settings modules are layered by star import, as Django documents
from rbsite.settings.test import DATABASES

CACHES = base.CACHES
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES[CACHE] = DATABASES["default"] | {"ATOMIC_REQUESTS": False}
AFTER_ANSWER_AT_ONCE = False
vars().update(base.EMAIL_CONFIG)

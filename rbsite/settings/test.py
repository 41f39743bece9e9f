"""Tests: quick hashing, mails in memory, plain static files, its own database cluster."""

from rbsite.base.routers import CACHE
from rbsite.devdb import server_url

from .dev import *  # noqa: F403 - settings modules are layered by star import, as Django documents
from .dev import DATA_DIR, DATABASES, INSTALLED_APPS, env

#: A kind of page that exists only in the tests.
INSTALLED_APPS = [*INSTALLED_APPS, "tests.wells"]
TEST_POSTGRES = DATA_DIR / "test-postgres"
DATABASES["default"]["CONN_MAX_AGE"] = 0
if not env.str("DATABASE_URL", default=""):
    DATABASES["default"].update(env.db_url_config(server_url(TEST_POSTGRES)))

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATABASES.pop(CACHE, None)
CHECKS_PREPARED = False
AFTER_ANSWER_AT_ONCE = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DEMO = False
GEOCODER_BACKENDS = ["communes"]

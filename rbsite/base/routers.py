"""Which connection serves what."""

from typing import Any

#: The connection of the cache: each of its statements holds at once, whatever becomes of the request.
CACHE = "cache"


class CacheRouter:
    """The cache that the database keeps has a connection of its own to it.

    A request that fails is rolled back: what it counted (a sign-in that failed) must not be.
    """

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return CACHE if model._meta.app_label == "django_cache" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == CACHE else None

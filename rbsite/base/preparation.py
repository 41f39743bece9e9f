"""What a platform needs before it serves anybody: `manage.py prepare` does it, and until then a page tells it."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from .registry import Entry, Registry

STATIC_FILES = "Les feuilles de style et les scripts."
DATABASE = "La base de données : elle n’a pas la forme que cette version attend."
#: Seconds between two looks at what is missing, while people ask.
_LOOK_AGAIN = 5


@dataclass(frozen=True, kw_only=True)
class Preparation(Entry):
    """Something that a room needs, done once."""

    #: « Communes, départements et régions ».
    label: str
    is_done: Callable[[], bool]
    do: Callable[[], object]


PREPARATIONS: Registry[Preparation] = Registry()


def has_static_files() -> bool:
    """Whether the names of collected files are known; always, where files are served from their folders."""
    return getattr(staticfiles_storage, "hashed_files", True) != {}


def missing_migrations() -> int:
    """How many migrations the database has not had."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def missing() -> list[str]:
    """What is still to be prepared, in French; nothing is said of a database that does not answer."""
    if not has_static_files():
        return [STATIC_FILES]
    try:
        if missing_migrations():
            return [DATABASE]
        return [preparation.label for preparation in PREPARATIONS if not preparation.is_done()]
    except DatabaseError:
        return []


class Prepared:
    """Until everything is prepared, every address answers 503 and a page that needs none of what is missing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self._is_ready, self._missing, self._looked_at = not settings.CHECKS_PREPARED, [""], -float(_LOOK_AGAIN)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._is_ready and monotonic() >= self._looked_at + _LOOK_AGAIN:
            self._missing, self._looked_at = missing(), monotonic()
            self._is_ready = not self._missing
        if self._is_ready:
            return self.get_response(request)
        page = render_to_string("unprepared.html", {"missing": self._missing, "platform": settings.WAGTAIL_SITE_NAME})
        return HttpResponse(page, status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})

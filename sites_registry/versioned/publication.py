"""Who publishes a page, why, and since when the situation is so: told by verbs, read where the page goes live."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from .history import Rewrite


@dataclass(frozen=True)
class Publication:
    """A publication by a verb: the state holds from `at`."""

    by: object
    kind: str
    at: datetime
    source: str = ""
    #: Since when the platform believes it: `clock.instant`, taken when it is recorded unless it is given.
    now: datetime | None = None
    #: See `history.Record`.
    is_observed: bool = True
    names: Collection[str] = ()
    #: For what one state from `at` on does not tell.
    rewrite: Rewrite | None = None


#: The key of the page goes with it: a page that a listener publishes meanwhile must not inherit author and date.
_current: ContextVar[tuple[int, Publication | None] | None] = ContextVar("publication", default=None)


@contextmanager
def publishing(key: int, publication: Publication | None) -> Iterator[None]:
    """Tell who publishes the page of that key: Wagtail's signal itself carries only the author of the draft."""
    token = _current.set((key, publication))
    try:
        yield
    finally:
        _current.reset(token)


def publication_of(key: int) -> Publication | None:
    """The publication under way of the page of that key, when a verb publishes it."""
    current = _current.get()
    return current[1] if current is not None and current[0] == key else None

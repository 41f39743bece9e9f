"""What higher rooms add to what lower ones show: one registry for each kind of thing, filled in `ready()`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar


def everyone(user: Any, obj: Any = None) -> bool:
    """The right that everybody signed in has."""
    return True


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that a room adds, known by its key; the rooms below show the entries of a kind by their order.

    `may(user, obj)` is the right that it takes, on the object shown when there is one. It is asked before anything of
    the entry is read, so that a reader without the right costs no query.
    """

    key: str
    order: int = 100
    may: Callable[..., bool] = everyone
    #: Queries that it costs at most, whatever the size of what it shows; a test counts them.
    queries: int = 0


@dataclass(frozen=True)
class Part:
    """A piece of a page, ready to be shown by the tag `show`."""

    template: str
    context: dict[str, Any]


E = TypeVar("E", bound=Entry)


class Registry(Generic[E]):
    """The entries of one kind."""

    def __init__(self) -> None:
        self._entries: dict[str, E] = {}

    def register(self, entry: E) -> E:
        """Add an entry; raises ValueError when its key is taken: two rooms must not hide each other's."""
        if entry.key in self._entries:
            raise ValueError(f"{entry.key!r} is registered twice")
        self._entries[entry.key] = entry
        return entry

    def remove(self, key: str) -> None:
        """Take an entry away."""
        del self._entries[key]

    def open_to(self, user: Any, obj: Any = None) -> list[E]:
        """The entries that `user` may see (of `obj`), in order."""
        return [entry for entry in self if entry.may(user, obj)]

    def __iter__(self) -> Iterator[E]:
        return iter(sorted(self._entries.values(), key=lambda entry: entry.order))

    def __getitem__(self, key: str) -> E:
        return self._entries[key]

    def __contains__(self, key: str) -> bool:
        return key in self._entries

"""What the main menu holds: a registry that higher rooms fill in `ready()`, since the kernel imports none of them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest


def _everyone(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True)
class MenuEntry:
    """One entry for people signed in; `visible(request)` is asked at each page and must cost no query of its own."""

    label: str
    path: str
    icon: str
    order: int = 100
    #: Shown in the fixed bar of phones (three at most); the others are under « Plus ».
    on_phone_bar: bool = False
    visible: Callable[[HttpRequest], bool] = _everyone
    #: Several entries may begin with the same path: the longest one that matches is the current one.
    exact: bool = False

    def matches(self, path: str) -> bool:
        return path == self.path if self.exact else path.startswith(self.path)


_entries: dict[str, MenuEntry] = {}


def register(entry: MenuEntry) -> None:
    """Add an entry, or replace the one that has the same path."""
    _entries[entry.path] = entry


#: Called at each page: public pages of the footer, as (label, path).
_footer_sources: list[Callable[[], list[tuple[str, str]]]] = []


def register_footer(source: Callable[[], list[tuple[str, str]]]) -> None:
    """Let a higher room add links to the footer; it must cost no query when it is warm."""
    _footer_sources.append(source)


def footer_links() -> list[tuple[str, str]]:
    """Links of the footer, in the order in which rooms registered them."""
    return [link for source in _footer_sources for link in source()]


def entries_for(request: HttpRequest | None) -> list[MenuEntry]:
    """Entries that the reader of `request` may use, in order; none for a visitor."""
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return []
    return sorted((entry for entry in _entries.values() if entry.visible(request)), key=lambda entry: entry.order)


register(MenuEntry("Accueil", "/tableau-de-bord/", "home", order=10, on_phone_bar=True))
register(MenuEntry("Sites", "/sites/", "site", order=20, on_phone_bar=True))

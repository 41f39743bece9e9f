"""What the main menu and « Saisir » hold, filled by the rooms in `ready()`; and the public links of the footer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest

from .registry import Entry, Registry


def _always(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True)
class MenuEntry(Entry):
    """A place to go to or a thing to write, for people signed in; its right is asked at each page, without a query."""

    label: str
    path: str
    icon: str
    #: Its path where nothing else is said.
    key: str = field(default="", kw_only=True)
    #: Something to write, which stands under « Saisir », where the others are places.
    is_verb: bool = False
    #: A verb that the main menu also shows.
    is_in_main_menu: bool = False
    #: Shown in the fixed bar of phones (three at most); the others are under « Plus ».
    on_phone_bar: bool = False
    #: What it takes besides the right and is told by the request alone.
    visible: Callable[[HttpRequest], bool] = _always
    #: Several entries may begin with the same path: the longest one that matches is the current one.
    exact: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.key or self.path)

    def matches(self, path: str) -> bool:
        return path == self.path if self.exact else path.startswith(self.path)

    @property
    def in_header(self) -> bool:
        """Whether the main menu of large screens shows it."""
        return self.is_in_main_menu or not self.is_verb


class Menu(Registry[MenuEntry]):
    """The entries of the main menu and of « Saisir »."""

    def entries_for(self, request: HttpRequest | None) -> list[MenuEntry]:
        """Entries that the reader of `request` may use, in order; none for a visitor."""
        user = getattr(request, "user", None)
        if request is None or user is None or not user.is_authenticated:
            return []
        return [entry for entry in self.open_to(user) if entry.visible(request)]


MENU = Menu()

#: Called at each page: public pages of the footer, as (label, path).
_footer_sources: list[Callable[[], list[tuple[str, str]]]] = []


def register_footer(source: Callable[[], list[tuple[str, str]]]) -> None:
    """Let a higher room add links to the footer; it must cost no query when it is warm."""
    _footer_sources.append(source)


def footer_links() -> list[tuple[str, str]]:
    """Links of the footer, in the order in which rooms registered them."""
    return [link for source in _footer_sources for link in source()]

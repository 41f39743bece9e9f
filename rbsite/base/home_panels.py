"""What rooms add to people's home: its panels, and the lines of « À traiter »."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.http import HttpRequest

from .registry import Entry, Part, Registry


class Place(StrEnum):
    """Where a panel stands on home, from top to bottom."""

    TOP = "top"
    #: As wide as the page, under the top.
    WIDE = "wide"
    #: In the grid: one cell a panel.
    CELL = "cell"
    #: In the grid's last cell, one under the other.
    STACK = "stack"


@dataclass(frozen=True, kw_only=True)
class HomePanel(Entry):
    """A panel of home: a template, and what it shows."""

    template: str
    #: Called with the request of home; None when there is nothing to show: the panel is then absent.
    context: Callable[[HttpRequest], dict[str, Any] | None]
    place: Place = Place.CELL


class HomePanels(Registry[HomePanel]):
    """The panels of home."""

    def shown_to(self, request: HttpRequest) -> dict[str, list[Part]]:
        """What home shows to the reader of `request`, by place and in order."""
        shown: dict[str, list[Part]] = {place: [] for place in Place}
        for panel in self.open_to(request.user):
            context = panel.context(request)
            if context is not None:
                shown[panel.place].append(Part(panel.template, context))
        return shown


@dataclass(frozen=True, kw_only=True)
class Task(Entry):
    """A line of « À traiter »: how what waits is said, the list that shows it, and how it is counted.

    A task about sites gives a condition on their rows: all of these are counted in one query, so that one more costs
    none. Any other task counts for itself, within its `queries`.
    """

    one: str
    many: str
    #: Name of the address of the list, and what narrows it; each list also takes « territoire ».
    list_name: str
    query: str = ""
    #: A condition (Q) on the columns of sites, or a sub-query: a join to many rows would count their sites again.
    condition: Callable[[], Any] | None = None
    #: Called with the reader and the sites that their home counts.
    count: Callable[[Any, Any], int] | None = None

    def __post_init__(self) -> None:
        if (self.condition is None) == (self.count is None):
            raise ValueError(f"{self.key!r} takes either a condition or a count")


PANELS = HomePanels()
TASKS: Registry[Task] = Registry()

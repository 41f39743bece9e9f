"""What rooms plant on an empty platform for its demonstration, before the registry fills in its sites."""

from collections.abc import Callable

_planters: list[Callable[[], None]] = []


def register_planter(planter: Callable[[], None]) -> None:
    """Let a room create its own pages; harmless when they are there already."""
    _planters.append(planter)


def plant() -> None:
    """Create what every room has registered."""
    for planter in _planters:
        planter()

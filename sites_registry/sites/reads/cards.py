"""What rooms add to the cards of a list of sites: a badge at the head, a line, a column of the table."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rbsite.base.registry import Entry, Registry

from ..models import Intervention, SitePage

_WORKED_ON = "Intervenants : {organisations}"
_NOT_WORKED_ON = "Sans intervenant connu"


@dataclass(frozen=True, kw_only=True)
class CardLine(Entry):
    """Words about sites; on each site the right is asked first, and nothing is read when it is held on none.

    `load(user, sites)` gives the words of each site, by key, in `queries` queries at most for a whole page of cards.
    """

    load: Callable[[Any, Sequence[SitePage]], Mapping[int, str]]
    #: Kind of the badge (info, warning…) when the words stand among the badges rather than on a line of their own.
    badge: str = ""
    #: Title of their column in the table, which shows no words without one.
    column: str = ""


CARD_LINES: Registry[CardLine] = Registry()


@dataclass
class Said:
    """The words of rooms about one site: lines, (kind, words) of badges, (title, words) of cells."""

    lines: list[str] = field(default_factory=list)
    badges: list[tuple[str, str]] = field(default_factory=list)
    cells: list[tuple[str, str]] = field(default_factory=list)


def dress_cards(user, sites: Sequence[SitePage], as_table: bool) -> list[str]:
    """Give each site its `said`, of the entries that cards (or the table) show; return the titles of columns."""
    entries = [entry for entry in CARD_LINES.open_to(user) if entry.column or not as_table]
    words = {entry.key: _words(entry, user, sites) for entry in entries}
    for site in sites:
        site.said = Said()
        for entry in entries:
            _say(site.said, entry, words[entry.key].get(site.pk, ""), as_table)
    return [entry.column for entry in entries] if as_table else []


def _words(entry: CardLine, user, sites: Sequence[SitePage]) -> Mapping[int, str]:
    allowed = [site for site in sites if entry.may(user, site)]
    return entry.load(user, allowed) if allowed else {}


def _say(said: Said, entry: CardLine, words: str, as_table: bool) -> None:
    if as_table:
        said.cells.append((entry.column, words))
    elif words and entry.badge:
        said.badges.append((entry.badge, words))
    elif words:
        said.lines.append(words)


def _who_works_there(user, sites: Sequence[SitePage]) -> dict[int, str]:
    """The organisations of those who work on each site, each once; of an open site, also that there is nobody."""
    found: defaultdict[int, dict[str, None]] = defaultdict(dict)
    interventions = Intervention.objects.current().filter(site__in=sites).select_related("user__organisation")
    for row in interventions.order_by("since"):
        found[row.site_id][str(row.user.organisation or row.user)] = None
    worked_on = {pk: _WORKED_ON.format(organisations=", ".join(names)) for pk, names in found.items()}
    return {site.pk: _NOT_WORKED_ON for site in sites if site.is_open} | worked_on


def register_lines() -> None:
    """Put the registry's own words on the cards."""
    CARD_LINES.register(CardLine(key="intervenants", order=10, load=_who_works_there, queries=1))

"""Sections and tabs of an object's page: registries that rooms fill in `ready()`, one for each kind of page.

A section stands on the page. A tab is what grows (journal, actions, history…): it has an address of its own, and the
page says one line of it. Each room renders its own template with its own variables; what the page gives to all of them
(the object, the open form…) stays within reach.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.validators import slug_re
from django.db.models import CharField, Count, Max, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse

from .registry import Entry, Part, Registry

#: What a section's template is given; None when there is nothing to show to this reader.
Variables = dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Section(Entry):
    """A part of the page: `key` is its anchor, `title` its name in the page's menu."""

    title: str
    template: str
    #: context(user, obj); costs at most `queries`.
    context: Callable[[Any, Any], Variables]


@dataclass(frozen=True)
class Line:
    """What the page says of a tab: how many things are there, and when the last one came (None: unknown, or none)."""

    count: int
    last: date | datetime | None = None


@dataclass(frozen=True)
class Counted:
    """The things of a tab that its reader may see, once each (no join), and the column that dates them."""

    rows: QuerySet
    dated_by: str


def _nothing_more(user: Any, obj: Any) -> Variables:
    return {}


@dataclass(frozen=True, kw_only=True)
class Tab(Section):
    """What stands at an address of its own, of which `key` is the last part; the page shows its line.

    `key` must be no other address of the page. Whatever the number of tabs, one query counts for the lines of all of
    them: `queries` is what a tab adds to it.
    """

    template: str = "components/tab_line.html"
    #: line(user, obj): what is to be counted, or a line for which nothing more need be read.
    line: Callable[[Any, Any], Line | Counted]
    #: What is counted, and which one is the last: « action », « actions », « la dernière ».
    words: tuple[str, str, str]
    #: screen(request, obj): the tab's own page; it is asked once the reader may see the object and the tab.
    screen: Callable[[HttpRequest, Any], HttpResponse]
    #: What the page shows beside the line, to a template other than the plain one.
    context: Callable[[Any, Any], Variables] = _nothing_more
    #: Queries of its own page at most, beside the five of every page.
    own_queries: int = 6

    def __post_init__(self) -> None:
        if not slug_re.match(self.key):
            raise ValueError(f"{self.key!r} cannot be the end of an address")


@dataclass(frozen=True)
class SectionPart(Part):
    """A section as one reader sees it."""

    section: Section


_kinds: defaultdict[str, Registry[Section]] = defaultdict(Registry)


def sections_of(kind: str) -> Registry[Section]:
    """The sections and tabs of the pages of a kind (« site »); rooms may fill it in any order."""
    return _kinds[kind]


def parts_of(kind: str, user: Any, obj: Any) -> list[SectionPart]:
    """The sections of `obj` that `user` may see and in which there is something to show, in order.

    `obj` says its own address (`address_on_platform`).
    """
    read = ((section, section.context(user, obj)) for section in sections_of(kind).open_to(user, obj))
    shown = [(section, variables) for section, variables in read if variables is not None]
    lines = _lines(user, obj, [section for section, _variables in shown if isinstance(section, Tab)])
    return [
        SectionPart(section.template, lines.get(section.key, {}) | variables, section) for section, variables in shown
    ]


def open_tab(kind: str, key: str, request: HttpRequest, obj: Any) -> HttpResponse:
    """The tab's own page; raises Http404 for one that does not exist or that the reader may not see."""
    tabs = (section for section in sections_of(kind) if isinstance(section, Tab) and section.key == key)
    tab = next(tabs, None)
    if tab is None or not tab.may(request.user, obj):
        raise Http404
    return tab.screen(request, obj)


def _lines(user: Any, obj: Any, tabs: list[Tab]) -> dict[str, dict[str, Any]]:
    """What the template of each tab is given: itself, its line (a query for all of them) and its address."""
    said = {tab.key: tab.line(user, obj) for tab in tabs}
    counts = _count({key: line for key, line in said.items() if isinstance(line, Counted)})
    return {
        tab.key: {
            "tab": tab,
            "line": counts.get(tab.key, Line(0)) if isinstance(said[tab.key], Counted) else said[tab.key],
            "address": f"{obj.address_on_platform}{tab.key}/",
        }
        for tab in tabs
    }


def _count(counted: Mapping[str, Counted]) -> dict[str, Line]:
    """Nothing of those that have no row: a branch that cannot have any is dropped by the union."""
    if not counted:
        return {}
    first, *others = (_count_and_last(key, what) for key, what in counted.items())
    return {key: Line(count, last) for key, count, last in first.union(*others, all=True)}


def _count_and_last(key: str, what: Counted) -> QuerySet:
    """One row: the key of a tab, how many rows it has, the date of the last one."""
    rows = what.rows.order_by().values(tab=Value(key, CharField()))
    return rows.values_list("tab", Count("pk"), Max(what.dated_by))

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

from django.http import Http404, HttpRequest, HttpResponse

from .registry import Entry, Registry

#: What a section's template is given; None when there is nothing to show to this reader.
Variables = Mapping[str, Any] | None


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


def _nothing_more(user: Any, obj: Any) -> Variables:
    return {}


@dataclass(frozen=True, kw_only=True)
class Tab(Section):
    """What stands at an address of its own, of which `key` is the last part; the page shows its line.

    Costs at most one query on the page, and at most `own_queries` at its own address.
    """

    template: str = "components/tab_line.html"
    #: line(user, obj): what the page says of the tab.
    line: Callable[[Any, Any], Line]
    #: What is counted, and which one is the last: « action », « actions », « la dernière ».
    words: tuple[str, str, str]
    #: screen(request, obj): the tab's own page; it is asked once the reader may see the object and the tab.
    screen: Callable[[HttpRequest, Any], HttpResponse]
    #: What the page shows beside the line, to a template other than the plain one.
    context: Callable[[Any, Any], Variables] = _nothing_more
    queries: int = 1
    own_queries: int = 6


@dataclass(frozen=True)
class Part:
    """A section as one reader sees it: itself and the variables of its template."""

    section: Section
    context: Mapping[str, Any]


_kinds: defaultdict[str, Registry[Section]] = defaultdict(Registry)


def sections_of(kind: str) -> Registry[Section]:
    """The sections and tabs of the pages of a kind (« site »); rooms may fill it in any order."""
    return _kinds[kind]


def parts_of(kind: str, user: Any, obj: Any) -> list[Part]:
    """The sections of `obj` that `user` may see and in which there is something to show, in order."""
    read = ((section, _variables(section, user, obj)) for section in sections_of(kind).open_to(user, obj))
    return [Part(section, variables) for section, variables in read if variables is not None]


def _variables(section: Section, user: Any, obj: Any) -> Variables:
    variables = section.context(user, obj)
    if variables is None or not isinstance(section, Tab):
        return variables
    address = f"{obj.address_on_platform}{section.key}/"
    return {"tab": section, "line": section.line(user, obj), "address": address, **variables}


def open_tab(kind: str, key: str, request: HttpRequest, obj: Any) -> HttpResponse:
    """The tab's own page; raises Http404 for one that does not exist or that the reader may not see."""
    tabs = (section for section in sections_of(kind) if isinstance(section, Tab) and section.key == key)
    tab = next(tabs, None)
    if tab is None or not tab.may(request.user, obj):
        raise Http404
    return tab.screen(request, obj)

"""A room above, as the next ones will be: it adds one of each thing to what the rooms below show.

Its objects are organisations, for whoever holds the right to procedures; nothing below knows of it.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import Organisation, User
from rbsite.accounts.permissions import whoever_may
from rbsite.base.finders import FINDERS, Answers, Finder, Proposal
from rbsite.base.home_panels import PANELS, TASKS, HomePanel, Place, Task
from rbsite.base.menu import MENU, MenuEntry
from rbsite.base.metrics import METRICS, Metric
from rbsite.base.registry import Entry, Registry
from rbsite.base.report_sections import ReportSection

RIGHT = whoever_may(Feature.PROCEDURE_ACCESS)
SHOWN = 3


@dataclass(frozen=True)
class Addition:
    """What the room adds, where it is seen, and by what it is known there."""

    registry: Registry
    entry: Entry
    address: str
    mark: str

    def __str__(self) -> str:
        return f"{type(self.entry).__name__} {self.entry.key}"


def _panel(request: Any) -> dict[str, Any]:
    names = Organisation.objects.order_by("pk").values_list("name", flat=True)[:SHOWN]
    return {"figures": [{"label": f"structure suivie : {name}", "value": 1} for name in names]}


def _organisations(user: Any, sites: Any) -> int:
    """Organisations on the platform. Source: the directory."""
    return Organisation.objects.count()


def _large_sites() -> Any:
    """Sites where ten persons or more live. Source: the latest answer to « nombre de personnes »."""
    return Count("pk", filter=_is_large())


def _is_large() -> Q:
    return Q(population_total__gte=10)


def _find(text: str, user: Any, limit: int) -> Answers:
    found = User.objects.filter(last_name__icontains=text).select_related("organisation").order_by("pk")
    return Answers(list(found[:limit]))


def _propose(person: User) -> Proposal:
    return Proposal(f"Membre {person}", "Membre", "/plan-du-site/")


def section_rows(user: Any, sites: Any) -> list[tuple[str, int]]:
    by_commune = sites.order_by().values_list("commune__name").annotate(count=Count("pk"))
    return list(by_commune.order_by("commune__name"))


def _task(key: str, **counted: Any) -> Task:
    words = {"one": f"chose à voir ({key})", "many": f"choses à voir ({key})"}
    return Task(key=key, list_name="site_map", may=RIGHT, **words, **counted)


def _metric(key: str, **counted: Any) -> Metric:
    words = {"one": f"unité ({key})", "many": f"unités ({key})"}
    return Metric(key=key, list_name="site_map", may=RIGHT, on_home=True, **words, **counted)


HOME, SEARCH, PLAN = "/tableau-de-bord/", "/recherche/?q=membre", "/plan-du-site/"
PANEL = HomePanel(
    key="room", template="components/key_figures.html", context=_panel, place=Place.CELL, may=RIGHT, queries=1
)
FINDER = Finder(
    key="membres",
    title="Membres trouvés",
    find=_find,
    template="accounts/found_people.html",
    propose=_propose,
    may=RIGHT,
    queries=1,
)
SECTION = ReportSection(key="room", title="Par commune", headers=("Commune", "Sites"), rows=section_rows, may=RIGHT)
ADDITIONS = [
    Addition(PANELS, PANEL, HOME, "structure suivie"),
    Addition(TASKS, _task("large", condition=_is_large), HOME, "choses à voir (large)"),
    Addition(TASKS, _task("known", count=_organisations, queries=1), HOME, "choses à voir (known)"),
    Addition(METRICS, _metric("large", aggregate=_large_sites), HOME, "unités (large)"),
    Addition(METRICS, _metric("known", value=_organisations, queries=1), HOME, "unités (known)"),
    Addition(FINDERS, FINDER, SEARCH, "Membres trouvés"),
    Addition(FINDERS, FINDER, "/recherche/propositions?q=membre", '"context": "Membre"'),
    Addition(MENU, MenuEntry("Lieu de la salle", "/salle/", "site", may=RIGHT), PLAN, "Lieu de la salle"),
    Addition(MENU, MenuEntry("Saisir un mot", "/salle/mot/", "plus", is_verb=True, may=RIGHT), PLAN, "Saisir un mot"),
]

"""What the rooms below show is registered like the rest: each piece costs what it declares, whatever its size."""

from functools import partial

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from rbsite.accounts.models import User
from rbsite.base.finders import FINDERS
from rbsite.base.home_panels import PANELS, TASKS, Task
from rbsite.base.menu import MENU, MenuEntry
from rbsite.base.metrics import METRICS, Metric, aggregated
from rbsite.base.report_sections import ReportSection
from sites_registry.models import Intervention, Pin, SitePage
from sites_registry.sites.reads.home import Home
from sites_registry.sites.verbs import editing
from tests.factories import UserFactory, make_site

HOME = "/tableau-de-bord/"


@pytest.fixture
def grow(site_tree, territories, people):
    """`grow(n)`: n sites more that wait, that one has at hand, that others wrote on, and people to find."""

    def make(count: int) -> None:
        for number in range(count):
            site = make_site(territories["31555"], address=f"{number} rue Toulouse", population_total=20)
            Pin.objects.create(user=people.correspondent, site=site)
            Intervention.objects.create(user=people.intervener, site=site)
            editing.confirm_unchanged(site, by=people.operator)
            UserFactory(last_name=f"Toulouse {number}", local_admin=True, areas=[territories["31"]])

    return make


def cost_of(read) -> int:
    with CaptureQueriesContext(connection) as queries:
        read()
    return len(queries)


def request_of(person: User):
    """A request whose reader's rights were read, as they are before a page shows anything."""
    request = RequestFactory().get(HOME)
    request.user = User.objects.select_related("organisation").get(pk=person.pk)
    MENU.entries_for(request)
    return request


@pytest.mark.parametrize("who", ["correspondent", "national_admin"])
def test_each_panel_of_home_keeps_within_its_budget_whatever_its_size(who, grow, people):
    person = getattr(people, who)

    def costs() -> dict[str, int]:
        return {panel.key: cost_of(partial(panel.context, request_of(person))) for panel in PANELS.open_to(person)}

    grow(2)
    few = costs()
    grow(4)

    assert costs() == few
    assert [key for key, cost in few.items() if cost > PANELS[key].queries] == []


def test_each_finder_keeps_within_its_budget_whatever_its_answers(grow, people):
    request = request_of(people.correspondent)

    def costs() -> dict[str, int]:
        return {finder.key: cost_of(partial(finder.find, "toulouse", request.user, 10)) for finder in FINDERS}

    grow(2)
    few = costs()
    grow(4)

    assert costs() == few
    assert [key for key, cost in few.items() if cost > FINDERS[key].queries] == []


def test_all_that_sites_tell_on_home_is_counted_in_one_query(grow, people):
    grow(2)
    home = Home(request_of(people.correspondent).user, now=None)
    ground = home.ground

    assert ground.name == "Haute-Garonne"
    assert cost_of(lambda: (home.figures(), home.to_do())) == 1


def test_the_field_proposes_sites_then_territories_then_people(grow, people, client_for):
    grow(1)
    answers = client_for(people.correspondent).get("/recherche/propositions?q=toulouse").json()["results"]
    kinds = [answer["context"].partition(" ·")[0] for answer in answers]

    assert kinds[0] == "Site"
    assert kinds[-1] == "Personne"
    assert "Commune" in kinds[1:-1]


def test_people_are_unknown_when_known_nowhere_and_none_without_site(site_tree, territories):
    people = METRICS["people"]

    def said() -> str:
        return people.words(aggregated(SitePage.objects.all(), {"people": people.aggregate()})["people"])

    assert said() == "0\N{NO-BREAK SPACE}personne"
    site = make_site(territories["31555"])
    assert said() == "nombre de personnes inconnu"
    SitePage.objects.filter(pk=site.pk).update(population_total=12)
    assert said() == "12\N{NO-BREAK SPACE}personnes"


def test_every_metric_says_what_it_means_and_where_it_comes_from():
    assert list(METRICS)
    assert [metric.key for metric in METRICS if "Source:" not in metric.meaning] == []


def test_somebody_who_only_has_things_of_a_room_above_to_do_gets_the_panel(added, people, site_tree, client_for):
    added(TASKS, Task(key="seen", one="mot à lire", many="mots à lire", list_name="site_map", count=_two))
    page = client_for(people.observer).get(HOME).content.decode()

    assert "mots à lire" in page
    assert "Mes sites" not in page


def _two(user, sites) -> int:
    return 2


def _silent(user, sites):
    return 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: Task(key="x", one="", many="", list_name=""),
        lambda: Task(key="x", one="", many="", list_name="", condition=_two, count=_two),
        lambda: Metric(key="x", one="", many=""),
        lambda: Metric(key="x", one="", many="", value=_silent),
        lambda: ReportSection(key="x", title="Sites / communes", headers=(), rows=_two),
        lambda: ReportSection(key="x", title="x" * 32, headers=(), rows=_two),
    ],
)
def test_what_could_not_be_shown_is_refused_when_it_is_registered(make):
    with pytest.raises(ValueError, match="'"):
        make()


def test_two_rooms_cannot_take_the_same_key():
    with pytest.raises(ValueError, match="twice"):
        MENU.register(MenuEntry("Autres sites", "/sites/", "site"))
    assert [entry.label for entry in MENU if entry.path == "/sites/"] == ["Sites"]


def test_a_task_counts_among_the_sites_that_home_counts(added, site_tree, territories, people):
    make_site(territories["31555"])
    make_site(territories["33063"])
    added(TASKS, Task(key="all", one="", many="", list_name="site_map", count=lambda user, sites: sites.count()))
    lines = Home(request_of(people.correspondent).user, now=None).to_do()

    assert [line.count for line in lines if line.url.startswith("/plan-du-site/")] == [1]

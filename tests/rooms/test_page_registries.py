"""A room above adds a section, a tab, a filter and words of a card: shown with its right, absent and free without."""

import re
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.db.models import Q
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from rbsite.accounts.enums import Feature, Role
from rbsite.accounts.models import User
from rbsite.accounts.permissions import whoever_may
from rbsite.base.page_sections import Counted, Line, Section, Tab, sections_of
from rbsite.base.report_sections import ReportSection
from sites_registry.models import Intervention, Phase, Pin, SitePage, SitePhase
from sites_registry.sites.reads.cards import CARD_LINES, CardLine
from sites_registry.sites.reads.filters import ADDED_FILTERS, AddedFilter, SiteFilter
from tests.factories import UserFactory, make_site

pytestmark = pytest.mark.django_db

#: What the room of these tests keeps to itself: the correspondant holds it here, the observer nowhere.
RIGHT = Feature.PROCEDURE_ACCESS
WORDS = ("épingle", "épingles", "la dernière")


def pins_of(user, site) -> Counted:
    return Counted(Pin.objects.filter(site=site), "pinned_at")


def phases_of(user, site) -> Counted:
    return Counted(SitePhase.objects.filter(site=site), "completed_on")


def fans(user, site) -> dict:
    return {"items": [(pin.user.email, pin.pinned_at) for pin in Pin.objects.filter(site=site).select_related("user")]}


def pinned(user, sites) -> dict[int, str]:
    return {pin.site_id: "Épinglé par quelqu’un" for pin in Pin.objects.filter(site__in=sites)}


def own_page(request, site) -> HttpResponse:
    emails = Pin.objects.filter(site=site).select_related("user").values_list("user__email", flat=True)
    return HttpResponse(f"Épingles de {site.usual_name} : {', '.join(emails)}")


SECTION = Section(
    key="amateurs",
    order=45,
    title="Amateurs",
    template="components/definition_list.html",
    context=fans,
    may=whoever_may(RIGHT),
    queries=1,
)
TAB = Tab(
    key="epingles",
    order=85,
    title="Épingles",
    words=WORDS,
    line=pins_of,
    screen=own_page,
    may=whoever_may(RIGHT),
    own_queries=1,
)
FILTER = AddedFilter(
    key="amateur",
    label="Amateurs",
    choices=[("oui", "Quelqu’un"), ("non", "Personne")],
    conditions=lambda choice: (
        Q(pk__in=Pin.objects.values("site")) if choice == "oui" else ~Q(pk__in=Pin.objects.values("site"))
    ),
    feature=RIGHT,
    in_view=True,
)
CARD = CardLine(key="amateurs", order=20, load=pinned, may=whoever_may(RIGHT), queries=1, column="Amateurs")


@pytest.fixture
def add_all(added) -> Callable[[], None]:
    """Add the four of them."""

    def add() -> None:
        added(sections_of("site"), SECTION)
        added(sections_of("site"), TAB)
        added(ADDED_FILTERS, FILTER)
        added(CARD_LINES, CARD)

    return add


@pytest.fixture
def page_for(client_for) -> Callable[[User, str], tuple[bytes, int]]:
    """`page_for(user, address)`: the bytes of a page but for its form tokens, and how many queries they cost."""

    def page(user: User, address: str) -> tuple[bytes, int]:
        client = client_for(user)
        client.get(address)  # a first visit fills what the process and the session keep
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        assert answer.status_code == 200
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        body = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", body)
        return body, len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    return page


@pytest.fixture
def site(site_tree, territories):
    return make_site(territories["31555"], address="3 chemin des Vignes", population_total=12)


def pin(site, count: int) -> None:
    for _number in range(count):
        Pin.objects.create(site=site, user=UserFactory())


def words_of(content: bytes, selector: str = "main") -> str:
    found = BeautifulSoup(content, "html.parser").select_one(selector)
    return " ".join(found.get_text(" ").replace("\N{NO-BREAK SPACE}", " ").split()) if found else ""


def addresses(site) -> list[str]:
    """Every screen that shows something of the registries, with the parameter of the filter among others."""
    screens = ("/sites/", "/sites/carte/", "/sites/carte/donnees.json")
    asked = [f"{screen}?amateur=oui&type=land" for screen in screens]
    return [site.address_on_platform, "/sites/?vue=tableau", *screens, *asked]


EXPORTS = ["/sites/exporter/?amateur=oui", "/sites/exporter/?telecharger=1&format=csv&amateur=oui"]


def test_with_the_right_all_of_it_is_shown(site, people, client_for, add_all) -> None:
    add_all()
    pin(site, 2)
    client = client_for(people.correspondent)
    page = client.get(site.address_on_platform).content
    listed, table, mapped = (client.get(f"/sites/{more}").content for more in ("", "?vue=tableau", "carte/"))

    menu = [link["href"] for link in BeautifulSoup(page, "html.parser").select(".rb-sections a")]
    assert menu[2:5] == ["#habitants", "#amateurs", "#conditions"]
    assert Pin.objects.first().user.email in words_of(page)
    assert "2 épingles, la dernière le" in words_of(page, "#epingles a")
    assert client.get(f"{site.address_on_platform}epingles/").content.startswith("Épingles de 3 chemin".encode())
    assert "Épinglé par quelqu’un" in words_of(listed, ".rb-site-card")
    assert "Amateurs" in words_of(table, "thead")
    assert "Épinglé par quelqu’un" in words_of(table, "tbody")
    assert "Amateurs" in words_of(listed, ".rb-filter-grid")
    assert "Amateurs" in words_of(mapped, ".rb-filter-grid")


def test_without_the_right_every_screen_is_the_same_byte_for_byte_and_costs_the_same(
    site, people, territories, page_for, add_all
) -> None:
    pin(site, 1)
    make_site(territories["31555"], address="Sans amateur")
    seen_by = [(people.observer, addresses(site)), (people.national_actor, [*addresses(site), *EXPORTS])]
    without = {(user, address): page_for(user, address) for user, asked in seen_by for address in asked}
    with_right = {address: page_for(people.correspondent, address) for address in [*addresses(site), *EXPORTS]}
    add_all()

    for (user, address), seen in without.items():
        assert page_for(user, address) == seen, address
    changed = [address for address, seen in with_right.items() if page_for(people.correspondent, address) != seen]
    assert set(changed) >= {site.address_on_platform, "/sites/", "/sites/carte/", "/sites/?vue=tableau", *EXPORTS}


def test_each_addition_costs_what_it_says_whatever_grows(site, people, page_for, added, territories) -> None:
    reader, page, listed = people.correspondent, site.address_on_platform, "/sites/"

    def costs() -> list[int]:
        return [page_for(reader, address)[1] for address in (page, listed, "/sites/carte/?amateur=oui")]

    pin(site, 2)
    bare = costs()
    added(sections_of("site"), SECTION)
    added(ADDED_FILTERS, FILTER)
    added(CARD_LINES, CARD)
    few = costs()
    added(sections_of("site"), TAB)
    more_tabs = Tab(key="etapes", title="Étapes", words=WORDS, line=phases_of, screen=own_page)
    one_tab = costs()
    added(sections_of("site"), more_tabs)
    two_tabs = costs()
    pin(site, 4)
    for rank in range(4):
        pin(make_site(territories["31555"], address=f"{rank} rue Neuve"), 3)
    SitePhase.objects.create(site=site, phase=Phase.objects.first(), started_by=people.operator)

    assert few == [bare[0] + SECTION.queries, bare[1] + CARD.queries, bare[2]]
    assert one_tab == [few[0] + 1, *few[1:]], "a query counts for the lines of tabs"
    assert costs() == two_tabs == one_tab, "however many there are"
    assert max(two_tabs) <= 12


def test_the_lines_of_tabs_say_how_many_and_the_last_day(site, people, client_for, added) -> None:
    added(sections_of("site"), TAB)
    added(sections_of("site"), Tab(key="etapes", title="Étapes", words=WORDS, line=phases_of, screen=own_page))
    known = Tab(key="visites", title="Visites", words=WORDS, line=lambda user, site: Line(1), screen=own_page)
    added(sections_of("site"), known)
    first, second = Phase.objects.all()[:2]
    SitePhase.objects.create(site=site, phase=first, started_by=people.operator, completed_on="2026-03-01")
    SitePhase.objects.create(site=site, phase=second, started_by=people.operator)
    page = client_for(people.correspondent).get(site.address_on_platform).content
    link = BeautifulSoup(page, "html.parser").select_one("#etapes a")

    assert words_of(page, "#epingles a") == "0 épingle"
    assert words_of(page, "#etapes a") == "2 épingles, la dernière le 1er mars 2026"
    assert words_of(page, "#visites a") == "1 épingle"
    assert link["href"] == f"{site.address_on_platform}etapes/"


def test_a_tab_that_is_refused_answers_as_a_missing_one_and_a_section_has_no_address(
    site, people, client_for, add_all
) -> None:
    add_all()
    client = client_for(people.observer)
    missing = client.get(f"{site.address_on_platform}inconnu/")
    nowhere = client.get("/sites/31/bcdfghjk/epingles/")

    for key in ("epingles", "amateurs", "localisation"):
        refused = client.get(f"{site.address_on_platform}{key}/")
        assert (refused.status_code, missing.status_code, nowhere.status_code) == (404, 404, 404)
        assert refused.content.replace(key.encode(), b"inconnu") == missing.content
        assert refused.headers == missing.headers
    assert client.get(f"{site.address_on_platform}historique/").status_code == 200


def test_a_tab_at_its_own_address_costs_what_it_says_beside_the_five_of_every_page(
    site, people, page_for, add_all
) -> None:
    add_all()
    costs = []
    for count in (2, 4):
        pin(site, count)
        costs.append(page_for(people.correspondent, f"{site.address_on_platform}epingles/")[1])

    assert costs == [5 + TAB.own_queries] * 2


def test_a_filter_finds_only_where_its_right_is_held_and_counts_alike_everywhere(
    site, people, client_for, territories, add_all
) -> None:
    add_all()
    national = UserFactory(role=Role.CORRESPONDENT, options=["read_national"], areas=[territories["31"]])
    elsewhere = make_site(territories["33063"], address="Quai des Vignes")
    pin(site, 1)
    pin(elsewhere, 1)
    make_site(territories["31555"], address="Sans amateur")
    client = client_for(national)
    assert client.get("/sites/").context["totals"]["sites"] == 3

    for choice, expected in (("oui", ["3 chemin des Vignes"]), ("non", ["Sans amateur"])):
        listed = client.get(f"/sites/?amateur={choice}")
        mapped = client.get(f"/sites/carte/donnees.json?amateur={choice}").json()
        exported = client.get(f"/sites/exporter/?amateur={choice}")
        assert [found.address for found in listed.context["page"]] == expected
        assert listed.context["totals"]["sites"] == len(mapped["sites"]["code"]) == len(expected)
        assert [chip["label"] for chip in listed.context["chips"]] == [
            f"Amateurs : {dict(FILTER.choices)[choice]}",
        ]
        assert exported.status_code == 200


def test_an_export_honours_an_added_filter_on_any_day(site, people, client_for, territories, add_all) -> None:
    add_all()
    pin(site, 1)
    make_site(territories["31555"], address="Sans amateur")

    def exported(user, more: str) -> str:
        answer = client_for(user).get(f"/sites/exporter/?telecharger=1&format=csv&amateur=oui{more}")
        return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()

    for more in ("", f"&date={site.declared_at}"):
        assert "3 chemin des Vignes" in exported(people.correspondent, more)
        assert "Sans amateur" not in exported(people.correspondent, more)
    assert "Sans amateur" in exported(people.national_actor, "")


def test_a_parameter_of_ours_cannot_be_taken(site) -> None:
    with pytest.raises(ValueError, match="type"):
        ADDED_FILTERS.register(AddedFilter(key="type", label="Type", choices=[], conditions=Q, feature=RIGHT))
    assert "type" in SiteFilter.base_filters


def test_words_of_a_card_are_read_for_the_sites_where_the_right_is_held(
    site, people, client_for, territories, added
) -> None:
    asked: list[list[SitePage]] = []

    def load(user, sites):
        asked.append(list(sites))
        return {one.pk: "Visible" for one in sites}

    added(CARD_LINES, CardLine(key="essai", load=load, may=whoever_may(RIGHT), badge="info"))
    make_site(territories["33063"], address="Quai des Vignes")
    national = UserFactory(role=Role.CORRESPONDENT, options=["read_national"], areas=[territories["31"]])
    cards = BeautifulSoup(client_for(national).get("/sites/?tri=nom").content, "html.parser").select(".rb-site-card")

    assert asked == [[site]]
    assert ["Visible" in card.text for card in cards] == [True, False]


def test_who_works_on_a_site_is_said_by_the_same_registry(site, people, client_for) -> None:
    client = client_for(people.observer)
    assert "Sans intervenant connu" in words_of(client.get("/sites/").content, ".rb-site-card")
    Intervention.objects.create(site=site, user=people.operator)

    assert f"Intervenants : {people.operator.organisation}" in words_of(client.get("/sites/").content, ".rb-site-card")


def test_a_tab_of_which_its_reader_may_see_nothing_says_so(site, people, client_for, added) -> None:
    """A list that cannot have any row is dropped by the query of all lines."""
    nothing = Tab(
        key="exports",
        title="Exports",
        words=("export", "exports", "le dernier"),
        line=lambda user, obj: Counted(SitePage.objects.visible_to(user, Feature.SITE_EXPORT), "situation_at"),
        screen=own_page,
    )
    added(sections_of("site"), nothing)

    answer = client_for(people.observer).get(site.address_on_platform)

    assert answer.status_code == 200
    assert "0 export" in words_of(answer.content, "#exports")


def test_an_added_filter_counts_each_site_once_whatever_it_joins(site, people, client_for, added) -> None:
    pin(site, 3)
    joined = AddedFilter(
        key="tenu",
        label="Épinglé",
        choices=[("oui", "Oui")],
        conditions=lambda choice: Q(pins__isnull=False),
        feature=Feature.SITE_READ,
    )
    added(ADDED_FILTERS, joined)
    page = client_for(people.correspondent).get("/sites/?tenu=oui").content

    assert "1 site" in words_of(page, "#total")


@pytest.mark.parametrize("key", ["tri", "page", "date", "personnes"])
def test_no_added_filter_takes_a_parameter_that_means_something_else(key) -> None:
    entry = AddedFilter(key=key, label="X", choices=[], conditions=lambda choice: Q(), feature=Feature.SITE_READ)

    with pytest.raises(ValueError):
        ADDED_FILTERS.register(entry)


@pytest.mark.parametrize("title", ["Sites", "Totaux", "'Journal'", "a/b", ""])
def test_no_section_of_a_report_takes_a_title_that_its_workbook_cannot_bear(title) -> None:
    with pytest.raises(ValueError):
        ReportSection(key="x", title=title, headers=(), rows=lambda user, sites: [])

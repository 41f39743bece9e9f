"""The page of a site and its tabs: what they cost whatever grows, and that each section is one of a registry."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rbsite.base.page_sections import sections_of
from sites_registry.models import Intervention, Phase, SitePage
from sites_registry.sites import verbs
from sites_registry.sites.enums import ClosingSolutionKind
from sites_registry.sites.reads.page import characteristics
from tests.factories import UserFactory, make_site

#: Session, person, rights (two), and the site itself.
EVERY_PAGE = 5
READERS = ("correspondent", "national_admin", "observer")


@pytest.fixture
def grown(site_tree, territories, people):
    """`grown(3)`: a site with three of everything that grows, and recent events that name each sort of object."""

    def at(rank):
        return f"SRID=4326;POINT(1.4500000 {43.61 + rank / 10_000:.7f})"

    def grow(size, *, is_closed):
        by, toulouse = people.national_admin, territories["31555"]
        site = make_site(toulouse, by=by, address=f"Ici {size}", point=at(0), is_reinstallation=True)
        origins = [make_site(toulouse, address=f"Origine {rank}") for rank in range(size)]
        for rank in range(size):
            make_site(toulouse, address=f"Proche {rank}", point=at(rank))
            Intervention.objects.create(site=site, user=UserFactory(areas=[territories["31"]]))
            verbs.update_site(site, {"population_total": rank + 1}, by=by)
        states = [("completed", timezone.localdate()), ("under_way", None)] * size
        verbs.set_phases(site, dict(zip(Phase.objects.values_list("slug", flat=True), states, strict=False)), by=by)
        verbs.update_site(site, {"incoming_sites": origins[:1]}, by=by)
        verbs.update_site(site, {"incoming_sites": origins}, by=by)
        verbs.update_site(site, {"commune": territories["31069"]}, by=by)
        if is_closed:
            solutions = [{"kind": kind, "people": 1} for kind in ClosingSolutionKind.values[:size]]
            closing = {"status": "resorbed", "closed_at": timezone.localdate(), "closed_with_solutions": True}
            verbs.close_site(site, by=by, solutions=solutions, **closing)
        return SitePage.objects.with_places().get(pk=site.pk)

    return grow


def queries_of(client, address: str) -> list[str]:
    """The queries of the second visit: the first one fills what the process keeps."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


@pytest.mark.django_db
@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "closed"])
def test_the_page_and_its_tab_keep_within_their_budget_whatever_grows(client_for, people, grown, is_closed):
    few, many = grown(2, is_closed=is_closed), grown(6, is_closed=is_closed)
    for reader in READERS:
        client = client_for(getattr(people, reader))
        on_page = [len(queries_of(client, site.address_on_platform)) for site in (few, many)]
        on_tab = [len(queries_of(client, f"{site.address_on_platform}historique/")) for site in (few, many)]

        assert on_page[0] == on_page[1] <= EVERY_PAGE + 6, f"{reader}: one more is for the lines of rooms above"
        assert on_tab[0] == on_tab[1] <= EVERY_PAGE + 6, reader


@pytest.mark.django_db
def test_what_the_page_of_a_grown_site_says_is_all_there(client_for, people, grown):
    site = grown(3, is_closed=True)
    page = BeautifulSoup(client_for(people.observer).get(site.address_on_platform).content, "html.parser")
    links = [link["href"] for link in page.select("#caracteristiques a")]
    history = " ".join(page.select_one("#historique").get_text(" ").replace("\N{NO-BREAK SPACE}", " ").split())

    assert links == [origin.address_on_platform for origin in site.incoming_sites.with_places().order_by("pk")]
    assert len(page.select("#localisation .rb-links li")) == 3
    assert len(page.select("#intervenants .rb-split > div:first-child li")) == 3
    assert len(page.select("#fermeture li")) == 3
    assert "9 évènements, le dernier le" in history
    for words in ("Toulouse (31)", "Blagnac (31)", "Origine 2", "terminée le"):
        assert words in history


@pytest.mark.django_db
def test_a_site_of_origin_elsewhere_is_named_neither_on_the_page_nor_in_its_history(
    client_for, people, territories, grown
):
    site, hidden = grown(2, is_closed=False), make_site(territories["33063"], address="Caché à Bordeaux")
    verbs.update_site(site, {"incoming_sites": [hidden]}, by=people.national_admin)
    client = client_for(people.correspondent)

    for address in (site.address_on_platform, f"{site.address_on_platform}historique/"):
        assert "Caché à Bordeaux" not in client.get(address).content.decode()
    assert "Caché à Bordeaux" in client_for(people.national_admin).get(site.address_on_platform).content.decode()


@pytest.mark.django_db
def test_a_draft_shows_its_own_sites_of_origin_those_that_the_reader_may_read(people, territories, grown):
    site, hidden = grown(2, is_closed=False), make_site(territories["33063"], address="Caché à Bordeaux")
    other = make_site(territories["31555"], address="Nouvelle origine")
    site.incoming_sites = [other, hidden]

    assert [origin.pk for origin in characteristics(people.correspondent, site)["incoming_sites"]] == [other.pk]
    assert {origin.pk for origin in characteristics(people.national_admin, site)["incoming_sites"]} == {
        other.pk,
        hidden.pk,
    }


@pytest.mark.django_db
def test_the_menu_of_the_page_leads_to_each_section_that_is_there(client_for, people, grown):
    for is_closed in (False, True):
        site = grown(1, is_closed=is_closed)
        page = BeautifulSoup(client_for(people.observer).get(site.address_on_platform).content, "html.parser")
        anchors = [link["href"].removeprefix("#") for link in page.select(".rb-sections a")]
        titled = [section["id"] for section in page.select(".rb-site > .rb-section")]

        assert anchors == titled
        assert ("fermeture" in anchors) == is_closed
        assert set(anchors) <= {section.key for section in sections_of("site")}


@pytest.mark.django_db
def test_a_population_of_the_past_stands_in_its_column(client_for, people, grown):
    site = grown(1, is_closed=False)
    a_month_ago = timezone.now() - timedelta(days=30)
    verbs.record_past_state(site, {"population_total": 77}, by=people.national_admin, at=a_month_ago)
    page = BeautifulSoup(client_for(people.observer).get(site.address_on_platform).content, "html.parser")

    assert [cell.text for cell in page.select("#habitants tbody tr:first-child td")] == ["1", "?", "77"]

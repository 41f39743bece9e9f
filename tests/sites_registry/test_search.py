"""One search over sites, territories and people; « autour de moi »; the choice of a site to bring up to date."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rbsite.accounts.models import User
from sites_registry.models import Intervention, Pin, SitePage
from sites_registry.sites import verbs as actions
from tests.factories import OrganisationFactory, UserFactory, make_site


@pytest.fixture
def sites(site_tree, territories):
    return {
        "vignes": make_site(
            territories["31555"], address="3 chemin des Vignes", point="SRID=4326;POINT(1.4500000 43.6100000)"
        ),
        "closed": make_site(
            territories["31555"],
            address="Ancienne vigne",
            status="unknown",
            declared_at=date(2025, 1, 5),
            closed_at=date(2025, 5, 5),
        ),
        "far": make_site(territories["31069"], address="Aéroport", point="SRID=4326;POINT(1.3700000 43.6300000)"),
        "bordeaux": make_site(territories["33063"], address="Quai des Vignes"),
    }


@pytest.fixture
def page_of(client_for, people):
    def page(address, user=None):
        answer = client_for(user or people.correspondent).get(address)
        assert answer.status_code == 200
        return BeautifulSoup(answer.content, "html.parser")

    return page


def links(page, where: str) -> list[str]:
    return [link.text for link in page.select(f"{where} article a")]


def test_a_search_finds_sites_open_ones_first_and_none_outside_ones_territory(sites, page_of):
    page = page_of("/recherche/?q=vigne")

    assert links(page, "#sites") == ["3 chemin des Vignes", "Ancienne vigne"]
    assert "Quai des Vignes" not in page.text


def test_a_search_finds_territories_and_opens_the_list_of_their_sites(sites, page_of, territories):
    page = page_of("/recherche/?q=toulous")

    assert page.select_one("#territoires a")["href"] == "/sites/?territoire=commune-31555"


def test_a_search_finds_people_by_name_and_organisation_whatever_the_accents(sites, page_of):
    person = UserFactory(first_name="Hélène", last_name="Müller", organisation=OrganisationFactory(name="Les Échelles"))

    for text in ("helene", "Muller", "echelles helene"):
        assert [who.text.strip() for who in page_of(f"/recherche/?q={text}").select("#personnes strong")] == [
            str(person)
        ]


def test_people_without_an_account_are_not_found(sites, page_of):
    person = UserFactory(last_name="Disparu")
    User.objects.filter(pk=person.pk).update(status="inactive", is_active=False)

    assert "Rien ne correspond" in page_of("/recherche/?q=Disparu").text


def test_the_field_proposes_the_same_while_one_types(sites, client_for, people):
    answer = client_for(people.correspondent).get("/recherche/propositions?q=vigne")

    assert [item["label"] for item in answer.json()["results"]] == ["3 chemin des Vignes", "Ancienne vigne"]
    assert answer.json()["results"][0]["url"] == sites["vignes"].address_on_platform
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=%00", "?lat=nan&lon=1", "?lat=12", "?lat=91&lon=0", "?q=" + "x" * 900]
)
def test_a_search_for_nothing_that_makes_sense_is_answered_calmly(query, sites, client_for, people):
    client = client_for(people.correspondent)

    assert client.get(f"/recherche/{query}").status_code == 200
    assert client.get(f"/recherche/propositions{query}").status_code == 200


def test_around_me_lists_the_nearest_sites_that_one_may_read_with_their_distance(sites, page_of):
    SitePage.objects.filter(pk=sites["bordeaux"].pk).update(latitude=43.611, longitude=1.451, is_approximate=False)
    page = page_of("/recherche/?lat=43.611&lon=1.451")

    assert links(page, "main") == ["3 chemin des Vignes", "Aéroport"]
    distances = [" ".join(text.text.split()) for text in page.select("article p")]
    assert "à 100 m" in distances[0].replace("\N{NO-BREAK SPACE}", " ")
    assert "à 6,9 km" in distances[1].replace("\N{NO-BREAK SPACE}", " ")


def test_a_site_at_its_communes_centre_is_said_to_be_near_nothing(site_tree, territories, page_of):
    make_site(territories["31555"], address="Quelque part")

    assert "Aucun site connu par ici" in page_of("/recherche/?lat=43.60426&lon=1.44367").text


def test_the_sites_to_bring_up_to_date_are_ones_own_then_those_one_wrote_on(sites, territories, people, page_of):
    pinned = make_site(territories["31149"], address="Épinglé")
    worked = make_site(territories["31149"], address="Suivi")
    written = make_site(territories["31149"], address="Écrit")
    Pin.objects.create(user=people.correspondent, site=pinned)
    Intervention.objects.create(user=people.correspondent, site=worked)
    actions.confirm_unchanged(sites["far"], by=people.operator)
    actions.confirm_unchanged(written, by=people.correspondent)
    found = links(page_of("/sites/actualiser/"), "main")

    assert set(found[:2]) == {"Épinglé", "Suivi"}
    assert found[2:] == ["Écrit", "Aéroport", "3 chemin des Vignes"]


def test_who_may_bring_no_site_up_to_date_is_told_so(sites, people, page_of):
    assert "Aucun site à actualiser" in page_of("/sites/actualiser/", people.observer).text


def test_search_costs_as_many_queries_with_three_times_the_answers(sites, territories, people, client_for):
    client = client_for(people.correspondent)

    def cost(address) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    addresses = ["/recherche/?q=vignes", "/recherche/?lat=43.611&lon=1.451", "/sites/actualiser/"]
    few = [cost(address) for address in addresses]
    for number in range(9):
        make_site(
            territories["31555"], address=f"{number} rue des Vignes", point="SRID=4326;POINT(1.4500000 43.6100000)"
        )
        UserFactory(last_name=f"Vignes {number}")

    assert [cost(address) for address in addresses] == few
    assert max(few) <= 12


def test_a_name_in_any_script_or_with_any_apostrophe_is_found_in_the_search_the_list_and_the_field(
    site_tree, territories, page_of, client_for, people
):
    make_site(territories["31555"], address="1 rue Haute", name="Лагерь Север")
    make_site(territories["31555"], address="2 rue Haute", name="مخيّم الجسر")
    make_site(territories["31555"], address="3 rue Haute", name="Καταυλισμός")
    make_site(territories["31555"], address="4 rue de l’Échangeur", name="Saint–Jean")
    client = client_for(people.correspondent)

    for typed, address in {
        "лагерь": "1 rue Haute",
        "лагеръ север": "1 rue Haute",
        "الجسر": "2 rue Haute",
        "καταυλισμος": "3 rue Haute",
        "l'echangeur": "4 rue de l’Échangeur",
        "SAINT-JEAN": "4 rue de l’Échangeur",
    }.items():
        assert address in page_of(f"/recherche/?q={typed}").select_one("#sites").text, typed
        assert address in page_of(f"/sites/?q={typed}").text, typed
        proposed = client.get("/recherche/propositions", {"q": typed}).json()["results"]
        assert address in proposed[0]["label"], typed

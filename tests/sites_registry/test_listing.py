"""The list of sites: search, filters, sorts, totals, and what it costs."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sites_registry import actions
from sites_registry.models import SitePage
from tests.factories import make_site


@pytest.fixture
def sites(site_tree, territories):
    """Four sites in Haute-Garonne (one closed) and one in Gironde."""
    old = timezone.localdate() - timedelta(days=300)
    return {
        "vignes": make_site(
            territories["31555"],
            address="3 chemin des Vignes",
            name="La Fenêtre",
            population_total=40,
            origins=["eu"],
            water_access_type="borne_incendie",
            water_status="bad",
        ),
        "port": make_site(territories["31555"], address="12 quai du Port", site_type="building", population_total=8),
        "blagnac": make_site(territories["31069"], address="Route de Grenade", at=old, origins=["eu", "french"]),
        "closed": make_site(
            territories["31069"],
            address="Ancien stade",
            status="resorbed",
            declared_at=date(2025, 1, 5),
            closed_at=date(2025, 5, 5),
            closed_with_solutions=True,
            population_total=100,
        ),
        "bordeaux": make_site(territories["33063"], address="Quai des Vignes"),
    }


@pytest.fixture
def found(client_for, people, sites):
    """`found(personnes="-9")`: keys of the sites that the list shows to the correspondant of Haute-Garonne."""
    client = client_for(people.correspondent)
    keys = {site.pk: key for key, site in sites.items()}

    def search(**params):
        answer = client.get(f"{reverse('sites:list')}?{urlencode(params, doseq=True)}")
        return {keys[site.pk] for site in answer.context["page"]}

    return search


def test_the_list_shows_the_open_sites_of_ones_territory_only(found):
    assert found() == {"vignes", "port", "blagnac"}
    assert found(onglet="fermes") == {"closed"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("toulous", {"vignes", "port"}),
        ("TOULOUSE", {"vignes", "port"}),
        ("fenetre", {"vignes"}),
        ("chemin vignes", {"vignes"}),
        ("chemin des vignnes", {"vignes"}),
        ("blagnac", {"blagnac"}),
        ("bordeaux", set()),
        ("qqqqqq", set()),
        ("%", set()),
    ],
)
def test_sites_are_found_by_name_address_or_commune_whatever_the_accents(found, typed, expected):
    assert found(q=typed) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"personnes": "-9"}, {"port"}),
        ({"personnes": ["-9", "10-99"]}, {"port", "vignes"}),
        ({"personnes": "inconnu"}, {"blagnac"}),
        ({"type": "building"}, {"port"}),
        ({"origine": "ue-seule"}, {"vignes"}),
        ({"origine": "eu"}, {"vignes", "blagnac"}),
        ({"origine": "inconnu"}, {"port"}),
        ({"conditions": "water"}, {"vignes"}),
        ({"actualisation": "ancien"}, {"blagnac"}),
        ({"actualisation": "recent"}, {"vignes", "port"}),
        ({"objectif": "oui"}, set()),
        ({"canicule": "non"}, {"vignes", "port", "blagnac"}),
        ({"personnes": "10-99", "type": "building"}, set()),
        ({"territoire": "commune-31069"}, {"blagnac"}),
        ({"territoire": "epci-243100518"}, {"vignes", "port", "blagnac"}),
        ({"territoire": "departement-33"}, set()),
        ({"territoire": "nulle part du tout"}, set()),
        ({"onglet": "fermes", "annee": "2025"}, {"closed"}),
        ({"onglet": "fermes", "annee": "2024"}, set()),
        ({"onglet": "fermes", "resorbe": "resorbe"}, {"closed"}),
        ({"onglet": "fermes", "resorbe": "ferme"}, set()),
        ({"onglet": "fermes", "cause": "resorbed"}, {"closed"}),
        ({"personnes": "n’importe quoi"}, {"vignes", "port", "blagnac"}),
        ({"personnes": "n’importe quoi", "onglet": "fermes"}, {"closed"}),
        ({"personnes": ["n’importe quoi", "-9"]}, {"port"}),
        ({"onglet": "fermes", "annee": "0"}, {"closed"}),
        ({"onglet": "fermes", "annee": "99999999999999999999"}, {"closed"}),
        ({"territoire": "departement-\x00", "q": "\x00"}, {"vignes", "port", "blagnac"}),
    ],
)
def test_filters_add_up_inside_and_narrow_down_between(found, params, expected):
    assert found(**params) == expected


def test_totals_follow_the_filters_and_say_what_is_unknown(client_for, people, sites):
    page = client_for(people.correspondent).get(reverse("sites:list"))
    totals = page.context["totals"]

    assert (totals["sites"], totals["people"], totals["without_figure"]) == (3, 48, 1)
    assert totals["fresh_share"] == 67


def test_sites_are_sorted_and_unknown_dates_come_last(client_for, people, sites):
    actions.update_site(sites["port"], {"built_at": date(2020, 1, 1)}, by=people.correspondent)
    client = client_for(people.correspondent)

    by_name = client.get("/sites/?tri=nom").context["page"]
    by_installation = client.get("/sites/?tri=installation").context["page"]

    assert [site.address for site in by_name] == ["12 quai du Port", "3 chemin des Vignes", "Route de Grenade"]
    assert by_installation[0].address == "12 quai du Port"


def test_an_empty_list_says_what_to_do(client_for, people, site_tree):
    client = client_for(people.correspondent)

    assert "Aucun site sur votre territoire" in client.get("/sites/").content.decode()


def test_a_search_without_result_offers_all_sites(client_for, people, sites):
    assert "Aucun site ne correspond" in client_for(people.correspondent).get("/sites/?q=zzzz").content.decode()


def test_list_and_site_page_cost_the_same_queries_whatever_the_number_of_sites(
    client_for, people, site_tree, territories
):
    client = client_for(people.correspondent)

    def queries():
        counts = []
        for path in ("/sites/?q=rue&personnes=inconnu", SitePage.objects.first().address_on_platform):
            client.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            counts.append(len(captured))
        return counts

    for number in range(5):
        make_site(territories["31555"], address=f"{number} rue Neuve")
    few = queries()
    for number in range(10):
        make_site(territories["31069"], address=f"{number} rue Vieille")
    many = queries()

    assert few == many
    assert max(many) <= 12

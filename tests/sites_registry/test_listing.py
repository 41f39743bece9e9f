"""The list of sites: search, filters, sorts, totals, and what it costs."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sites_registry.models import Intervention, Phase, Pin, SitePage, SitePhase
from sites_registry.sites import verbs as actions
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
            population_minors=10,
            minors_in_school=4,
            origins=["eu"],
            water_access_type="borne_incendie",
            water_status="bad",
        ),
        "port": make_site(
            territories["31555"],
            address="12 quai du Port",
            site_type="building",
            population_total=8,
            population_minors=2,
        ),
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
def followed(sites, people):
    """Pins, an intervention and a phase, of the correspondant and of others."""
    for key in ("port", "closed", "bordeaux"):
        Pin.objects.create(user=people.correspondent, site=sites[key])
    Pin.objects.create(user=people.operator, site=sites["blagnac"])
    Intervention.objects.create(user=people.correspondent, site=sites["vignes"])
    for key in ("blagnac", "closed"):
        SitePhase.objects.create(site=sites[key], phase=Phase.objects.first(), started_by=people.correspondent)


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
        ({"eau": "bad"}, {"vignes"}),
        ({"eau": ["bad", "unknown"]}, {"vignes", "port", "blagnac"}),
        ({"scolarisation": "inconnue"}, {"port"}),
        ({"scolarisation": ["personne", "partielle"]}, {"vignes"}),
        ({"intervenants": "oui"}, {"vignes"}),
        ({"intervenants": "non"}, {"port", "blagnac"}),
        ({"onglet": "mes-sites"}, {"port", "closed", "vignes"}),
        ({"onglet": "mes-sites", "suivi": "epingles"}, {"port", "closed"}),
        ({"onglet": "mes-sites", "suivi": "interviens"}, {"vignes"}),
        ({"onglet": "mes-sites", "suivi": ["interviens", "epingles"]}, {"port", "closed", "vignes"}),
        ({"onglet": "resorption"}, {"blagnac"}),
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
def test_filters_add_up_inside_and_narrow_down_between(found, followed, params, expected):
    assert found(**params) == expected


def test_tabs_count_what_the_search_finds_and_the_resorption_waits_for_a_phase(client_for, people, sites):
    client = client_for(people.correspondent)
    Pin.objects.create(user=people.correspondent, site=sites["closed"])

    def tabs(query):
        return {tab["label"]: tab["count"] for tab in client.get(f"/sites/{query}").context["tabs"]}

    assert tabs("") == {"Sites existants": 3, "Sites fermés": 1, "Mes sites": 1}
    SitePhase.objects.create(site=sites["bordeaux"], phase=Phase.objects.first(), started_by=people.correspondent)
    assert "En cours de résorption" not in tabs(""), "no phase of another territory shows"
    SitePhase.objects.create(site=sites["port"], phase=Phase.objects.first(), started_by=people.correspondent)
    assert tabs("?q=port") == {"Sites existants": 1, "En cours de résorption": 1, "Sites fermés": 0, "Mes sites": 0}


def test_ones_pins_are_shown_to_nobody_else(client_for, people, sites):
    Pin.objects.create(user=people.correspondent, site=sites["port"])
    page = client_for(people.operator).get("/sites/?onglet=mes-sites").context["page"]

    assert list(page) == []


def test_the_chip_of_a_territory_says_its_name(client_for, people, sites):
    page = client_for(people.correspondent).get("/sites/?territoire=departement-31")

    assert [chip["label"] for chip in page.context["chips"]] == ["Territoire : Haute-Garonne (31)"]


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
        for path in (
            "/sites/?q=rue&personnes=inconnu&territoire=epci-243100518",
            "/sites/?onglet=mes-sites",
            SitePage.objects.first().address_on_platform,
        ):
            client.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            counts.append(len([query for query in captured if "SAVEPOINT" not in query["sql"]]))
        return counts

    for number in range(5):
        site = make_site(territories["31555"], address=f"{number} rue Neuve")
        Pin.objects.create(user=people.correspondent, site=site)
        Intervention.objects.create(user=people.operator, site=site)
    few = queries()
    for number in range(10):
        site = make_site(territories["31069"], address=f"{number} rue Vieille")
        Pin.objects.create(user=people.correspondent, site=site)
        Intervention.objects.create(user=people.operator, site=site)
    many = queries()

    assert few == many
    assert max(many) <= 12

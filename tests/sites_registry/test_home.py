"""Home after sign-in: figures, what waits, one's sites, what has changed; each number is the list that it names."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rbsite.accounts.enums import Option, Role
from rbsite.accounts.models import User
from rbsite.accounts.visits import note_visit
from sites_registry.models import Intervention, Pin
from sites_registry.sites import verbs as actions
from tests.factories import UserFactory, make_site

HOME = "/tableau-de-bord/"


@pytest.fixture
def sites(site_tree, territories):
    """Sites of Haute-Garonne that wait for various things, a closed one, and one of Gironde."""
    old = timezone.localdate() - timedelta(days=300)
    complete = {"water_access_type": "robinet_connecte_au_reseau", "water_access_is_public": True}
    closed = {"status": "unknown", "declared_at": old, "closed_at": timezone.localdate()}
    return {
        "fine": make_site(
            territories["31555"],
            address="3 chemin des Vignes",
            population_total=40,
            population_minors=10,
            minors_in_school=5,
            **complete,
        ),
        "old": make_site(territories["31069"], address="Route de Grenade", at=old, population_total=12, **complete),
        "dry": make_site(
            territories["31555"], address="Quai du Port", water_access_type="borne_incendie", population_total=8
        ),
        "unknown": make_site(territories["31149"], address="Rue haute", population_minors=3),
        "closed": make_site(territories["31555"], address="Ancien stade", population_total=100, **closed),
        "bordeaux": make_site(territories["33063"], address="Quai de Queyries", population_total=70),
    }


@pytest.fixture
def home_of(client_for):
    def page(user, **headers):
        answer = client_for(user).get(HOME, **headers)
        assert answer.status_code == 200
        return BeautifulSoup(answer.content, "html.parser")

    return page


def words(element) -> str:
    return " ".join(element.get_text(" ").replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_figures_are_those_of_ones_territory_and_link_to_the_sites_that_they_count(people, sites, home_of):
    figures = home_of(people.correspondent).select_one(".rb-home-figures")

    assert "4 sites ouverts · 60 personnes ( 1 site sans chiffre )" in words(figures)
    assert [link["href"] for link in figures.select("a")] == ["/sites/?", "/sites/?", "/sites/?personnes=inconnu"]


def test_each_line_of_what_waits_counts_the_sites_of_the_list_that_it_opens(people, sites, client_for, home_of):
    Intervention.objects.create(user=people.intervener, site=sites["fine"])
    lines = home_of(people.correspondent).select(".rb-to-do a")
    client = client_for(people.correspondent)

    assert [words(line) for line in lines] == [
        "1 site non actualisé depuis 6 mois",
        "2 sites sans eau ou eau inconnue",
        "1 site où la scolarisation des mineurs est inconnue",
        "3 sites sans intervenant",
        "1 site sans nombre de personnes",
    ]
    for line in lines:
        count = int(line.select_one("strong").text)
        assert client.get(line["href"]).context["totals"]["sites"] == count, line["href"]


def test_nothing_waits_when_everything_is_known(people, site_tree, home_of):
    page = home_of(people.correspondent)

    assert words(page.select_one("#a-traiter")) == "À traiter Rien en attente."
    assert "Épinglez vos sites pour les retrouver ici." in words(page.select_one("#mes-sites"))


def test_a_person_who_has_left_no_longer_works_on_a_site(people, sites, home_of):
    for site in sites.values():
        Intervention.objects.create(user=people.intervener, site=site)
    assert "sans intervenant" not in words(home_of(people.correspondent).select_one("#a-traiter"))

    User.objects.filter(pk=people.intervener.pk).update(status="inactive", is_active=False)
    assert "4 sites sans intervenant" in words(home_of(people.correspondent).select_one("#a-traiter"))


def test_those_who_also_read_the_whole_country_see_the_figures_of_their_own_territory(
    people, sites, territories, home_of
):
    reader = UserFactory(
        role=Role.CORRESPONDENT, areas=[territories["31"], territories["33"]], options=[Option.READ_NATIONAL]
    )
    page = home_of(reader)

    assert page.h1.text == "Haute-Garonne"
    assert "4 sites ouverts" in words(page.select_one(".rb-home-figures"))
    assert page.select_one(".rb-home-figures a")["href"] == "/sites/?territoire=departement-31"
    assert page.select_one(".rb-to-do a")["href"] == "/sites/?territoire=departement-31&actualisation=ancien"


def test_a_national_actor_reads_the_evolution_of_each_region_over_a_year(territories, sites, home_of):
    make_site(territories["33281"], address="Avenue", at=timezone.localdate() - timedelta(days=500))
    page = home_of(UserFactory(role=Role.NATIONAL_ACTOR, areas=[territories["FR"]]))

    assert page.h1.text == "France entière"
    rows = [words(row) for row in page.select("tbody tr")]
    assert rows == ["Occitanie 4 60 + 4", "Nouvelle-Aquitaine 2 70 + 1"]
    assert page.select_one("tbody a")["href"] == "/sites/?territoire=region-76"
    assert page.select_one("#a-traiter") is None


def test_an_observer_gets_search_and_list_and_no_verb(people, sites, home_of):
    page = home_of(people.observer)

    assert page.select("#a-traiter, #mes-sites, form[method=post][action*=rien]") == []
    assert [words(link) for link in page.select(".rb-big-actions a")] == ["Voir les sites", "Voir la carte"]


def test_rien_n_a_change_is_one_tap_and_is_told_apart_from_a_change(people, sites, client_for, home_of):
    Pin.objects.create(user=people.correspondent, site=sites["old"])
    card = home_of(people.correspondent).select_one("#mes-sites article")
    assert "Actualisé il y a 9 mois" in words(card)

    form = card.select_one("form")
    client = client_for(people.correspondent)
    answer = client.post(form["action"], {field["name"]: field["value"] for field in form.select("input[value]")})
    assert answer.url == HOME
    page = BeautifulSoup(client.get(HOME).content, "html.parser")

    assert "rien n’a changé sur le site Route de Grenade" in words(page.main)
    assert "Vu sans changement aujourd’hui · modifié il y a 9 mois" in words(page.select_one("#mes-sites article"))


def test_ones_sites_are_pins_and_interventions_on_open_sites_that_one_may_read(people, sites, home_of):
    Pin.objects.bulk_create(
        Pin(user=people.correspondent, site=sites[key]) for key in ("fine", "dry", "closed", "bordeaux")
    )
    Intervention.objects.create(user=people.correspondent, site=sites["unknown"])
    Pin.objects.create(user=people.operator, site=sites["old"])
    shown = words(home_of(people.correspondent).select_one("#mes-sites"))

    assert all(address in shown for address in ("3 chemin des Vignes", "Quai du Port", "Rue haute"))
    assert not any(address in shown for address in ("Ancien stade", "Queyries", "Grenade"))


def test_an_intervener_sees_their_sites_without_the_button_that_they_may_not_use(people, sites, home_of):
    Intervention.objects.create(user=people.intervener, site=sites["fine"])
    card = home_of(people.intervener).select_one("#mes-sites article")

    assert "3 chemin des Vignes" in words(card)
    assert card.select("form") == []


def test_home_tells_what_others_wrote_since_the_last_visit(people, sites, home_of):
    now = timezone.now()
    User.objects.filter(pk=people.correspondent.pk).update(seen_at=now - timedelta(days=1))
    actions.update_site(sites["dry"], {"population_total": 9}, by=people.operator)
    actions.update_site(sites["fine"], {"population_total": 41}, by=people.correspondent)
    news = home_of(people.correspondent).select_one("#nouveautes")

    assert "Depuis votre dernière visite" in words(news)
    updates = [words(line) for line in news.select("li") if "Actualisation" in line.text]
    assert updates == [f"Quai du Port , Toulouse (31) Actualisation · {people.operator.name_and_organisation}"]
    assert "Queyries" not in words(news)


def test_a_pause_of_four_hours_makes_another_visit(people):
    reader, start = people.correspondent, timezone.now()

    assert note_visit(reader, start) is None
    assert note_visit(reader, start + timedelta(hours=3)) is None
    assert note_visit(reader, start + timedelta(hours=8)) == start + timedelta(hours=3)
    assert note_visit(reader, start + timedelta(hours=9)) == start + timedelta(hours=3)
    assert User.objects.get(pk=reader.pk).previous_visit_at == start + timedelta(hours=3)


def test_the_local_administrator_is_named_with_their_address(people, sites, home_of):
    contact = home_of(people.operator).select_one("#administrateur")

    assert words(contact).startswith(f"Votre administrateur local {people.local_admin}")
    assert contact.select_one("a")["href"] == f"mailto:{people.local_admin.email}"


@pytest.mark.parametrize("who", ["correspondent", "national_actor"])
def test_home_costs_as_many_queries_with_three_times_the_sites(who, people, sites, territories, client_for):
    user = (
        UserFactory(role=Role.NATIONAL_ACTOR, areas=[territories["FR"]])
        if who == "national_actor"
        else people.correspondent
    )
    client = client_for(user)

    def cost() -> int:
        client.get(HOME)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(HOME)
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    few = cost()
    for number in range(12):
        site = make_site(territories["31555"], address=f"{number} rue des Lilas")
        Pin.objects.create(user=user, site=site)
        actions.confirm_unchanged(site, by=people.operator)

    assert cost() == few <= 12

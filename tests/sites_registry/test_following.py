"""Pins, interventions, people to write to, sites near by, and the buttons of those who steer."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied

from rbsite.accounts.enums import Role
from rbsite.accounts.models import User
from sites_registry.models import Intervention, Pin, SitePage, SiteVersion
from sites_registry.sites import verbs as actions
from sites_registry.sites.exchange.importing import check_sites
from tests.factories import UserFactory, make_site


@pytest.fixture
def site(site_tree, territories, people):
    return make_site(territories["31555"], by=people.correspondent, address="3 chemin des Vignes")


@pytest.fixture
def page_of(client_for):
    def page(site, user):
        answer = client_for(user).get(site.address_on_platform)
        assert answer.status_code == 200
        return BeautifulSoup(answer.content, "html.parser")

    return page


def press(client, form, **headers):
    """Send a form of the page as a browser without script does."""
    data = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    return client.post(form["action"], data, **headers)


def words(element) -> str:
    return " ".join(element.get_text(" ").replace("\N{NO-BREAK SPACE}", " ").split()).replace(" ,", ",")


def test_a_reader_pins_a_site_and_takes_the_pin_away_without_script(site, people, client_for, page_of):
    client = client_for(people.observer)
    press(client, page_of(site, people.observer).select_one(".rb-pin"))
    assert Pin.objects.of(people.observer).get().site == site
    assert page_of(site, people.observer).select_one(".rb-pin button")["aria-pressed"] == "true"

    press(client, page_of(site, people.observer).select_one(".rb-pin"))
    assert not Pin.objects.exists()


def test_htmx_gets_the_button_again_and_nothing_else(site, people, client_for):
    answer = client_for(people.operator).post(f"{site.address_on_platform}epingler/", headers={"HX-Request": "true"})

    assert BeautifulSoup(answer.content, "html.parser").select_one("button")["aria-pressed"] == "true"
    assert b"<html" not in answer.content


def test_a_pin_leads_back_to_the_page_of_ours_where_the_button_was(site, people, client_for):
    client, address = client_for(people.operator), f"{site.address_on_platform}epingler/"

    assert client.post(address, {"retour": "/sites/?page=2"}).url == "/sites/?page=2"
    for elsewhere in ("https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)", "/\\ailleurs.example"):
        assert client.post(address, {"retour": elsewhere}).url == site.address_on_platform


def test_an_intervener_says_that_they_work_on_the_site_and_takes_it_back(site, people, client_for, page_of):
    client = client_for(people.intervener)
    button = page_of(site, people.intervener).select_one("#intervenants form")
    assert words(button) == "J’interviens sur ce site"
    press(client, button)

    shown = page_of(site, people.operator).select_one("#intervenants")
    assert people.intervener.name_and_organisation in words(shown)
    assert f"mailto:{people.intervener.email}" in {link["href"] for link in shown.select("a")}

    press(client, page_of(site, people.intervener).select_one("#intervenants form"))
    assert not Intervention.objects.exists()


def test_an_observer_may_not_say_that_they_work_on_a_site(site, people, client_for, page_of):
    assert page_of(site, people.observer).select("#intervenants form") == []
    assert client_for(people.observer).post(f"{site.address_on_platform}j-interviens/").status_code == 404
    assert not Intervention.objects.exists()


def test_somebody_who_has_left_is_no_longer_named(site, people, page_of):
    Intervention.objects.create(user=people.intervener, site=site)
    User.objects.filter(pk=people.intervener.pk).update(status="inactive", is_active=False)

    assert "Personne n’a encore dit" in words(page_of(site, people.operator).select_one("#intervenants"))


def test_the_correspondant_and_the_local_administrator_of_the_place_are_named(site, people, territories, page_of):
    region = UserFactory(
        role=Role.CORRESPONDENT, last_name="Région", areas=[territories["region-76"]], phone="0561000000"
    )
    elsewhere = UserFactory(role=Role.CORRESPONDENT, last_name="Gironde", areas=[territories["33"]])
    shown = page_of(site, people.operator).select_one("#intervenants")

    for person in (people.correspondent, people.local_admin, region):
        assert person.name_and_organisation in words(shown)
    assert "Administrateur local" in words(shown)
    assert shown.select_one('a[href="tel:0561000000"]')
    assert str(elsewhere) not in words(shown)


def test_sites_near_by_are_open_ones_that_the_reader_may_read(site_tree, territories, people, page_of):
    def at(latitude, **fields):
        made = make_site(territories["31555"], point=f"SRID=4326;POINT(1.4500000 {latitude})", **fields)
        return made

    here = at("43.6100000", address="Ici")
    at("43.6150000", address="Tout près")
    at("43.6250000", address="Près")
    at("43.7000000", address="Loin")
    hidden = make_site(territories["33063"], address="Ailleurs")
    SitePage.objects.filter(pk=hidden.pk).update(latitude=43.611, longitude=1.45, is_approximate=False)
    shown = page_of(here, people.operator).select_one("#localisation")

    near = [words(line) for line in shown.select(".rb-links li")]
    assert near == ["Tout près à 600 m", "Près à 1,7 km"]


def test_the_heat_wave_alert_is_a_button_and_an_event(site, people, client_for, page_of):
    client = client_for(people.operator)
    for expected in (True, False):
        form = page_of(site, people.operator).select_one("form[action$='canicule/']")
        press(client, form)
        assert SitePage.objects.get(pk=site.pk).heatwave_risk is expected

    assert SiteVersion.objects.filter(site=site).events().first().changes == {"heatwave_risk": [True, False]}


def test_only_who_may_fix_an_objective_is_offered_it(site, people, client_for, page_of):
    assert page_of(site, people.operator).select("form[action$='objectif/']") == []
    assert client_for(people.operator).post(f"{site.address_on_platform}objectif/").status_code == 404

    press(client_for(people.correspondent), page_of(site, people.correspondent).select_one("form[action$='objectif/']"))
    assert SitePage.objects.get(pk=site.pk).resorption_target is not None
    press(client_for(people.correspondent), page_of(site, people.correspondent).select_one("form[action$='objectif/']"))
    assert SitePage.objects.get(pk=site.pk).resorption_target is None


def test_no_door_fixes_an_objective_for_who_may_not(site, people, client_for):
    operator, correspondent = people.operator, people.correspondent
    with pytest.raises(PermissionDenied):
        actions.update_site(site, {"resorption_target": 2027}, by=operator)
    pilotage = f"{site.address_on_platform}actualiser/pilotage/"
    assert "resorption_target" not in client_for(operator).get(pilotage).content.decode()
    assert "resorption_target" in client_for(correspondent).get(pilotage).content.decode()

    table = f"Identifiant;Objectif de résorption (année)\n{site.code};2027\n".encode()
    assert [problem.message for problem in check_sites(table, by=operator).problems] == [
        "Vous n’avez pas le droit : fixer un objectif de résorption."
    ]
    assert check_sites(table, by=correspondent).problems == []


def test_restoring_leaves_the_objective_that_one_may_not_change(site, people):
    first = SiteVersion.objects.filter(site=site).events().first()
    actions.update_site(site, {"resorption_target": 2027, "population_total": 9}, by=people.correspondent)
    actions.restore_version(site, first, by=people.operator)

    restored = SitePage.objects.get(pk=site.pk)
    assert (restored.population_total, restored.resorption_target) == (None, 2027)


def test_deleting_asks_first_then_hides_the_site_and_keeps_its_history(site, people, client_for, page_of):
    assert page_of(site, people.correspondent).select("a[href$='supprimer/']") == []
    client, address = client_for(people.local_admin), f"{site.address_on_platform}supprimer/"
    assert "Plus personne ne verra ce site" in client.get(address).content.decode()
    assert SitePage.objects.existing().filter(pk=site.pk).exists()

    assert client.post(address).url == "/sites/"
    assert client.get(site.address_on_platform).status_code == 404
    assert SiteVersion.objects.filter(site=site).exists()


@pytest.mark.parametrize("verb", ["canicule", "objectif", "phases", "demarrer-la-resorption", "j-interviens"])
def test_a_closed_site_is_steered_by_nobody(verb, site, people, client_for):
    actions.close_site(
        site, by=people.correspondent, status="unknown", closed_at=site.declared_at, closed_with_solutions=None
    )

    assert client_for(people.correspondent).post(f"{site.address_on_platform}{verb}/").status_code == 404


@pytest.mark.parametrize(
    "verb", ["epingler", "j-interviens", "canicule", "objectif", "phases", "demarrer-la-resorption", "supprimer"]
)
def test_a_site_that_one_may_not_read_answers_every_verb_as_one_that_does_not_exist(verb, site, people, client_for):
    client = client_for(people.correspondent_33)
    missing = client.post(f"/sites/31/zzzzzzzz/{verb}/")
    refused = client.post(f"{site.address_on_platform}{verb}/")

    assert (refused.status_code, refused.content) == (404, missing.content)
    assert not Pin.objects.exists() and not Intervention.objects.exists()

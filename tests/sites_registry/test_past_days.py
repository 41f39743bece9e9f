"""A quick form for a past day stores, for that day, what it showed and what the person left: seen first, then saved."""

from datetime import date

import pytest
from bs4 import BeautifulSoup

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs
from sites_registry.sites.sections import SECTIONS
from sites_registry.versioned.moments import moment
from tests.factories import make_site

from .test_declaring import sent
from .test_updates import address, form_values, latest, make_described_site

BEFORE, THAT_DAY, AFTER = date(2025, 6, 1), date(2026, 1, 15), date(2026, 7, 1)


@pytest.fixture
def site(site_tree, territories, people):
    """Forty people since March 2025, fifty since the first of January 2026, sixty since June."""
    site = make_described_site(territories["31555"], people.correspondent)
    verbs.update_site(site, {"population_total": 50, "caravans": 5}, by=people.operator, at=date(2026, 1, 1))
    verbs.update_site(site, {"population_total": 60, "caravans": 9}, by=people.operator, at=date(2026, 6, 1))
    return site


@pytest.fixture
def client(client_for, people):
    return client_for(people.correspondent)


def held(site, day, name="population_total", **known):
    return getattr(SiteVersion.objects.filter(site=site).as_of(moment(day), **known).get(), name)


def errors(answer):
    page = BeautifulSoup(answer.content, "html.parser")
    return {link["href"]: link.parent.text for link in page.select("[data-rb-error-summary] a")}


def send_back(client, answer, where, **typed):
    """Send what a browser would of the form that it was shown, with what is typed in it."""
    page = BeautifulSoup(answer.content, "html.parser")
    values = {name: value for name, value in sent(answer).items() if name != "ce-jour-la"}
    boxes = page.select("main form [type=checkbox]")
    if typed.pop("that_day", False):
        values["ce-jour-la"] = page.select_one("button[name=ce-jour-la]")["value"]
    ticked = {box["name"]: [] for box in boxes}
    for box in boxes:
        ticked[box["name"]] += [box.get("value", "on")] if box.has_attr("checked") else []
    return client.post(where, values | ticked | typed)


def test_the_figure_that_is_left_is_shown_beside_that_of_the_day_then_stored_for_that_day(client, site):
    believed = latest(site).recorded_at
    where = address(site, "habitants")

    asked = client.post(where, form_values(client, site, "habitants") | {"at": THAT_DAY.isoformat()})
    unchanged = [held(site, day) for day in (BEFORE, THAT_DAY, AFTER)]
    saved = send_back(client, asked, where)

    told = errors(asked)["#id_population_total"]
    assert "Le 15 janvier 2026, d’après l’historique : « 50 ». Vous enregistrez « 60 »." in told
    assert (asked.status_code, unchanged) == (422, [40, 50, 60])
    assert saved.status_code == 302
    assert [held(site, day) for day in (BEFORE, date(2026, 1, 10), THAT_DAY, AFTER)] == [40, 50, 60, 60]
    assert [held(site, day, "caravans") for day in (BEFORE, THAT_DAY, AFTER)] == [None, 9, 9]
    assert [held(site, day, known_at=believed) for day in (BEFORE, THAT_DAY, AFTER)] == [40, 50, 60]
    assert SitePage.objects.get(pk=site.pk).population_total == 60


def test_the_answers_of_that_day_can_be_taken_up_and_what_was_typed_stays(client, site):
    where = address(site, "habitants")
    values = form_values(client, site, "habitants") | {
        "at": THAT_DAY.isoformat(),
        "huts": "3",
        "population_minors": "8",
    }

    asked = client.post(where, values)
    taken = send_back(client, asked, where, that_day=True)
    saved = send_back(client, taken, where)

    shown = taken.context["form"].section
    assert [shown[name].value() for name in ("population_total", "caravans", "huts")] == ["50", "5", "3"]
    assert saved.status_code == 302
    assert [held(site, THAT_DAY, name) for name in ("population_total", "caravans", "huts")] == [50, 5, 3]
    assert [held(site, AFTER, name) for name in ("population_total", "huts")] == [60, None]


def test_nothing_is_asked_of_a_past_day_whose_answers_were_those_shown(client, site):
    values = form_values(client, site, "eau") | {"at": THAT_DAY.isoformat(), "water_access_type": "reservoir"}

    assert client.post(address(site, "eau"), values).status_code == 302
    assert [held(site, day, "water_access_type") for day in (BEFORE, THAT_DAY, AFTER)] == ["", "reservoir", ""]
    assert held(site, THAT_DAY) == 50


def test_a_day_before_anything_was_known_is_compared_with_the_first_state(client, site):
    where, day = address(site, "habitants"), date(2024, 12, 1)

    asked = client.post(where, form_values(client, site, "habitants") | {"at": day.isoformat()})
    send_back(client, asked, where, population_total="30")

    assert "« 40 ». Vous enregistrez « 60 »" in errors(asked)["#id_population_total"]
    assert [held(site, when) for when in (day, BEFORE, AFTER)] == [30, 40, 60]


def test_going_back_to_today_after_a_past_day_was_shown_asks_again(client, site):
    where, today = address(site, "habitants"), form_values(client, site, "habitants")
    asked = client.post(where, today | {"at": THAT_DAY.isoformat()})
    taken = send_back(client, asked, where, that_day=True)

    again = send_back(client, taken, where, at=today["at"])

    assert "« 60 ». Vous enregistrez « 50 »" in errors(again)["#id_population_total"]
    assert SitePage.objects.get(pk=site.pk).population_total == 60


def test_a_colleague_who_writes_that_same_day_meanwhile_is_heeded(client, site, people):
    where = address(site, "habitants")
    asked = client.post(where, form_values(client, site, "habitants") | {"at": THAT_DAY.isoformat()})
    verbs.update_site(site, {"population_total": 55, "tents": 2}, by=people.institutional_partner, at=THAT_DAY)

    again = send_back(client, asked, where)
    send_back(client, again, where)

    assert "a répondu « 55 »" in errors(again)["#id_population_total"]
    assert [held(site, THAT_DAY, name) for name in ("population_total", "caravans", "tents")] == [60, 9, 2]


def test_a_colleague_who_writes_today_meanwhile_changes_nothing_to_what_is_said_of_a_past_day(client, site, people):
    values = form_values(client, site, "habitants") | {"at": THAT_DAY.isoformat()}
    verbs.update_site(site, {"population_total": 70}, by=people.institutional_partner)

    asked = client.post(address(site, "habitants"), values)
    send_back(client, asked, address(site, "habitants"))

    assert "« 50 ». Vous enregistrez « 60 »" in errors(asked)["#id_population_total"]
    assert (held(site, THAT_DAY), SitePage.objects.get(pk=site.pk).population_total) == (60, 70)


NOW = {
    "localisation": {
        "name": "Les Vignes",
        "address": "4 chemin des Vignes",
        "point": "SRID=4326;POINT(1.4400000 43.6000000)",
    },
    "caracteristiques": {"site_type": "building", "built_at": date(2024, 1, 1), "is_reinstallation": True},
    "habitants": {"origins": ["eu"], "census_status": "none", "mattresses": 0},
    "eau": {"water_access_type": "robinet_connecte_au_reseau", "water_access_is_public": False},
    "toilettes": {"sanitary_working_toilets": True, "sanitary_toilet_types": ["toilettes_seches"]},
    "electricite": {"electricity_access": False},
    "dechets": {"trash_is_piling": True, "trash_evacuation_is_close": False},
    "securite": {"pest_animals_presence": False, "fire_prevention_diagnostic": True},
    "pilotage": {"heatwave_risk": True, "resorption_target": 2030},
}


@pytest.mark.parametrize("section", [section.slug for section in SECTIONS])
def test_every_section_asks_about_each_answer_that_differs_then_stores_what_it_showed(client, site, people, section):
    now = NOW[section]
    verbs.update_site(site, now, by=people.correspondent)
    day = date(2026, 3, 1)
    where = address(site, section)

    asked = client.post(where, form_values(client, site, section) | {"at": day.isoformat()})
    before = {name: held(site, day, name) for name in now}
    saved = send_back(client, asked, where)

    fields = {"coordinates" if name == "point" else name for name in now}
    assert set(asked.context["form"].section.errors) >= fields
    assert not any(before[name] == value for name, value in now.items())
    assert saved.status_code == 302
    stored = SiteVersion.objects.filter(site=site).as_of(moment(day)).get()
    live = SitePage.objects.get(pk=site.pk)
    assert [getattr(stored, name) for name in now] == [getattr(live, name) for name in now]


def test_sites_of_origin_of_a_past_day_are_asked_by_name_without_those_that_one_may_not_read(
    client, site, people, territories
):
    here, hidden = make_site(territories["31555"], address="Quai"), make_site(territories["33063"], address="Secret")
    that_day = {"is_reinstallation": True, "incoming_sites": [hidden]}
    verbs.update_site(site, that_day, by=people.national_admin, at=date(2026, 2, 1))
    verbs.update_site(site, {"is_reinstallation": True, "incoming_sites": [here]}, by=people.national_admin)
    where, day = address(site, "caracteristiques"), date(2026, 3, 1)

    asked = client.post(where, form_values(client, site, "caracteristiques") | {"at": day.isoformat()})
    saved = send_back(client, asked, where)

    told = errors(asked)["#id_incoming_sites"]
    stored = SiteVersion.objects.filter(site=site).as_of(moment(day)).get()
    assert "« Ne sait pas ». Vous enregistrez « Quai »" in told
    assert "Secret" not in asked.content.decode()
    assert saved.status_code == 302
    assert stored.children["incoming_sites"] == sorted([here.pk, hidden.pk])

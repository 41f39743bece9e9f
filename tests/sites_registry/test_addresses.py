"""A site that changed département, and sites that people came from or look like the one to declare."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from sites_registry.models import SitePage
from sites_registry.sites import verbs as actions
from tests.factories import make_site


@pytest.fixture
def site(site_tree, territories, people):
    return make_site(territories["31555"], by=people.national_admin, at=date(2026, 1, 1), population_total=15)


@pytest.fixture
def moved(site, people, territories):
    return actions.update_site(site, {"commune": territories["33063"], "point": ""}, by=people.national_admin)


@pytest.mark.parametrize("where", ["", "historique/", "actualiser/habitants/", "fermer/", "phases/", "?fait=habitants"])
def test_the_former_address_leads_to_todays_whoever_may_read_the_site(moved, client_for, people, where):
    answer = client_for(people.correspondent_33).get(f"/sites/31/{moved.slug}/{where}")

    assert (answer.status_code, answer.url) == (302, f"/sites/33/{moved.slug}/{where}")


@pytest.mark.parametrize("where", ["", "historique/", "fermer/"])
def test_the_former_address_answers_as_a_missing_one_to_others(moved, client_for, people, where):
    client = client_for(people.correspondent)
    there = client.get(f"/sites/31/{moved.slug}/{where}")
    nowhere = client.get(f"/sites/31/{'z' * len(moved.slug)}/{where}")

    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.content.replace(moved.slug.encode(), b"") == nowhere.content.replace(b"z" * len(moved.slug), b"")


def test_a_form_open_while_the_site_moves_saves(site, client_for, people, territories):
    client = client_for(people.national_admin)
    address = reverse("sites:update", args=["31", site.slug, "habitants"])
    page = BeautifulSoup(client.get(address).content, "html.parser")
    shown = {name: page.select_one(f"input[name={name}]")["value"] for name in ("base", "at")}
    actions.update_site(site, {"commune": territories["33063"], "point": ""}, by=people.national_admin)

    answer = client.post(address, shown | {"population_total": "21"}, follow=True)

    assert answer.redirect_chain[-1][0].startswith(f"/sites/33/{site.slug}/")
    assert SitePage.objects.get(pk=site.pk).population_total == 21


def test_a_site_and_those_its_people_came_from_link_to_each_other(site, client_for, people, territories):
    origin = make_site(territories["31555"], address="Quai")
    hidden = make_site(territories["33063"], address="Secret")
    answers = {"is_reinstallation": True, "incoming_sites": [origin, hidden]}
    actions.update_site(site, answers, by=people.national_admin)

    def links(user, page):
        body = client_for(user).get(page.address_on_platform).content
        return [link["href"] for link in BeautifulSoup(body, "html.parser").select("#caracteristiques dd a")]

    assert links(people.correspondent, site) == [origin.address_on_platform]
    assert links(people.correspondent, origin) == [site.address_on_platform]
    assert links(people.correspondent_33, hidden) == []


def test_ten_of_fifteen_people_rehoused_is_67_per_cent_on_the_page(site, client_for, people):
    solutions = [
        {"kind": "housing", "people": 10, "households": None, "message": ""},
        {"kind": "none", "people": 5, "households": None, "message": ""},
    ]
    closing = {"status": "resorbed", "closed_at": date(2026, 5, 1), "closed_with_solutions": True}
    actions.close_site(site, by=people.national_admin, solutions=solutions, **closing)

    page = BeautifulSoup(client_for(people.correspondent).get(site.address_on_platform).content, "html.parser")
    told = page.select_one("#fermeture").get_text(" ").replace("\N{NO-BREAK SPACE}", " ")

    assert "Part des habitants orientés vers une solution durable 67 %" in " ".join(told.split())


def test_declaring_near_a_known_open_site_names_it_with_its_distance_and_offers_to_update_it(
    site, client_for, people, territories
):
    actions.update_site(site, {"point": "SRID=4326;POINT(1.4400000 43.6000000)"}, by=people.national_admin)
    values = {
        "address": "Friche du canal, 31000 Toulouse",
        "commune": "31555",
        "coordinates": "43.60240, 1.44000",  # 267 metres to the north
        "site_type": "land",
        "declared_at": "2026-06-01",
        "token": "t" * 16,
    }

    page = BeautifulSoup(client_for(people.correspondent).post(reverse("sites:declare"), values).content, "html.parser")
    told = " ".join(page.select_one("[data-rb-error-summary]").get_text(" ").replace("\xa0", " ").split())

    assert "à 270 m du point indiqué" in told
    assert "Actualiser ce site" in told
    assert page.select_one(f'a[href="/sites/31/{site.slug}/actualiser/habitants/"]')
    assert SitePage.objects.count() == 1

"""Declaring and closing on a phone without JavaScript: once, beside which sites, and with nothing typed lost."""

from datetime import date
from threading import Barrier, Thread

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.urls import reverse

from sites_registry.models import SitePage
from sites_registry.sites import verbs as actions
from sites_registry.sites.closings import durable_share
from sites_registry.sites.validators import format_point
from tests.factories import PASSWORD, make_site

from .test_updates import make_described_site

DECLARE = "/sites/declarer/"


@pytest.fixture
def client(client_for, people):
    return client_for(people.correspondent)


@pytest.fixture
def site(site_tree, territories, people):
    return make_described_site(territories["31555"], people.correspondent)


def sent(answer):
    """What a browser would send back of the form of a page, untouched."""
    values = {}
    for field in BeautifulSoup(answer.content, "html.parser").select("main form [name]"):
        if field.name == "select":
            values[field["name"]] = [option["value"] for option in field.select("option[selected]")]
        elif field.name == "textarea":
            values[field["name"]] = [field.text.strip()]
        elif field.get("type") != "radio" or field.has_attr("checked"):
            values.setdefault(field["name"], []).append(field.get("value", ""))
    return values


def declaration(client, **typed):
    blank = sent(client.get(DECLARE))
    return blank | {"address": "Chemin du Bois", "commune": "toulouse", "site_type": "land"} | typed


def test_a_declaration_sent_twice_makes_one_site_and_lands_on_it(client, site_tree):
    values = declaration(client)

    first, second = client.post(DECLARE, values), client.post(DECLARE, values)

    site = SitePage.objects.get()
    assert first.url == second.url == f"{site.address_on_platform}?declare=1"
    assert "Site déclaré." in client.get(second.url).content.decode()
    assert site.versions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_served_at_the_same_moment_makes_one_site(site_tree, territories, people):
    actions.declare_site(
        {"commune": territories["31555"], "address": "Quai", "site_type": "land"}, by=people.correspondent
    )
    values = {"commune": territories["31555"], "address": "Le Bois", "site_type": "land"}
    together, declared = Barrier(2), []

    def declare():
        together.wait()
        declared.append(actions.declare_site(values, by=people.correspondent, code="bcdfghjk"))
        connection.close()

    taps = [Thread(target=declare) for _ in range(2)]
    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()

    assert declared == [SitePage.objects.get(address="Le Bois")] * 2


def test_the_same_form_declares_another_site_when_it_names_another_place(client, site_tree):
    values = declaration(client)

    client.post(DECLARE, values)
    client.post(DECLARE, values | {"address": "Quai de Tounis"})

    assert SitePage.objects.count() == 2


def test_nobody_reaches_the_site_of_somebody_else_by_its_token(client, client_for, people, site_tree):
    values = declaration(client)
    client.post(DECLARE, values)

    client_for(people.local_admin).post(DECLARE, values | {"shown": [SitePage.objects.get().code]})

    assert SitePage.objects.count() == 2


@pytest.mark.parametrize(
    "typed",
    [
        {"address": "3, Chemin des Vignes"},
        {"address": "Derrière la gare", "name": "Les Vignes"},
        {"address": "Derrière la gare", "coordinates": "43.6001, 1.4401"},
    ],
    ids=["address", "name", "point"],
)
def test_sites_that_look_like_it_are_shown_before_a_new_one_is_declared(client, site, people, typed):
    described = {"name": "les vignes", "point": format_point(43.6, 1.44)}
    actions.update_site(site, described, by=people.correspondent)

    asked = client.post(DECLARE, declaration(client, **typed))
    page = BeautifulSoup(asked.content, "html.parser")
    declared = client.post(DECLARE, sent(asked))

    assert "Est-ce l’un de ces sites ?" in asked.content.decode()
    assert page.select_one(f"main a[href='{site.address_on_platform}']") is not None
    assert page.select_one("[name=address]")["value"] == typed["address"]
    assert declared.status_code == 302
    assert SitePage.objects.count() == 2


def test_sites_that_are_closed_elsewhere_or_hidden_are_not_proposed(client, site, people, territories):
    make_site(territories["33063"], address="Quai de Queyries", name="Quai")
    make_site(territories["31069"], address="Chemin du Bois")
    closing = {"status": "unknown", "closed_at": date(2026, 1, 1), "closed_with_solutions": None}
    actions.close_site(site, by=people.correspondent, **closing)

    client.post(DECLARE, declaration(client, address="3 chemin des Vignes", name="Quai"))
    client.post(DECLARE, declaration(client))

    assert SitePage.objects.filter(commune=territories["31555"]).count() == 3


# --- a session that expires


def sign_in_again(client, answer, person):
    client.post(answer.url, {"login": person.email, "password": PASSWORD})


def test_a_declaration_typed_while_the_session_expired_comes_back_once(client, site_tree, people):
    values = declaration(client, name="Les Lilas")
    client.logout()

    sign_in_again(client, client.post(DECLARE, values), people.correspondent)
    back = client.get(DECLARE)

    assert 'value="Les Lilas"' in back.content.decode()
    assert "Votre session avait expiré" in back.content.decode()
    assert "Les Lilas" not in client.get(DECLARE).content.decode()
    assert client.post(DECLARE, sent(back)).status_code == 302


def test_a_closing_typed_while_the_session_expired_comes_back_to_its_author_only(client, site, people):
    path = reverse("sites:close", args=["31", site.slug])
    values = sent(client.get(path)) | {"closing_context": "Incendie du hangar", "status": "other"}
    client.logout()
    sent_away = client.post(path, values)
    other = client.session["pending_update"]

    sign_in_again(client, sent_away, people.correspondent)
    back = client.get(path).content.decode()
    client.logout()
    sign_in_again(client, client.post(path, values), people.local_admin)

    assert other["path"] == path
    assert "Incendie du hangar" in back
    assert "Incendie" not in client.get(path).content.decode()


def test_a_body_that_is_no_form_of_ours_is_not_kept(client, site_tree):
    values = declaration(client, name="x" * 30_000)
    client.logout()

    client.post(DECLARE, values)

    assert "pending_update" not in client.session


# --- closing


def closing_values(client, site, **typed):
    page = client.get(reverse("sites:close", args=["31", site.slug]))
    return sent(page) | {"status": "resorbed", "closed_at": "2026-10-01", "closed_with_solutions": "true"} | typed


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"housing_people": "30", "none_people": "11"}, "housing_people", "personnes orientées (41) dépasse celui"),
        ({"other_households": "9"}, "other_households", "ménages orientés (9) dépasse celui du site (8)"),
        ({"closed_with_solutions": ""}, "closed_with_solutions", "Dites si le site a été résorbé"),
        ({"closed_with_solutions": "unknown"}, "closed_with_solutions", "Répondez « Oui » ou « Non »"),
    ],
)
def test_a_closing_that_contradicts_the_site_is_told_at_its_field(client, site, people, typed, field, told):
    actions.update_site(site, {"population_households": 8}, by=people.correspondent, at=date(2026, 3, 1))

    answer = client.post(reverse("sites:close", args=["31", site.slug]), closing_values(client, site, **typed))

    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert told in errors[field][0]
    assert SitePage.objects.get(pk=site.pk).is_open


def test_no_answer_is_chosen_in_place_of_the_person(client, site):
    page = BeautifulSoup(client.get(reverse("sites:close", args=["31", site.slug])).content, "html.parser")

    assert page.select("[name=closed_with_solutions]")
    assert not page.select("[name=closed_with_solutions][checked]")


def test_a_closing_whose_cause_is_unknown_may_be_unknown_to_the_end(client, site):
    values = closing_values(client, site, status="unknown", closed_with_solutions="unknown")

    client.post(reverse("sites:close", args=["31", site.slug]), values)

    closed = SitePage.objects.get(pk=site.pk)
    assert (closed.status, closed.closed_with_solutions) == ("unknown", None)


def test_a_correction_keeps_what_was_said_of_each_solution(client, site, people):
    path = reverse("sites:close", args=["31", site.slug])
    client.post(path, closing_values(client, site, housing_people="30", housing_message="Parc social"))

    page = client.get(path)
    client.post(path, sent(page) | {"closing_context": "Relogement"})

    closed = SitePage.objects.get(pk=site.pk)
    solution = closed.closing_solutions.get()
    assert (solution.people, solution.message, closed.closing_context) == (30, "Parc social", "Relogement")
    assert page.context["form"].durable_share == 75
    assert "Logement" in [legend.text for legend in BeautifulSoup(page.content, "html.parser").select("legend")]


@pytest.mark.parametrize(
    ("people", "population", "share"),
    [
        ({"housing": 10, "adapted_housing": 20, "none": 5}, 40, 75),
        ({"housing": 0}, 40, 0),
        ({"none": 40}, 40, None),
        ({"housing": 3}, None, None),
        ({"housing": 41}, 40, None),
    ],
)
def test_the_share_of_durable_solutions_is_said_only_when_it_is_known(people, population, share):
    assert durable_share(people, population) == share

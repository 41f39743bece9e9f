"""What the headers of every answer say: who may keep it, and what its page may do."""

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import PASSWORD

from .addresses import addresses, protected_pages, routes
from .test_leaks import client_of

pytestmark = pytest.mark.django_db


def everywhere(world, person: str):
    """(address, name, answer) of each address of the platform with one record, and of the editor's open screens."""
    client = client_of(world, person)
    records = protected_pages(world)[:1]
    for route, name in routes():
        for address in addresses(world, route, records, name):
            response = client.get(address)
            if client.session.get("_auth_user_id") is None and world.people[person]:
                client.force_login(world.people[person])
            if route.startswith("cms/") and response.status_code == 404:
                break
            yield address, name, response


@pytest.mark.parametrize("person", ["correspondent", "superuser"])
def test_no_answer_to_a_signed_in_person_is_kept_but_those_listed(world, person) -> None:
    answers = list(everywhere(world, person))

    kept = {address for address, name, answer in answers if answer.get("Cache-Control") != "private, no-store"}
    listed = {address for address, name, _answer in answers if name in settings.KEPT_ON_PURPOSE}
    assert len(answers) > 100
    assert kept <= listed


def test_what_a_browser_keeps_on_purpose_is_private_or_the_same_for_everybody(world) -> None:
    answers = {
        name: answer for _address, name, answer in everywhere(world, "superuser") if name in settings.KEPT_ON_PURPOSE
    }

    assert answers.keys() == settings.KEPT_ON_PURPOSE.keys()
    assert "public" in answers["geo:tile"]["Cache-Control"]
    for name in ("sites:map_data", "sites:map_image"):
        assert set(answers[name]["Cache-Control"].split(", ")) == {"private", "no-cache"}
        assert answers[name]["ETag"]


def test_the_answer_that_signs_somebody_in_or_refuses_a_form_is_kept_nowhere(world) -> None:
    person = world.people["correspondent"]
    signed_in = Client().post("/compte/connexion/", {"login": person.email, "password": PASSWORD})
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(person)

    assert signed_in.status_code == 302
    assert signed_in["Cache-Control"] == "private, no-store"
    assert careful.post("/sites/declarer/", {})["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "address", ["/", "/sites/carte/", "/compte/connexion/", "/nulle-part/", "/geo/fond/6/32/22.svg"]
)
@pytest.mark.parametrize("person", ["visitor", "correspondent"])
def test_every_page_may_ask_for_the_position_and_for_nothing_else_of_the_device(world, person, address) -> None:
    powers = client_of(world, person).get(address)["Permissions-Policy"].split(", ")

    assert [power for power in powers if not power.endswith("=()")] == ["geolocation=(self)"]
    assert {"camera=()", "microphone=()", "payment=()", "usb=()"} <= set(powers)


def test_maintenance_says_it_too(world, settings) -> None:
    settings.MAINTENANCE = True

    assert "geolocation=(self)" in Client().get("/")["Permissions-Policy"]

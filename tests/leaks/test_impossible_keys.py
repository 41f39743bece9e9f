"""A key that no record can have is a missing one: zero, what no column holds, what is no number."""

import re

import pytest
from django.test import Client

from sites_registry.sites.reads.filters import SiteFilter

from .addresses import routes
from .world import World

pytestmark = pytest.mark.django_db

#: Zero is never a key; the others do not fit in 32 or 64 bits, or have more digits than Python converts.
IMPOSSIBLE = ("0", str(2**31), str(2**63), "9" * 5_000)
GEOGRAPHY = ("/geo/search", "/geo/communes", "/geo/reverse")
SCREENS = (
    *("/sites/", "/sites/carte/", "/sites/carte/donnees.json", "/sites/exporter/", "/sites/declarer/"),
    *("/sites/actualiser/", "/tableau-de-bord/", "/recherche/", "/recherche/propositions"),
)
OTHER_QUESTIONS = ("page", "q", "onglet", "tri", "date", "lat", "lon", "limit", "kinds", "id")
_ANY = {"slug": "31", "uuid": "00000000-0000-4000-8000-000000000000", "str": "x", "path": "x"}


def filled(route: str, key: str) -> str:
    """The address of a route whose every number, or every parameter when it has no number, is `key`."""
    return "/" + re.sub(
        r"<(?:(\w+):)?\w+>", lambda found: key if found[1] == "int" else _ANY.get(found[1] or "str", key), route
    )


@pytest.mark.parametrize("key", IMPOSSIBLE, ids=lambda key: f"{len(key)} digits")
def test_a_key_that_no_record_can_have_answers_as_a_missing_one(world: World, key: str) -> None:
    asked = [filled(route, key) for route, _name in routes() if "<int:" in route]
    answers = {}
    for person in ("national_admin", "correspondent"):
        client = Client(raise_request_exception=False)
        client.force_login(world.people[person])
        answers |= {f"{person} {address[:80]}": client.get(address).status_code for address in asked}

    assert len(asked) > 20
    assert {where: status for where, status in answers.items() if status >= 500} == {}
    assert 404 in answers.values()


@pytest.mark.parametrize("value", [IMPOSSIBLE[-1], "-1", "²", "\x00"], ids=lambda value: ascii(value[:9]))
def test_a_parameter_that_no_record_can_have_is_a_sentence_or_nothing(world: World, value: str) -> None:
    """Every question that the lists, the map, the search and the forms know, and the page of a list."""
    client = Client(raise_request_exception=False)
    client.force_login(world.people["national_admin"])
    questions = dict.fromkeys((*SiteFilter.base_filters, *OTHER_QUESTIONS), value)
    answers = {where: client.get(where, questions).status_code for where in (*SCREENS, *GEOGRAPHY)}
    answers |= {name: client.get("/sites/", {name: value}).status_code for name in questions}

    assert {where: status for where, status in answers.items() if status >= 500} == {}

"""A NUL character, which PostgreSQL keeps in no text, is never a fault of ours, wherever it is put."""

import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup, Tag
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sites_registry.models import ImportDraft

from .addresses import addresses, parameters_of, protected_pages, routes
from .test_leaks import client_of
from .world import HERE

pytestmark = pytest.mark.django_db

NUL = "a\0b"
#: Parameters that some view reads without a form on its page to show them.
QUERIED = re.findall(
    r"[\w-]+",
    "q next page tri onglet territoire lat lon personnes type format date parties limit kinds telecharger choix"
    " page_type p ordering shown base at relire feuille decider inverser ignorer abandonner dire site-2",
)

#: Requests in which they are sent: one wrong parameter may hide another.
GROUPS = 4


def steady(world, person: str) -> Client:
    client = client_of(world, person)
    client.raise_request_exception = False
    return client


def ours(world) -> Iterator[str]:
    """Each address of ours, filled with one record, and those of the editor that anybody is let in."""
    records = protected_pages(world)[:1]
    for route, name in routes():
        if not route.startswith("cms/") or any(
            word in route for word in ("edit/", "revisions/", "search", "choose-page")
        ):
            yield from addresses(world, route, records, name)[:1]


def values_of(form: Tag) -> dict[str, str]:
    fields = form.select("input[name], textarea[name], select[name], button[name]")
    return {field["name"]: field.get("value", "") for field in fields if field.get("type") != "file"}


def faults_of_forms(client: Client, address: str, known: set | None = None) -> list[str]:
    """Those of the forms of a page that are not `known` from another one, as the search of every header is."""
    known = set() if known is None else known
    page = client.get(address)
    if page.streaming or not page.get("Content-Type", "").startswith("text/html"):
        return []
    faults = []
    for form in BeautifulSoup(page.content, "html.parser").select("form"):
        place, values = form.get("action") or address, values_of(form)
        if "deconnexion" in place or (place, *values) in known:
            continue
        known.add((place, *values))
        send = client.post if form.get("method", "get").lower() == "post" else client.get
        for name in values:
            if send(place.partition("#")[0], values | {name: NUL}).status_code >= 500:
                faults.append(f"{place} {name}")
    return faults


@pytest.mark.parametrize("person", ["visitor", "correspondent"])
def test_no_field_of_any_form_of_ours_fails_on_it(world, person) -> None:
    client = steady(world, person)
    places = [place for place in ours(world) if not place.startswith("/cms/")]
    known: set = set()

    assert [fault for place in places for fault in faults_of_forms(client, place, known)] == []


@pytest.mark.parametrize("person", ["visitor", "correspondent", "superuser"])
def test_no_query_and_no_posted_name_fails_on_it(world, person) -> None:
    client = steady(world, person)
    if world.people[person]:
        client.force_login(world.people[person])
    faults = []
    for place in ours(world):
        path = place.partition("?")[0]
        if "deconnexion" in path or "logout" in path:
            continue
        for names in (QUERIED[:1], *(QUERIED[at::GROUPS] for at in range(GROUPS))):
            faults += [f"GET {path} {names}"] * (client.get(path, dict.fromkeys(names, NUL)).status_code >= 500)
        faults += [f"POST {path}"] * (client.post(path, dict.fromkeys(QUERIED, NUL)).status_code >= 500)

    assert faults == []


@pytest.mark.parametrize("person", ["visitor", "correspondent"])
def test_no_part_of_any_path_fails_on_it(world, person) -> None:
    client = steady(world, person)
    tried = {"/%00", "/%00/", "/geo/fond/%00/1/1.svg", "/compte/mot-de-passe/oublie/1%00-a%00/"}
    for route, name in routes():
        for place in addresses(world, route, protected_pages(world)[:1], name)[:1]:
            parts = place.partition("?")[0].strip("/").split("/")
            if parameters_of(route) or name == "wagtail_serve":
                tried |= {
                    f"/{'/'.join([*parts[:at], part + '%00', *parts[at + 1 :]])}/" for at, part in enumerate(parts)
                }
            tried.add(f"/{'/'.join(parts)}/%00")

    assert [path for path in sorted(tried) if client.get(path).status_code >= 500] == []


def test_a_row_of_a_table_is_told_to_be_a_site_that_was_offered_or_none(world) -> None:
    client, site = steady(world, "correspondent"), world.sites[HERE, "open"]
    table = f"INSEE;Adresse;Nom du site;Type\n{HERE};{site.address};{site.name};Terrain\n".encode()
    sent = client.post("/sites/importer/", {"file": SimpleUploadedFile("sites.csv", table)})
    check = sent["Location"].removesuffix("colonnes/")

    answers = [client.post(check, {"decider": "1", "site-2": code}) for code in (NUL, "inconnu", site.slug)]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert ImportDraft.objects.get(token=check.split("/")[3]).decisions["sites"] == {"2": site.slug}
    assert faults_of_forms(client, check) == []  # « Abandonner » is one of them

"""No byte of a record leaves for a reader without the right, at any address, in any form."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client

from rbsite.accounts import admin_doors
from sites_registry.models import SiteVersion

from .addresses import addresses, parameters_of, protected_pages, routes
from .reading import all_bytes, comparable, without_echo
from .world import HERE, MARK, READS, READS_DRAFTS, READS_NOTES, THERE, World, may_read, text_columns

pytestmark = pytest.mark.django_db

OPEN_TO_EDITORS = admin_doors.EVERY_EDITOR | admin_doors.EXPLORER | admin_doors.EDITOR
HAVE_A_DOOR = {*READS_DRAFTS, "local_admin", "content_editor"}
#: People whose rights are unlike one another: the others are tried with fewer records.
THOROUGH = {"visitor", "correspondent", "observer", "local_admin", "refused_admin", "blind_updater"}
#: Nobody may have been signed out on the way: what follows would have been asked by a visitor.
SIGNED_OUT = {"visitor", "inactive"}
MISSING = "bcdfghjk"


def client_of(world: World, person: str) -> Client:
    client = Client()
    if world.people[person] is not None:
        client.force_login(world.people[person])
    return client


def leaks_in(world: World, person: str, response, address: str) -> list[str]:
    content = without_echo(all_bytes(response), address)
    return [
        f"{person} read {secret.commune} {secret.where} at {address}"
        for secret in world.secrets
        if secret.word.encode() in content and not may_read(person, secret)
    ]


def asked(world: World, person: str, client: Client) -> Iterator[tuple[str, HttpResponse]]:
    """Every answer of the platform to `person`: each address, with records of each sort.

    Wagtail's addresses that no list opens are tried with three records, or one for whoever has no door there; one
    that names nothing and does not exist for this person is not tried again with queries.
    """
    every = protected_pages(world)
    few = [every[0], every[6], every[-1]] if person in HAVE_A_DOOR else every[:1]
    for route, name in routes():
        if route.startswith("cms/"):
            records = every if person in THOROUGH and name in OPEN_TO_EDITORS else few
        else:
            records = every if person in THOROUGH | {"reader_of_all"} else every[::2]
        for address in addresses(world, route, records, name):
            response = client.get(address)
            yield address, response
            if not parameters_of(route) and "?" not in address and response.status_code >= 300:
                break


@pytest.mark.parametrize("person", READS)
def test_nobody_gets_a_byte_of_what_they_may_not_read(world, person) -> None:
    leaks, statuses = [], Counter()
    client = client_of(world, person)
    for address, response in asked(world, person, client):
        statuses[response.status_code] += 1
        leaks += leaks_in(world, person, response, address)

    assert leaks == []
    assert max(statuses) < 500
    assert client.get("/tableau-de-bord/").status_code == (302 if person in SIGNED_OUT else 200)


@pytest.mark.parametrize(
    "person", ["visitor", "stranger", "observer", "correspondent", "local_admin", "content_editor", "refused_admin"]
)
def test_a_refused_record_answers_as_a_missing_one(world, person) -> None:
    client = client_of(world, person)
    different = []
    for site in protected_pages(world)[: len(world.sites)]:
        is_deleted = site.deleted_at is not None
        if site.commune.code in READS[person] and not is_deleted:
            continue
        for route, _name in routes():
            if "code" not in parameters_of(route):
                continue
            for address in addresses(world, route, [site]):
                missing = address.replace(site.slug, MISSING)
                refused = comparable(client.get(address), address)
                if refused != comparable(client.get(missing), missing):
                    different.append(address)

    assert different == []


@pytest.mark.parametrize("person", ["correspondent", "local_admin", "content_editor", "refused_admin", "superuser"])
def test_a_refused_page_answers_as_a_missing_one_in_the_editor(world, person) -> None:
    client = client_of(world, person)
    refused = [site for key, site in world.sites.items() if key == (THERE, "open") or key[1] == "deleted"]
    refused = [site for site in refused if site.deleted_at or THERE not in READS_DRAFTS.get(person, ())]
    different = []
    for route, name in routes():
        kept = [parameter for parameter in parameters_of(route) if parameter in {"page_id", "parent_page_id"}]
        if not (route.startswith("cms/") and kept and name in OPEN_TO_EDITORS):
            continue
        for site in refused:
            for address in addresses(world, route, [site]):
                missing = address.replace(f"/{site.pk}/", "/987654/")
                if comparable(client.get(address), address) != comparable(client.get(missing), missing):
                    different.append(address)

    assert different == []


def test_readers_do_read_every_word_that_is_theirs(world) -> None:
    """Without this the silence of the other tests would prove nothing."""
    client = client_of(world, "correspondent")
    unread = {secret for secret in world.secrets if may_read("correspondent", secret)}
    for _address, response in asked(world, "correspondent", client):
        content = all_bytes(response)
        unread = {secret for secret in unread if secret.word.encode() not in content}

    assert unread == set()


def test_exports_hold_what_their_reader_may_read(world) -> None:
    """The counterpart for files: the words are there, in each format."""
    client = client_of(world, "correspondent")
    for address in addresses(world, "sites/exporter/", [], "sites:export")[1:]:
        response = client.get(address)
        address_of_a_site = world.sites[HERE, "closed" if "fermes" in address else "open"].address
        assert address_of_a_site.encode() in all_bytes(response), address


def test_words_are_planted_in_every_text_column(world) -> None:
    planted = {secret.where for secret in world.secrets if secret.commune == THERE}
    expected = {f"open.{column.name}" for column in text_columns() if column.name != "closing_context"}

    assert expected <= planted
    assert {"closed.closing_context", "closed.solution", "draft.address", "deleted.slug"} <= planted
    assert SiteVersion.objects.filter(closing_context__startswith=MARK).exists()


def test_the_tables_of_readers_name_the_same_people(world) -> None:
    assert set(READS) == set(world.people) == set(READS_NOTES)


def test_every_screen_of_wagtail_that_is_open_exists() -> None:
    known = {name for route, name in routes() if route.startswith("cms/")}
    listed = admin_doors.EVERY_EDITOR | admin_doors.EXPLORER | admin_doors.EDITOR
    listed |= admin_doors.CONTENT | admin_doors.CONTENT_SUBTREE | {admin_doors.PING}

    assert listed <= known

"""What stands before every page: maintenance, sign-in that leads on, the map of the platform."""

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.test import Client

from tests.factories import PASSWORD, UserFactory, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _footer_of_this_test() -> None:
    """The links of the footer outlive a test in the cache."""
    cache.delete("knowledge.footer")


def links(answer) -> set[str]:
    return {link["href"] for link in BeautifulSoup(answer.content, "html.parser").select("main a[href]")}


def test_maintenance_answers_everything_without_a_database(client, settings, django_assert_num_queries):
    settings.MAINTENANCE = True
    with django_assert_num_queries(0):
        answers = [client.get(path) for path in ("/", "/sites/", "/cms/", "/compte/connexion/", "/nulle-part/")]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer["Retry-After"] for answer in answers} == {"600"}
    assert len({answer.content for answer in answers}) == 1
    assert "La plateforme revient bientôt" in answers[0].content.decode()


def test_a_deep_link_is_kept_through_sign_in(client, people, site_tree, territories):
    address = f"{make_site(territories['31555']).address_on_platform}historique/?rubrique=eau"
    door = client.get(address)
    answer = client.post(door.url, {"login": people.correspondent.email, "password": PASSWORD})

    assert answer.url == address


def test_a_deep_link_to_another_server_is_not_followed(client, people):
    answer = client.post(
        "/compte/connexion/?next=https://ailleurs.example/", {"login": people.correspondent.email, "password": PASSWORD}
    )

    assert answer.url == "/tableau-de-bord/"


def test_the_map_of_the_platform_shows_a_visitor_the_public_pages_only(client, site_tree):
    assert links(client.get("/plan-du-site/")) == {"/", "/compte/connexion/", "/compte/mot-de-passe/oublie/"}


def test_the_map_of_the_platform_shows_each_person_what_they_may_open(client_for, people, site_tree):
    observer = links(client_for(people.observer).get("/plan-du-site/"))
    correspondent = links(client_for(people.correspondent).get("/plan-du-site/"))

    assert {"/tableau-de-bord/", "/sites/", "/sites/carte/", "/recherche/"} <= observer
    assert correspondent - observer == {"/sites/declarer/", "/sites/importer/", "/sites/exporter/"}


def test_a_person_without_a_role_is_offered_no_tool_that_would_refuse_them(client_for, site_tree):
    offered = links(client_for(UserFactory(role="")).get("/plan-du-site/"))

    assert "/sites/carte/" not in offered
    assert "/sites/declarer/" not in offered


def test_a_wrong_password_is_told_in_french_without_saying_which_address_exists(client, people):
    told = [
        client.post("/compte/connexion/", {"login": email, "password": "pas-le-bon-12"}).content.decode()
        for email in (people.correspondent.email, "personne@inconnue.example")
    ]

    assert all("L’adresse électronique ou le mot de passe n’est pas le bon." in page for page in told)


def test_an_unknown_address_gets_no_mail_and_the_same_words(client, people, mailoutbox):
    known = client.post("/compte/mot-de-passe/oublie/", {"email": people.correspondent.email}, follow=True)
    sent = len(mailoutbox)
    unknown = client.post("/compte/mot-de-passe/oublie/", {"email": "personne@inconnue.example"}, follow=True)

    assert sent == 1
    assert len(mailoutbox) == sent
    assert known.redirect_chain == unknown.redirect_chain
    assert known.content == unknown.content


@pytest.mark.parametrize("charset", ["utf-7", "rot13", "zlib", "iso-8859-1", "nulle-part", "utf8"])
@pytest.mark.parametrize("path", ["/compte/connexion/", "/nulle-part/", "/sites/declarer/"])
def test_what_is_sent_in_another_encoding_is_answered_in_french(site_tree, path, charset):
    sent = Client(raise_request_exception=False, enforce_csrf_checks=True)
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = sent.generic("POST", path, b"login=+AGE-", content_type=kind)

    assert answer.status_code == 400
    assert "Cette demande n’a pas pu être lue" in answer.content.decode()


def test_utf_8_is_read_however_it_is_written(client, site_tree):
    kind = "application/x-www-form-urlencoded; charset={}"
    answers = [client.post("/compte/connexion/", "login=a", content_type=kind.format(n)) for n in ("UTF-8", "utf-8")]

    assert [answer.status_code for answer in answers] == [200, 200]

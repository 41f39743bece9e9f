"""Attempts to sign in, and links sent by mail: neither guessed, nor moved by a host, nor shutting people out."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.factories import PASSWORD, UserFactory

SIGN_IN, FORGOTTEN = "/compte/connexion/", "/compte/mot-de-passe/oublie/"
WRONG = "ce n’est pas le bon"


@pytest.fixture(autouse=True)
def _nothing_counted(site_tree):
    cache.clear()


@pytest.fixture
def person(db):
    return UserFactory()


def attempt(person, password: str, *, address: str = "192.0.2.1", browser: Client | None = None, **headers) -> int:
    form = {"login": person.email, "password": password}
    return (browser or Client()).post(SIGN_IN, form, REMOTE_ADDR=address, **headers).status_code


def test_the_eleventh_wrong_password_on_a_login_from_an_address_is_429_and_keeps_the_login(person):
    statuses = [attempt(person, WRONG) for _ in range(10)]
    refused = Client().post(SIGN_IN, {"login": person.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")

    assert (set(statuses), refused.status_code) == ({200}, 429)
    assert "Trop d’essais de connexion" in refused.content.decode()
    assert f'value="{person.email}"' in refused.content.decode()
    assert attempt(person, PASSWORD, address="192.0.2.2") == 302


@pytest.mark.parametrize("host", ["127.0.0.1:8001", "localhost", "testserver:81"])
def test_attempts_are_counted_under_whatever_name_of_host(person, host):
    for _ in range(10):
        attempt(person, WRONG)

    assert attempt(person, PASSWORD, HTTP_HOST=host) == 429


def test_an_address_that_nobody_vouches_for_is_not_believed(person):
    statuses = [attempt(person, WRONG, HTTP_X_FORWARDED_FOR=f"198.51.100.{rank}") for rank in range(11)]

    assert statuses[-1] == 429


def test_behind_a_proxy_the_address_is_that_of_the_person(person, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for _ in range(10):
        attempt(person, WRONG, HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.1")

    assert attempt(person, PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.1") == 429
    assert attempt(person, PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.2") == 302


def test_an_office_where_many_are_wrong_signs_in_all_the_same(person):
    colleagues = UserFactory.create_batch(12)
    for colleague in colleagues:
        for _ in range(3):
            assert attempt(colleague, WRONG) == 200

    assert attempt(person, PASSWORD) == 302


def test_whoever_tries_from_a_hundred_addresses_is_stopped_and_the_person_enters_from_a_browser_they_know(person):
    known = Client()
    assert attempt(person, PASSWORD, browser=known) == 302
    del known.cookies["sessionid"]
    statuses = [attempt(person, WRONG, address=f"198.51.100.{rank % 100}") for rank in range(500)]

    assert statuses.count(200) == 50
    assert set(statuses[50:]) == {429}
    assert attempt(person, PASSWORD, address="203.0.113.1") == 429
    assert attempt(person, PASSWORD, browser=known, address="203.0.113.1") == 302


def test_five_wrong_passwords_shut_nobody_out(person):
    for _ in range(5):
        attempt(person, WRONG)

    assert attempt(person, PASSWORD) == 302


def test_a_browser_known_for_one_login_is_not_for_another(person):
    known, other = Client(), UserFactory()
    attempt(other, PASSWORD, browser=known)
    del known.cookies["sessionid"]
    for rank in range(50):
        attempt(person, WRONG, address=f"198.51.100.{rank}")

    assert attempt(person, PASSWORD, browser=known, address="203.0.113.1") == 429


@pytest.mark.parametrize("host", ["testserver", "localhost:666"])
def test_a_link_sent_by_mail_leads_to_the_platform_whatever_name_of_host_asked(person, settings, host):
    settings.BASE_URL = "https://plateforme.test"
    asked = Client().post(FORGOTTEN, {"email": person.email}, HTTP_HOST=host)

    assert asked.status_code == 302
    [link] = re.findall(r"https?://\S+", mail.outbox[0].body)
    assert link.startswith("https://plateforme.test/compte/mot-de-passe/oublie/")
    path = link.removeprefix("https://plateforme.test")
    chosen = Client().get(path, follow=True)
    assert "password1" in chosen.content.decode()


def test_a_new_password_lets_its_person_in_again(person):
    for _ in range(10):
        attempt(person, WRONG)
    Client().post(FORGOTTEN, {"email": person.email})
    [path] = re.findall(r"https?://[^/]+(/\S+)", mail.outbox[0].body)
    browser = Client()
    form = browser.get(path, follow=True)
    new = "sept moutons bleus dorment"
    browser.post(form.redirect_chain[-1][0], {"password1": new, "password2": new}, REMOTE_ADDR="192.0.2.1")

    assert attempt(person, new) == 302


def test_whether_there_is_an_account_is_asked_after_the_answer(person, settings, django_assert_num_queries):
    settings.AFTER_ANSWER_AT_ONCE = False  # and nothing is done: this test commits nothing
    for email in (person.email, "personne@ailleurs.example"):
        with django_assert_num_queries(2):  # the savepoint of the request
            answer = Client().post(FORGOTTEN, {"email": email})
        assert (answer.status_code, answer.url) == (302, f"{FORGOTTEN}envoye/")


@pytest.mark.parametrize(
    "guessed",
    [
        *("aaaaaaaaaaaa", "abcdefghijkl", "123412341234", "azertyuiopqs"),
        *("resorptionbidonvilles", "Bidonvilles2026!", "motdepasse2026"),
    ],
)
def test_a_password_that_is_guessed_is_refused_where_it_is_chosen(person, guessed):
    answer = choose(person, guessed)

    assert answer.status_code == 200
    assert "Ce mot de passe se devine trop vite" in answer.content.decode()
    assert attempt(person, PASSWORD) == 302


def test_the_name_and_the_address_of_the_person_make_no_password(db):
    person = UserFactory(first_name="Camille", last_name="Delagrange")
    for known in (person.email, "CamilleDelagrange", "Delagrange-2026"):
        assert choose(person, known).status_code == 200, known


def choose(person, password: str):
    """What the person is answered who changes their password."""
    browser = Client()
    attempt(person, PASSWORD, browser=browser)
    form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    return browser.post("/compte/mot-de-passe/", form)

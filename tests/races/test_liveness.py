"""One slow thing holds nobody else: a lock that hangs, a large import, a database that is away."""

import socket
import threading
from contextlib import contextmanager, suppress
from functools import partial

import pytest
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.utils import timezone

from rbsite.base.waiting import BUSY
from sites_registry.models import ImportDraft, SitePage, SiteVersion
from sites_registry.sites import verbs
from sites_registry.sites.exchange.decisions import Decisions
from sites_registry.sites.exchange.importing import import_sites
from tests.sites_registry.test_declaring import sent
from tests.sites_registry.test_updates import address, form_values

from .conftest import Browser, at_once, running, until

#: Seconds in which whoever waits for nobody is answered, beside other tests; alone, it takes less than 1.
AT_ONCE = 3.0
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(site_tree, people, server):
    return server(people.correspondent)


@pytest.fixture
def sites(territories, people, site_tree):
    return [
        verbs.declare_site(
            {"commune": territories["31555"], "address": f"{rank} rue Haute", "site_type": "land"},
            by=people.correspondent,
        )
        for rank in range(2)
    ]


@contextmanager
def held(site):
    """Somebody's transaction has the site locked and does not end."""
    with transaction.atomic():
        SitePage.objects.locked(site.pk)
        yield


def others_are_answered(browser, client, site) -> list[float]:
    """Seconds for whoever signs in, reads and saves something else."""
    form = form_values(client, site, "habitants") | {"population_total": "31"}
    asked = [partial(browser.get, path) for path in ("/compte/connexion/", "/tableau-de-bord/", "/sites/")]
    asked += [partial(browser.get, site.address_on_platform), partial(browser.post, address(site, "habitants"), form)]
    answers = [ask() for ask in asked]
    assert [answer.status for answer in answers[1:]] == [200, 200, 200, 302]
    return [answer.seconds for answer in answers]


def test_nine_saves_of_a_site_that_somebody_holds_keep_what_was_typed_and_hold_nobody(
    client_for, people, sites, browser
):
    client = client_for(people.correspondent)
    mine, other = sites
    form = form_values(client, mine, "habitants") | {"population_total": "57"}
    saves: list = []
    with held(mine):
        deeds = [partial(browser.post, address(mine, "habitants"), form)] * 9
        waiting = threading.Thread(target=lambda: saves.extend(at_once(*deeds)))
        waiting.start()
        seconds = others_are_answered(browser, client, other)
        waiting.join()

    assert max(seconds) < AT_ONCE, seconds
    assert [answer.status for answer in saves] == [422] * 9
    page = BeautifulSoup(saves[0].text, "html.parser")
    assert BUSY in page.text
    assert page.select_one("input[name=population_total]")["value"] == "57"
    again = {"base": SiteVersion.objects.of_page(mine.pk).believed_now().get(valid__upper_inf=True).pk}
    assert browser.post(address(mine, "habitants"), form | again).status == 302
    assert SitePage.objects.get(pk=mine.pk).population_total == 57


@contextmanager
def away():
    """The database takes no connection and has closed those that it had."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    try:
        yield
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


def test_what_was_typed_while_the_database_is_away_is_kept_on_a_page_and_sent_again(client_for, people, sites, browser):
    site = sites[0]
    form = form_values(client_for(people.correspondent), site, "habitants")
    form |= {"population_total": "57", "access_notes": "<b>&"}
    with away():
        read, sent = browser.get(site.address_on_platform), browser.post(address(site, "habitants"), form)
        signed_in = browser.post("/compte/connexion/", {"login": "moi@test.example", "password": "un secret"})

    assert [(answer.status, answer.headers["Retry-After"]) for answer in (read, sent, signed_in)] == [(503, "10")] * 3
    assert "La plateforme ne peut pas répondre pour l’instant" in read.text
    page = BeautifulSoup(sent.text, "html.parser").select_one("form")
    kept = {field["name"]: field["value"] for field in page.select("input")}
    assert page["action"] == address(site, "habitants")
    assert kept["access_notes"] == "<b>&"
    assert "un secret" not in signed_in.text and "moi@test.example" in signed_in.text
    assert browser.post(page["action"], kept).status == 302
    assert SitePage.objects.get(pk=site.pk).population_total == 57


#: Whatever changes a site: last part of its address -> what is sent.
CHANGES = {
    "rien-n-a-change/": {},
    "fermer/": {"closed_at": "2026-10-01", "status": "resorbed", "closed_with_solutions": "true"},
    "demarrer-la-resorption/": {},
    "canicule/": {"valeur": "oui"},
    "objectif/": {"resorption_target": "2027"},
    "supprimer/": {"sur": "oui"},
    "epingler/": {},
    "j-interviens/": {},
}


def test_whoever_changes_a_site_that_somebody_holds_is_told_so(client_for, sites, people, site_tree, server):
    site, browser = sites[0], server(people.national_admin)
    phases = sent(client_for(people.national_admin).get(f"{site.address_on_platform}phases/"))
    del phases["csrfmiddlewaretoken"]
    told = {}
    with held(site):
        for part, values in {**CHANGES, "phases/": phases}.items():
            answer = browser.post(f"{site.address_on_platform}{part}", values)
            if answer.status == 302:
                answer = browser.get(answer.headers["Location"])
            told[part] = (answer.status, "modifie ce site en ce moment" in answer.text)

    assert [part for part, (_status, is_told) in told.items() if not is_told] == [], told
    assert [part for part, (status, _is_told) in told.items() if status == 500] == []


@contextmanager
def mail_server(*, answers: bool):
    """The address of a mail server that accepts connections and says nothing, or that refuses every mail."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        callers = []

        def listen() -> None:
            with suppress(OSError):  # closed at the end
                while True:
                    caller, _address = server.accept()
                    callers.append(caller)
                    if answers:
                        caller.sendall(b"554 no\r\n")

        threading.Thread(target=listen, daemon=True).start()
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}", callers
        for caller in callers:
            caller.close()


@pytest.mark.parametrize("answers", [False, True])
def test_a_mail_server_that_is_silent_or_refuses_is_waited_for_by_nobody(
    transactional_db, site_tree, client_for, people, sites, tmp_path, answers
):
    emails = [people.correspondent.email, people.observer.email, people.operator.email, "personne@ailleurs.example"]
    with mail_server(answers=answers) as (url, callers), running(tmp_path, EMAIL_URL=url) as port:
        visitor, browser = Browser(port), Browser(port, people.correspondent)
        asked = at_once(*(partial(visitor.post, "/compte/mot-de-passe/oublie/", {"email": email}) for email in emails))
        seconds = others_are_answered(browser, client_for(people.correspondent), sites[0])
        until(lambda: callers, tmp_path / "server.log")

    assert {answer.status for answer in asked} == {302}
    assert max([*seconds, *(answer.seconds for answer in asked)]) < AT_ONCE


def test_attempts_to_sign_in_are_counted_by_all_processes_and_a_failure_keeps_its_count(people, site_tree, server):
    visitor, form = server(), {"login": people.observer.email, "password": "pas le bon"}

    statuses = [visitor.post("/compte/connexion/", form).status for _ in range(11)]

    assert statuses == [200] * 10 + [429]


ROWS, SAVES = 3_000, 8


def test_a_large_import_holds_only_who_changes_its_sites_and_loses_none_of_their_words(
    client_for, people, territories, sites, browser
):
    titles = "Identifiant;Code INSEE;Adresse;Type de site;Personnes\n"
    rows = (f"A{rank};31555;{rank} rue Haute;Terrain;{1 + rank % 90}\n" for rank in range(ROWS))
    assert import_sites((titles + "".join(rows)).encode(), by=people.correspondent).created == ROWS
    update = "Identifiant;Personnes\n" + "".join(f"A{rank};{91 + rank % 9}\n" for rank in range(ROWS))
    day = Decisions(day=timezone.localdate().isoformat()).stored()
    draft = ImportDraft.objects.create(
        user=people.correspondent, file_name="sites.csv", content=update.encode(), decisions=day
    )
    client = client_for(people.correspondent)
    mine = list(SitePage.objects.exclude(external_id="").order_by("pk")[:SAVES])
    forms = [form_values(client, site, "habitants") | {"population_total": "7"} for site in mine]
    importing = threading.Thread(target=lambda: done.append(browser.post(f"/sites/importer/{draft.token}/", {})))
    done: list = []
    saves: list = []
    importing.start()
    until(lambda: is_held(mine[0]))

    deeds = [partial(browser.post, address(site, "habitants"), form) for site, form in zip(mine, forms, strict=True)]
    saving = threading.Thread(target=lambda: saves.extend(at_once(*deeds)))
    saving.start()
    seconds = others_are_answered(browser, client, sites[0])
    was_importing = not done
    saving.join()
    importing.join()

    assert was_importing, "the import was over before anybody was answered"
    assert max(seconds) < AT_ONCE, seconds
    assert done[0].status == 302
    assert {answer.status for answer in saves} == {422}
    assert all("modifie ce site en ce moment" in answer.text for answer in saves)
    assert SitePage.objects.get(external_id="A0").population_total == 91


def is_held(site) -> bool:
    """Whether somebody's transaction has the site locked."""
    with transaction.atomic():
        return not SitePage.objects.filter(pk=site.pk).select_for_update(of=("self",), skip_locked=True).exists()


def test_a_save_does_not_wait_for_the_index_that_another_save_is_writing(client_for, people, sites, browser):
    mine, other = sites
    form = form_values(client_for(people.correspondent), mine, "habitants") | {"population_total": "57"}
    with transaction.atomic():
        verbs.update_site(other, {"population_total": 5}, by=people.correspondent)
        answer = browser.post(address(mine, "habitants"), form)

    assert answer.status == 302
    assert SitePage.objects.get(pk=mine.pk).population_total == 57

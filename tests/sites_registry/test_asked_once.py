"""What matters and a table does not say is asked once for it, never supposed; what is no table of sites is not kept."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from rbsite.spreadsheets.books import UnreadableFile
from sites_registry.models import ImportDraft, SitePage, SiteVersion
from sites_registry.sites.exchange import importing
from sites_registry.sites.exchange.decisions import NEW_SITE, Decisions
from sites_registry.sites.exchange.importing import check_sites, import_sites
from sites_registry.sites.views import exchange
from sites_registry.versioned.moments import start_of
from tests.factories import make_site

from .messy import CASES, fill, saved, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]
LINES = "Identifiant;Code INSEE;Adresse;Type de site;Personnes\nA1;31555;1 rue Neuve;Terrain;40\n"


@pytest.fixture
def me(people):
    return people.correspondent


@pytest.fixture
def client(client_for, me):
    return client_for(me)


def send(client, content: bytes, name: str = "sites.csv"):
    return client.post("/sites/importer/", {"file": SimpleUploadedFile(name, content)})


def page_of(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser").main


def fields(answer) -> set[str]:
    return {field["name"] for field in page_of(answer).select("#tous [name]")} - {"csrfmiddlewaretoken", "dire"}


# --- the day


def test_the_day_is_asked_once_then_dates_what_the_rows_change(client, territories):
    check = send(client, LINES.encode())["Location"]
    asked, refused = client.get(check), client.post(check)
    wrong = client.post(check, {"dire": "1", "day": (timezone.localdate() + timedelta(days=2)).isoformat()})
    day = timezone.localdate() - timedelta(days=40)
    client.post(check, {"dire": "1", "day": day.isoformat()})
    done = client.post(check)

    assert fields(asked) == {"day"}
    assert (refused.status_code, wrong.status_code, done.status_code) == (422, 422, 302)
    assert "La date ne peut pas être dans le futur." in page_of(wrong).text
    [version] = SiteVersion.objects.all()
    assert version.valid.lower == start_of(day)
    assert SitePage.objects.get().declared_at == day


def test_a_table_that_says_its_days_is_not_asked(client, territories):
    lines = LINES.replace("Personnes\n", "Personnes;Situation au\n").replace(";40\n", ";40;01/09/2026\n")
    check = send(client, lines.encode())["Location"]

    assert fields(client.get(check)) == set()
    assert client.post(check).status_code == 302


def test_the_day_that_is_said_for_all_is_no_sighting_of_what_does_not_change(client, territories):
    site = make_site(
        territories["31555"], at=date(2026, 1, 1), external_id="A1", address="1 rue Neuve", population_total=40
    )
    check = send(client, LINES.encode())["Location"]

    assert fields(client.get(check)) == set()
    site.refresh_from_db()
    assert site.situation_at == start_of(date(2026, 1, 1))


def test_a_sheet_a_month_is_read_one_after_the_other_each_on_its_day(client, people, territories):
    content = (CASES / "3-maraudes.ods").read_bytes()
    columns = {
        "colonne-0": "name",
        "colonne-1": "commune",
        "colonne-2": "population_total",
        "colonne-3": "population_minors",
    }
    columns |= {"colonne-4": "", "colonne-5": "", "colonne-6": "", "colonne-7": ""}
    where = send(client, content, "maraudes.ods")["Location"]
    for day, sheet in ((date(2026, 1, 20), "Janv"), (date(2026, 2, 17), "Févr")):
        page = client.get(where)
        where = where if where.endswith("/colonnes/") else f"{where}colonnes/"
        layout = {"relire": "1", "lecture-sheet": sheet, "lecture-header_row": "1", "lecture-header_lines": "1"}
        client.post(where, layout)
        check = client.post(where, columns)["Location"]
        client.post(check, {"dire": "1", "day": day.isoformat(), "site_type": "land"})
        page = client.post(check, follow=True)
        assert "Import terminé" in page_of(page).text, page_of(page).text
        following = page_of(page).find("button", attrs={"name": "feuille"})
        if sheet == "Janv":
            assert following["value"] == "Févr"
            where = client.post(check, {"feuille": "Févr"})["Location"]

    told = SiteVersion.objects.filter(site__name="Les Arènes").believed_now().order_by("valid")
    assert [(version.valid.lower, version.population_total) for version in told] == [
        (start_of(date(2026, 1, 20)), 38),
        (start_of(date(2026, 2, 17)), 41),
    ]


def test_the_command_dates_by_its_option_and_says_today_otherwise(me, territories, tmp_path, capsys):
    path = tmp_path / "sites.csv"
    path.write_text(LINES)
    call_command("import_data", "sites", str(path), "--user", me.email, "--dry-run")
    told = capsys.readouterr().out
    call_command("import_data", "sites", str(path), "--user", me.email, "--day", "2026-03-14")

    assert f"Le tableau ne dit pas son jour : la situation est celle du {timezone.localdate():%d/%m/%Y}." in told
    assert SiteVersion.objects.get().valid.lower == start_of(date(2026, 3, 14))


# --- closings, kinds, communes


def test_the_cause_of_closings_and_whether_they_resorbed_are_asked_once(client, territories):
    for key in ("A1", "A2"):
        make_site(
            territories["31555"], at=date(2026, 1, 1), external_id=key, address=f"{key} rue Neuve", population_total=9
        )
    check = send(client, b"Identifiant;Date de fermeture\nA1;01/03/2026\nA2;02/03/2026\n")["Location"]
    asked = [fields(client.get(check))]
    client.post(check, {"dire": "1", "cause": "closed_by_justice"})
    asked.append(fields(client.get(check)))
    client.post(check, {"dire": "1", "cause": "closed_by_justice", "resorbed": "non"})
    done = client.post(check)

    assert asked == [{"cause"}, {"cause", "resorbed"}]
    assert done.status_code == 302
    closed = SitePage.objects.order_by("external_id").values_list("status", "closed_at", "closed_with_solutions")
    assert list(closed) == [
        ("closed_by_justice", date(2026, 3, 1), False),
        ("closed_by_justice", date(2026, 3, 2), False),
    ]


def test_the_kind_and_the_commune_of_new_sites_are_asked_once_at_the_check(client, territories):
    check = send(client, b"Identifiant;Adresse;Situation au\nA1;1 rue Neuve;01/09/2026\n")["Location"].removesuffix(
        "colonnes/"
    )
    asked = fields(client.get(check))
    wrong = client.post(check, {"dire": "1", "site_type": "land", "commune": "Nulle-Part"})
    client.post(check, {"dire": "1", "site_type": "land", "commune": "Toulouse (31555)"})
    client.post(check)

    assert asked == {"site_type", "commune"}
    assert "n’existe pas" in page_of(wrong).text
    assert SitePage.objects.get().commune.code == "31555"


def test_rows_that_wait_for_an_answer_are_no_errors_and_all_is_asked_at_once(client, territories):
    lines = b"Identifiant;Code INSEE;Adresse;Type de site\nA1;31555;1 rue;\nA2;31555;2 rue;\nA3;31555;3 rue;Terrain\n"
    check = send(client, lines)["Location"]
    page = client.get(check)
    refused = client.post(check)
    client.post(check, {"ignorer": "oui"})
    left_aside = page_of(client.get(check))
    client.post(check, {"ignorer": "non"})
    client.post(check, {"dire": "1", "day": "2026-03-14", "site_type": "land"})
    done = client.post(check)

    assert fields(page) == {"day", "site_type"}
    assert "2\N{NO-BREAK SPACE}attendent vos réponses" in page_of(page).text
    assert "0\N{NO-BREAK SPACE}erreur" in page_of(page).text
    assert "2\N{NO-BREAK SPACE}lignes ne le disent pas." in page_of(page).select_one("#tous").text
    assert refused.status_code == 422
    assert "2\N{NO-BREAK SPACE}lignes en erreur ne seront pas importées" in left_aside.text
    assert done.status_code == 302
    assert SitePage.objects.filter(site_type="land").count() == 3


def test_the_check_shows_all_that_is_stored_of_a_new_site_and_names_the_sheets_that_are_not_read(client, territories):
    rows = [["Identifiant", "Code INSEE", "Adresse", "Type de site", "Personnes", "Situation au"]]
    book = openpyxl.load_workbook(
        io.BytesIO(workbook([*rows, ["A1", "31555", "1 rue", "Terrain", "env. 40", "03/11/2026"]]))
    )
    fill(book.create_sheet("Suite"), [*rows, ["A2", "31555", "2 rue", "Terrain", 10, "03/11/2026"]])
    shown = page_of(client.get(send(client, saved(book), "sites.xlsx")["Location"]))

    told = " ".join(shown.select_one("[data-label=Changements]").text.split())
    assert "Type de site : Terrain" in told and "Personnes : 40" in told
    assert "Date de signalement : 3 novembre 2026" in told
    assert "Feuilles non lues : « Suite »." in shown.text


def test_a_row_that_cannot_be_read_asks_nothing(client, territories):
    check = send(client, (CASES / "shift.csv").read_bytes())["Location"]

    assert fields(client.get(check)) == {"day"}


# --- one site in several rows


def test_rows_that_may_be_one_site_are_asked_about(me, territories):
    content = (CASES / "samesite.csv").read_bytes()
    report = check_sites(content, by=me)

    assert {problem.row for problem in report.problems} == {2, 3, 4, 5}
    assert [choice.row for choice in report.choices] == [4, 5]
    assert all("le site de la ligne 2" in choice.candidates[0].label for choice in report.choices)

    others = Decisions(sites={"4": NEW_SITE, "5": NEW_SITE})
    assert {problem.row for problem in check_sites(content, by=me, decisions=others).problems} == {2, 3}
    same = check_sites(content, by=me, decisions=Decisions(sites={"4": "ligne-2", "5": "ligne-2"}))
    assert {problem.row for problem in same.problems} == {2, 3, 4, 5}


@pytest.mark.parametrize(
    "names",
    [
        ("Terrain 1", "Terrain 2"),
        ("Foyer A", "Foyer B"),
        ("Pont Neuf", "Gare Matabiau"),
        ("Camp nord 12", "Camp nord 13"),
    ],
)
def test_rows_that_differ_by_their_number_are_not_asked_about(me, territories, names):
    lines = ["Nom;Commune;Type de site", *(f"{name};Toulouse;Terrain" for name in names)]

    assert import_sites("\n".join(lines).encode(), by=me).created == 2


def test_an_identifier_said_a_thousand_times_names_three_rows_and_a_count(me, territories):
    report = check_sites((CASES / "86-same-identifier-1000.csv").read_bytes(), by=me)

    assert len(report.problems) == 1000
    told = report.problems[500].message
    assert told == "Ce site figure aussi ailleurs dans le fichier : lignes 2, 3, 4… (999 autres en tout)."
    assert max(len(str(group)) for group in report.duplicates) < 200


# --- what a column holds


@pytest.mark.parametrize(
    ("title", "cells", "proposed"),
    [
        ("Accès eau", ("oui", "non", "NSP"), ""),
        ("Origines habitants", ("Français ; Union européenne", "Français", "?"), "origins"),
        ("Accès eau", ("Robinet connecté au réseau d’eau", "Borne incendie", "?"), "water_access_type"),
        ("Accès à l’eau", ("Robinet connecté au réseau d’eau", "Borne incendie", "?"), "water_access_type"),
        ("Toilettes", ("Robinet connecté au réseau d’eau", "Borne incendie", "Autre"), "water_access_type"),
    ],
)
def test_what_the_cells_say_comes_before_what_the_title_does(client, territories, title, cells, proposed):
    lines = [f"Identifiant;Code INSEE;Adresse;Type de site;{title}"]
    lines += [f"A{rank};31555;{rank} rue Neuve;Terrain;{cell}" for rank, cell in enumerate(cells)]
    columns = send(client, "\n".join(lines).encode())["Location"]
    chosen = page_of(client.get(columns)).select_one("select[name=colonne-4] option[selected]")

    assert columns.endswith("/colonnes/")
    assert (chosen["value"] if chosen else "") == proposed


# --- what is not kept


def test_a_word_of_any_length_is_asked_about(client, territories):
    """A text of 20,000 letters in a closed list: its field is short, and what is answered is kept."""
    columns = send(client, LINES.replace("Terrain", "abri " * 4_000).encode())["Location"] + "colonnes/"
    page = page_of(client.get(columns))
    known = {field["name"]: field.select_one("[selected]")["value"] for field in page.select("[name^=colonne-]")}
    [asked] = page.select("[name^=mot-]")
    answered = client.post(columns, known | {asked["name"]: "land"})
    [draft] = ImportDraft.objects.all()

    assert len(asked["name"]) < 80
    assert len(page.select_one(f'label[for="{asked["id"]}"]').text) < 120
    assert answered.status_code == 302
    assert [*draft.decisions["values"]["site_type"].values()] == ["land"]


@pytest.mark.parametrize("title", ["Mot de passe", "password", "MOT DE PASSE", "Pass word", "mdp"])
def test_a_table_of_passwords_is_refused_and_not_kept(client, title):
    answer = send(client, f"Identifiant;Code INSEE;Adresse;{title}\nA1;31555;1 rue;hunter2\n".encode())

    assert answer.status_code == 422
    assert "mots de passe" in page_of(answer).text
    assert not ImportDraft.objects.exists()


def test_a_table_of_which_no_title_is_known_is_refused_and_not_kept(client):
    answer = send(client, b"Article;Prix;Rayon\nPommes;3;fruits\n")

    assert answer.status_code == 422
    assert "Aucun titre de ce tableau ne parle de sites" in page_of(answer).text
    assert not ImportDraft.objects.exists()


# --- a check that takes too long


def test_a_check_that_takes_too_long_is_given_up_and_not_made_again_until_something_is_decided(
    client, territories, monkeypatch
):
    made = []
    check_for = exchange.check_sites
    monkeypatch.setattr(exchange, "check_sites", lambda *args, **more: made.append(1) or check_for(*args, **more))
    monkeypatch.setattr(exchange, "CHECK_SECONDS", -1)
    check = send(client, LINES.encode())["Location"]
    copy = client.get(f"{check}annote/")
    pages = [page_of(client.get(check)).text for _ in range(3)]

    assert all("demande trop de temps : partagez-le en plusieurs" in page for page in pages)
    assert (len(made), copy.status_code) == (1, 302)
    monkeypatch.setattr(exchange, "CHECK_SECONDS", 20)
    client.post(check, {"dire": "1", "day": "2026-11-01"})
    assert "1 à créer" in page_of(client.get(check)).text.replace("\xa0", " ")
    assert client.post(check).status_code == 302


def test_an_import_that_takes_too_long_is_given_up_and_stores_nothing(client, territories, monkeypatch):
    check = send(client, LINES.encode())["Location"]
    client.post(check, {"dire": "1", "day": "2026-11-01"})
    monkeypatch.setattr(exchange, "CHECK_SECONDS", -1)
    refused = client.post(check)

    assert refused.status_code == 422
    assert "demande trop de temps : partagez-le en plusieurs" in page_of(refused).text
    assert (SitePage.objects.count(), bool(ImportDraft.objects.get().failure)) == (0, True)


@pytest.mark.parametrize("door", ["", "colonnes/", "annote/"])
def test_a_file_that_can_no_longer_be_read_is_told_where_another_can_be_sent(client, territories, monkeypatch, door):
    check = send(client, LINES.encode())["Location"]
    client.post(check, {"dire": "1", "day": "2026-11-01"})

    def refuse(*_args, **_more):
        raise UnreadableFile("Ce fichier demande trop de temps.")

    for module in (importing, exchange):
        monkeypatch.setattr(module, "open_file" if module is exchange else "read_book", refuse)
    answers = [client.get(f"{check}{door}", follow=True)]
    answers += [client.post(check, follow=True), client.post(f"{check}colonnes/", {"relire": "1"}, follow=True)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert all("demande trop de temps" in answer.content.decode() for answer in answers)

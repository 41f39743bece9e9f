"""Answers that take a right of their own, in tables of sites; and how often a file is parsed."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from rbsite.accounts.models import GrantException
from rbsite.spreadsheets import opening
from sites_registry.models import SitePage
from sites_registry.sites.exchange import importing
from sites_registry.sites.exchange.importing import check_sites, import_sites
from sites_registry.sites.models.state import SiteState
from sites_registry.sites.verbs import delete_site
from tests.factories import make_site

HEADER = "Identifiant;Code INSEE;Adresse;Type de site;{answer}\n"
NEW, KNOWN = "N1;31555;1 rue Neuve;Terrain;{cell}\n", "A1;;;;{cell}\n"
#: Column -> (answer, a cell that says it, the right that it takes).
RESTRICTED = {
    "Informations d’accès": ("access_notes", "Portail vert", "site.read_access_notes"),
    "Objectif de résorption (année)": ("resorption_target", "2031", "site.set_objective"),
}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]


@pytest.fixture
def me(people):
    return people.correspondent


def take(person, feature: str, **where) -> None:
    GrantException.objects.create(user=person, feature=feature, is_allowed=False, **where or {"is_national": True})


def table(header: str, *rows: str) -> bytes:
    return "".join([HEADER.format(answer=header), *rows]).encode()


@pytest.mark.parametrize("how", ["deleted", "unreadable"])
def test_an_identifier_held_by_a_site_that_one_may_not_see_is_free(territories, me, people, how):
    held = make_site(territories["31555"], external_id="N1")
    if how == "deleted":
        delete_site(held, by=people.local_admin)
    else:
        take(me, "site.read", territory_ids=[territories["31555"].pk])
    content = table("Commentaires", NEW.format(cell=""))

    report = import_sites(content, by=me)

    assert (report.problems, report.created) == ([], 1)
    if how == "deleted":
        again = import_sites(content, by=me)
        assert (again.problems, again.created, again.unchanged) == ([], 0, 1)


@pytest.mark.parametrize("header", RESTRICTED)
@pytest.mark.parametrize("row", [NEW, KNOWN])
def test_an_answer_that_its_author_may_not_write_is_refused_at_its_cell(territories, me, header, row):
    name, cell, feature = RESTRICTED[header]
    site = make_site(territories["31555"], external_id="A1")
    take(me, feature)

    report = import_sites(table(header, row.format(cell=cell)), by=me)

    assert [(problem.row, problem.column, problem.value) for problem in report.problems] == [(2, header, cell)]
    assert report.problems[0].message.startswith("Vous n’avez pas le droit")
    assert SitePage.objects.count() == 1
    site.refresh_from_db()
    assert getattr(site, name) == SitePage._meta.get_field(name).get_default()


@pytest.mark.parametrize("header", RESTRICTED)
def test_the_same_answer_is_written_by_who_may_and_the_others_beside_it(territories, me, header):
    name, cell, _feature = RESTRICTED[header]
    make_site(territories["31555"], external_id="A1")

    assert import_sites(table(header, NEW.format(cell=cell), KNOWN.format(cell=cell)), by=me).is_valid

    assert [str(value) for value in SitePage.objects.values_list(name, flat=True)] == [cell, cell]


@pytest.mark.parametrize("header", RESTRICTED)
def test_a_blank_cell_needs_no_right_nor_does_the_answer_as_it_is_when_one_may_read_it(territories, me, header):
    name, cell, feature = RESTRICTED[header]
    make_site(territories["31555"], external_id="A1", **{name: cell})
    take(me, feature)

    assert check_sites(table(header, NEW.format(cell=""), KNOWN.format(cell="")), by=me).created == 1
    # of what one may not read, accepting the true answer alone would tell it
    again = check_sites(table(header, KNOWN.format(cell=cell)), by=me)
    assert again.unchanged == (name not in SitePage.read_features)
    assert again.is_valid == (name not in SitePage.read_features)


def test_the_right_is_asked_where_the_site_stands(territories, me):
    make_site(territories["31555"], external_id="A1")
    make_site(territories["31069"], external_id="A2")
    take(me, "site.set_objective", territory_ids=[territories["31069"].pk])

    report = check_sites(
        table("Objectif de résorption (année)", KNOWN.format(cell="2031"), "A2;;;;2031\n", "A3;31069;x;Terrain;2031\n"),
        by=me,
    )

    assert [problem.row for problem in report.problems] == [3, 4]
    assert report.changed == 1


def test_every_refused_answer_of_a_row_is_told(territories, me):
    for _name, _cell, feature in RESTRICTED.values():
        take(me, feature)
    content = "Identifiant;Code INSEE;Adresse;Type de site;{};{}\nN1;31555;1 rue Neuve;Terrain;x;2031\n"

    report = check_sites(content.format(*RESTRICTED).encode(), by=me)

    assert [problem.column for problem in report.problems] == list(RESTRICTED)


def test_a_right_asked_of_any_other_answer_holds_for_the_import_at_once(territories, me, monkeypatch):
    monkeypatch.setattr(SiteState, "write_features", {"population_total": "site.set_objective"})
    make_site(territories["31555"], external_id="A1", population_total=4)
    take(me, "site.set_objective")

    report = check_sites(table("Personnes", NEW.format(cell="5"), KNOWN.format(cell="5")), by=me)

    assert [(problem.row, problem.column) for problem in report.problems] == [(2, "Personnes"), (3, "Personnes")]


# --- a file is parsed once a request

TEXT = "Ville;Adresse;Nature\nToulouse;1 rue Neuve;Terrain nu\n"
EXPLAINED = {"colonne-0": "commune", "colonne-1": "address", "colonne-2": "site_type"}


@pytest.fixture
def parsed(monkeypatch) -> Iterator[list[int]]:
    """Grows each time that a file is parsed; a step that parses none, or two, fails."""
    calls: list[int] = []
    for module in (importing, opening):
        read = module.read_book
        monkeypatch.setattr(module, "read_book", lambda content, read=read: calls.append(1) or read(content))
    return calls


def test_each_step_of_the_import_parses_the_file_once(client_for, me, territories, parsed):
    client = client_for(me)

    def cost(step) -> int:
        before = len(parsed)
        assert step().status_code in (200, 302)
        return len(parsed) - before

    sent = []
    assert cost(lambda: sent.append(client.post("/sites/importer/", {"file": upload()})) or sent[0]) == 1
    check = sent[0]["Location"].removesuffix("colonnes/")
    columns = f"{check}colonnes/"
    layout = {"relire": "1", "lecture-header_row": "1", "lecture-header_lines": "1"}
    assert cost(lambda: client.get(columns)) == 1
    assert cost(lambda: client.post(columns, layout)) == 1
    assert cost(lambda: client.post(columns, EXPLAINED | {"mot-site_type-terrain-nu": "land"})) == 1
    assert cost(lambda: client.get(check)) == 1
    assert cost(lambda: client.get(f"{check}annote/")) == 1
    assert cost(lambda: client.post(check, {"ignorer": "oui"})) == 0
    assert cost(lambda: client.post(check, {"dire": "1", "day": "2026-11-01"})) == 0
    assert cost(lambda: client.post(check)) == 1
    assert SitePage.objects.count() == 1


def test_the_command_parses_the_file_once(me, territories, tmp_path, parsed):
    path = tmp_path / "sites.csv"
    path.write_bytes(table("Personnes", NEW.format(cell="5")))

    call_command("import_data", "sites", str(path), "--user", me.email, "--annotated", str(tmp_path / "annote.xlsx"))

    assert parsed == [1]


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("sites.csv", TEXT.encode())

"""Importing tables of sites: what is written, what is refused and why."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import xlsxwriter
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from wagtail.models import Page

from rbsite.accounts.enums import Role
from sites_registry.models import DepartmentPage, SitePage, SiteVersion
from sites_registry.sites import verbs as actions
from sites_registry.sites.enums import ChangeKind
from sites_registry.sites.exchange.importing import check_sites, import_sites
from tests.factories import UserFactory, make_site

HEADERS = ["Identifiant", "Code INSEE", "Adresse", "Type de site", "Date de signalement", "Personnes", "Origines"]
TODAY = timezone.localdate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]


def row(key: str, *, code="31555", address="12 chemin du Moulin", people="40") -> list[str]:
    return [key, code, address, "Terrain", "03/02/2025", people, "Union européenne"]


def as_csv(rows: list[list[str]], headers=HEADERS, *, separator=";", encoding="utf-8-sig") -> bytes:
    lines = [separator.join(f'"{cell}"' if separator in cell else cell for cell in line) for line in [headers, *rows]]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def as_xlsx(rows: list[list], headers=HEADERS) -> bytes:
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output, {"default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    for line, cells in enumerate([headers, *rows]):
        sheet.write_row(line, 0, cells)
    book.close()
    return output.getvalue()


def as_ods(rows: list[list[str]], headers=HEADERS) -> bytes:
    document = OpenDocumentSpreadsheet()
    table = Table(name="Feuille1")
    for cells in [headers, *rows]:
        line = TableRow()
        for cell in cells:
            box = TableCell(valuetype="string")
            box.addElement(P(text=cell))
            line.addElement(box)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    output = io.BytesIO()
    document.write(output)
    return output.getvalue()


@pytest.fixture
def me(people):
    return people.correspondent


def told(report) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.value) for problem in report.problems]


def test_new_keys_create_published_sites_with_their_history(territories, me):
    report = import_sites(as_csv([row("A1"), row("A2", code="31069", people="1 310")]), by=me)

    assert report.summary == "2 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    site = SitePage.objects.get(external_id="A2")
    assert (site.commune.name, site.population_total, site.origins) == ("Blagnac", 1310, ["eu"])
    assert (site.live, site.updated_by, site.latitude) == (True, me, territories["31069"].latitude)
    version = SiteVersion.objects.get(site=site)
    assert (version.kind, version.author, version.population_total) == (ChangeKind.IMPORTED, me, 1310)


def test_the_tree_is_sound_after_imports_and_a_site_can_still_be_declared(territories, me):
    import_sites(as_csv([row(f"A{rank}") for rank in range(40)]), by=me)
    import_sites(as_csv([row(f"B{rank}") for rank in range(3)]), by=me)
    actions.declare_site(
        {"commune": territories["31555"], "address": "3 rue Neuve", "site_type": "land", "declared_at": None}, by=me
    )

    assert [found for found in Page.find_problems() if found] == []
    parent = DepartmentPage.objects.get()
    assert parent.numchild == parent.get_children().count() == 44
    assert SitePage.objects.get(external_id="A7").get_parent().specific == parent
    assert set(SitePage.objects.values_list("locale", flat=True)) == {parent.locale_id}


def test_the_same_file_again_changes_nothing(territories, me):
    content = as_csv([row("A1"), row("A2")])
    import_sites(content, by=me)
    versions = SiteVersion.objects.count()

    report = import_sites(content, by=me)

    assert report.summary == "0 créés, 0 modifiés, 2 inchangés, 0 erreurs"
    assert SiteVersion.objects.count() == versions


def test_a_check_writes_nothing_and_tells_what_would_change(territories, me):
    import_sites(as_csv([row("A1")]), by=me)

    report = check_sites(as_csv([row("A1", people="57"), row("A2")]), by=me)

    assert report.summary == "1 créés, 1 modifiés, 0 inchangés, 0 erreurs"
    assert report.changes[0].fields == [("Personnes", "40", "57")]
    assert report.button == "Créer 1 site et en modifier 1"
    assert SitePage.objects.get().population_total == 40


def test_an_update_records_who_and_when_and_keeps_the_state_before(territories, me):
    site = make_site(territories["31555"], external_id="A1", population_total=40, at=TODAY() - timedelta(days=60))

    import_sites(as_csv([row("A1", people="57")]), by=me)

    site.refresh_from_db()
    assert (site.population_total, site.updated_by) == (57, me)
    before = SiteVersion.objects.as_of(timezone.now() - timedelta(days=1)).get(site=site)
    assert before.population_total == 40
    latest = SiteVersion.objects.believed_now().get(site=site, valid__upper_inf=True)
    assert latest.changes["population_total"] == [40, 57]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_files_of_every_spreadsheet_are_read(territories, me, encoding, separator):
    content = as_csv([row("A1", address="12 allée des Érables")], separator=separator, encoding=encoding)

    assert import_sites(content, by=me).created == 1
    assert SitePage.objects.get().address == "12 allée des Érables"


@pytest.mark.parametrize("write", [as_xlsx, as_ods])
def test_workbooks_are_read(territories, me, write):
    assert import_sites(write([row("A1"), row("A2")]), by=me).created == 2


def test_cells_of_a_workbook_may_be_numbers_and_dates(territories, me):
    day = TODAY() - timedelta(days=30)

    import_sites(as_xlsx([[1203, 31555, "12 chemin du Moulin", "Terrain", day, 40.0, ""]]), by=me)

    site = SitePage.objects.get()
    assert (site.external_id, site.declared_at, site.population_total) == ("1203", day, 40)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"PK\x03\x04 rien", b"\x89PNG\r\n\x1a\n\0\0\0", b"   ;;\n;;"])
def test_a_file_that_is_no_table_is_refused_with_a_sentence(me, content):
    [problem] = check_sites(content, by=me).problems

    assert str(problem).startswith("Fichier : ")


def test_every_wrong_cell_is_told_with_its_row_and_column_and_nothing_is_written(territories, me):
    rows = [row(f"A{rank}") for rank in range(8)]
    rows[0][5] = "beaucoup"
    rows[1][4] = "31/02/2025"
    rows[2][1] = "99999"
    rows[3][3] = "Igloo"
    rows[5][2] = "x" * 300

    report = import_sites(as_csv(rows), by=me)

    assert told(report) == [
        (2, "Personnes", "beaucoup"),
        (3, "Date de signalement", "31/02/2025"),
        (4, "Code INSEE", "99999"),
        (5, "Type de site", "Igloo"),
        (7, "Adresse", "x" * 79 + "…"),
    ]
    assert "Terrain, Immeuble bâti, Autre" in report.problems[3].message
    assert not SitePage.objects.exists()


def test_rules_between_answers_are_told_on_their_column(territories, me):
    headers = [*HEADERS, "Femmes et filles"]

    report = check_sites(as_csv([[*row("A1", people="10"), "12"]], headers), by=me)

    assert told(report) == [(2, "Femmes et filles", "12")]


def test_an_unreadable_cell_brings_no_error_on_another_one(territories, me):
    make_site(territories["31555"], external_id="A1", population_total=5)
    headers = [*HEADERS, "Femmes et filles"]

    report = check_sites(as_csv([[*row("A1", people="dix"), "12"]], headers), by=me)

    assert told(report) == [(2, "Personnes", "dix")]


def test_blank_leaves_as_is_and_a_question_mark_means_unknown(territories, me):
    headers = ["Identifiant", "Personnes", "Origines", "Toilettes fonctionnelles", "Appellation du site"]
    answers = {"population_total": 40, "origins": ["eu"], "sanitary_working_toilets": True, "name": "Le Moulin"}
    blank = make_site(territories["31555"], external_id="A1", **answers)
    unknown = make_site(territories["31555"], external_id="A2", **answers)

    report = import_sites(as_csv([["A1", "", "", "", ""], ["A2", "?", "NSP", "ne sait pas", "?"]], headers), by=me)

    assert (report.changed, report.unchanged) == (1, 1)
    blank.refresh_from_db()
    unknown.refresh_from_db()
    assert [getattr(blank, name) for name in answers] == [40, ["eu"], True, "Le Moulin"]
    assert [getattr(unknown, name) for name in answers] == [None, [], None, ""]


@pytest.mark.parametrize(
    ("cell", "answer"), [("oui", True), ("NON", False), ("o", True), ("0", False), ("Inconnu", None), ("vrai", True)]
)
def test_three_states_are_read_and_unknown_is_never_no(territories, me, cell, answer):
    site = make_site(territories["31555"], external_id="A1", trash_is_piling=not answer)

    import_sites(as_csv([["A1", cell]], ["external_id", "Déchets : accumulation d’ordures ménagères"]), by=me)

    site.refresh_from_db()
    assert site.trash_is_piling is answer


def test_the_code_of_the_platform_is_a_key_too(territories, me):
    site = make_site(territories["31555"])

    report = import_sites(as_csv([[site.slug.upper(), "57"]], ["Identifiant", "Personnes"]), by=me)

    site.refresh_from_db()
    assert (report.changed, site.population_total) == (1, 57)


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        (["Adresse"], "nécessaire"),
        (["Identifiant", "Personnnes"], "voulez-vous dire « Personnes » ?"),
        (["Identifiant", "Personnes", "Population"], "deux fois"),
    ],
)
def test_columns_that_cannot_be_trusted_stop_the_import(me, headers, sentence):
    [problem] = check_sites(as_csv([["A"] * len(headers)], headers), by=me).problems

    assert sentence in problem.message


def test_unknown_and_computed_columns_are_left_aside_and_told(territories, me):
    make_site(territories["31555"], external_id="A1")

    report = check_sites(as_csv([["A1", "x", "Occitanie"]], ["Identifiant", "Remarque du chef", "Région"]), by=me)

    assert report.is_valid
    assert report.notices == [
        "Colonnes calculées par la plateforme, non lues : « Région ».",
        "Colonnes inconnues, non lues : « Remarque du chef ».",
    ]


def test_the_same_key_twice_is_told_on_both_rows(territories, me):
    report = check_sites(as_csv([row("A1"), row("A2"), row("A1")]), by=me)

    assert told(report) == [(2, "Identifiant", "A1"), (4, "Identifiant", "A1")]
    assert "ligne 4" in report.problems[0].message


def test_row_numbers_are_those_of_the_file_when_lines_are_blank(territories, me):
    content = as_csv([row("A1"), [""] * 7, [""] * 7, row("A2", people="trop")])

    assert told(check_sites(content, by=me)) == [(5, "Personnes", "trop")]


def test_a_commune_is_found_by_its_name_and_departement(territories, me):
    headers = ["Identifiant", "Commune", "Département", "Adresse", "Type de site"]

    import_sites(as_csv([["A1", "TOULOUSE", "31 – Haute-Garonne", "1 rue Neuve", "terrain"]], headers), by=me)

    assert SitePage.objects.get().commune == territories["31555"]


def test_positions_are_read_with_commas_and_checked_against_the_departement(territories, me):
    headers = ["Identifiant", "Code INSEE", "Adresse", "Type de site", "Latitude", "Longitude"]
    here = ["A1", "31555", "1 rue Neuve", "Terrain", "43,6100001", "1,4500002"]
    far = ["A2", "31555", "1 rue Neuve", "Terrain", "48,85", "2,35"]

    assert told(check_sites(as_csv([here, far], headers), by=me)) == [(3, "Latitude", "48,85")]
    import_sites(as_csv([here], headers), by=me)

    site = SitePage.objects.get()
    assert (site.latitude, site.longitude, site.is_approximate) == (43.6100001, 1.4500002, False)


# --- rights


def test_a_site_elsewhere_answers_as_one_that_does_not_exist(territories, me):
    make_site(territories["33063"], external_id="G1")
    rows = [row("G1", code="33063"), row("RIEN", code="33063")]

    report = check_sites(as_csv(rows), by=me)

    assert len({problem.message for problem in report.problems}) == 1
    assert [problem.column for problem in report.problems] == ["Code INSEE", "Code INSEE"]


def test_somebody_who_may_not_declare_updates_only(territories, people):
    make_site(territories["31555"], external_id="A1", population_total=4)

    assert import_sites(as_csv([row("A1")]), by=people.operator).changed == 1
    assert told(import_sites(as_csv([row("A2")]), by=people.operator)) == [(2, "Code INSEE", "31555")]


def test_a_site_moves_only_to_a_commune_of_ones_own(territories, me):
    site = make_site(territories["31555"], external_id="A1")
    headers = ["Identifiant", "Code INSEE"]

    assert told(import_sites(as_csv([["A1", "33063"]], headers), by=me)) == [(2, "Code INSEE", "33063")]
    import_sites(as_csv([["A1", "31069"]], headers), by=me)

    site.refresh_from_db()
    assert site.commune == territories["31069"]


def test_a_site_that_changes_departement_changes_parent(territories):
    both = UserFactory(role=Role.CORRESPONDENT, areas=[territories["31"], territories["33"]])
    site = make_site(territories["31555"], external_id="A1")

    import_sites(as_csv([["A1", "33063"]], ["Identifiant", "Code INSEE"]), by=both)

    site.refresh_from_db()
    assert site.get_parent().specific.territory == territories["33"]
    assert [found for found in Page.find_problems() if found] == []


def test_an_observer_may_not_import(people, client_for):
    assert client_for(people.observer).get("/sites/importer/").status_code == 403


# --- closing


CLOSING = ["Identifiant", "Statut ou cause de la fermeture", "Date de fermeture", "Site résorbé définitivement"]


def closing_row(key: str) -> list[str]:
    return [key, "Décision administrative de la Commune", TODAY().strftime("%d/%m/%Y"), "non"]


def test_a_site_is_closed_by_whoever_may_close(territories, people):
    site = make_site(territories["31555"], external_id="A1", at=TODAY() - timedelta(days=90))
    content = as_csv([closing_row("A1")], CLOSING)

    assert told(import_sites(content, by=people.operator)) == [(2, CLOSING[1], closing_row("")[1])]
    assert import_sites(content, by=people.correspondent).changed == 1

    site.refresh_from_db()
    assert (site.status, site.closed_at) == ("closed_by_city_admin", TODAY())
    assert import_sites(content, by=people.correspondent).unchanged == 1


def test_a_closing_never_creates_a_site(territories, me):
    headers = [*HEADERS, *CLOSING[1:]]

    report = check_sites(as_csv([[*row("A1"), *closing_row("A1")[1:]]], headers), by=me)

    assert [problem.column for problem in report.problems] == [CLOSING[1]]


def test_what_is_wrong_with_a_closing_date_is_told_once(territories, me):
    make_site(territories["31555"], external_id="A1")

    report = check_sites(as_csv([["A1", "demain"]], ["Identifiant", "Date de fermeture"]), by=me)

    assert [problem.message for problem in report.problems] == [
        "Une date est attendue : JJ/MM/AAAA.",
        "Dites aussi la cause de la fermeture.",
    ]


def test_a_closed_site_is_left_alone(territories, me):
    day = TODAY() - timedelta(days=30)
    closed = {"status": "unknown", "closed_at": day, "population_total": 40}
    make_site(territories["31555"], external_id="A1", at=day, **closed)

    assert told(check_sites(as_csv([["A1", "41"]], ["Identifiant", "Personnes"]), by=me)) == [(2, "Identifiant", "A1")]
    assert check_sites(as_csv([["A1", "40"]], ["Identifiant", "Personnes"]), by=me).unchanged == 1


# --- time


def test_situation_au_says_since_when_the_state_holds(territories, me):
    site = make_site(territories["31555"], external_id="A1", population_total=40, at=TODAY() - timedelta(days=60))
    day = TODAY() - timedelta(days=10)
    content = as_csv([["A1", "57", day.strftime("%d/%m/%Y")]], ["Identifiant", "Personnes", "Situation au"])

    assert import_sites(content, by=me).changed == 1
    assert import_sites(content, by=me).unchanged == 1

    site.refresh_from_db()
    assert timezone.localdate(site.situation_at) == day


def test_a_situation_before_the_latest_one_is_refused(territories, me):
    make_site(territories["31555"], external_id="A1", population_total=40, at=TODAY() - timedelta(days=10))
    day = (TODAY() - timedelta(days=20)).strftime("%d/%m/%Y")

    report = check_sites(as_csv([["A1", "57", day]], ["Identifiant", "Personnes", "Situation au"]), by=me)

    assert told(report) == [(2, "Situation au", day)]


def test_an_old_fault_of_the_site_does_not_block_the_import(territories, me):
    site = make_site(territories["31555"], external_id="A1")
    planned = {"census_status": "scheduled", "census_conducted_by": "X", "census_conducted_at": TODAY()}
    SitePage.objects.filter(pk=site.pk).update(**planned | {"census_conducted_at": TODAY() - timedelta(days=3)})

    assert import_sites(as_csv([["A1", "57"]], ["Identifiant", "Personnes"]), by=me).changed == 1


# --- drafts, children


def test_the_editor_starts_again_from_what_was_imported(territories, me):
    site = make_site(territories["31555"], by=me, external_id="A1", population_total=40)

    import_sites(as_csv([["A1", "57"]], ["Identifiant", "Personnes"]), by=me)

    page = Page.objects.get(pk=site.pk)
    assert page.live_revision is None
    assert page.get_latest_revision_as_object().population_total == 57


def test_an_open_draft_keeps_its_words_and_gets_the_imported_ones(territories, me):
    site = make_site(territories["31555"], by=me, external_id="A1", population_total=40)
    site.name = "Brouillon"
    site.save_revision(user=me)

    import_sites(as_csv([["A1", "57"]], ["Identifiant", "Personnes"]), by=me)

    drafted = SitePage.objects.get(pk=site.pk).get_latest_revision_as_object()
    assert (drafted.name, drafted.population_total) == ("Brouillon", 57)


def test_sites_of_origin_are_named_by_key_and_hidden_ones_are_kept(territories, me):
    hidden = make_site(territories["33063"], external_id="G1")
    seen = make_site(territories["31555"], external_id="S1")
    site = make_site(territories["31555"], external_id="A1", is_reinstallation=True, incoming_sites=[hidden])
    headers = ["Identifiant", "Sites d’origine des habitants"]

    assert told(check_sites(as_csv([["A1", "G1"]], headers), by=me)) == [(2, headers[1], "G1")]
    import_sites(as_csv([["A1", "S1"]], headers), by=me)

    assert set(SitePage.objects.get(pk=site.pk).incoming_sites.all()) == {hidden, seen}
    assert SiteVersion.objects.filter(site=site).last().children["incoming_sites"] == sorted([hidden.pk, seen.pk])


def test_an_answer_that_does_not_apply_is_left_aside_and_told(territories, me):
    make_site(territories["31555"], external_id="A1", water_access_type="fontaine_publique")

    report = import_sites(as_csv([["A1", "oui"]], ["Identifiant", "Eau : point d’eau sur la voie publique"]), by=me)

    assert (report.unchanged, report.ignored) == (1, [(2, "Eau : point d’eau sur la voie publique")])


# --- commands, cost


def run(capsys, *arguments) -> tuple[int, str]:
    try:
        call_command("import_data", "sites", *arguments)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    return status, capsys.readouterr().out.strip().splitlines()[-1]


def test_the_command_says_what_it_did_in_its_last_line_and_its_status(territories, me, tmp_path, capsys):
    good, bad = tmp_path / "sites.csv", tmp_path / "faux.csv"
    good.write_bytes(as_csv([row("A1")]))
    bad.write_bytes(as_csv([row("A2"), row("A3", people="x")]))

    dry_run = run(capsys, str(good), "--dry-run", "--user", me.email)
    first = run(capsys, str(good), "--user", me.email)
    wrong = run(capsys, str(bad), "--user", me.email)

    assert dry_run == first == (0, "1 créés, 0 modifiés, 0 inchangés, 0 erreurs")
    assert wrong == (1, "0 créés, 0 modifiés, 0 inchangés, 1 erreurs")
    assert SitePage.objects.count() == 1


@pytest.mark.parametrize("name", ["modele.xlsx", "modele.csv"])
def test_the_template_is_an_empty_file_that_can_be_imported(me, tmp_path, name):
    template = tmp_path / name

    call_command("import_data", "sites", "--template", str(template))

    assert check_sites(template.read_bytes(), by=me).summary == "0 créés, 0 modifiés, 0 inchangés, 0 erreurs"


def test_wagtail_finds_imported_sites(territories, me):
    import_sites(as_csv([row("A1", address="7 sente des Coquelicots")]), by=me)

    assert list(Page.objects.search("coquelicots")) == list(Page.objects.filter(title__contains="Coquelicots"))


@pytest.mark.django_db(transaction=True)
def test_two_people_who_import_the_same_file_at_once_create_each_site_once(territories, people):
    content = as_csv([row(f"A{rank}") for rank in range(20)])

    def run(person) -> str:
        try:
            return import_sites(content, by=person).summary
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        summaries = sorted(pool.map(run, [people.correspondent, people.institutional_partner]))

    assert summaries == [
        "0 créés, 0 modifiés, 20 inchangés, 0 erreurs",
        "20 créés, 0 modifiés, 0 inchangés, 0 erreurs",
    ]
    assert [found for found in Page.find_problems() if found] == []


def test_queries_do_not_grow_with_the_rows(territories, me):
    def cost(prefix: str, size: int, people: str) -> int:
        content = as_csv([row(f"{prefix}{rank}", people=people) for rank in range(size)])
        with CaptureQueriesContext(connection) as queries:
            import_sites(content, by=me)
        return len(queries)

    cost("Z", 1, "1")  # makes the département
    created = cost("A", 10, "10"), cost("B", 30, "10")
    updated = cost("A", 10, "11"), cost("B", 30, "11")

    assert created[0] == created[1]
    assert updated[0] == updated[1]

"""Exporting sites: who gets what, in which form, and the way back."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from rbsite.accounts.models import GrantException
from sites_registry.models import SitePage
from sites_registry.sites import verbs as actions
from sites_registry.sites.exchange.columns import PARTS
from sites_registry.sites.exchange.exports import SiteExport, default_parts
from sites_registry.sites.exchange.importing import check_sites, import_sites
from tests.factories import make_site

TODAY = timezone.localdate
EVERYTHING = frozenset(PARTS)
ANSWERS = {
    "name": "=SOMME(A1:A9)",
    "population_total": 40,
    "population_females": 21,
    "origins": ["french", "eu"],
    "built_at": TODAY() - timedelta(days=400),
    "declared_at": TODAY() - timedelta(days=300),
    "point": "SRID=4326;POINT(1.4512345678 43.6123456789)",
    "access_notes": "Portail vert\r\nà gauche ; sonner",
    "water_access_type": "reservoir",
    "sanitary_working_toilets": True,
    "sanitary_toilet_types": ["latrines", "toilettes_seches"],
    "electricity_access": False,
    "trash_is_piling": None,
    "census_status": "done",
    "census_conducted_at": TODAY() - timedelta(days=20),
    "census_conducted_by": "Une association",
    "resorption_target": 2027,
    "heatwave_risk": True,
}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]


@pytest.fixture
def me(people):
    return people.correspondent


@pytest.fixture
def sites(territories):
    here = territories["31555"]
    closed = {"status": "closed_by_justice", "closed_at": TODAY(), "closed_with_solutions": False}
    first = make_site(here, external_id="A1", **ANSWERS)
    return [
        first,
        make_site(here, address="@rue", is_reinstallation=True, incoming_sites=[first]),
        make_site(territories["31069"], external_id="C1", **closed),
        make_site(territories["33063"], external_id="G1", address="Quai de Bordeaux"),
    ]


def exported(user, file_format="csv", *, parts=EVERYTHING, query="", as_of=None) -> bytes:
    output = io.BytesIO()
    SiteExport(user, QueryDict(query), parts, as_of).write(file_format, output)
    return output.getvalue()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_imported_as_it_is_changes_nothing(sites, me, file_format):
    report = import_sites(exported(me, file_format), by=me)

    assert report.summary == "0 créés, 0 modifiés, 3 inchangés, 0 erreurs"
    assert report.ignored == []


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_cell_changed_in_an_export_is_the_only_change(sites, me, file_format):
    content = exported(me, file_format)
    SitePage.objects.filter(external_id="A1").update(population_total=41)

    report = check_sites(content, by=me)

    assert report.summary == "0 créés, 1 modifiés, 2 inchangés, 0 erreurs"
    assert report.changes[0].fields == [("Personnes", "41", "40")]


def test_five_spoilt_cells_are_told_then_mended_and_imported_once(territories, me, tmp_path, capsys):
    for rank in range(6):
        make_site(territories["31555"], external_id=f"A{rank}", population_total=40)
    path = tmp_path / "sites.csv"
    call_command("export_data", "sites", "--user", me.email, "-o", str(path), "--filters", "tri=nom")
    lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig")), delimiter=";"))
    place = {title: rank for rank, title in enumerate(lines[0])}

    def imported(spoilt: dict[tuple[int, str], str]) -> tuple[int, list[str]]:
        changed = [list(line) for line in lines]
        for (row, title), text in spoilt.items():
            changed[row - 1][place[title]] = text
        path.write_text("\n".join(";".join(f'"{cell}"' for cell in line) for line in changed), "cp1252")
        capsys.readouterr()
        try:
            call_command("import_data", "sites", str(path), "--user", me.email)
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return status, capsys.readouterr().out.splitlines()

    wrong = {
        (2, "Personnes"): "-3",
        (3, "Date de signalement"): "hier",
        (4, "Code INSEE"): "00000",
        (5, "Toilettes fonctionnelles"): "peut-être",
        (6, "Origines des habitants"): "Union européenne ; Mars",
    }
    status, lines_told = imported(wrong)

    assert status == 1
    assert [f"Ligne {row}, colonne « {title} » : « {text} »" for (row, title), text in wrong.items()] == [
        line.partition(" – ")[0] for line in lines_told if line.startswith("Ligne")
    ]
    assert lines_told[-1] == "0 créés, 0 modifiés, 1 inchangés, 5 erreurs"
    assert set(SitePage.objects.values_list("population_total", flat=True)) == {40}

    mended = {(2, "Personnes"): "41", (3, "Personnes"): "42", (4, "Origines des habitants"): "Français"}
    assert imported(mended)[1][-1] == "0 créés, 3 modifiés, 3 inchangés, 0 erreurs"
    assert imported(mended)[1][-1] == "0 créés, 0 modifiés, 6 inchangés, 0 erreurs"


def test_only_sites_that_the_person_may_export_are_there(sites, people):
    assert {row["Identifiant"] for row in rows_of(exported(people.correspondent))} == {"A1", sites[1].slug, "C1"}
    assert {row["Identifiant"] for row in rows_of(exported(people.correspondent_33))} == {"G1"}
    assert len(rows_of(exported(people.national_actor))) == 4


@pytest.mark.parametrize("role", ["intervener", "observer"])
def test_who_may_not_export_gets_nothing(sites, people, client_for, role):
    client = client_for(getattr(people, role))

    assert client.get("/sites/exporter/?telecharger=1&format=csv").status_code == 403


def test_the_filters_and_the_sort_of_the_list_hold(sites, me):
    assert [row["Identifiant"] for row in rows_of(exported(me, query="onglet=fermes"))] == ["C1"]
    assert [row["Adresse"] for row in rows_of(exported(me, query="onglet=ouverts&tri=nom"))] == [
        "12 chemin du Moulin",
        "'@rue",
    ]


def test_positions_and_access_notes_are_not_there_unless_asked(sites, me):
    plain = exported(me, parts=default_parts()).decode() + exported(me, "json", parts=default_parts()).decode()

    assert "43,61" not in plain and "43.61" not in plain
    assert "Portail vert" not in plain and "Latitude" not in plain
    assert "Portail vert" in exported(me).decode()


def test_access_notes_follow_their_own_right_row_by_row(sites, me, territories):
    SitePage.objects.filter(pk=sites[1].pk).update(commune=territories["31069"], access_notes="Secret")
    GrantException.objects.create(
        user=me, feature="site.read_access_notes", is_allowed=False, territory_ids=[territories["31069"].pk]
    )

    for file_format in ("csv", "json", "geojson"):
        content = exported(me, file_format).decode()
        assert "Portail vert" in content
        assert "Secret" not in content


def test_texts_that_look_like_formulas_are_neutralised(sites, me):
    [first] = [row for row in rows_of(exported(me)) if row["Identifiant"] == "A1"]
    cells = [cell.value for line in load_workbook(io.BytesIO(exported(me, "xlsx")))["Sites"] for cell in line]

    assert first["Appellation du site"] == "'=SOMME(A1:A9)"
    assert "'=SOMME(A1:A9)" in cells and "'@rue" in cells
    assert "=SOMME(A1:A9)" not in cells


def test_the_workbook_has_numbers_dates_a_frozen_header_and_totals_apart(sites, me):
    book = load_workbook(io.BytesIO(exported(me, "xlsx", query="onglet=ouverts&tri=nom")))
    sheet = book["Sites"]
    titles = [cell.value for cell in sheet[1]]
    moulin = next(line for line in sheet.iter_rows(min_row=2, values_only=True) if line[0] == "A1")

    assert (sheet.freeze_panes, sheet.max_row) == ("B2", 3)
    assert moulin[titles.index("Personnes")] == 40
    assert moulin[titles.index("Date de signalement")].date() == ANSWERS["declared_at"]
    totals = {line[0]: line[1:] for line in book["Totaux"].iter_rows(min_row=2, values_only=True)}
    assert totals["Sites"][0] == 2
    assert totals["Personnes"] == (40, 1)


def test_unknown_is_written_as_unknown_and_what_does_not_apply_is_blank(sites, me):
    [first] = [row for row in rows_of(exported(me)) if row["Identifiant"] == "A1"]

    assert first["Déchets : accumulation d’ordures ménagères"] == "ne sait pas"
    assert first["Eau : point d’eau sur la voie publique"] == ""
    assert first["Installation électrique"] == "non"


def test_a_map_needs_the_positions(sites, me, client_for):
    features = json.loads(exported(me, "geojson"))["features"]
    first = next(feature for feature in features if feature["properties"]["key"] == "A1")
    answer = client_for(me).get("/sites/exporter/?telecharger=1&format=geojson&parties=conditions")

    assert first["geometry"] == {"type": "Point", "coordinates": [1.4512346, 43.6123457]}
    assert (first["properties"]["is_approximate"], first["properties"]["trash_is_piling"]) == (False, None)
    assert answer.status_code == 422
    assert "cochez « Coordonnées GPS »" in answer.content.decode()


def test_sites_of_origin_that_the_reader_may_not_see_are_not_named(sites, me, people):
    sites[1].incoming_sites.set([sites[0], sites[3]])
    sites[1].incoming_sites.commit()

    content = exported(me)
    [row] = [row for row in rows_of(content) if row["Identifiant"] == sites[1].slug]

    assert row["Sites d’origine des habitants"] == "A1"
    assert import_sites(content, by=me).changed == 0


def test_closing_solutions_are_exported(territories, me):
    site = make_site(territories["31555"], external_id="A1", at=TODAY() - timedelta(days=9))
    closing = {"status": "unknown", "closed_at": TODAY(), "closed_with_solutions": True}
    actions.close_site(site, by=me, **closing, solutions=[{"kind": "housing", "people": 12, "households": 3}])

    content = exported(me)
    [row] = rows_of(content)

    assert (row["Logement : personnes"], row["Logement : ménages"]) == ("12", "3")
    assert import_sites(content, by=me).unchanged == 1


def test_the_state_of_a_past_day_needs_its_right(territories, people):
    site = make_site(territories["31555"], external_id="A1", population_total=40, at=TODAY() - timedelta(days=60))
    actions.update_site(site, {"population_total": 57}, by=people.correspondent, at=TODAY() - timedelta(days=20))
    then = TODAY() - timedelta(days=30)

    [past] = rows_of(exported(people.correspondent, as_of=then, query="onglet=ouverts&personnes=10-99"))
    [now] = rows_of(exported(people.correspondent))

    assert (past["Personnes"], now["Personnes"]) == ("40", "57")
    assert rows_of(exported(people.correspondent, as_of=TODAY() - timedelta(days=90))) == []
    with pytest.raises(Exception, match="passé"):
        exported(people.institutional_partner, as_of=then)


def test_the_command_writes_every_format_and_refuses_who_may_not(sites, people, tmp_path):
    for file_format in ("csv", "xlsx", "geojson", "json"):
        path = tmp_path / f"sites.{file_format}"
        arguments = ["sites", "--format", file_format, "-o", str(path), "--filters", "onglet=fermes"]
        call_command("export_data", *arguments, "--user", people.correspondent.email)
        assert path.stat().st_size > 100
        with pytest.raises(CommandError):
            call_command("export_data", *arguments, "--user", people.observer.email)


def test_the_page_offers_the_choice_and_the_file_has_the_name_of_the_day(sites, me, client_for):
    client = client_for(me)

    page = client.get("/sites/exporter/?onglet=ouverts&personnes=10-99").content.decode()
    answer = client.get("/sites/exporter/?onglet=ouverts&telecharger=1&format=xlsx&choix=1&parties=conditions")

    assert "Exporter le site" in page
    assert '<input type="hidden" name="personnes" value="10-99">' in page
    assert f"{TODAY()}-sites-existants-resorption-bidonvilles.xlsx" in answer["Content-Disposition"]
    titles = [cell.value for cell in load_workbook(io.BytesIO(b"".join(answer.streaming_content)))["Sites"][1]]
    assert "Nuisibles : présence" in titles
    assert "Latitude" not in titles and "Diagnostic social : statut" not in titles


def test_queries_do_not_grow_with_the_sites(territories, me):
    def cost(size: int) -> int:
        for rank in range(size):
            make_site(territories["31555"], address=f"{rank} rue Neuve", is_reinstallation=True)
        with CaptureQueriesContext(connection) as queries:
            exported(me)
        return len(queries)

    cost(1)  # reads the rights of the person

    assert cost(4) == cost(8)

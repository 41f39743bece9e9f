"""Tables of organisations, by the command: who may, what is written, what is refused and where."""

import csv
import io
import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rbsite.accounts.models import GrantException, Organisation
from tests.factories import OrganisationFactory, OrganisationTypeFactory, UserFactory

HEADER = "Nom;Sigle;Type;Active"


@pytest.fixture
def me(db):
    OrganisationTypeFactory(uid="prefecture")
    OrganisationTypeFactory(uid="association")
    return UserFactory(national_admin=True, organisation=None)


@pytest.fixture
def run(me, tmp_path, capsys):
    """`run(*lines, …)`: import a csv; return the exit status and what was told."""

    def run_import(*lines: str, options: tuple[str, ...] = (), by=me) -> tuple[int, list[str]]:
        path = tmp_path / "structures.csv"
        path.write_text("\n".join(lines), "utf-8")
        capsys.readouterr()
        try:
            call_command("import_data", "organisations", str(path), "--user", by.email, *options)
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return status, capsys.readouterr().out.splitlines()

    return run_import


def exported(me, path, file_format="csv") -> bytes:
    call_command("export_data", "organisations", "--format", file_format, "--user", me.email, "-o", str(path))
    return path.read_bytes()


def test_organisations_are_created_changed_and_left_as_they_are(run):
    OrganisationFactory(name="Le Pont", abbreviation="LP")
    OrganisationFactory(name="La Rive")

    status, told = run(HEADER, "Le Pont;LPT;;non", "La Rive;;association;oui", "Préfecture du Nord;;prefecture;")

    assert (status, told[-1]) == (0, "1 créés, 1 modifiés, 1 inchangés, 0 erreurs")
    stored = Organisation.objects.values_list("name", "abbreviation", "type__uid", "is_active")
    assert set(stored) == {
        ("Le Pont", "LPT", "association", False),
        ("La Rive", "", "association", True),
        ("Préfecture du Nord", "", "prefecture", True),
    }


def test_the_same_file_twice_changes_nothing(run):
    lines = [HEADER, "Le Pont;LP;association;oui", "Préfecture du Nord;;prefecture;non"]

    assert run(*lines)[1][-1] == "2 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    assert run(*lines)[1][-1] == "0 créés, 0 modifiés, 2 inchangés, 0 erreurs"


def test_a_dry_run_tells_and_writes_nothing(run):
    OrganisationFactory(name="Le Pont", abbreviation="LP")

    status, told = run(HEADER, "Le Pont;?;;", "La Rive;;Association;", options=("--dry-run",))

    assert (status, told[-1]) == (0, "1 créés, 1 modifiés, 0 inchangés, 0 erreurs")
    assert "Ligne 2, à modifier : Le Pont (Sigle : LP → )" in told
    assert Organisation.objects.filter(abbreviation="LP").count() == Organisation.objects.count() == 1


def test_errors_are_told_by_row_and_column_and_nothing_is_written(run):
    OrganisationFactory(name="Le Pont")
    rows = [
        ";x;association;oui",
        "le pont;;;",
        "Neuve;;ministère;oui",
        "Sans type;;;",
        "Deux;;association;",
        "deux;;association;",
    ]

    status, told = run(HEADER, "Bonne;;association;oui", *rows, f"{'x' * 251};;association;peut-être")

    assert (status, told[-1]) == (1, "0 créés, 0 modifiés, 0 inchangés, 8 erreurs")
    assert [line.partition(" : ")[0] for line in told if line.startswith("Ligne")] == [
        "Ligne 3, colonne « Nom »",
        "Ligne 4, colonne « Nom »",
        "Ligne 5, colonne « Type »",
        "Ligne 6, colonne « Type »",
        "Ligne 7, colonne « Nom »",
        "Ligne 8, colonne « Nom »",
        "Ligne 9, colonne « Nom »",
        "Ligne 9, colonne « Active »",
    ]
    assert any("Une de ces réponses est attendue : Association, Prefecture." in line for line in told)
    assert any("écrivez son nom de la même façon" in line for line in told)
    assert Organisation.objects.count() == 1


def test_only_the_national_administration_may(run, me, people, tmp_path):
    line = "Le Pont;;association;oui"
    me_without = UserFactory(national_admin=True, organisation=None)
    GrantException.objects.create(user=me_without, feature="user.create", is_allowed=False, is_national=True)
    GrantException.objects.create(user=me_without, feature="user.export", is_allowed=False, is_national=True)

    for person in (people.local_admin, people.correspondent, people.national_actor, me_without):
        with pytest.raises(CommandError, match="administration nationale"):
            run(HEADER, line, by=person)
        with pytest.raises(CommandError, match="administration nationale"):
            exported(person, tmp_path / "export.csv")

    assert not Organisation.objects.filter(name="Le Pont").exists()
    assert run(HEADER, line)[0] == 0


def test_an_export_in_each_format_holds_every_organisation_and_comes_back_unchanged(run, me, tmp_path):
    OrganisationFactory(name="=Le Pont", abbreviation="LP", is_active=False)
    OrganisationFactory(name="Préfecture & Co", type=OrganisationTypeFactory(uid="prefecture"))

    text = exported(me, tmp_path / "export.csv").decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(exported(me, tmp_path / "export.xlsx", "xlsx")))["Structures"]
    stored = json.loads(exported(me, tmp_path / "export.json", "json"))

    rows = [["Nom", "Sigle", "Type", "Active"], ["'=Le Pont", "LP", "association", "non"]]
    assert list(csv.reader(io.StringIO(text), delimiter=";"))[:2] == rows
    assert [cell.value for cell in book[2]] == rows[1]
    assert stored[1] == {"name": "Préfecture & Co", "abbreviation": "", "type": "prefecture", "is_active": True}
    assert run(*text.splitlines())[1][-1] == "0 créés, 0 modifiés, 2 inchangés, 0 erreurs"


def test_what_has_no_meaning_for_organisations_is_refused(me, tmp_path):
    for options in (["--filters", "onglet=fermes"], ["--as-of", "2026-01-01"], ["--format", "geojson"]):
        with pytest.raises(CommandError):
            call_command("export_data", "organisations", "--user", me.email, "-o", str(tmp_path / "x"), *options)


def test_the_template_can_be_imported_and_the_annotated_copy_tells_each_row(run, me, tmp_path):
    template, copy = tmp_path / "modele.csv", tmp_path / "annote.xlsx"
    call_command("import_data", "organisations", "--template", str(template))

    assert run(template.read_text("utf-8-sig"))[1][-1] == "0 créés, 0 modifiés, 0 inchangés, 0 erreurs"

    status, _told = run(HEADER, "Le Pont;;association;", "Sans type;;;", options=("--annotated", str(copy)))
    lines = list(openpyxl.load_workbook(copy).active.iter_rows(values_only=True))
    assert status == 1
    assert [line[0].partition(",")[0] for line in lines[1:]] == ["À créer", "Erreur"]


def test_the_cost_of_an_export_does_not_grow(me, tmp_path):
    def cost(size: int) -> int:
        for _ in range(size):
            OrganisationFactory()
        with CaptureQueriesContext(connection) as queries:
            exported(me, tmp_path / "export.csv")
        return len(queries)

    assert cost(3) == cost(9)

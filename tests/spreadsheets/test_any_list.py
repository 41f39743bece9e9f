"""A list that the platform does not know goes all the way: read, explained, checked, told, given back."""

import io
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from rbsite.spreadsheets import readers
from rbsite.spreadsheets.annotated import write_annotated
from rbsite.spreadsheets.columns import Column, Columns
from rbsite.spreadsheets.decisions import Memory, TableDecisions
from rbsite.spreadsheets.forms import ColumnsForm, LayoutForm
from rbsite.spreadsheets.layout import ASIDE
from rbsite.spreadsheets.opening import lay_out_book, open_table
from rbsite.spreadsheets.questions import questions_of_words, unanswered
from rbsite.spreadsheets.tables import ReadTable, read_rows, read_table
from rbsite.spreadsheets.values import choice_reader, read_text
from rbsite.spreadsheets.writers import WRITERS, write_csv_template, write_template

ROOMS = ("rbsite", "sites_registry", "knowledge", "community")
TYPES = (("prefecture", "Préfecture"), ("association", "Association"), ("commune", "Commune"))
ORGANISATIONS = Columns(
    (
        Column("name", "Nom", read=read_text, required=True, expected="Texte", aliases=("Organisme",), is_text=True),
        Column(
            "type",
            "Type de structure",
            read=choice_reader(list(TYPES)),
            choices=TYPES,
            expected="Un type",
            aliases=("Catégorie",),
            is_told_by_words=True,
        ),
    ),
    title="Structures",
    identity=("name",),
)


def csv(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("utf-8-sig")


def workbook(*lines: list) -> bytes:
    book, output = openpyxl.Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(output)
    return output.getvalue()


def told(table: ReadTable) -> list[tuple[int | None, str, str]]:
    return [(problem.row, problem.column, problem.value) for problem in table.report.problems]


def cells_of(content: bytes) -> list[list]:
    return [list(line) for line in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]


@pytest.mark.parametrize(
    "content",
    [
        csv("Nom;Type de structure", "Le Pont;Association", "Ville de X;commune"),
        csv("nom;CATÉGORIE", "Le Pont;association", "Ville de X;COMMUNE"),
        workbook(
            ["Nos partenaires", None],
            [],
            ["Organisme", "Type de structure"],
            ["Le Pont", "Association"],
            ["Ville de X", "Commune"],
            ["Total", 2],
        ),
    ],
    ids=["csv", "aliases", "workbook with a heading"],
)
def test_a_table_is_read_by_its_columns(content):
    table = read_table(content, ORGANISATIONS)

    assert [row.values for row in table.rows] == [
        {"name": "Le Pont", "type": "association"},
        {"name": "Ville de X", "type": "commune"},
    ]
    assert table.report.is_valid


def test_rows_keep_the_numbers_of_the_file_and_what_was_set_aside_is_told():
    table = read_table(
        workbook(["Liste", None], [], ["Nom", "Catégorie"], ["A", "Commune"], [], ["B", "Commune"]), ORGANISATIONS
    )

    assert [row.number for row in table.rows] == [4, 6]
    assert table.report.reading == ["Feuille « Sheet » : titres à la ligne 3."]
    assert table.report.notices == [f"{ASIDE['blank']} : ligne 5."]


def test_each_wrong_cell_is_told_with_its_row_and_column():
    table = read_table(
        csv("Nom;Catégorie", ";Commune", "Le Pont;Igloo", "La Rive;#REF!", "Les Voisins;"), ORGANISATIONS
    )

    assert told(table) == [(2, "Nom", ""), (3, "Type de structure", "Igloo"), (4, "Type de structure", "#REF!")]
    assert [sorted(row.errors) for row in table.rows] == [["name"], ["type"], ["type"], []]
    assert table.rows[1].errors["type"] == "Une de ces réponses est attendue : Préfecture, Association, Commune."
    assert table.rows[3].values == {"name": "Les Voisins"}


def test_what_a_list_refuses_of_a_row_is_told_beside_what_could_not_be_read():
    table = read_table(csv("Nom;Catégorie", "Le Pont;Commune", "Le Pont;Igloo"), ORGANISATIONS)

    for row in table.rows:
        table.refuse(row, {"name": "Deux fois.", "type": "Jamais dit : la case a déjà son erreur."})

    assert told(table) == [
        (2, "Nom", "Le Pont"),
        (2, "Type de structure", "Commune"),
        (3, "Type de structure", "Igloo"),
        (3, "Nom", "Le Pont"),
    ]


def test_a_misspelt_title_is_proposed_and_never_taken():
    table = read_table(csv("Nom;Type de strukture", "Le Pont;Association"), ORGANISATIONS)

    assert table.rows == []
    assert [problem.message for problem in table.report.problems] == [
        "Colonne inconnue : voulez-vous dire « Type de structure » ?"
    ]
    assert table.opened.headers.proposals == {1: ORGANISATIONS.by_name["type"]}


def test_a_table_without_what_its_rows_speak_of_is_refused():
    assert told(read_table(csv("Catégorie;Remarque", "Commune;x"), ORGANISATIONS)) == [(None, "Nom", "")]


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\0\0", b"PK\x03\x04 rien"])
def test_a_file_that_is_no_table_is_told(content):
    table = read_table(content, ORGANISATIONS)

    assert (table.rows, table.opened) == ([], None)
    assert [str(problem).partition(" : ")[0] for problem in table.report.problems] == ["Fichier"]


def test_unknown_words_are_asked_with_a_proposal_then_translated():
    content = csv("Nom;Catégorie", "Le Pont;Associations", "La Rive;assoc", "Sud;assoc")
    opened = open_table(content, ORGANISATIONS)

    asked = questions_of_words(opened)
    assert [(one.said, one.rows, one.proposal) for one in asked] == [
        ("Associations", 1, "association"),
        ("assoc", 2, ""),
    ]
    assert unanswered(asked, opened) == asked

    decided = TableDecisions(values={"type": {"associations": "association", "assoc": ""}})
    again = lay_out_book(opened.book, ORGANISATIONS, decided)
    assert unanswered(questions_of_words(again), again) == []
    assert [row.values.get("type") for row in read_rows(again).rows] == ["association", None, None]


def test_what_an_organisation_said_before_is_not_asked_again():
    memory = Memory(columns={"qui": "name", "ou": ""}, values={"type": {"assoc": "association"}})
    table = read_table(csv("Qui;Catégorie;Où", "Le Pont;assoc;ici"), ORGANISATIONS, memory=memory)

    assert [row.values for row in table.rows] == [{"name": "Le Pont", "type": "association"}]
    assert table.report.notices == ["Colonnes laissées de côté : « Où »."]


def test_the_forms_ask_what_columns_and_words_mean():
    content = csv("Qui;Constat", "Le Pont;Association", "La Rive;Commune")
    opened = open_table(content, ORGANISATIONS)
    asked = ColumnsForm(None, opened, questions_of_words(opened))

    assert [field.label for field in asked.doubtful] == ["Qui", "Constat"]
    assert asked["colonne-1"].initial == "type"  # its words say it
    missing = ColumnsForm({"colonne-1": "type"}, opened, [])
    assert missing.non_field_errors() == [ColumnsForm.no_identity]

    said = ColumnsForm({"colonne-0": "name", "colonne-1": "type"}, opened, [])
    assert said.is_valid()
    again = lay_out_book(opened.book, ORGANISATIONS, TableDecisions(columns=said.columns()))
    assert [row.values["type"] for row in read_rows(again).rows] == ["association", "commune"]
    assert "sheet" not in LayoutForm(None, opened, TableDecisions()).fields


def test_a_file_is_parsed_once_whatever_is_decided_of_it(monkeypatch):
    parsed = []
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: parsed.append(1) or run(*args, **options))

    opened = open_table(csv("Qui;Catégorie", "Le Pont;assoc"), ORGANISATIONS)
    for decided in (TableDecisions(columns={"0": "name"}), TableDecisions(header_row=2)):
        read_rows(lay_out_book(opened.book, ORGANISATIONS, decided))

    assert parsed == [1]


def test_the_annotated_copy_has_the_rows_of_the_file_with_what_was_understood():
    table = read_table(csv("Nom;Catégorie", "Le Pont;Association", "La Rive;=Igloo"), ORGANISATIONS)
    output = io.BytesIO()

    write_annotated(table.opened, table.report, output)

    lines = cells_of(output.getvalue())
    assert lines[0] == ["Ce que la plateforme a compris", "Nom", "Catégorie"]
    assert [line[1:] for line in lines[1:]] == [["Le Pont", "Association"], ["La Rive", "'=Igloo"]]
    assert lines[2][0].startswith("Erreur, Type de structure : ")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_written_can_be_read_again(kind):
    rows = [{"name": "=SOMME(A1)", "type": "commune"}, {"name": "Le Pont", "type": None}]
    output = io.BytesIO()

    assert WRITERS[kind](ORGANISATIONS, rows, output) == 2

    table = read_table(output.getvalue(), ORGANISATIONS.only(ORGANISATIONS))
    assert [row.cells["name"] for row in table.rows] == ["'=SOMME(A1)", "Le Pont"]
    assert [row.values.get("type") for row in table.rows] == ["commune", None]


@pytest.mark.parametrize("write", [write_template, write_csv_template])
def test_the_empty_table_has_the_titles_of_the_list(write):
    output = io.BytesIO()

    write(ORGANISATIONS.template, output)

    table = read_table(output.getvalue(), ORGANISATIONS)
    assert (table.opened.table.headers, table.rows) == (["Nom", "Type de structure"], [])
    if write is write_template:
        assert openpyxl.load_workbook(output).sheetnames == ["Structures", "Mode d’emploi"]


def test_the_room_of_tables_knows_no_list():
    folder = Path(readers.__file__).parent
    names = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    program = (
        "import django, importlib, sys\n"
        "from django.conf import settings\n"
        "settings.configure(USE_TZ=True); django.setup()\n"
        "for name in sys.argv[1:]: importlib.import_module(f'rbsite.spreadsheets.{name}')\n"
        "print(*sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, text=True, check=True)

    ours = [name.split(".") for name in done.stdout.split() if name.startswith(ROOMS)]
    assert {".".join(parts[:2]) for parts in ours if len(parts) > 1} == {"rbsite.base", "rbsite.spreadsheets"}
    assert {parts[0] for parts in ours} == {"rbsite"}

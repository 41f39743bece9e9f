"""A file that is confirmed, exported and sent again changes nothing; what a table says comes back as it was."""

import io
import random
from datetime import date, timedelta

import pytest
from django.http import QueryDict

from rbsite.base.text import clean
from rbsite.spreadsheets.columns import Columns, field_column
from rbsite.spreadsheets.opening import open_table
from rbsite.spreadsheets.tables import read_rows
from rbsite.spreadsheets.writers import WRITERS
from sites_registry.models import SitePage
from sites_registry.sites.exchange.columns import PARTS
from sites_registry.sites.exchange.decisions import NEW_SITE, Decisions
from sites_registry.sites.exchange.exports import SiteExport
from sites_registry.sites.exchange.importing import check_sites, import_sites

from .messy import CASES, ods, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]

VALUES = 400
_PIECES = (
    "=",
    "+",
    "-",
    "@",
    "'",
    '"',
    ";",
    ",",
    "|",
    "\n",
    "\t",
    "\r\n",
    " ",
    "\xa0",
    "\u200b",
    "é",
    "e\u0301",
    "œ",
    "’",
    "«",
)
_MORE = (
    "12",
    "0",
    "31555",
    "2.000",
    "1e5",
    "Total",
    "?",
    "NSP",
    "oui",
    "مخيم",
    "лагерь",
    "⛺",
    "#REF!",
    "_x0000_",
    "TRUE",
    "<",
    "&",
)


def words(draw: random.Random) -> str:
    text = "".join(draw.choice(_PIECES + _MORE) for _ in range(draw.randint(1, 8)))
    return clean(text.replace("\r\n", "\n")).strip()


def exported(user, file_format: str) -> bytes:
    output = io.BytesIO()
    SiteExport(user, QueryDict("onglet=tous"), frozenset(PARTS)).write(file_format, output)
    return output.getvalue()


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_any_text_number_and_day_that_is_stored_comes_back_from_a_table_as_it_was(file_format):
    """Texts of a site have no « < > { } » and are neither « ? » nor « NSP », which say that nobody knows."""
    draw = random.Random(21)
    fields = [
        SitePage._meta.get_field(name) for name in ("name", "reinstallation_comments", "population_total", "built_at")
    ]
    columns = Columns(tuple(field_column(field, field.name) for field in fields), identity=("name",))
    rows = []
    while len(rows) < VALUES:
        name, comments = words(draw), words(draw)
        if name and not {"<", ">", "{", "}"} & set(name + comments) and not {"?", "NSP"} & {name, comments}:
            day = date(1950, 1, 1) + timedelta(days=draw.randrange(36_000))
            people = draw.choice([1, 999, 1_000, 99_999])
            rows.append(
                {"name": f"n {name}", "reinstallation_comments": comments, "population_total": people, "built_at": day}
            )
    output = io.BytesIO()
    WRITERS[file_format](columns, rows, output)

    opened = open_table(output.getvalue(), columns)
    opened.headers.problems.clear()
    table = read_rows(opened)

    assert table.report.problems == []
    assert len(table.rows) == VALUES
    for row, read in zip(rows, table.rows, strict=True):
        assert {name: value for name, value in row.items() if value != ""} == {
            name: value for name, value in read.values.items() if value != ""
        }


def confirmed(content: bytes, by) -> bool:
    """Import a case, its doubtful rows as new sites and its wrong ones left aside; whether anything was written."""
    report = check_sites(content, by=by)
    decisions = Decisions(sites={str(choice.row): NEW_SITE for choice in report.choices}, skip_errors=True)
    return bool(import_sites(content, by=by, decisions=decisions).created)


def hide_and_filter(sheet) -> None:
    sheet.auto_filter.ref = "A1:D4"
    sheet.auto_filter.add_filter_column(3, ["Terrain"])
    sheet.row_dimensions[3].hidden = True


TITLES = ["Réf", "INSEE", "Adresse", "Type"]
ROW = ["A1", "31555", "12 chemin du Moulin", "Terrain"]
#: Ten tables as partners draw them.
MESSY = {
    "a heading, groups of titles, totals": lambda: workbook(
        [
            ["Suivi des sites", None, None, None, None, None],
            ["Localisation", None, None, None, "Population", None],
            [*TITLES, "Personnes", "Femmes"],
            [*ROW, "env. 40", 12],
            ["Total", None, None, None, 40, 12],
        ]
    ),
    "hidden and filtered rows": lambda: workbook(
        [TITLES, ROW, ["A2", *ROW[1:]], ["A3", "31069", "2 rue", "Terrain"]], hide_and_filter
    ),
    "merged cells of an ods": lambda: ods(
        [TITLES, ["A1", ("31555", 2), "1 rue", "Terrain"], ["A2", None, "2 rue", "Terrain"]]
    ),
    "Windows and semicolons": lambda: "Réf;INSEE;Adresse;Type\nA1;31555;1 allée des Érables;Terrain".encode("cp1252"),
    "Excel’s Unicode text": lambda: "Réf\tINSEE\tAdresse\tType\nA1\t31555\t1 allée\tTerrain".encode("utf-16"),
    "numbers with words": lambda: workbook([[*TITLES, "Personnes", "Ménages"], [*ROW, "1 310 pers.", "40 familles"]]),
    "months and days in words": lambda: workbook(
        [
            [*TITLES, "Date d’installation"],
            [*ROW, "mars 2021"],
            ["A2", "31069", "2 rue", "Terrain", "lundi 15 mars 2021"],
        ]
    ),
    "communes by name, without identifiers": lambda: (
        b"Ville;Adresse;Type\nToulouse Cedex;1 rue;Terrain\nSt-Denis (93);2 rue;Terrain"
    ),
    "positions in degrees and Lambert": lambda: workbook(
        [
            [*TITLES, "Latitude", "Longitude"],
            [*ROW, "43°36'15\"N", "1°26'37\"E"],
            ["A2", "31555", "2 rue", "Terrain", 6279123, 574234],
        ]
    ),
    "tri-state answers, several answers, texts like formulas": lambda: workbook(
        [
            [*TITLES, "Origines", "Électricité", "Appellation du site"],
            [*ROW, "Français ; Union européenne", "NSP", "'=Pont"],
            ["A2", "31069", "2 rue", "Terrain", "?", "oui", "-Gare"],
        ]
    ),
}


@pytest.mark.parametrize("drawn", sorted(MESSY))
def test_a_table_as_partners_draw_it_confirmed_exported_and_sent_again_changes_nothing(territories, people, drawn):
    me = people.national_admin
    report = import_sites(MESSY[drawn](), by=me)
    count = SitePage.objects.count()

    assert report.problems == []
    assert count == report.created > 0
    for file_format in ("csv", "xlsx"):
        again = import_sites(exported(me, file_format), by=me)
        assert again.summary == f"0 créés, 0 modifiés, {count} inchangés, 0 erreurs", [*map(str, again.problems)][:5]
    assert import_sites(MESSY[drawn](), by=me).changed == 0


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_a_case_that_is_confirmed_exported_and_sent_again_changes_nothing(territories, people, name):
    me = people.national_admin
    if not confirmed((CASES / name).read_bytes(), me):
        assert not SitePage.objects.exists()
        return
    count = SitePage.objects.count()

    for file_format in ("csv", "xlsx"):
        report = import_sites(exported(me, file_format), by=me)
        assert report.summary == f"0 créés, 0 modifiés, {count} inchangés, 0 erreurs", [*map(str, report.problems)][:5]


@pytest.mark.parametrize(
    "name", ["03-answers-with-apostrophe.csv", "25d-create.csv", "12-pandas-floats.csv", "units.csv"]
)
def test_what_is_confirmed_stores_what_its_check_showed(territories, people, name):
    me, content = people.national_admin, (CASES / name).read_bytes()
    decisions = Decisions(skip_errors=True, day="2026-03-14")
    shown = check_sites(content, by=me, decisions=decisions)
    done = import_sites(content, by=me, decisions=decisions)

    assert (shown.summary, shown.changes, shown.outcomes) == (done.summary, done.changes, done.outcomes)
    assert {one.key for one in shown.changes} == set(SitePage.objects.values_list("external_id", flat=True))
    after = check_sites(content, by=me, decisions=decisions)
    assert (after.created, after.changed, after.unchanged) == (0, 0, shown.created)

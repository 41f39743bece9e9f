"""The tables that partners really send: what is read of each cell, set aside, asked and refused."""

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command

from rbsite.accounts.enums import Role
from rbsite.accounts.models import User
from rbsite.spreadsheets.annotated import write_annotated
from rbsite.spreadsheets.report import Report
from rbsite.territories.enums import TerritoryKind
from rbsite.territories.models import Territory
from sites_registry.models import SitePage
from sites_registry.sites.exchange.decisions import NEW_SITE, Decisions
from sites_registry.sites.exchange.importing import check_sites, import_sites, open_file
from sites_registry.sites.exchange.memory import remember
from sites_registry.sites.exchange.questions import questions_of
from tests.factories import OrganisationFactory, UserFactory, make_site

from .messy import fill, lines_of, ods, saved, with_members, workbook

TITLES = ["Réf", "INSEE", "Adresse", "Type"]
MOULIN = "12 chemin du Moulin"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]


@pytest.fixture
def me(people) -> User:
    return people.correspondent


def text(lines: list[list[str]]) -> bytes:
    return "\r\n".join(";".join(line) for line in lines).encode("utf-8-sig")


def told(report: Report) -> list[tuple[int | None, str, str]]:
    return [(problem.row, problem.column, problem.value) for problem in report.problems]


def remarks(report: Report) -> list[tuple[int | None, str, str, str]]:
    return [(one.row, "doute" if one.is_warning else "notice", one.value, one.message) for one in report.remarks]


def stored(**wanted) -> SitePage:
    return SitePage.objects.get(**wanted)


# --- how the table is drawn


def test_titles_on_two_lines_under_a_heading_are_joined_and_rows_that_are_no_site_are_set_aside(territories, me):
    def draw(sheet) -> None:
        sheet.merge_cells("A1:F1")
        sheet.merge_cells("D3:F3")
        for column in "ABC":
            sheet.merge_cells(f"{column}3:{column}4")
        sheet.row_dimensions[7].hidden = True

    content = workbook(
        [
            ["Recensement des bidonvilles, Haute-Garonne"],
            [],
            ["Commune", "Adresse", "Type", "Population", None, None],
            [None, None, None, "Total", "Femmes", "Mineurs"],
            ["Toulouse (31)", MOULIN, "Terrain", 40, 18, 12],
            ["Blagnac", "3 rue Neuve", "Terrain", 25, None, "?"],
            ["Colomiers", "9 rue Cachée", "Terrain", 99, None, None],
            [],
            ["Colomiers", "5 rue du Lac", "Immeuble bâti", 10, 4, 2],
            ["TOTAL", None, None, 174, 22, 14],
        ],
        draw,
    )

    report = import_sites(content, by=me)

    assert report.summary == "3 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    assert report.reading == ["Feuille « Feuil1 » : titres aux lignes 3 et 4."]
    assert report.notices == [
        "Totaux, non lus : ligne 10.",
        "Lignes masquées, non lues : ligne 7.",
        "Lignes vides : ligne 8.",
    ]
    first = stored(address=MOULIN)
    assert (first.commune.name, first.population_total, first.population_females, first.population_minors) == (
        "Toulouse",
        40,
        18,
        12,
    )
    second = stored(address="3 rue Neuve")
    assert (second.commune.name, second.population_females, second.population_minors) == ("Blagnac", None, None)


def test_rows_that_a_filter_hides_are_told_and_read_only_when_asked(territories, me):
    def draw(sheet) -> None:
        sheet.auto_filter.ref = "A1:D3"
        sheet.auto_filter.add_filter_column(1, ["31555"])
        sheet.row_dimensions[3].hidden = True

    content = workbook([TITLES, ["A1", "31555", MOULIN, "Terrain"], ["A2", "31069", "2 rue Neuve", "Terrain"]], draw)

    report = check_sites(content, by=me)

    assert (report.created, report.notices) == (1, ["Lignes écartées par un filtre du tableur, non lues : ligne 3."])
    assert check_sites(content, by=me, decisions=Decisions(with_hidden=True)).created == 2


def test_merged_cells_are_filled_down_and_a_merged_number_is_doubtful(territories, me):
    def draw(sheet) -> None:
        sheet.merge_cells("B2:B3")
        sheet.merge_cells("E2:E3")

    rows = [
        [*TITLES, "Personnes"],
        ["A1", "31555", MOULIN, "Terrain", 40],
        ["A2", None, "2 rue Neuve", "Terrain", None],
    ]

    report = import_sites(workbook(rows, draw), by=me)

    assert report.notices == ["Cases fusionnées, recopiées vers le bas : ligne 3."]
    assert stored(external_id="A2").commune.name == "Toulouse"
    assert remarks(report) == [(3, "doute", "40", "Case fusionnée : ce nombre est repris sur chaque ligne.")]


def test_an_ods_has_hidden_filtered_and_merged_cells_and_errors_too(territories, me):
    content = ods(
        [
            TITLES,
            ["A1", ("31555", 2), MOULIN, "Terrain"],
            ["A2", None, "2 rue Neuve", "Terrain"],
            ["A3", "31555", "3 rue Neuve", "Terrain"],
            ["A4", "31555", "4 rue Neuve", "Terrain"],
            ["A5", "31555", "#REF!", "Terrain"],
        ],
        hidden=[4],
        filtered=[5],
    )

    report = check_sites(content, by=me)

    assert report.created == 2
    assert told(report) == [(6, "Adresse", "#REF!")]
    assert report.notices == [
        "Lignes masquées, non lues : ligne 4.",
        "Lignes écartées par un filtre du tableur, non lues : ligne 5.",
        "Cases fusionnées, recopiées vers le bas : ligne 3.",
    ]


def test_the_fullest_sheet_with_known_titles_is_read_and_another_one_may_be_chosen(territories, me, tmp_path):
    book = openpyxl.Workbook()
    fill(book.active, [["Notice"], *[[f"Consigne {rank}"] for rank in range(30)]])
    fill(book.create_sheet("2023"), [TITLES, ["A1", "31555", MOULIN, "Terrain"]])
    recent = [[f"B{rank}", "31555", f"{rank} rue Neuve", "Terrain"] for rank in range(3)]
    fill(book.create_sheet("2024"), [["Situation"], TITLES, *recent])
    hidden = book.create_sheet("Archives")
    fill(hidden, [TITLES, *[[f"C{rank}", "31555", f"{rank} rue Vieille", "Terrain"] for rank in range(9)]])
    hidden.sheet_state = "hidden"
    content = saved(book)

    report = check_sites(content, by=me)

    assert (report.created, report.reading) == (3, ["Feuille « 2024 » : titres à la ligne 2."])
    assert check_sites(content, by=me, decisions=Decisions(sheet="2023")).created == 1
    [problem] = check_sites(content, by=me, decisions=Decisions(sheet="2022")).problems
    assert "« 2023 », « 2024 »" in problem.message


@pytest.mark.parametrize(
    ("encoding", "separator", "sentence"),
    [
        ("cp1252", ";", "Texte lu en Windows-1252 d’après ses accents (« Réf »), séparateur « point-virgule »."),
        ("utf-8", ",", "Texte lu en UTF-8, séparateur « virgule »."),
        ("utf-16", "\t", "Texte lu en UTF-16, séparateur « tabulation »."),
    ],
)
def test_encoding_and_separator_are_found_and_told(territories, me, tmp_path, capsys, encoding, separator, sentence):
    lines = [TITLES, ["A1", "31555", "12 allée des Érables", "Terrain"], ["A2", "31555", "2 rue", "Terrain"]]
    path = tmp_path / "sites.csv"
    path.write_bytes("\n".join(separator.join(line) for line in lines).encode(encoding))

    call_command("import_data", "sites", str(path), "--user", me.email)

    assert sentence in capsys.readouterr().out.splitlines()
    assert stored(external_id="A1").address == "12 allée des Érables"


# --- numbers and dates


def test_numbers_with_words_are_read_in_doubt_and_several_numbers_are_errors(territories, me):
    cells = [
        "env. 40",
        "~ 1 310",
        "40 pers.",
        "40 ?",
        "40/50",
        "40 à 50",
        "plus de 40",
        "une quarantaine",
        "40,0",
        "40,5",
    ]
    rows = [[f"A{rank}", "31555", f"{rank} rue Neuve", "Terrain", cell] for rank, cell in enumerate(cells)]

    report = check_sites(text([[*TITLES, "Nb personnes"], *rows]), by=me)

    assert remarks(report) == [
        (2, "doute", "env. 40", "Lu 40."),
        (3, "doute", "~ 1 310", "Lu 1310."),
        (4, "doute", "40 pers.", "Lu 40."),
        (5, "doute", "40 ?", "Lu 40."),
    ]
    assert told(report) == [
        (6, "Personnes", "40/50"),
        (7, "Personnes", "40 à 50"),
        (8, "Personnes", "plus de 40"),
        (9, "Personnes", "une quarantaine"),
        (11, "Personnes", "40,5"),
    ]
    quoted = "Ligne 6, colonne « Personnes » : « 40/50 » – Deux nombres dans une seule case : gardez celui qui vaut"
    assert str(report.problems[0]).startswith(quoted)
    assert report.created == 5


def test_a_month_is_its_first_day_and_a_season_is_an_error(territories, me):
    cells = ["03/2021", "mars 2021", "3 mars 2021", "03/03/21", "été 2022", "2021", "31/02/2021", "2021-03"]
    rows = [[f"A{rank}", "31555", f"{rank} rue Neuve", "Terrain", cell] for rank, cell in enumerate(cells)]
    rows.append(["A8", "31555", "8 rue Neuve", "Terrain", 44256])

    report = check_sites(workbook([[*TITLES, "Installé le"], *rows]), by=me)

    month = "Le jour n’est pas dit : lu 01/03/2021, le premier du mois."
    assert remarks(report) == [
        (2, "notice", "03/2021", month),
        (3, "notice", "mars 2021", month),
        (5, "notice", "03/03/21", "Lu 03/03/2021."),
        (9, "notice", "2021-03", month),
        (10, "doute", "44256", "Ce nombre a été lu comme la date du 01/03/2021."),
    ]
    assert [(row, value) for row, _column, value in told(report)] == [(6, "été 2022"), (7, "2021"), (8, "31/02/2021")]
    good = workbook([[*TITLES, "Installé le"], *rows[:4]])
    import_sites(good, by=me)
    assert [stored(external_id=f"A{rank}").built_at for rank in range(4)] == [
        date(2021, 3, 1),
        date(2021, 3, 1),
        date(2021, 3, 3),
        date(2021, 3, 3),
    ]


# --- places


@pytest.fixture
def ain(territories) -> Territory:
    """Ambérieu-en-Bugey, whose code begins with a zero."""
    common = {"latitude": 45.96, "longitude": 5.36}
    departement = Territory.objects.create(kind=TerritoryKind.DEPARTEMENT, code="01", name="Ain", **common)
    departement.lineage = [departement.pk, territories["FR"].pk]
    departement.save()
    commune = Territory.objects.create(
        kind=TerritoryKind.COMMUNE, code="01004", name="Ambérieu-en-Bugey", departement=departement, **common
    )
    commune.lineage = [commune.pk, *departement.lineage]
    commune.save()
    return commune


def test_communes_are_understood_as_people_name_them(territories, people, ain):
    rows = [
        ["A1", "1004", "", "", "1 rue Neuve", "Terrain"],
        ["A2", "", "St-Denis (93)", "", "2 rue Neuve", "Terrain"],
        ["A3", "", "Marseille 15e", "", "3 rue Neuve", "Terrain"],
        ["A4", "", "Toulouse Cedex", "", "4 rue Neuve", "Terrain"],
        ["A5", "", "93200 Saint-Denis", "", "5 rue Neuve", "Terrain"],
        ["A6", "", "Marseille", "13015", "6 rue Neuve", "Terrain"],
        ["A7", "31555", "Bordeaux", "", "7 rue Neuve", "Terrain"],
    ]

    report = import_sites(text([["Réf", "INSEE", "Ville", "CP", "Adresse", "Type"], *rows]), by=people.national_admin)

    assert report.summary == "7 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    codes = dict(SitePage.objects.values_list("external_id", "commune__code"))
    assert codes == {
        "A1": "01004",
        "A2": "93066",
        "A3": "13215",
        "A4": "31555",
        "A5": "93066",
        "A6": "13215",
        "A7": "31555",
    }
    assert remarks(report) == [
        (2, "notice", "1004", "Il manque un zéro : lu 01004, Ambérieu-en-Bugey (01)."),
        (8, "doute", "31555", "Le code 31555 est celui de Toulouse (31), pas de « Bordeaux »."),
    ]


def test_a_doubtful_commune_is_proposed_only_within_ones_territories(territories, people):
    content = text([["Réf", "Commune", "Adresse", "Type"], ["A1", "Bordau", "1 rue Neuve", "Terrain"]])

    here = check_sites(content, by=people.correspondent_33).problems[0]
    elsewhere = check_sites(content, by=people.correspondent).problems[0]

    assert (here.row, here.column, here.value) == (2, "Commune", "Bordau")
    assert here.message.endswith("Voulez-vous dire Bordeaux (33) : 33063 ?")
    assert elsewhere.message == "Aucune commune de ce nom."


def test_a_doubtful_commune_is_asked_and_its_answer_is_remembered(territories, people):
    me = people.correspondent_33
    content = text([["Réf", "Commune", "Adresse", "Type"], ["A1", "Bordau", "1 rue Neuve", "Terrain"]])

    [asked] = questions_of(open_file(content, by=me, decisions=Decisions()), by=me)

    assert (asked.said, asked.rows, asked.choices) == ("Bordau", 1, [("33063", "Bordeaux (33) – 33063")])
    remember(me, {}, {asked.column: {asked.word: "33063"}})
    assert import_sites(content, by=me).created == 1
    assert stored().commune.name == "Bordeaux"


def test_what_an_organisation_said_wins_over_the_usual_words_but_not_over_our_headers(territories, me):
    remember(me, {"Site": "address", "Adresse": "name", "Lieu": ""}, {})

    headers = open_file(text([["Site", "Adresse", "INSEE", "Lieu"], ["x"]]), by=me, decisions=Decisions()).headers

    assert headers.notices == ["Colonnes laissées de côté : « Lieu »."]
    assert {place: column.name for place, column in headers.columns.items()} == {2: "citycode", 0: "address"}
    assert [problem.column for problem in headers.problems] == ["Adresse"]


def test_of_namesakes_the_one_where_the_person_works_is_taken_and_told(territories, me):
    twin = Territory.objects.get(code="31069")
    Territory.objects.filter(code="33281").update(name=twin.name, search_text=twin.search_text)
    content = text([["Réf", "Commune", "Adresse", "Type"], ["A1", "Blagnac", "1 rue Neuve", "Terrain"]])

    report = check_sites(content, by=me)

    assert report.created == 1
    assert remarks(report) == [(2, "notice", "Blagnac", "Lu Blagnac (31) (31069), la seule de vos territoires.")]


def test_positions_in_degrees_minutes_seconds_and_lambert_are_read(territories, me):
    rows = [
        ["A1", "31555", "1 rue Neuve", "Terrain", "43.6", "1,45", ""],
        ["A2", "31555", "2 rue Neuve", "Terrain", "43°36'00\"N", "1°27'0\" E", ""],
        ["A3", "31555", "3 rue Neuve", "Terrain", "6279642", "574357", ""],
        ["A4", "31555", "4 rue Neuve", "Terrain", "", "", "43.6, 1.45"],
        ["A5", "31555", "5 rue Neuve", "Terrain", "", "", "43°36'N 1°27'E"],
        ["A6", "31555", "6 rue Neuve", "Terrain", "", "", "43,6 / 1,45"],
    ]

    report = import_sites(text([[*TITLES, "Y", "X", "GPS"], *rows]), by=me)

    assert report.created == 6
    for site in SitePage.objects.all():
        assert (site.latitude, site.longitude) == pytest.approx((43.6, 1.45), abs=0.01)
        assert not site.is_approximate
    assert [(row, kind) for row, kind, _value, message in remarks(report) if "Lambert-93" in message] == [(4, "notice")]


def test_swapped_positions_are_proposed_and_far_ones_warned_with_the_distance(territories, me):
    rows = [
        ["A1", "31555", "1 rue Neuve", "Terrain", "1,45", "43,6"],
        ["A2", "31555", "2 rue Neuve", "Terrain", "43,30", "1,25"],
        ["A3", "31555", "3 rue Neuve", "Terrain", "48,85", "2,35"],
        ["A4", "31555", "4 rue Neuve", "Terrain", "574357", "6279642"],
    ]
    content = text([[*TITLES, "Latitude", "Longitude"], *rows])

    report = check_sites(content, by=me)

    assert told(report) == [(2, "Latitude", "1,45"), (4, "Latitude", "48,85"), (5, "Latitude", "574357")]
    assert report.problems[0].message.endswith("voulez-vous dire 43,60000 ; 1,45000 ?")
    assert report.swapped == 2
    assert (3, "doute", "43,30", "Ce point est à 37 km du centre de Toulouse (31).") in remarks(report)
    assert (4, "doute", "48,85", "Ce point est à 587 km du centre de Toulouse (31).") in remarks(report)

    swapped = check_sites(content, by=me, decisions=Decisions(swap=True))
    assert told(swapped) == [(4, "Latitude", "48,85")]
    assert (2, "doute", "1,45", "Latitude et longitude remises dans l’ordre : 43,60000 ; 1,45000.") in remarks(swapped)


# --- cells in error, words


def test_each_cell_in_error_is_told_and_those_of_columns_that_are_not_read_are_not(territories, me):
    rows = [
        ["A1", "31555", "#REF!", "Terrain", "#N/A", "#DIV/0!"],
        ["A2", "31555", "2 rue Neuve", "Terrain", "=20+20", None],
        ["#VALUE!", "31555", "3 rue Neuve", "Terrain", 4, None],
        ["A4", "#REF!", "4 rue Neuve", "Terrain", 4, None],
    ]

    report = check_sites(workbook([[*TITLES, "Personnes", "Remarque du chef"], *rows]), by=me)

    assert told(report) == [
        (2, "Adresse", "#REF!"),
        (2, "Personnes", "#N/A"),
        (3, "Personnes", "=20+20"),
        (4, "Identifiant", "#VALUE!"),
        (5, "Code INSEE", "#REF!"),
    ]
    assert "n’a pas de résultat" in report.problems[2].message


def test_an_unknown_word_is_asked_once_and_remembered_by_the_organisation(territories, people):
    me, colleague = people.correspondent, people.correspondent_33
    stranger = UserFactory(role=Role.CORRESPONDENT, areas=[territories["31"]], organisation=OrganisationFactory())
    rows = [[f"A{rank}", "31555", f"{rank} rue Neuve", "Terrain nu", "Roms | Français"] for rank in range(3)]
    content = text([[*TITLES, "Nationalité"], *rows])
    opened = open_file(content, by=me, decisions=Decisions())

    asked = [(one.column, one.said, one.rows, one.proposal) for one in questions_of(opened, by=me)]

    assert asked == [("site_type", "Terrain nu", 3, "land"), ("origins", "Roms", 3, "")]
    assert len(check_sites(content, by=me).problems) == 6
    remember(me, {}, {"site_type": {"terrain nu": "land"}, "origins": {"roms": ""}})
    assert len(check_sites(content, by=stranger).problems) == 6
    assert check_sites(content.replace(b"31555", b"33063"), by=colleague).created == 3
    assert import_sites(content, by=me).created == 3
    assert stored(external_id="A1").origins == ["french"]
    assert stored(external_id="A1").site_type == "land"


def test_a_title_that_was_explained_is_known_and_a_near_one_is_only_proposed(territories, me):
    content = text([["Réf", "INSEE", "Adresse", "Type", "Effectif constaté", "Nombre de persones"], ["A1"]])

    headers = open_file(content, by=me, decisions=Decisions()).headers

    assert {place: column.name for place, column in headers.proposals.items()} == {5: "population_total"}
    assert not headers.are_sure
    remember(me, {"Effectif constaté": "population_total", "Nombre de persones": ""}, {})
    headers = open_file(content, by=me, decisions=Decisions()).headers
    assert headers.columns[4].name == "population_total"
    assert headers.are_sure
    assert headers.notices == ["Colonnes laissées de côté : « Nombre de persones »."]


# --- which site


KEYLESS = ["Commune", "Nom du site", "Adresse", "Type", "Personnes"]


def test_without_an_identifier_the_person_decides_which_site_a_row_speaks_of(territories, me):
    near = make_site(territories["31555"], name="Le Moulin", address=MOULIN, population_total=12)
    make_site(territories["31069"], name="Le Moulin", address=MOULIN)
    make_site(territories["33063"], name="Le Moulin", address=MOULIN)
    rows = [
        ["Toulouse", "", "12, chemin du moulin", "Terrain", "40"],
        ["Toulouse", "", "99 boulevard Lointain", "Terrain", "5"],
    ]
    content = text([KEYLESS, *rows])

    undecided = check_sites(content, by=me)
    mine = check_sites(content, by=me, decisions=Decisions(sites={"2": near.slug}))
    new = check_sites(content, by=me, decisions=Decisions(sites={"2": NEW_SITE}))

    assert told(undecided) == [(2, "Identifiant", "")]
    assert [candidate.code for candidate in undecided.choices[0].candidates] == [near.slug]
    assert near.slug in undecided.problems[0].message and "même adresse" in undecided.problems[0].message
    assert mine.summary == "1 créés, 1 modifiés, 0 inchangés, 0 erreurs"
    assert ("Personnes", "12", "40") in mine.changes[0].fields
    assert new.summary == "2 créés, 0 modifiés, 0 inchangés, 0 erreurs"


@pytest.mark.parametrize(("recorded", "written"), [("13215", "Marseille"), ("13055", "Marseille 15e")])
def test_a_site_of_an_arrondissement_is_proposed_under_the_name_of_its_city(territories, people, recorded, written):
    known = make_site(territories[recorded], address=MOULIN)
    make_site(territories["13201"], address=MOULIN)
    content = text([["Commune", "Adresse", "Type"], [written, MOULIN, "Terrain"]])

    [choice] = check_sites(content, by=people.national_admin).choices

    codes = {candidate.code for candidate in choice.candidates}
    assert known.slug in codes
    assert len(codes) == (2 if written == "Marseille" else 1)


def test_a_site_nearer_than_300_metres_is_a_candidate(territories, me):
    point = "SRID=4326;POINT(1.4500000 43.6000000)"
    near = make_site(territories["31555"], address="Bord de Garonne", point=point, latitude=43.6, longitude=1.45)
    SitePage.objects.filter(pk=near.pk).update(is_approximate=False)
    rows = [
        ["Toulouse", "Sous le pont", "Terrain", "43,6018", "1,45"],
        ["Toulouse", "Sous les platanes", "Terrain", "43,61", "1,45"],
    ]

    report = check_sites(text([["Commune", "Adresse", "Type", "Latitude", "Longitude"], *rows]), by=me)

    assert [(choice.row, choice.candidates[0].code) for choice in report.choices] == [(2, near.slug)]
    assert report.choices[0].candidates[0].reasons == "à 200 m"


def test_the_same_file_without_identifiers_twice_changes_nothing(territories, me):
    content = text(
        [KEYLESS, ["Toulouse", "Le Moulin", MOULIN, "Terrain", "40"], ["Blagnac", "", MOULIN, "Terrain", ""]]
    )

    first, second = import_sites(content, by=me), import_sites(content, by=me)

    assert first.summary == "2 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    assert second.summary == "0 créés, 0 modifiés, 2 inchangés, 0 erreurs"


def test_a_named_site_without_address_is_accepted_and_said_to_have_none(territories, me):
    titles = ["Nom du terrain", "Ville", "Nature", "GPS"]
    rows = [["Le Grand Pré", "Toulouse", "Terrain", ""], ["", "Blagnac", "Terrain", ""]]

    report = check_sites(text([titles, *rows]), by=me)

    assert [remark.row for remark in report.warnings if "Pas d’adresse précise" in remark.message] == [2]
    assert told(report) == [(3, "Adresse", "")]


def test_rows_that_speak_of_one_site_are_shown_together(territories, me):
    rows = [
        ["A1", "31555", MOULIN, "Terrain"],
        ["A2", "31069", MOULIN, "Terrain"],
        ["A3", "31555", "12 Chemin du moulin", "Terrain"],
        ["A2", "31069", "1 rue Neuve", "Terrain"],
    ]

    report = check_sites(text([TITLES, *rows]), by=me)

    assert [str(group) for group in report.duplicates] == [
        "Même identifiant « A2 » : lignes 3 et 5.",
        f"Même commune et même adresse, « {MOULIN} » : lignes 2 et 4.",
    ]
    assert [row for row, _column, _value in told(report)] == [3, 5]


def test_namesakes_that_are_known_by_their_identifiers_are_no_repetition(territories, me):
    sites = [make_site(territories["31555"], address=MOULIN, name="Le Moulin") for _ in range(2)]
    rows = [[site.code, "31555", MOULIN, "Terrain"] for site in sites]

    assert check_sites(text([TITLES, *rows]), by=me).duplicates == []


def test_rows_without_identifier_that_say_the_same_are_refused_together(territories, me):
    row = ["Toulouse", "", MOULIN, "Terrain", "40"]

    report = check_sites(text([KEYLESS, row, row]), by=me)

    assert told(report) == [(2, "Identifiant", ""), (3, "Identifiant", "")]
    assert [group.rows for group in report.duplicates] == [[2, 3]]


def test_a_new_identifier_at_a_known_address_is_doubtful(territories, me):
    known = make_site(territories["31555"], address=MOULIN)

    report = check_sites(text([TITLES, ["A1", "31555", MOULIN, "Terrain"]]), by=me)

    assert report.created == 1
    [(row, kind, value, message)] = remarks(report)
    assert (row, kind, value) == (2, "doute", "A1") and known.slug in message


@pytest.mark.parametrize("titles", [["Statut", "Fermé le"], ["Fermé le"]])
def test_a_site_that_nobody_knows_is_never_created_by_closing_it(territories, me, titles):
    said = ["Décision administrative de la Commune", "03/02/2025"][-len(titles) :]
    keyed = text([[*TITLES, *titles], ["A1", "31555", MOULIN, "Terrain", *said]])
    keyless = text([[*KEYLESS, *titles], ["Toulouse", "", "99 boulevard Lointain", "Terrain", "", *said]])

    for content in (keyed, keyless):
        [problem] = check_sites(content, by=me).problems
        assert (problem.row, problem.value) == (2, said[0])
        assert problem.message == "Site inconnu : on ne ferme pas un site que la plateforme ne connaît pas."


def test_a_known_site_is_not_left_open_by_a_closing_without_its_cause(territories, me):
    make_site(territories["31555"], external_id="A1", address=MOULIN)

    report = check_sites(text([["Réf", "Fermé le"], ["A1", "03/02/2025"]]), by=me)

    assert [(one.row, one.value, one.message) for one in report.problems] == [
        (2, "03/02/2025", "Dites aussi la cause de la fermeture.")
    ]


# --- wrong rows left aside, annotated copy


def test_wrong_rows_are_left_aside_only_when_the_person_says_so(territories, me):
    rows = [["A1", "31555", MOULIN, "Terrain", "40"], ["A2", "31555", "2 rue Neuve", "Terrain", "40/50"]]
    content = text([[*TITLES, "Personnes"], *rows])

    assert import_sites(content, by=me).summary == "0 créés, 0 modifiés, 0 inchangés, 1 erreurs"
    report = import_sites(content, by=me, decisions=Decisions(skip_errors=True))

    assert report.summary == "1 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    assert [problem.row for problem in report.skipped] == [3]
    assert list(SitePage.objects.values_list("external_id", flat=True)) == ["A1"]


def test_the_annotated_copy_says_what_was_understood_of_each_row_and_may_be_sent_back(territories, me):
    make_site(territories["31555"], external_id="A3", address="3 rue Neuve", population_total=12)
    rows = [
        ["A1", "31555", MOULIN, "Terrain", "env. 40"],
        ["A2", "31555", "=HYPERLINK(1)", "Terrain", "40/50"],
        ["A3", "31555", "3 rue Neuve", "Terrain", 57],
        ["Total", None, None, None, 137],
    ]
    content = text([[*TITLES, "Personnes"], *[[str(cell or "") for cell in row] for row in rows]])
    opened, report = open_file(content, by=me, decisions=Decisions()), check_sites(content, by=me)
    output = io.BytesIO()

    write_annotated(opened, report, output)

    lines = lines_of(output.getvalue())
    assert [line[0] for line in lines] == [
        "Ce que la plateforme a compris",
        "À créer\nPersonnes : Lu 40.",
        "Erreur, Personnes : Deux nombres dans une seule case : gardez celui qui vaut, ou « ? ».",
        "À modifier\nPersonnes : 12 → 57",
        "Totaux, non lus.",
    ]
    assert lines[2][3] == "'=HYPERLINK(1)"
    sheet = openpyxl.load_workbook(output).active
    assert sheet["F3"].comment.text.startswith("Deux nombres")
    assert (sheet["F3"].fill.fgColor.rgb, sheet["F2"].fill.fgColor.rgb) == ("FFFFCDCD", "FFFFE9A8")
    again = check_sites(output.getvalue(), by=me)
    assert (again.summary, told(again)) == (report.summary, told(report))


def test_the_command_writes_the_annotated_copy(territories, me, tmp_path, capsys):
    source, copy = tmp_path / "sites.csv", tmp_path / "annote.xlsx"
    source.write_bytes(text([["Situation"], TITLES, ["A1", "31555", MOULIN, "Terrain"]]))

    options = ["--user", me.email, "--dry-run", "--header-row", "2", "--annotated", str(copy)]
    call_command("import_data", "sites", str(source), *options)

    assert capsys.readouterr().out.splitlines()[-1] == "1 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    assert lines_of(copy.read_bytes())[2][0] == "À créer"


# --- files that are traps


def trap_sheet(body: str, head: str = "") -> bytes:
    """A workbook whose only sheet is made of this XML."""
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<?xml version="1.0"?>{head}<worksheet xmlns="{namespace}"><sheetData>{body}</sheetData></worksheet>'
    return with_members(workbook([TITLES]), {"xl/worksheets/sheet1.xml": sheet.encode()})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: with_members(workbook([TITLES]), {"xl/media/a.bin": b"\0" * 40_000_000}), "trop volumineux"),
        (lambda: trap_sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "ligne 1048576, colonne 16384"),
        (lambda: trap_sheet('<row r="900000"><c r="A900000"><v>1</v></c></row>'), "plus de 20\u202f000 lignes"),
        (lambda: trap_sheet("", '<!DOCTYPE x [<!ENTITY a "b">]>'), "n’écrit pas"),
        (lambda: trap_sheet("<row"), "n’est pas un classeur lisible"),
        (lambda: many_sheets(), "plus de 50 feuilles"),
        (lambda: broken(workbook([TITLES])), "abîmé"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ancien format (.xls)"),
        (lambda: with_members(workbook([TITLES]), {})[:-60], "n’est pas un classeur"),
        (lambda: text([["x;" * 400], ["1"]]), "plus de 300 colonnes"),
        (lambda: text([["Réf"], *[["1"]] * 21_500]), "plus de 20\u202f000 lignes"),
    ],
)
def test_a_file_that_is_a_trap_is_refused_with_a_sentence(me, content, sentence):
    [problem] = check_sites(content(), by=me).problems

    assert sentence in problem.message


def broken(content: bytes) -> bytes:
    """The same workbook, two bytes of whose first part were lost on the way."""
    return content[:60] + b"\xff\xff" + content[62:]


def many_sheets() -> bytes:
    book = openpyxl.Workbook()
    for rank in range(51):
        book.create_sheet(f"F{rank}")
    return saved(book)


def test_a_cell_repeated_without_end_in_an_ods_is_refused(me):
    plain = ods([TITLES, ["A1", "31555", MOULIN, "Terrain"]])
    path = "content.xml"
    xml = zipfile.ZipFile(io.BytesIO(plain)).read(path)
    xml = xml.replace(b"<table:table-row", b"<table:table-row table:number-rows-repeated='1000000'")

    [problem] = check_sites(with_members(plain, {path: xml}), by=me).problems

    assert "lignes" in problem.message


def test_macros_are_never_run_nor_kept_from_reading_the_cells(territories, me):
    content = with_members(
        workbook([TITLES, ["A1", "31555", MOULIN, "Terrain"]]), {"xl/vbaProject.bin": b"Sub Auto_Open()"}
    )

    assert import_sites(content, by=me).created == 1


def test_nothing_is_mailed(territories, me, mailoutbox, settings):
    mails = Path(settings.DATA_DIR) / "mails"
    before = sorted(mails.glob("*")) if mails.exists() else []

    import_sites(text([TITLES, ["A1", "31555", MOULIN, "Terrain"]]), by=me)

    assert mailoutbox == []
    assert (sorted(mails.glob("*")) if mails.exists() else []) == before

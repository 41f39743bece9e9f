"""What a cell says is read in the one sense that it has, else asked: the tables that failed, and their brothers."""

import io
from datetime import date, datetime

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

from rbsite.spreadsheets import values
from rbsite.territories.coordinates import read_position
from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites.exchange.importing import check_sites, import_sites
from tests.factories import make_site

from .messy import CASES, workbook
from .test_declaring import sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]


@pytest.fixture
def me(people):
    return people.national_admin


def case(name: str) -> bytes:
    return (CASES / name).read_bytes()


def problems(report) -> list[tuple[int | None, str, str]]:
    return [(problem.row, problem.column, problem.message) for problem in report.problems]


def table(*lines: str) -> bytes:
    return "\n".join(lines).encode()


# --- words


def test_titles_with_any_apostrophe_are_known(territories, me):
    for name in ("01-straight-apostrophe-titles.csv",):
        assert check_sites(case(name), by=me).summary == "1 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    typographic = case("01-straight-apostrophe-titles.csv").decode().replace("'", "’")
    for mark in "’ʼ′":
        report = check_sites(typographic.replace("’", mark).encode(), by=me)
        assert (report.created, report.problems) == (1, []), mark


def test_an_answer_typed_with_a_straight_apostrophe_is_the_listed_one(territories, me):
    import_sites(case("03-answers-with-apostrophe.csv"), by=me)

    assert SitePage.objects.get(external_id="CX-03").water_access_type == "robinet_connecte_au_reseau"


# --- identifiers


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("21a-nfc-key.csv", "21b-nfd-key.csv"),
        ("22a-plain-key.csv", "22b-zero-width-key.csv"),
        ("22a-plain-key.csv", "22c-soft-hyphen-key.csv"),
        ("22a-plain-key.csv", "22e-zero-width-other-address.csv"),
    ],
)
def test_an_identifier_is_the_same_whatever_is_not_seen_in_it(territories, me, first, second):
    import_sites(case(first), by=me)
    report = import_sites(case(second), by=me)

    assert report.summary == "0 créés, 1 modifiés, 0 inchangés, 0 erreurs"
    assert SitePage.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "key", "address"),
    [
        ("10b-equals-quoted-31.csv", "00123", "7 rue du Cas"),
        ("11-apostrophe-code.csv", "00124", "1 rue du Cas onze"),
        ("12-pandas-floats.csv", "12", "1 rue du Cas douze"),
    ],
)
def test_what_a_spreadsheet_wraps_around_a_text_is_taken_off(territories, me, name, key, address):
    report = import_sites(case(name), by=me)

    site = SitePage.objects.get()
    assert report.problems == []
    assert (site.external_id, site.commune.code, site.address, site.population_total) == (key, "31555", address, 12)


def test_names_in_other_scripts_are_two_sites(territories, me):
    import_sites(case("24b-arabic-name-first.csv"), by=me)
    report = import_sites(case("24c-cyrillic-name-second.csv"), by=me)

    assert report.summary == "1 créés, 0 modifiés, 0 inchangés, 0 erreurs"
    assert set(SitePage.objects.values_list("name", "population_total")) == {("مخيم الجسر", 12), ("лагерь", 80)}


def test_names_made_of_signs_alone_are_two_sites_too(territories, me):
    import_sites(table("Code INSEE;Appellation du site;Type de site", "31555;⛺;Terrain"), by=me)
    report = import_sites(table("Code INSEE;Appellation du site;Type de site", "31555;☀;Terrain"), by=me)

    assert (report.created, SitePage.objects.count()) == (1, 2)


@pytest.mark.parametrize("words", ["الجسر", "лагерь"])
def test_a_name_in_any_script_is_found_by_the_search_and_by_the_list(territories, me, client_for, words):
    for name in ("24b-arabic-name-first.csv", "24c-cyrillic-name-second.csv"):
        import_sites(case(name), by=me)
    client = client_for(me)
    site = SitePage.objects.get(name__contains=words)

    for where in (f"/recherche/?q={words}", f"/sites/?q={words}"):
        page = BeautifulSoup(client.get(where).content, "html.parser")
        codes = {link["href"].split("/")[3] for link in page.select("main a[href^='/sites/31/']")}
        assert codes == {site.code}, where


# --- numbers


def test_a_number_with_a_letter_in_it_is_no_number(territories, me):
    report = check_sites(b"Identifiant;Code INSEE;Adresse;Type de site;Mineurs\nA1;31555;1 rue;Terrain;1e1\n", by=me)

    assert [(problem.column, problem.value) for problem in report.problems] == [("Mineurs", "1e1")]


@pytest.mark.parametrize(
    ("said", "read"),
    [("15-03-21", None), ("26-02-03", None), ("15/03/21", date(2021, 3, 15)), ("31-03-85", date(1985, 3, 31))],
)
def test_a_day_that_may_begin_by_its_year_is_asked(said, read):
    if read is None:
        with pytest.raises(ValueError, match="a deux sens"):
            values.read_date(said)
    else:
        assert getattr(values.read_date(said), "value", read) == read


def test_days_of_a_column_that_is_written_month_first_are_not_guessed(territories, me):
    lines = "Identifiant;Code INSEE;Adresse;Type de site;Date d’installation\n" + "".join(
        f"A{rank};31555;{rank} rue;Terrain;{said}\n"
        for rank, said in enumerate(("01/02/2025", "01/25/2025", "03/03/2025"))
    )
    report = check_sites(lines.encode(), by=me)
    both = check_sites(lines.replace("03/03/2025", "31/03/2025").encode(), by=me)

    assert [(problem.row, problem.value) for problem in report.problems] == [(2, "01/02/2025"), (3, "01/25/2025")]
    assert "La ligne 3 de cette colonne dit « 01/25/2025 », le mois d’abord" in report.problems[0].message
    assert [problem.row for problem in both.problems] == [3]
    assert not [remark for remark in report.remarks if remark.row == 2], "refused, and said to be read"


def test_a_second_table_under_the_first_is_not_read_as_its_rows_and_is_told(territories, me):
    titles = "Identifiant;Code INSEE;Adresse;Type de site;Personnes;Mineurs\n"
    first = "A1;31555;1 rue;Terrain;40;12\n"
    second = ";;;;;\nIdentifiant;Code INSEE;Adresse;Type de site;Mineurs;Personnes\nA2;31555;2 rue;Terrain;12;40\n"
    report = check_sites((titles + first + second).encode(), by=me)
    repeated = check_sites((titles + first + titles + "A2;31555;2 rue;Terrain;40;12\n").encode(), by=me)

    assert (report.problems, report.created, repeated.created) == ([], 1, 2)
    assert "Autre tableau sous le premier, non lu (envoyez-le à part) : lignes 4 et 5." in report.notices


def test_a_hidden_sheet_beside_the_one_that_is_read_is_named(territories, me):
    book = openpyxl.Workbook()
    book.active.title = "Sites"
    for name in ("Sites", "Cachée"):
        sheet = book[name] if name in book else book.create_sheet(name)
        sheet.append(["Identifiant", "Code INSEE", "Adresse", "Type de site"])
        sheet.append([name, "31555", f"{name} rue", "Terrain"])
    book["Cachée"].sheet_state = "hidden"
    output = io.BytesIO()
    book.save(output)

    assert "Feuilles non lues : « Cachée » (masquée)." in check_sites(output.getvalue(), by=me).notices


def test_a_table_without_rows_is_not_said_to_be_known(client_for, me, territories):
    file = SimpleUploadedFile("sites.csv", b"Identifiant;Code INSEE;Adresse;Type de site\n")
    answer = client_for(me).post("/sites/importer/", {"file": file}, follow=True)

    assert "Ce tableau n’a aucune ligne à importer." in answer.content.decode()


def test_x_then_y_of_lambert_are_read_in_either_order():
    there, back = read_position("574357 6279642"), read_position("6279642 574357")

    assert there == back and round(there.latitude) == 44


def test_a_line_of_one_cell_under_a_wide_table_is_told_and_no_site(territories, me):
    lines = b"Nom;Commune;Adresse;Type de site\nCamp;Toulouse;1 rue;Terrain\nSource : DDT;;;\n;;;30\n"
    report = check_sites(lines, by=me)

    assert (report.created, report.problems) == (1, [])
    assert "Lignes d’une seule case, non lues : lignes 3 et 4." in report.notices


@pytest.mark.parametrize("name", ["20b-dot-thousands.csv", "thousands.csv"])
def test_a_number_of_two_senses_is_asked(territories, me, name):
    report = check_sites(case(name), by=me)

    assert {problem.column for problem in report.problems} == {"Personnes"}
    assert all("se lit" in problem.message for problem in report.problems)
    assert len(report.problems) == len(case(name).decode().strip().splitlines()) - 1


@pytest.mark.parametrize(
    ("said", "read"),
    [
        *((text, 1310) for text in ("1 310", "1\u202f310", "1\xa0310", "1310,0", "1310.00")),
        *((text, 1234567) for text in ("1.234.567", "1,234,567", "1 234 567")),
        *((text, 2000) for text in ("2’000", "2'000", "2 000,0", "2.000,00", "2,000.00")),
        *((text, None) for text in ("2.000", "2,000", "10.000", "999,999", "12 30", "40 50", "1 31 0", "40/50")),
        *((text, None) for text in ("inf", "nan", "-inf", "1e400", float("inf"), float("nan"), "plus de 40", "")),
        ("2.0", 2),
        ("0.000", 0),
        ("env. 40", 40),
    ],
)
def test_a_count_is_read_in_one_sense_or_not_at_all(said, read):
    try:
        found = values.read_integer(said)
    except ValueError:
        found = None
    assert getattr(found, "value", found) == read


def test_a_unit_is_read_and_never_thrown_away(territories, me):
    report = check_sites(case("units.csv"), by=me)

    assert problems(report) == [
        (2, "Personnes", "Cette colonne compte des personnes, pas des « familles »."),
        (3, "Personnes", "Cette colonne compte des personnes, pas des « ménages »."),
        (3, "Ménages", "Cette colonne compte des ménages, pas des « personnes »."),
        (4, "Personnes", "Cette colonne compte des personnes, pas des « caravanes »."),
    ]
    right = table("Identifiant;Code INSEE;Adresse;Type de site;Ménages", "F1;31555;1 rue;Terrain;40 familles")
    import_sites(right, by=me)
    assert SitePage.objects.get(external_id="F1").population_households == 40


# --- dates


def test_dates_are_read_in_a_text_as_in_a_workbook():
    lines = [line.split(";") for line in case("15-dates.csv").decode("utf-8-sig").splitlines()[1:]]
    read = {}
    for cells in lines:
        try:
            found = values.read_date(cells[-1])
            read[cells[-1]] = getattr(found, "value", found)
        except ValueError as error:
            read[cells[-1]] = str(error)

    march = [said for said, found in read.items() if found == date(2021, 3, 15)]
    assert march == [
        *("15/03/2021 10:30", "15/03/2021 00:00:00", "2021/03/15", "lundi 15 mars 2021", "15-mars-21"),
        *("2021-03-15T10:30:00.000+01:00", "2021-03-15 00:00:00", "15/03/2021 à 10h", "15.03.2021"),
        *("15 mars 2021 10:30", "15/03/21"),
    ]
    assert (read["mars-21"], read["1er mars 2021"]) == (date(2021, 3, 1), date(2021, 3, 1))
    assert read["00/00/0000"] == "Cette date n’existe pas."
    assert read["2021-W11"] == "Une date est attendue : JJ/MM/AAAA."


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-03-14T23:30:00.000Z", date(2026, 3, 15)),
        ("2026-07-14T21:59:00+00:00", date(2026, 7, 14)),
        ("2026-07-14T22:00:00+00:00", date(2026, 7, 15)),
        ("2026-03-14T23:30:00", date(2026, 3, 14)),
        (datetime(2026, 3, 14, 23, 30), date(2026, 3, 14)),
    ],
)
def test_an_instant_is_the_day_that_it_was_in_paris(said, read):
    assert values.read_date(said) == read


def test_the_situation_of_an_instant_in_utc_is_that_of_its_day_in_paris(territories, me, clock):
    from datetime import UTC

    clock(datetime(2026, 10, 5, 12, tzinfo=UTC))
    import_sites(case("16-utc-near-midnight.csv"), by=me)

    begins = SiteVersion.objects.get().valid.lower
    assert begins == datetime(2026, 3, 14, 23, tzinfo=UTC)


@pytest.mark.parametrize("said", ["le 15 mars 2021", "15/03/2021 à 10 h 30", "Lundi 15/03/2021", "15 mars 2021, 9h"])
def test_a_day_is_read_with_the_words_around_it(said):
    assert values.read_date(said) == date(2021, 3, 15)


@pytest.mark.parametrize("said", ["mardi 15 mars 2021", "31/02/2021", "mars 21", "été 2022", "15/13/2021"])
def test_a_date_that_contradicts_itself_or_says_several_days_is_an_error(said):
    with pytest.raises(ValueError, match="date|n’est pas un"):
        values.read_date(said)


def test_an_error_stands_on_its_own_cell_with_what_was_read(territories, me):
    report = check_sites(case("27-old-dates.csv"), by=me)

    assert [(problem.column, problem.value) for problem in report.problems] == [("Situation au", "01/01/1850")]


# --- positions


@pytest.mark.parametrize(
    "said",
    [
        "43.6045 1.444 0 0",
        "43,6045 1,444 152.3 8.5",
        "43.6045 1.444 152",
        "43,6045 ; 1,444",
        "geo:43.6045,1.444?z=17",
        "https://www.openstreetmap.org/#map=17/43.6045/1.444",
        "https://www.openstreetmap.org/?mlat=43.6045&mlon=1.444#map=12/44.1/2.2",
        "https://www.google.com/maps/@43.6045,1.444,17z",
        "https://www.google.com/maps/place/X/@44.1,2.2,17z/data=!3m1!4b1!4m6!3m5!8m2!3d43.6045!4d1.444",
        "https://maps.google.com/?q=43.6045,1.444",
        "https://www.google.com/maps/search/?api=1&query=43.6045%2C1.444",
        "https://www.geoportail.gouv.fr/carte?c=1.444,43.6045&z=17&l0=ORTHO",
    ],
)
def test_what_a_phone_or_a_map_says_is_a_position(said):
    found = read_position(said)

    assert (found.latitude, found.longitude) == (43.6045, 1.444)


@pytest.mark.parametrize("said", ["https://maps.app.goo.gl/abcDEF", "https://exemple.fr/43.6", "geo:ici", "www.x.fr"])
def test_a_link_that_says_no_position_is_an_error_that_says_so(said):
    with pytest.raises(ValueError, match="Ce lien ne dit pas la position"):
        read_position(said)


def test_a_position_of_a_phone_form_is_stored(territories, me):
    report = import_sites(case("34-odk-geopoint.csv"), by=me)

    site = SitePage.objects.get()
    assert report.problems == []
    assert (site.latitude, site.longitude, site.is_approximate) == (43.6045, 1.444, False)


# --- rows


def test_a_row_that_names_a_site_is_no_total_whatever_its_first_word(territories, me):
    [somme, _oise] = check_sites(case("25-somme.csv"), by=me).problems[:2]
    assert somme.row == 2

    import_sites(case("25d-create.csv"), by=me)
    report = import_sites(case("25e-update-lost.csv"), by=me)

    assert report.summary == "0 créés, 2 modifiés, 0 inchangés, 0 erreurs"
    assert report.notices == []


@pytest.mark.parametrize("words", ["Total", "TOTAL GÉNÉRAL", "Sous-total Toulouse", "Totaux", "Somme", "Ensemble"])
def test_a_row_that_says_nothing_but_a_total_is_set_aside_and_told(territories, me, words):
    lines = ["Identifiant;Code INSEE;Adresse;Type de site;Personnes", "A1;31555;1 rue;Terrain;12", f"{words};;;;12"]
    report = check_sites(table(*lines), by=me)

    assert (report.created, report.notices) == (1, ["Totaux, non lus : ligne 3."])


@pytest.mark.parametrize("name", ["Total Access", "Ensemble du Pont", "Somme nord"])
def test_a_name_that_begins_like_a_total_is_a_name(territories, me, name):
    lines = ["Identifiant;Code INSEE;Appellation du site;Type de site", f"A1;31555;{name};Terrain", f"A2;31069;{name};"]

    assert [problem.row for problem in check_sites(table(*lines), by=me).problems] == [3]


def test_a_row_longer_than_its_titles_is_an_error_on_that_row_and_shifts_nothing(territories, me):
    report = check_sites(case("shift.csv"), by=me)

    sentence = "Cette ligne a 9 cases pour 8 titres : un séparateur de trop décale ce qui le suit."
    assert problems(report) == [(2, "", sentence)]
    assert str(report.problems[0]) == f"Ligne 2 : {sentence}"
    assert (report.created, report.choices) == (1, [])


def test_cells_under_no_title_are_told_on_their_rows(territories, me):
    titles = ["Identifiant", "Code INSEE", "Adresse", "Type de site"]
    lines = [titles, ["A1", "31555", "1 rue", "Terrain", "oups"], ["A2", "31555", "2 rue", "Terrain"]]
    report = check_sites(workbook(lines), by=me)

    assert (report.created, report.notices) == (2, ["Cases sans titre, non lues : ligne 2."])


def test_a_table_without_rows_says_so(territories, me):
    assert check_sites(table("Identifiant;Code INSEE;Adresse"), by=me).notices == [
        "Aucune ligne à lire sous les titres."
    ]


@pytest.mark.parametrize("code", ["31\xa0555", "31 555", " 31555 "])
def test_a_code_that_a_spreadsheet_spaced_is_the_code(territories, me, code):
    assert (
        check_sites(table("Identifiant;Code INSEE;Adresse;Type de site", f"A1;{code};1 rue;Terrain"), by=me).created
        == 1
    )


def test_a_quote_after_a_space_is_a_quote(territories, me):
    import_sites(table("Identifiant;Code INSEE;Adresse;Type de site", 'A1;31555; "1 rue ; bis";Terrain'), by=me)

    assert SitePage.objects.get().address == "1 rue ; bis"


def test_control_characters_are_taken_out_at_the_door_of_tables(territories, me):
    for name in ("75-nul-in-address.xlsx", "75-nul-in-commune.xlsx", "75-nul-in-key.xlsx"):
        assert import_sites(case(name), by=me).problems == [], name
    for name in ("75-vt-in-address.xlsx", "75-vt-in-key.xlsx"):
        import_sites(case(name), by=me)

    texts = "".join(f"{site.external_id}{site.address}{site.title}" for site in SitePage.objects.all())
    assert texts.replace("\n", "").isprintable()
    assert "\n" not in "".join(SitePage.objects.values_list("external_id", flat=True))


def test_no_character_that_nobody_sees_gets_past_a_form(territories, people, client_for):
    site = make_site(territories["31555"], address="1 rue du Cas")
    client = client_for(people.correspondent)
    where = f"{site.address_on_platform}actualiser/localisation/"
    answer = client.get(where)
    client.post(
        where, sent(answer) | {"address": "1\u200b rue\x0b du\u00ad Cas\x07", "name": "Cafe\u0301 \ufeffdu Pont"}
    )

    site.refresh_from_db()
    assert (site.address, site.name) == ("1 rue\n du Cas", "Café du Pont")

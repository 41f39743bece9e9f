"""What a row says of its commune: found when it is said without doubt, else asked, with the true candidates."""

import time
from functools import cache

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

from rbsite.accounts.enums import Role
from rbsite.territories.loading import write_rows
from rbsite.territories.management.commands.import_territories import BUNDLED
from rbsite.territories.models import Territory
from rbsite.territories.reading import read_rows
from sites_registry.models import SitePage
from sites_registry.sites.exchange.decisions import Decisions
from sites_registry.sites.exchange.importing import check_sites, import_sites, open_file
from sites_registry.sites.exchange.questions import questions_of
from tests.factories import UserFactory

from .messy import CASES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("france", "site_tree")]


#: Beginnings of the names that these tests meet.
NAMES = (
    *("Colomiers", "Bordeaux", "Évry", "Saint-Ouen", "Marseille", "Paris", "Lyon", "Le Havre", "Villeneuve-sur"),
    *("Fontenay", "Ajaccio", "Saint-Denis", "Bâgé", "L'Haÿ", "Toulouse", "L'Isle", "Villeneuve-d", "Aix"),
)
AS_A_SITE = "Elle sera lue comme un site : sinon, retirez-la du fichier."
every_row = cache(lambda: read_rows(BUNDLED))


@pytest.fixture
def france(db):
    """The communes of these names, of all France."""
    write_rows(row for row in every_row() if row.kind != "commune" or row.name.startswith(NAMES))


@pytest.fixture
def whole_france(db):
    write_rows(every_row())


@pytest.fixture
def me(france):
    return UserFactory(national_admin=True)


def case(name: str) -> bytes:
    return (CASES / name).read_bytes()


def proposed(content: bytes, by) -> list[list[str]]:
    opened = open_file(content, by=by, decisions=Decisions())
    return [[label for _code, label in question.choices] for question in questions_of(opened, by=by)]


def test_communes_are_read_with_any_apostrophe_and_any_dash(me):
    report = check_sites(case("02-typographic-commune-names.csv"), by=me)

    assert report.problems == []
    assert report.created == len(case("02-typographic-commune-names.csv").decode().strip().splitlines()) - 1


@pytest.mark.parametrize(
    ("name", "first", "others"),
    [
        ("35-commune-contradicts-departement.csv", "Colomiers (31) – 31149", []),
        ("35b-commune-contradicts-postcode.csv", "Colomiers (31) – 31149", ["Bordeaux (33) – 33063"]),
        ("35c-evry.csv", "Évry-Courcouronnes (91) – 91228", ["Évry (89) – 89162"]),
        ("35d-saint-ouen.csv", "Saint-Ouen-sur-Seine (93) – 93070", ["Saint-Ouen (41) – 41226"]),
    ],
)
def test_a_commune_that_is_not_where_the_row_says_is_asked_the_likest_first(me, name, first, others):
    report = check_sites(case(name), by=me)
    [choices] = proposed(case(name), me)

    assert [problem.column for problem in report.problems] == ["Commune"]
    assert report.problems[0].message.startswith(
        "Le département ou le code postal ne correspond pas à cette commune. Voulez-vous dire "
    )
    assert choices[0] == first
    assert set(others) <= set(choices)


def test_somebody_of_the_departement_is_asked_too_and_reads_nothing_by_default(france):
    here = UserFactory(role=Role.CORRESPONDENT, areas=[Territory.objects.get(kind="departement", code="31")])
    report = check_sites(case("35-commune-contradicts-departement.csv"), by=here)

    assert (report.created, len(report.problems)) == (0, 1)


def test_the_name_of_a_commune_that_merged_leads_to_todays_and_it_is_told(me):
    lines = ["Identifiant;Commune;Département;Adresse;Type de site", "F1;Bâgé-la-Ville;01;1 rue;Terrain"]
    report = import_sites("\n".join(lines).encode(), by=me)

    assert [remark.message for remark in report.remarks] == ["Ancien nom : lu Bâgé-Dommartin (01)."]
    assert SitePage.objects.get().commune.code == "01025"


def test_an_arrondissement_that_does_not_exist_is_an_error_and_one_written_apart_is_known(me):
    report = check_sites(case("marseille.csv"), by=me)

    apart = "Identifiant;Commune;Adresse;Type de site\nM4;Marseille 16 eme;4 allée X;Terrain"
    assert check_sites(apart.encode(), by=me).created == 1
    assert [(problem.row, problem.value) for problem in report.problems] == [(2, "Marseille 17e"), (4, "Evry")]
    assert report.problems[0].message == "Aucune commune de ce nom. Voulez-vous dire Marseille (13) : 13055 ?"
    assert report.created == 1


def test_a_village_that_bears_the_short_name_of_a_city_is_asked_about(me):
    lines = "Identifiant;Commune;Adresse;Type de site\nE1;Évry;1 rue;Terrain"
    [choices] = proposed(lines.encode(), me)

    assert choices[:2] == ["Évry-Courcouronnes (91) – 91228", "Évry (89) – 89162"]


@pytest.mark.parametrize(
    "row", ["31555;Toulouse;33;", "31555;;33;", ";Colomiers;31;31000"], ids=["code and name", "code", "postcode"]
)
def test_what_contradicts_a_commune_that_is_sure_is_told(me, row):
    lines = f"Code INSEE;Commune;Département;Code postal;Identifiant;Adresse;Type de site\n{row};E1;1 rue;Terrain"
    report = check_sites(lines.encode(), by=me)

    assert report.created == 1
    [warning] = report.warnings
    assert warning.message.startswith(f"« {row.rstrip(';').rpartition(';')[2]} » ne correspond pas à ")


def test_a_departement_in_brackets_may_be_named(me):
    lines = "Identifiant;Commune;Adresse;Type de site\nE1;Saint-Denis (Seine-Saint-Denis);1 rue;Terrain"

    assert check_sites(lines.encode(), by=me).created == 1


def test_a_postcode_that_lost_its_zero_is_understood(me):
    lines = "Identifiant;Commune;Code postal;Adresse;Type de site\nE1;Bâgé-le-Châtel;1380;1 rue;Terrain"

    assert check_sites(lines.encode(), by=me).created == 1


@pytest.mark.parametrize("said", ["Paris 21e", "Lyon 10e", "Marseille 0e", "Paris 21ème arrondissement"])
def test_no_arrondissement_beyond_the_last_one(me, said):
    lines = f"Identifiant;Commune;Adresse;Type de site\nP1;{said};1 rue;Terrain"

    assert len(check_sites(lines.encode(), by=me).problems) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Havre (Le);76", "76351"),
        ("Villeneuve s/ Lot;47", "47323"),
        ("Fontenay s/s Bois;94", "94033"),
        ("AJACCIO;2A", "2A004"),
        ("Ajaccio;20", "2A004"),
        ("Saint-Denis;974", "97411"),
        ("St Denis;Seine-Saint-Denis", "93066"),
        ("Paris;75", "75056"),
    ],
)
def test_what_people_write_of_a_place_is_understood(me, said, code):
    lines = f"Identifiant;Commune;Département;Adresse;Type de site\nP1;{said};1 rue;Terrain"
    report = import_sites(lines.encode(), by=me)

    assert report.problems == []
    assert SitePage.objects.get().commune.code == code


def test_an_unknown_commune_costs_little_and_a_thousand_of_them_no_minute(whole_france, me, client_for):
    """Ceilings far above what is measured: an index rebuilt for each page, or for each row, is far beyond them."""
    client = client_for(me)
    pages = []
    for name in ("81-one-unknown-commune.csv", "85-many-unknown-communes.csv"):
        answer = client.post("/sites/importer/", {"file": SimpleUploadedFile("a.csv", case(name))})
        client.get(answer.url)  # the communes come into the memory of the process with the first page
        start = time.monotonic()
        page = client.get(answer.url)
        pages.append(
            (time.monotonic() - start, len(BeautifulSoup(page.content, "html.parser").select("main")), page.status_code)
        )

    assert [status for _seconds, _main, status in pages] == [200, 200]
    assert pages[0][0] < 1.5
    assert pages[1][0] < 10


def test_a_commune_typed_with_a_typographic_apostrophe_is_proposed_first(me, client_for):
    found = client_for(me).get("/geo/communes", {"q": "l’haÿ"}).json()

    assert "L'Haÿ-les-Roses" in str(found).partition("}")[0]


def test_a_former_name_is_found_where_communes_are_proposed(me, client_for):
    found = client_for(me).get("/geo/communes", {"q": "Bâgé-la-Ville"}).json()

    assert "Bâgé-Dommartin" in str(found)


def test_a_name_and_a_postcode_that_agree_against_the_code_are_asked_about(territories, me):
    lines = "Identifiant;Commune;Code postal;Code INSEE;Adresse;Type de site\nA1;Toulouse;31000;31069;1 rue;Terrain\n"
    [problem] = check_sites(lines.encode(), by=me).problems

    assert "Le code 31069 est celui de Blagnac" in problem.message
    assert "« 31000 Toulouse »" in problem.message and "Toulouse (31) : 31555" in problem.message


def test_a_postcode_of_others_beside_a_code_and_its_name_is_told(territories, me):
    lines = "Identifiant;Commune;Code postal;Code INSEE;Adresse;Type de site\nA1;Toulouse;31700;31555;1 rue;Terrain\n"
    report = check_sites(lines.encode(), by=me)

    assert [remark.message.split(".")[0] for remark in report.warnings] == [
        "« 31700 » ne correspond pas à Toulouse (31)"
    ]


def test_a_postcode_of_others_in_an_address_is_told(territories, me):
    titles = "Identifiant;Commune;Code INSEE;Adresse;Type de site\n"
    lines = (
        "A1;Toulouse;31555;8 rue Haute, 31700 Blagnac;Terrain\nA2;Toulouse;31555;8 rue Haute 31000 Toulouse;Terrain\n"
    )
    report = check_sites((titles + lines).encode(), by=me)

    assert [(remark.row, remark.column, remark.message.split(".")[0]) for remark in report.warnings] == [
        (2, "Adresse", "« 31700 » ne correspond pas à Toulouse (31)")
    ]


@pytest.mark.parametrize(
    "name",
    ["TOTAL GÉNÉRAL", "Sous-total Toulouse", "Total", "Ensemble des sites", "soit 3 sites", "NB : chiffres de la DDT"],
)
def test_a_total_that_names_a_commune_and_a_type_is_read_as_a_site_and_told(territories, me, name):
    titles = "Nom;Commune;Code INSEE;Adresse;Type de site;Personnes\n"
    lines = f"Les Ormes;Toulouse;31555;1 rue;Terrain;40\n{name};Toulouse;31555;2 rue;Terrain;40\n"
    report = check_sites((titles + lines).encode(), by=me)

    assert [(remark.row, remark.message) for remark in report.warnings] == [
        (
            3,
            f"Cette ligne est-elle un total ou une remarque ? {AS_A_SITE}",
        )
    ]

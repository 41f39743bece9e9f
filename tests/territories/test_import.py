import gzip
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from rbsite.territories.enums import TerritoryKind as Kind
from rbsite.territories.management.commands.import_territories import BUNDLED
from rbsite.territories.models import Territory
from rbsite.territories.reading import read_rows


def load(folder: Path, **options: str) -> str:
    out = io.StringIO()
    call_command("import_territories", folder, stdout=out, **options)
    return out.getvalue()


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def lineage_of(territory: Territory) -> list[str]:
    names = {pk: f"{kind} {code}" for pk, kind, code in Territory.objects.values_list("pk", "kind", "code")}
    return [names[pk] for pk in territory.lineage]


def test_the_lineage_of_an_arrondissement_goes_through_its_commune_to_the_country(france: Callable) -> None:
    assert lineage_of(france("arrondissement", "13215")) == [
        "arrondissement 13215",
        "commune 13055",
        "epci 200054807",
        "departement 13",
        "region 93",
        "zone metro",
        "country FR",
    ]


def test_an_epci_astride_two_departements_lies_in_neither(france: Callable) -> None:
    epci = france("epci", "200023620")

    assert epci.departement is None
    assert lineage_of(epci) == ["epci 200023620", "region 76", "zone metro", "country FR"]
    assert lineage_of(france("commune", "31231"))[:3] == ["commune 31231", "epci 200023620", "departement 31"]


def test_a_collectivity_lies_overseas_in_no_region(france: Callable) -> None:
    assert lineage_of(france("commune", "97701"))[1:] == ["departement 977", "zone outremer", "country FR"]
    assert not Territory.objects.filter(kind=Kind.REGION, code="977").exists()


def test_regions_and_departements_of_the_same_number_are_two_territories(france: Callable) -> None:
    assert france("region", "93").name == "Provence-Alpes-Côte d'Azur"
    assert france("departement", "93").name == "Seine-Saint-Denis"


def test_within_finds_what_lies_in_a_territory_and_itself(france: Callable) -> None:
    epci = france("epci", "243100518")

    found = set(Territory.objects.filter(lineage__contains=[epci.pk]).values_list("code", flat=True))

    assert found == {"243100518", "31555", "31069", "31149", "31157"}


def test_a_parent_commune_contains_its_arrondissements(france: Callable) -> None:
    found = Territory.objects.filter(lineage__contains=[france("commune", "75056").pk]).values_list("code", flat=True)

    assert set(found) == {"75056", "75101", "75118"}


@pytest.mark.parametrize(
    ("kind", "code", "label"),
    [
        ("commune", "31555", "Toulouse (31)"),
        ("departement", "31", "Haute-Garonne (31)"),
        ("epci", "243100518", "Toulouse Métropole (EPCI)"),
        ("region", "76", "Occitanie"),
        ("arrondissement", "75118", "Paris 18e Arrondissement (75)"),
    ],
)
def test_a_label_tells_a_territory_from_its_namesakes(france: Callable, kind: str, code: str, label: str) -> None:
    assert france(kind, code).label == label


def test_a_commune_without_a_centre_takes_that_of_its_postcode_then_of_its_epci(france: Callable) -> None:
    assert france("commune", "31157").centre == (43.63675, 1.38971, False)  # Blagnac has the same postcode
    assert france("commune", "31231").centre == (43.61388, 1.0821, False)  # L'Isle-Jourdain, the same EPCI
    assert france("commune", "31555").centre == (43.60426, 1.44367, True)


def test_departements_count_the_inhabitants_of_their_communes(france: Callable) -> None:
    assert france("departement", "33").population == 267_991 + 78_090


def test_loading_twice_changes_nothing_and_keeps_the_keys(france: Callable, folder: Path) -> None:
    before = dict(Territory.objects.values_list("code", "pk"))

    assert load(folder).splitlines() == ["0 créés, 0 modifiés"]
    assert dict(Territory.objects.values_list("code", "pk")) == before


def test_only_changed_territories_are_written(france: Callable, folder: Path) -> None:
    spoil(folder, "communes", "Colomiers", "Colomiers-les-Bains")
    key = france("commune", "31149").pk

    assert load(folder).splitlines() == ["0 créés, 1 modifiés"]
    assert france("commune", "31149").pk == key
    assert france("commune", "31149").label == "Colomiers-les-Bains (31)"


def test_territories_absent_from_the_files_stay_and_are_counted(france: Callable, folder: Path) -> None:
    spoil(folder, "communes", "33281,Mérignac,33700,78090,33,243300316,44.84247,-0.64512\n", "")

    assert "1 territoires ne figurent pas dans les fichiers" in load(folder)
    assert france("commune", "33281").name == "Mérignac"


def test_the_edition_is_written(france: Callable, folder: Path) -> None:
    load(folder, millesime="2027")

    assert france("commune", "31555").millesime == "2027"


def test_gzipped_files_are_read(db: None, folder: Path) -> None:
    plain = folder / "communes.csv"
    (folder / "communes.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()

    load(folder)

    assert Territory.objects.filter(kind=Kind.COMMUNE).count() == 17


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("communes", ",93,200054781", ",99,200054781", "communes.csv, ligne 12 : code_departement « 99 » est inconnu."),
        ("communes", "48.93564", "148.9", "communes.csv, ligne 13 : lat n'est pas un nombre de degrés (« 148.9 »)."),
        ("communes", "2.35387", "", "communes.csv, ligne 13 : il faut la latitude et la longitude"),
        ("communes", "149077", "beaucoup", "ligne 13 : population n'est pas un nombre entier (« beaucoup »)."),
        ("communes", "93120", "9312", "ligne 12 : codes_postaux ne contient pas que des codes de 5 chiffres."),
        ("communes", "31069", "31555", "ligne 7 : le code « 31555 » est déjà pris."),
        ("communes", ",Blagnac,", ",Blagnac,,", "communes.csv, ligne 3 : nombre de colonnes inattendu."),
        ("communes", "31555,Toulouse", "31555,", "communes.csv, ligne 7 : nom est vide"),
        ("epci", ",31 32", ",31 98", "epci.csv, ligne 4 : departements « 98 » est inconnu."),
        ("regions", ",zone", ",zones", "regions.csv, ligne 1 : colonnes manquantes : zone."),
        ("departements", "33,Gironde,75,metro", "33,Gironde,75,lune", "ligne 5 : zone « lune » est inconnue."),
        ("arrondissements_municipaux", ",75056,", ",75057,", "ligne 4 : commune « 75057 » est inconnu."),
        ("anciens_codes", "93066", "93067", "anciens_codes.csv, ligne 2 : code « 93067 » est inconnu."),
    ],
)
def test_a_bad_file_is_refused_by_name_and_line_and_nothing_is_written(
    db: None, folder: Path, file: str, old: str, new: str, message: str
) -> None:
    spoil(folder, file, old, new)

    with pytest.raises(CommandError) as refusal:
        load(folder)

    assert message in str(refusal.value)
    assert not Territory.objects.exists()


def test_a_missing_file_is_named(db: None, folder: Path) -> None:
    (folder / "epci.csv").unlink()

    with pytest.raises(CommandError, match=r"epci\.csv \(ou epci\.csv\.gz\) manque"):
        load(folder)


@pytest.mark.parametrize("content", [b"\xe9\xff\xfe" * 9, b"\x00garbage"])
def test_bytes_that_are_not_text_are_refused(db: None, folder: Path, content: bytes) -> None:
    (folder / "communes.csv").write_bytes(content)

    with pytest.raises(CommandError, match=r"communes\.csv"):
        load(folder)


def test_a_broken_archive_is_refused(db: None, folder: Path) -> None:
    whole = gzip.compress((folder / "communes.csv").read_bytes())
    (folder / "communes.csv").unlink()
    (folder / "communes.csv.gz").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(CommandError, match=r"communes\.csv\.gz ne peut pas être lu"):
        load(folder)


def test_the_bundled_files_hold_the_whole_country() -> None:
    rows = read_rows(BUNDLED)

    assert Counter(row.kind for row in rows) == {
        Kind.COUNTRY: 1,
        Kind.ZONE: 2,
        Kind.REGION: 18,
        Kind.DEPARTEMENT: 109,
        Kind.EPCI: 1255,
        Kind.COMMUNE: 34_969,
        Kind.ARRONDISSEMENT: 45,
    }
    located = [row for row in rows if row.kind == Kind.COMMUNE and row.latitude is not None]
    assert len(located) > 34_870


def test_the_first_migration_gives_a_french_search_that_does_not_see_accents(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_tsvector('fr_sans_accent', 'Écoles') @@ to_tsquery('fr_sans_accent', 'ecole')")

        assert cursor.fetchone() == (True,)


def test_no_migration_of_the_room_depends_on_wagtail() -> None:
    nodes = MigrationExecutor(connection).loader.graph.forwards_plan(("territories", "0001_initial"))

    assert {app for app, _name in nodes} == {"territories"}

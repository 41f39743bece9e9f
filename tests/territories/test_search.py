from collections.abc import Callable
from functools import partial

import pytest
from django.core.exceptions import ValidationError

from rbsite.territories.communes import CommuneIndex
from rbsite.territories.forms import CommuneField
from rbsite.territories.models import Territory
from rbsite.territories.resolution import resolve as resolve_with
from rbsite.territories.resolution import resolve_commune


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("toulous", "Toulouse (31)"),
        ("toulose", "Toulouse (31)"),
        ("TOULOUSE", "Toulouse (31)"),
        ("hay les roses", "L'Haÿ-les-Roses (94)"),
        ("93200", "Saint-Denis (93)"),
        ("saint-denis 93", "Saint-Denis (93)"),
        ("st denis 97", "Saint-Denis (974)"),
        ("saint denis réunion", "Saint-Denis (974)"),
        ("31000 toul", "Toulouse (31)"),
        ("31555", "Toulouse (31)"),
        ("31", "Haute-Garonne (31)"),
        ("haute garone", "Haute-Garonne (31)"),
        ("courneuve", "La Courneuve (93)"),
        ("isle jourdain", "L'Isle-Jourdain (32)"),
        ("marseille 15", "Marseille 15e Arrondissement (13)"),
        ("toulouse métropole", "Toulouse Métropole (EPCI)"),
        ("occitanie", "Occitanie"),
        ("93", "Seine-Saint-Denis (93)"),
        ("france", "France"),
    ],
)
def test_the_first_answer_is_what_was_meant(france: Callable, q: str, first: str) -> None:
    assert Territory.objects.search(q)[0].label == first


def test_namesakes_are_all_proposed_the_largest_first(france: Callable) -> None:
    found = Territory.objects.search("st denis", kinds=["commune"])

    assert [territory.code for territory in found] == ["97411", "93066"]


def test_an_exact_name_goes_before_a_beginning(france: Callable) -> None:
    labels = [territory.label for territory in Territory.objects.search("paris")]

    assert labels[:2] == ["Paris (75)", "Paris (75)"]
    assert labels[2] == "Paris 18e Arrondissement (75)"


def test_kinds_and_limit_are_respected(france: Callable) -> None:
    assert [territory.kind for territory in Territory.objects.search("denis", kinds=["departement"])] == ["departement"]
    assert len(Territory.objects.search("saint", limit=2)) == 2


@pytest.mark.parametrize("q", ["", "   ", "%%%", "'; drop table", "zzzzzzzz", "\\", "_", "a" * 5000, "31 " * 500])
def test_what_names_nothing_finds_nothing(france: Callable, q: str) -> None:
    assert Territory.objects.search(q, kinds=["commune"]) == [] or q.startswith("31")


def test_a_search_and_its_labels_cost_one_query_or_two_with_a_spelling_mistake(
    france: Callable, django_assert_num_queries: Callable
) -> None:
    with django_assert_num_queries(1):
        assert [(found.label, found.context) for found in Territory.objects.search("toulous")]
    with django_assert_num_queries(2):
        assert [(found.label, found.context) for found in Territory.objects.search("toulose")]


#: What people write -> the code that it names.
NAMED = [
    ("31555", "31555"),
    ("93200", "93066"),
    ("93059", "93066"),
    ("Pierrefitte (93059)", "93066"),
    ("Toulouse", "31555"),
    ("toulouse", "31555"),
    ("Toulouse (31)", "31555"),
    ("Toulouse 31", "31555"),
    ("Toulouse (31555)", "31555"),
    ("31000 Toulouse", "31555"),
    ("Toulouse Cedex 9", "31555"),
    ("31059 Toulouse cedex 9", "31555"),
    ("Saint-Denis (93)", "93066"),
    ("St Denis 974", "97411"),
    ("93200 Saint-Denis", "93066"),
    ("Hay les Roses", "94038"),
    ("L'HAŸ-LES-ROSES", "94038"),
    ("la courneuve", "93027"),
    ("Paris", "75056"),
    ("Paris 75", "75056"),
    ("Paris 18e", "75118"),
    ("Paris 18", "75118"),
    ("Paris 18e arrondissement", "75118"),
    ("Paris 1er", "75101"),
    ("75018 Paris", "75118"),
    ("75118", "75118"),
    ("Marseille 15e", "13215"),
    ("Marseille 15ème", "13215"),
    ("13015 Marseille", "13215"),
    ("Marseille (13)", "13055"),
]
#: What people write -> the candidates among which they must choose.
AMBIGUOUS = [
    ("Saint-Denis", ["97411", "93066"]),
    ("Marseille 13", ["13213", "13055"]),
    ("59000 Toulouse", ["31555"]),
    ("Toulouse (33)", ["31555"]),
    ("31700", ["31069", "31157"]),
    ("", []),
    ("zzzzzz", []),
]


@pytest.fixture(params=["database", "memory"])
def resolve(request: pytest.FixtureRequest, france: Callable) -> Callable:
    return resolve_commune if request.param == "database" else partial(resolve_with, CommuneIndex())


@pytest.mark.parametrize(("text", "code"), NAMED)
def test_a_commune_is_recognised(resolve: Callable, text: str, code: str) -> None:
    resolution = resolve(text)

    assert resolution.match is not None
    assert resolution.match.code == code


@pytest.mark.parametrize(("text", "codes"), AMBIGUOUS)
def test_a_doubtful_text_gives_candidates_and_is_never_guessed(resolve: Callable, text: str, codes: list[str]) -> None:
    resolution = resolve(text)

    assert resolution.match is None
    assert [candidate.code for candidate in resolution.candidates] == codes


def test_a_misspelt_name_is_suggested_not_matched(resolve: Callable) -> None:
    resolution = resolve("Toulose")

    assert resolution.match is None
    assert resolution.candidates[0].code == "31555"


def test_the_code_of_a_file_wins_over_the_name(resolve: Callable) -> None:
    assert resolve("Tolosa", code="31555").match.code == "31555"
    assert resolve("Saint-Denis", code="93059").match.code == "93066"


def test_a_code_that_a_spreadsheet_made_a_number_is_understood(resolve: Callable) -> None:
    assert resolve("Ambérieu-en-Bugey", code="1004").match.code == "01004"


def test_an_unknown_code_matches_nothing_and_the_name_gives_candidates(resolve: Callable) -> None:
    resolution = resolve("Toulouse", code="31999")

    assert resolution.match is None
    assert resolution.candidates[0].code == "31555"


def test_within_keeps_to_the_given_territories(resolve: Callable, france: Callable) -> None:
    reunion, gironde = france("departement", "974"), france("departement", "33")

    assert resolve("Saint-Denis", within=[reunion.pk]).match.code == "97411"
    assert resolve("Toulouse", within=[gironde.pk]).match is None


def test_the_index_resolves_any_number_of_rows_with_the_two_queries_that_built_it(
    france: Callable, django_assert_num_queries: Callable
) -> None:
    with django_assert_num_queries(2):
        index = CommuneIndex()
        labels = {resolve_with(index, text).match.label for text, _code in NAMED for _ in range(20)}

    assert "Toulouse (31)" in labels


def test_the_commune_field_gives_the_commune_and_refuses_a_doubt(france: Callable) -> None:
    field = CommuneField()

    assert field.clean("Toulouse (31555)") == france("commune", "31555")
    assert field.prepare_value(france("commune", "31555").pk) == "Toulouse (31555)"
    with pytest.raises(ValidationError, match=r"Saint-Denis \(97411\), Saint-Denis \(93066\)"):
        field.clean("Saint-Denis")

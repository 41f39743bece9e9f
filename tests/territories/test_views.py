from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse


def test_the_search_answers_in_the_format_of_the_national_geocoder(member: Client) -> None:
    answer = member.get(reverse("geo:search"), {"q": "Toulouse", "limit": 1}).json()

    [feature] = answer["features"]
    assert answer["type"] == "FeatureCollection"
    assert feature["geometry"] == {"type": "Point", "coordinates": [1.44367, 43.60426]}
    assert feature["properties"]["citycode"] == "31555"
    assert feature["properties"]["approximate"] is True


def test_proposals_say_the_departement_and_give_the_text_of_the_field(
    member: Client, france: Callable, django_assert_max_num_queries: Callable
) -> None:
    with django_assert_max_num_queries(5):  # session, user, the request's transaction twice, the search
        [answer] = member.get(reverse("geo:communes"), {"q": "toulouse"}).json()

    assert answer["id"] == france("commune", "31555").pk
    assert (answer["code"], answer["kind"], answer["departement"]) == ("31555", "commune", "31")
    assert answer["value"] == "Toulouse (31555)"
    assert (answer["label"], answer["context"]) == ("Toulouse", "Haute-Garonne (31)")


def test_kinds_widen_the_proposals(member: Client) -> None:
    answer = member.get(reverse("geo:communes"), {"q": "toulouse", "kinds": "epci,region"}).json()

    assert [(found["kind"], found["value"]) for found in answer] == [("epci", "Toulouse Métropole (EPCI)")]


@pytest.mark.parametrize("name", ["geo:search", "geo:communes"])
def test_an_empty_question_has_an_empty_answer(member: Client, name: str) -> None:
    answer = member.get(reverse(name)).json()

    assert answer == [] or answer["features"] == []


def test_the_five_nearest_communes_are_proposed(member: Client) -> None:
    answer = member.get(reverse("geo:reverse"), {"lat": "43.6", "lon": "1.44"}).json()

    assert [found["code"] for found in answer][:1] == ["31555"]
    assert len(answer) == 5
    assert answer[0]["distance_km"] == 0.6


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("geo:search", {"q": "x", "limit": "0"}),
        ("geo:search", {"q": "x", "limit": "21"}),
        ("geo:search", {"q": "x", "limit": "beaucoup"}),
        ("geo:search", {"q": "x", "limit": "9" * 5000}),
        ("geo:search", {"q": "x" * 201}),
        ("geo:search", {"q": "a\0b"}),
        ("geo:search", {"q": "x", "lat": "43"}),
        ("geo:communes", {"q": "x", "kinds": "planete"}),
        ("geo:reverse", {"lat": "43"}),
        ("geo:reverse", {"lat": "nan", "lon": "2"}),
        ("geo:reverse", {"lat": "91", "lon": "2"}),
        ("geo:reverse", {"lat": "un", "lon": "deux"}),
    ],
)
def test_a_bad_parameter_is_told_in_french_as_a_problem(member: Client, name: str, params: dict[str, str]) -> None:
    answer = member.get(reverse(name), params)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Paramètre incorrect"
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("name", ["geo:search", "geo:communes", "geo:reverse"])
def test_questions_need_an_account_and_only_read(member: Client, client: Client, name: str) -> None:
    assert client.get(reverse(name), {"q": "x"}).status_code == 302
    assert member.post(reverse(name), {"q": "x"}).status_code == 405
    assert member.get(reverse(name), {"q": "x", "lat": "1", "lon": "1"})["Cache-Control"] == "private, no-store"


def test_a_tile_is_public_cached_a_week_and_not_sent_twice(db: None, client: Client) -> None:
    address = reverse("geo:tile", args=[7, 64, 46])

    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert first["Content-Type"] == "image/svg+xml"
    assert "max-age=604800" in first["Cache-Control"]
    assert "public" in first["Cache-Control"]
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("tile", ["20/0/0", "3/8/0", "3/0/8", "99999999999/0/0", "a/b/c", "3/-1/0"])
def test_a_tile_that_does_not_exist_is_missing(db: None, client: Client, tile: str) -> None:
    assert client.get(f"/geo/fond/{tile}.svg").status_code in {302, 404}

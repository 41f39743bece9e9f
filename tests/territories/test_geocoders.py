from collections.abc import Callable
from typing import Any

import pytest
import requests

from rbsite.territories import geocoders
from rbsite.territories.geocoders import GeocoderUnavailable, Geoplateforme, Place, reverse_places, search_places

ANSWER = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [2.35, 48.89]},
            "properties": {
                "label": "12 Rue des Poissonniers 75018 Paris",
                "score": 0.93,
                "postcode": "75018",
                "citycode": "75118",
                "city": "Paris",
                "context": "75, Paris, Île-de-France",
                "type": "housenumber",
            },
        },
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [1.44, 43.6]},
            "properties": {"label": "Rue de Paris 31200 Toulouse", "score": 0.31, "type": "street"},
        },
    ],
}


class Server:
    """What the national geocoder answers, and what it was asked."""

    def __init__(self, answer: Any):
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def get(self, url: str, params: dict[str, Any], timeout: float) -> "Server":
        self.asked.append({"url": url, "timeout": timeout, **params})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self

    def raise_for_status(self) -> None:
        if isinstance(self.answer, int):
            raise requests.HTTPError(f"{self.answer}")

    def json(self) -> Any:
        if isinstance(self.answer, str):
            raise requests.JSONDecodeError("not JSON", self.answer, 0)
        return self.answer


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[Any], Server]:
    """`serve(answer)`: the national geocoder first, answering so; then the communes."""
    settings.GEOCODER_BACKENDS = ["geoplateforme", "communes"]

    def answering(answer: Any) -> Server:
        server = Server(answer)
        monkeypatch.setattr(geocoders.requests, "get", server.get)
        return server

    return answering


def test_communes_are_found_without_any_server(france: Callable) -> None:
    [place] = search_places("cornebarrieu")

    assert (place.label, place.context) == ("Cornebarrieu (31)", "Haute-Garonne, Occitanie")
    assert (place.citycode, place.type, place.source) == ("31157", "municipality", "commune")


@pytest.mark.parametrize(
    "q", ["12 chemin du Moulin, Toulouse", "12 chemin du Moulin 31200 Toulouse", "12 chemin du Moulin, 31000 Toulouse"]
)
def test_the_commune_of_an_address_is_found_without_any_server(france: Callable, q: str) -> None:
    assert search_places(q)[0].citycode == "31555"


def test_addresses_of_the_national_geocoder_keep_the_arrondissement_and_leave_out_guesses(
    france: Callable, serve: Callable
) -> None:
    server = serve(ANSWER)

    [place] = search_places("12 rue des poissonniers", limit=4, near=(48.8901, 2.3502))

    assert (place.citycode, place.lon, place.lat, place.source) == ("75118", 2.35, 48.89, "geoplateforme")
    assert server.asked[0]["timeout"] == 3
    assert server.asked[0]["url"].endswith("/search")
    assert (server.asked[0]["limit"], server.asked[0]["lat"]) == (4, 48.9)  # the exact point is nobody's business


@pytest.mark.parametrize(
    "answer", [requests.Timeout("slow"), requests.ConnectionError("down"), 503, 429, "<html>", {}, {"features": [{}]}]
)
def test_an_outage_falls_to_the_communes_and_is_not_remembered(france: Callable, serve: Callable, answer: Any) -> None:
    server = serve(answer)

    assert search_places("Toulouse")[0].source == "commune"
    assert search_places("Toulouse")[0].source == "commune"
    assert len(server.asked) == 2


def test_an_address_without_a_sure_answer_falls_to_the_communes(france: Callable, serve: Callable) -> None:
    serve({"features": [ANSWER["features"][1]]})

    assert search_places("Toulouse")[0].source == "commune"


def test_the_same_text_is_asked_once_a_day(france: Callable, serve: Callable) -> None:
    server = serve(ANSWER)

    first, second = search_places("12 Rue  des Poissonniers"), search_places("12 rue des poissonniers ")

    assert first == second
    assert len(server.asked) == 1


def test_the_back_end_can_be_replaced_by_one_class(
    france: Callable, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down(Geoplateforme):
        def search(self, q: str, **_: Any) -> list[Place]:
            raise GeocoderUnavailable("down")

    settings.GEOCODER_BACKENDS = ["geoplateforme"]
    monkeypatch.setitem(geocoders.BACKENDS, "geoplateforme", Down)

    assert search_places("Toulouse") == []


def test_a_point_gives_the_nearest_communes_or_the_address(france: Callable, serve: Callable) -> None:
    server = serve({"features": []})
    assert reverse_places(1.44, 43.6)[0].citycode == "31555"

    server.answer = ANSWER
    assert reverse_places(2.35, 48.89)[0].citycode == "75118"
    assert server.asked[-1]["url"].endswith("/reverse")

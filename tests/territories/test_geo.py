from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from rbsite.territories.drawing import Labels, mercator, towns
from rbsite.territories.geo import (
    bounding_box,
    contours,
    haversine_km,
    is_near_departement,
    nearest_communes,
)
from rbsite.territories.locator import locator_svg
from rbsite.territories.tiles import tile_svg

SVG = "{http://www.w3.org/2000/svg}"
TOULOUSE = (43.60426, 1.44367)
BORDEAUX = (44.84124, -0.58046)


def tile_at(z: int, lat: float, lon: float) -> tuple[int, int, int]:
    x, y = mercator(lat, lon)
    return z, int(x * 2**z), int(y * 2**z)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_distance_of_two_towns_is_the_known_one() -> None:
    assert haversine_km(48.8534, 2.3488, 43.2970, 5.3811) == pytest.approx(661, abs=2)
    assert haversine_km(*TOULOUSE, *TOULOUSE) == 0


def test_a_bounding_box_holds_the_circle_and_little_more() -> None:
    box = bounding_box(*TOULOUSE, 10)

    assert haversine_km(*TOULOUSE, box.north, TOULOUSE[1]) == pytest.approx(10, rel=0.01)
    assert haversine_km(*TOULOUSE, TOULOUSE[0], box.east) == pytest.approx(10, rel=0.01)
    assert box.west < TOULOUSE[1] < box.east


def test_the_contours_are_those_of_the_hundred_and_one_departements() -> None:
    assert len(contours()) == 101
    assert all(contour.is_valid for contour in contours().values())


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [(*TOULOUSE, "31"), (*BORDEAUX, "33"), (-21.1, 55.5, "974"), (42.3, 9.15, "2B"), (45, -20, None), (90, 0, None)],
)
def test_a_point_is_placed_in_its_departement(lat: float, lon: float, code: str | None) -> None:
    holding = [departement for departement in contours() if is_near_departement(lat, lon, departement, km=0)]

    assert holding == ([code] if code else [])


def test_two_kilometres_outside_a_contour_are_tolerated_and_no_more() -> None:
    east = contours()["31"].bounds[2]
    edge = next(
        (lat, lon) for lon, lat in contours()["31"].exterior.coords if lon == east
    )  # the easternmost corner: going east leaves the département

    km = 1 / (111.2 * 0.726)  # degrees of longitude in a kilometre, at 43.4° north
    assert is_near_departement(edge[0], edge[1] + 1.5 * km, "31")
    assert not is_near_departement(edge[0], edge[1] + 3 * km, "31")
    assert is_near_departement(edge[0], edge[1] + 3 * km, "31", km=4)


def test_a_departement_without_a_contour_tolerates_every_point() -> None:
    assert is_near_departement(5, 5, "977")


def test_the_nearest_communes_come_in_order_with_their_distance(
    france: Callable, django_assert_num_queries: Callable
) -> None:
    with django_assert_num_queries(1):
        found = nearest_communes(43.61, 1.43, limit=2)
        labels = [commune.label for commune in found]

    assert labels == ["Toulouse (31)", "Blagnac (31)"]
    assert found[0].distance_km == pytest.approx(1.26, abs=0.1)


def test_the_search_for_neighbours_widens_where_communes_are_rare(france: Callable) -> None:
    assert [commune.code for commune in nearest_communes(-21.3, 55.5, limit=2)] == ["97415", "97411"]
    assert nearest_communes(0, 0) == []


def test_communes_whose_centre_is_a_guess_are_not_proposed_as_near(france: Callable) -> None:
    guessed = france("commune", "31157")

    assert guessed.centre_is_estimated
    assert "31157" not in [commune.code for commune in nearest_communes(guessed.latitude, guessed.longitude)]


# --- tiles


def test_a_tile_is_an_image_of_256_pixels_without_script_or_style() -> None:
    root = ElementTree.fromstring(tile_svg(*tile_at(7, *TOULOUSE)))

    assert root.get("viewBox") == "0 0 256 256"
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {"svg", "rect", "path", "g", "circle", "text"}
    assert not any("style" in element.attrib for element in root.iter())


def test_a_tile_at_sea_is_only_sea(db: None) -> None:
    root = ElementTree.fromstring(tile_svg(*tile_at(9, 45, -20)))

    assert [element.tag for element in root] == [f"{SVG}rect"]


def test_a_tile_inside_a_departement_is_land(db: None) -> None:
    root = ElementTree.fromstring(tile_svg(*tile_at(14, 43.35, 1.2)))

    assert root.find(f"{SVG}path") is not None


def test_communes_are_named_from_zoom_8_in_the_tile_that_holds_them(france: Callable) -> None:
    assert "Toulouse" in texts(tile_svg(*tile_at(9, *TOULOUSE)))
    assert "Toulouse" not in texts(tile_svg(*tile_at(9, *BORDEAUX)))
    assert "Cornebarrieu" not in texts(tile_svg(*tile_at(11, 43.63675, 1.38971)))  # its point is only estimated


def test_only_the_largest_towns_are_named_when_one_sees_the_country(france: Callable) -> None:
    assert "Toulouse" in texts(tile_svg(*tile_at(5, *TOULOUSE)))
    assert "Bordeaux" not in texts(tile_svg(*tile_at(5, *BORDEAUX)))
    assert "Bordeaux" in texts(tile_svg(*tile_at(6, *BORDEAUX)))


def test_names_never_overlap_nor_leave_the_drawing() -> None:
    labels = Labels(256, 256)

    assert labels.place(100, 100, "Toulouse", 12) is not None
    assert labels.place(102, 101, "Blagnac", 12) != labels.place(101, 102, "Colomiers", 12)
    assert labels.place(255, 128, "Saint-Rémy-en-Bouzemont", 12)[0] < 256 - 60
    assert labels.place(128, 128, "x" * 80, 12) is None


def test_names_are_escaped(france: Callable) -> None:
    commune = france("commune", "31555")
    commune.name = "<Toulouse & fils>"
    commune.save()

    assert "<Toulouse & fils>" in texts(tile_svg(*tile_at(10, *TOULOUSE)))


@pytest.mark.parametrize("tile", [(-1, 0, 0), (20, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0)])
def test_a_tile_that_does_not_exist_is_refused(tile: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no tile"):
        tile_svg(*tile)


def test_towns_are_read_once(france: Callable, django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(1):
        tile_svg(*tile_at(9, *TOULOUSE))
        tile_svg(*tile_at(9, *BORDEAUX))
        locator_svg(*TOULOUSE, "31")

    assert [town.name for town in towns()][:2] == ["Paris", "Marseille"]


# --- locators


def test_a_locator_shows_the_departement_its_towns_and_the_point(france: Callable) -> None:
    svg = locator_svg(43.5, 1.3, "31")

    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Carte : position du site dans le département 31"
    assert {"Toulouse", "Colomiers"} & set(texts(svg))
    assert "style" not in svg
    assert "script" not in svg


def test_an_approximate_position_is_hatched_and_not_a_dot(france: Callable) -> None:
    exact, approximate = locator_svg(*BORDEAUX, "33"), locator_svg(*BORDEAUX, "33", approximate=True)

    assert "stroke-dasharray" in approximate
    assert "stroke-dasharray" not in exact
    assert "Carte : position approximative du site dans le département 33" in approximate


def test_the_name_of_the_largest_town_steps_over_the_mark_of_a_site_in_it(france: Callable) -> None:
    assert "Toulouse" in texts(locator_svg(*TOULOUSE, "31"))


def test_nothing_is_drawn_where_neither_contour_nor_town_is_known(france: Callable) -> None:
    assert locator_svg(46.78, -56.17, "975") == ""


def test_a_locator_is_small(france: Callable) -> None:
    sizes = {
        code: len(locator_svg(contour.representative_point().y, contour.representative_point().x, code))
        for code, contour in contours().items()
    }

    assert max(sizes.values()) < 25_000, sizes


def test_a_collectivity_without_a_contour_still_shows_the_point(france: Callable) -> None:
    root = ElementTree.fromstring(locator_svg(17.9, -62.85, "977"))

    assert root.find(f"{SVG}path") is None
    assert root.find(f"{SVG}circle") is not None

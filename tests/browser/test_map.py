"""The map of sites in a real browser: by keyboard alone, on a phone, without JavaScript, and without faults."""

import pytest

from tests.factories import make_site

from .conftest import DESKTOP, PHONE, faults, scrolls_sideways, sign_in

FOCUSED = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"


@pytest.fixture
def sites(live_server, site_tree, territories, people):
    """Two sites in Blagnac, one in Toulouse, and one that the correspondant of Haute-Garonne may not see."""
    make_site(territories["31069"], address="Route de Grenade")
    make_site(territories["31069"], address="Ancien stade", point="SRID=4326;POINT(1.3801 43.6402)")
    make_site(territories["33063"], address="Quai des Chartrons")
    return make_site(
        territories["31555"],
        address="3 chemin des Vignes",
        population_total=40,
        water_access_type="borne_incendie",
        point="SRID=4326;POINT(1.4611 43.5902)",
    )


def open_map(open_browser, person, path="/sites/carte/", **options):
    page = open_browser(reduced_motion="reduce", **options)
    sign_in(page, person)
    page.goto(path)
    return page


def tab_to(page, words: str, most: int = 40) -> str:
    """Press Tab until something of that name has the focus; return its whole name."""
    for _ in range(most):
        page.keyboard.press("Tab")
        name = page.evaluate(FOCUSED)
        if words in name:
            return name.replace("\N{NARROW NO-BREAK SPACE}", " ")
    raise AssertionError(f"the keyboard never reaches « {words} »")


@pytest.mark.django_db(transaction=True)
def test_a_site_is_found_seen_and_left_with_the_keyboard_alone(open_browser, people, sites):
    page = open_map(open_browser, people.correspondent, viewport=DESKTOP)
    page.get_by_role("button", name="Toulouse : 1 site").wait_for()

    tab_to(page, "Carte des sites.", most=60)
    tab_to(page, "Toulouse : 1 site, 40 personnes")
    page.keyboard.press("Enter")
    mark = page.get_by_role("button", name="3 chemin des Vignes, Toulouse, terrain, 40 personnes, eau : non")
    mark.wait_for()
    focused_after_zoom = page.evaluate(FOCUSED)
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Aperçu du site")
    panel.get_by_role("heading", name="3 chemin des Vignes").wait_for()
    focused_in_panel = page.evaluate(FOCUSED)
    wrong = faults(page)
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")

    assert focused_after_zoom.startswith("3 chemin des Vignes")
    assert focused_in_panel == "Aperçu du site"
    assert page.evaluate(FOCUSED).startswith("3 chemin des Vignes")
    assert wrong == []


@pytest.mark.django_db(transaction=True)
def test_the_table_leads_to_the_map_and_back(open_browser, people, sites):
    page = open_map(open_browser, people.correspondent, viewport=DESKTOP)
    row = page.get_by_role("button", name="Situer 3 chemin des Vignes sur la carte")
    row.focus()

    page.keyboard.press("Enter")
    page.get_by_role("heading", name="3 chemin des Vignes").wait_for()
    page.get_by_role("button", name="Fermer l’aperçu").press("Enter")
    back = row.evaluate("button => button === document.activeElement")
    row.press("Enter")
    page.get_by_role("link", name="Voir le site").click()
    page.wait_for_url(f"**{sites.address_on_platform}")
    page.go_back()

    page.get_by_role("button", name="3 chemin des Vignes, Toulouse").wait_for()
    assert back
    assert "Quai des Chartrons" not in page.content()


@pytest.mark.django_db(transaction=True)
def test_the_map_can_be_passed_and_moved_to_a_place(open_browser, people, sites):
    page = open_map(open_browser, people.correspondent, viewport=DESKTOP)
    page.get_by_role("button", name="Toulouse : 1 site").wait_for()

    page.locator("#avant-carte").press("Enter")
    passed = page.evaluate("location.hash")
    page.get_by_role("button", name="Guadeloupe").click()
    page.get_by_role("button", name="Toulouse : 1 site").wait_for(state="detached")
    page.get_by_role("combobox", name="Aller à une adresse ou une commune").fill("blagn")
    page.get_by_role("option", name="Blagnac").click()
    page.get_by_text("Blagnac (31) est au centre de la carte.").wait_for()

    assert passed == "#apres-carte"
    assert page.get_by_role("button", name="Route de Grenade, Blagnac").is_visible()


@pytest.mark.django_db(transaction=True)
def test_photographs_and_land_register_are_offered_when_a_deployment_names_them(open_browser, people, sites, settings):
    settings.TILES_PHOTOS_URL = "/geo/fond/{z}/{x}/{y}.svg?photos"
    settings.TILES_CADASTRE_URL = "/geo/fond/{z}/{x}/{y}.svg?cadastre"
    page = open_map(open_browser, people.correspondent, viewport=PHONE)
    page.get_by_role("button", name="Toulouse : 1 site").wait_for()
    tiles = {name: page.locator(f".leaflet-tile[src*='{name}']").first for name in ("photos", "cadastre")}
    plan = page.locator(".leaflet-tile[src$='svg']").first
    plan.wait_for()

    page.get_by_role("radio", name="Photos aériennes").check()
    page.get_by_role("checkbox", name="Cadastre").check()
    tiles["photos"].wait_for()
    tiles["cadastre"].wait_for()

    assert plan.count() == 0
    assert faults(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_map_is_accessible_and_fits(open_browser, people, sites, viewport):
    page = open_map(open_browser, people.correspondent, viewport=viewport)
    found = {}
    for path in ("/sites/carte/", "/sites/carte/?page=1#16/43.6402/1.3801", "/sites/carte/?q=introuvable"):
        page.goto(path)
        page.get_by_text("Chaque repère").wait_for()
        found[path] = faults(page) + (["scrolls sideways"] if scrolls_sideways(page) else [])

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.django_db(transaction=True)
def test_without_javascript_the_table_shows_the_same_sites(open_browser, people, sites):
    page = open_map(open_browser, people.correspondent, viewport=PHONE, javascript=False)

    page.get_by_text("3 sites en tableau").click()

    assert page.get_by_role("link", name="3 chemin des Vignes").is_visible()
    drawn = page.locator("noscript img")
    drawn.scroll_into_view_if_needed()
    assert drawn.is_visible()
    assert not page.get_by_role("button", name="Hexagone").is_visible()
    assert not scrolls_sideways(page)

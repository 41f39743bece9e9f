"""Wagtail's editor of a site, with its map."""

import pytest

from sites_registry.models import SitePage
from sites_registry.sites import verbs as actions
from sites_registry.sites.validators import format_point

from .conftest import DESKTOP, sign_in

#: The widget measures its map again once it is seen; before that a drag would miss the marker.
_MAP_IS_CENTRED = """() => {
  const map = document.querySelector(".leaflet-container").getBoundingClientRect();
  const marker = document.querySelector(".leaflet-marker-icon").getBoundingClientRect();
  return Math.abs(marker.x + marker.width / 2 - (map.x + map.width / 2)) < 5;
}"""


@pytest.mark.django_db(transaction=True)
def test_dragging_the_marker_and_publishing_moves_the_stored_point(open_browser, site_tree, territories, people):
    site = actions.declare_site(
        {
            "commune": territories["31555"],
            "address": "3 chemin des Vignes",
            "site_type": "land",
            "point": format_point(43.6, 1.44),
        },
        by=people.correspondent,
    )
    page = open_browser(viewport=DESKTOP)
    sign_in(page, people.correspondent)

    page.goto(f"/cms/pages/{site.pk}/edit/")
    marker = page.locator(".leaflet-marker-icon")
    marker.scroll_into_view_if_needed()
    page.wait_for_function(_MAP_IS_CENTRED)
    assert marker.evaluate("marker => marker.naturalWidth") > 0
    marker.hover()
    box = marker.bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 60, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Publier").click()
    page.get_by_text("a été publié").first.wait_for()

    moved = SitePage.objects.get(pk=site.pk)
    assert moved.longitude > 1.44
    assert moved.latitude < 43.6
    assert moved.point == f"SRID=4326;POINT({moved.longitude} {moved.latitude})"
    assert moved.versions.events().first().author == people.correspondent


@pytest.mark.django_db(transaction=True)
def test_a_question_shows_in_the_editor_only_when_it_applies(open_browser, site_tree, territories, people):
    site = actions.declare_site(
        {"commune": territories["31555"], "address": "3 chemin des Vignes", "site_type": "land"},
        by=people.correspondent,
    )
    page = open_browser(viewport=DESKTOP)
    sign_in(page, people.correspondent)

    page.goto(f"/cms/pages/{site.pk}/edit/#tab-eau_toilettes_electricite")
    details = page.locator("#id_water_access_type_details")
    assert details.is_hidden()
    page.locator("#id_water_access_type").select_option("autre")

    details.wait_for(state="visible")

"""The main job, on a phone without JavaScript: sign in, find a site, bring it up to date, send back its spreadsheet."""

import csv
from pathlib import Path

import pytest
from django.utils import timezone

from sites_registry.models import Intervention, Pin, SitePage
from sites_registry.sites import verbs as actions
from sites_registry.sites.verbs.phases import start_resorption
from tests.factories import make_site

from .conftest import DESKTOP, PHONE, faults, scrolls_sideways, sign_in


@pytest.fixture
def sites(live_server, site_tree, territories, people):
    make_site(territories["31069"], address="Route de Grenade")
    make_site(territories["33063"], address="Quai des Chartrons")
    return make_site(territories["31555"], address="3 chemin des Vignes", population_total=40)


@pytest.mark.django_db(transaction=True)
def test_a_partner_finds_and_updates_a_site_on_a_phone_without_javascript(open_browser, people, sites):
    page = open_browser(javascript=False, viewport=PHONE)
    sign_in(page, people.correspondent)

    page.get_by_role("link", name="Sites", exact=True).first.click()
    page.get_by_role("searchbox").fill("toulous")
    page.get_by_role("button", name="Rechercher").click()
    assert page.get_by_text("1 site", exact=False).first.is_visible()
    page.get_by_role("link", name="3 chemin des Vignes", exact=True).click()
    page.get_by_role("link", name="Modifier : Habitants").click()
    page.get_by_label("Personnes", exact=True).fill("57")
    page.get_by_role("button", name="Enregistrer la mise à jour").click()
    page.get_by_text("Merci.").wait_for()
    page.get_by_role("link", name="Modifier : Eau").click()
    page.get_by_label("Comment les habitants ont-ils accès à l’eau ?").select_option("borne_incendie")
    page.get_by_role("button", name="Enregistrer la mise à jour").click()
    page.get_by_text("Merci.").wait_for()

    events = page.locator("#historique li").filter(has=page.get_by_text(people.correspondent.last_name))
    assert "Borne incendie" in events.nth(0).inner_text()
    assert "57" in page.locator("#historique").inner_text()
    site = SitePage.objects.get(pk=sites.pk)
    assert (site.population_total, site.water_access_type) == (57, "borne_incendie")


def send(page, rows: list[list[str]], path: Path) -> str:
    """Send a table to the import, and return what the check says."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    page.goto("/sites/importer/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Envoyer le tableau").click()
    return page.locator("main").inner_text().replace("\xa0", " ")


@pytest.mark.django_db(transaction=True)
def test_a_spreadsheet_is_exported_spoiled_explained_mended_and_imported_once(open_browser, people, sites, tmp_path):
    page = open_browser(javascript=False, viewport=PHONE)
    sign_in(page, people.correspondent)
    page.goto("/sites/exporter/")
    page.get_by_label("Texte (.csv)").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Exporter les 2 sites").click()
    exported = tmp_path / "export.csv"
    download.value.save_as(exported)
    with exported.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    column = rows[0].index
    spoiled = [list(row) for row in rows]
    spoiled[1][column("Personnes")] = "beaucoup"
    spoiled[1][column("Date de signalement")] = "32/13/2024"
    spoiled[1][column("Type de site")] = "Château"
    spoiled[2][column("Code INSEE")] = "99999"
    spoiled[2][column("Caravanes")] = "-4"

    told = send(page, spoiled, tmp_path / "spoiled.csv")
    untouched = SitePage.objects.filter(versions__kind="imported").exists()
    rows[1][column("Personnes")] = "61"
    rows[2][column("Caravanes")] = "4"
    ready = send(page, rows, tmp_path / "mended.csv")
    page.get_by_label("Le tableau décrit la situation au").fill(timezone.localdate().isoformat())
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("button", name="Modifier 2 sites").click()
    done = page.locator("main").inner_text().replace("\xa0", " ")
    again = send(page, rows, tmp_path / "mended.csv")

    assert "5 erreurs" in told
    assert [told.count(value) for value in ("beaucoup", "32/13/2024", "Château", "99999", "-4")] == [1] * 5
    assert page.get_by_role("button", name="Modifier").count() == 0
    assert not untouched
    assert "2 à modifier" in ready
    assert "2 modifiés" in done
    assert "0 à modifier" in again
    assert SitePage.objects.get(slug=rows[1][0]).population_total == 61
    assert SitePage.objects.get(slug=rows[2][0]).caravans == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_screen_of_the_registry_is_accessible_and_fits(open_browser, people, sites, viewport):
    page = open_browser(viewport=viewport)
    page.goto("/")
    found = {"/": faults(page)}
    sign_in(page, people.correspondent)
    site = sites.address_on_platform
    Pin.objects.create(user=people.correspondent, site=sites)
    start_resorption(sites, by=people.correspondent)
    Intervention.objects.create(user=people.intervener, site=sites)
    version = sites.versions.first().pk
    for path in (
        "/tableau-de-bord/",
        "/plan-du-site/",
        "/recherche/?q=toulouse",
        "/recherche/?lat=43.6&lon=1.44",
        "/sites/actualiser/",
        "/sites/",
        "/sites/?vue=tableau",
        "/sites/?onglet=mes-sites",
        "/sites/?q=zzz",
        "/sites/?personnes=-9&onglet=fermes",
        "/sites/declarer/",
        "/sites/importer/",
        "/sites/exporter/",
        site,
        f"{site}actualiser/habitants/",
        f"{site}actualiser/eau/",
        f"{site}actualiser/localisation/",
        f"{site}fermer/",
        f"{site}phases/",
        f"{site}historique/",
        f"{site}historique/{version}/",
        "/sites/31/inconnu2/",
    ):
        page.goto(path)
        found[path] = faults(page) + (["scrolls sideways"] if scrolls_sideways(page) else [])

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_survives_a_lost_connection(open_browser, people, sites):
    page = open_browser(viewport=PHONE)
    sign_in(page, people.correspondent)
    form = f"{sites.address_on_platform}actualiser/habitants/"
    page.goto(form)
    page.get_by_label("Personnes", exact=True).fill("63")

    page.context.set_offline(True)
    page.get_by_role("button", name="Enregistrer la mise à jour").click()
    page.context.set_offline(False)
    page.goto(form)

    page.get_by_text("Votre saisie a été retrouvée").wait_for()
    assert page.get_by_label("Personnes", exact=True).input_value() == "63"


@pytest.mark.django_db(transaction=True)
def test_a_site_is_updated_with_the_keyboard_alone(open_browser, people, sites):
    page = open_browser(viewport=DESKTOP)
    sign_in(page, people.correspondent)
    page.goto(f"{sites.address_on_platform}actualiser/electricite/")

    page.get_by_role("radio", name="Ne sait pas").first.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Enregistrer la mise à jour":
            break
    page.keyboard.press("Enter")

    page.get_by_text("Merci.").wait_for()
    assert SitePage.objects.get(pk=sites.pk).electricity_access is True


@pytest.mark.django_db(transaction=True)
def test_what_was_saved_does_not_come_back_over_what_a_colleague_wrote_since(open_browser, people, sites):
    page = open_browser(viewport=PHONE)
    sign_in(page, people.correspondent)
    form = f"{sites.address_on_platform}actualiser/habitants/"
    page.goto(form)
    page.get_by_label("Personnes", exact=True).fill("63")
    page.get_by_role("button", name="Enregistrer la mise à jour").click()
    page.get_by_text("Merci.").wait_for()
    actions.update_site(sites, {"population_total": 70}, by=people.institutional_partner)

    page.goto(form)

    assert page.get_by_label("Personnes", exact=True).input_value() == "70"
    assert page.get_by_text("Votre saisie a été retrouvée").count() == 0


@pytest.mark.django_db(transaction=True)
def test_filters_replace_the_list_in_place_say_the_count_and_keep_the_focus(open_browser, people, sites, territories):
    make_site(territories["31555"], address="Friche du Nord", site_type="building")
    page = open_browser(viewport=DESKTOP)
    sign_in(page, people.correspondent)
    page.goto("/sites/")
    page.get_by_label("Immeuble bâti").focus()
    page.keyboard.press("Space")
    page.get_by_text("Type de site : Immeuble bâti").wait_for()

    assert page.locator(".rb-site-card h2").all_inner_texts() == ["Friche du Nord"]
    assert page.locator("[data-rb-announce]").inner_text().replace("\xa0", " ").startswith("1 site")
    assert page.evaluate("document.activeElement.labels[0].textContent") == "Immeuble bâti"
    assert "type=building" in page.url
    page.go_back()
    page.get_by_role("link", name="3 chemin des Vignes", exact=True).wait_for()
    assert "type=building" not in page.url


@pytest.mark.django_db(transaction=True)
def test_filters_chosen_in_place_hold_for_the_export_the_map_and_the_way_back(open_browser, people, sites, territories):
    make_site(territories["31555"], address="Friche du Nord", site_type="building")
    page = open_browser(viewport=DESKTOP)
    sign_in(page, people.correspondent)
    page.goto("/sites/")
    page.get_by_label("Immeuble bâti").check()
    page.get_by_text("Type de site : Immeuble bâti").wait_for()
    for tool in ("Exporter", "Carte"):
        link = page.locator("#outils").get_by_role("link", name=tool)
        assert "type=building" in link.get_attribute("href")
    assert page.locator("#effacer a").is_visible()

    page.get_by_label("Entre 10 et 99").check()
    page.get_by_text("Aucun site ne correspond").wait_for()
    page.go_back()
    page.get_by_role("link", name="Friche du Nord", exact=True).wait_for()
    assert page.get_by_label("Immeuble bâti").is_checked()
    assert not page.get_by_label("Entre 10 et 99").is_checked()
    assert page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})").count("Friche") == 0


@pytest.mark.django_db(transaction=True)
def test_a_pin_is_pressed_in_place_with_the_keyboard(open_browser, people, sites):
    page = open_browser(viewport=DESKTOP)
    sign_in(page, people.correspondent)
    page.goto("/sites/")
    page.get_by_role("button", name="Épingler : 3 chemin des Vignes").focus()
    page.keyboard.press("Enter")
    pressed = page.get_by_role("button", name="Épinglé : 3 chemin des Vignes", pressed=True)
    pressed.wait_for()

    assert pressed.evaluate("button => button === document.activeElement")
    assert Pin.objects.get().user == people.correspondent

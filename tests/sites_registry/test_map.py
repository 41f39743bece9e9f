"""The map of sites: the same sites as the list and the exports, for everybody; what its data hold and cost."""

import csv
import io
import json
import re
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.settings.env import origins_of
from rbsite.territories.layers import frames, map_layers
from rbsite.territories.overview import overview_svg
from sites_registry.models import Intervention, Phase, Pin, SitePage, SitePhase
from sites_registry.sites import verbs as actions
from sites_registry.sites.reads.filters import SiteFilter
from sites_registry.sites.reads.map import map_data
from tests.factories import make_site

DATA = "/sites/carte/donnees.json"
WHO = (
    "correspondent",
    "institutional_partner",
    "operator",
    "intervener",
    "observer",
    "national_actor",
    "local_admin",
    "national_admin",
    "correspondent_33",
)
ASKED = (
    {},
    {"onglet": "fermes"},
    {"q": "vignes"},
    {"personnes": ["-9", "10-99"]},
    {"personnes": "inconnu", "type": "land"},
    {"conditions": "water"},
    {"actualisation": "ancien"},
    {"territoire": "commune-31069"},
    {"territoire": "departement-33"},
    {"origine": "ue-seule"},
    {"onglet": "fermes", "annee": "2025"},
    {"onglet": "n’importe quoi", "personnes": ["rien", "-9"], "annee": "0"},
    {"q": "introuvable partout"},
    {"onglet": "resorption"},
    {"onglet": "mes-sites"},
    {"onglet": "mes-sites", "type": "land"},
)


@pytest.fixture
def sites(site_tree, territories):
    """Five sites in Haute-Garonne (one closed, one deleted since), one in Gironde, two in Paris."""
    old = timezone.localdate() - timedelta(days=300)
    toulouse, blagnac = territories["31555"], territories["31069"]
    closed = {
        "status": "resorbed",
        "declared_at": date(2025, 1, 5),
        "closed_at": date(2025, 5, 5),
        "closed_with_solutions": True,
    }
    dry = {"water_access_type": "borne_incendie", "water_status": "bad"}
    return {
        "vignes": make_site(toulouse, address="3 chemin des Vignes", population_total=40, origins=["eu"], **dry),
        "port": make_site(toulouse, address="12 quai du Port", site_type="building", population_total=8),
        "blagnac": make_site(blagnac, address="Route de Grenade", at=old, origins=["eu", "french"]),
        "closed": make_site(blagnac, address="Ancien stade", population_total=100, **closed),
        "deleted": make_site(blagnac, address="Rue des Vignes", deleted_at=timezone.now()),
        "bordeaux": make_site(territories["33063"], address="Quai des Vignes", name="Chartrons & Cie"),
        "paris": make_site(territories["75118"], address="Porte de la Chapelle"),
        "paris too": make_site(territories["75104"], address="Quai de l’Hôtel de Ville"),
    }


def shown(client, params=(), **headers) -> dict:
    """The data of the map."""
    answer = client.get(f"{DATA}?{urlencode(dict(params), doseq=True)}", headers=headers)
    assert answer.status_code == 200
    return answer.json()


def listed(client, address: str, params: dict) -> set[str]:
    """The codes of all the pages of a list."""
    codes, number = set(), 1
    while True:
        page = client.get(f"{address}?{urlencode(params | {'page': number}, doseq=True)}").context["page"]
        codes |= {site.code for site in page}
        if not page.has_next():
            return codes
        number += 1


def exported(client, params: dict, file_format: str) -> bytes:
    query = urlencode(params | {"telecharger": "1", "format": file_format, "parties": "gps"}, doseq=True)
    answer = client.get(f"/sites/exporter/?{query}")
    assert answer.status_code == 200
    return b"".join(answer) if answer.streaming else answer.content


@pytest.mark.parametrize("who", WHO)
def test_map_table_list_and_exports_hold_the_same_sites_for_each_filter_and_person(client_for, people, sites, who):
    person = getattr(people, who)
    client = client_for(person)
    Pin.objects.bulk_create(Pin(user=person, site=sites[key]) for key in ("port", "closed", "bordeaux", "deleted"))
    Intervention.objects.create(user=person, site=sites["vignes"])
    for key in ("vignes", "bordeaux"):
        SitePhase.objects.create(site=sites[key], phase=Phase.objects.first(), started_by=person)
    may_export = bool(SitePage.objects.visible_to(person, Feature.SITE_EXPORT).exists())
    sets = []
    for params in ASKED:
        on_map = shown(client, params)["sites"]["code"]
        assert len(on_map) == len(set(on_map))
        same = [set(on_map), listed(client, "/sites/", params), listed(client, "/sites/carte/", params)]
        if may_export:
            features = json.loads(exported(client, params, "geojson"))["features"]
            same.append({feature["properties"]["key"] for feature in features})
            rows = csv.DictReader(io.StringIO(exported(client, params, "csv").decode("utf-8-sig")), delimiter=";")
            same.append({row["Identifiant"] for row in rows})
        assert all(codes == same[0] for codes in same), params
        sets.append(same[0])

    assert sets[0]
    assert sites["deleted"].code not in set().union(*sets)
    assert (sites["bordeaux"].code in sets[0]) == (who in {"national_actor", "national_admin", "correspondent_33"})


def test_data_place_each_site_in_what_contains_it(client_for, people, sites):
    data = shown(client_for(people.national_admin))
    row = dict(zip(data["sites"]["code"], range(99), strict=False))
    vignes = row[sites["vignes"].code]
    place = data["sites"]["place"][vignes]
    departement = data["places"]["departement"][place]
    columns = {name: values[vignes] for name, values in data["sites"].items() if name != "place"}
    in_paris = {data["sites"]["place"][row[sites[name].code]] for name in ("paris", "paris too")}

    assert columns == {
        "code": sites["vignes"].code,
        "name": "3 chemin des Vignes",
        "lat": 43.60426,
        "lon": 1.44367,
        "approximate": True,
        "type": "land",
        "water": "bad",
        "people": 40,
        "closed": False,
        "freshness": "fresh",
    }
    assert data["places"]["name"][place] == "Toulouse"
    assert data["departements"]["code"][departement] == "31"
    assert data["regions"]["name"][data["places"]["region"][place]] == "Occitanie"
    assert [data["places"]["name"][paris] for paris in in_paris] == ["Paris"]
    assert len({len(column) for column in data["sites"].values()}) == 1


def test_a_site_without_a_position_is_in_the_data_all_the_same(client_for, people, sites, territories):
    SitePage.objects.filter(pk=sites["port"].pk).update(latitude=None, longitude=None)
    data = shown(client_for(people.correspondent))["sites"]

    assert (data["code"][-1], data["lat"][-1], data["lon"][-1]) == (sites["port"].code, None, None)


def test_ages_on_the_map_are_those_of_the_filter(client_for, people, site_tree, territories):
    for days in (0, 80, 95, 175, 190, 400):
        make_site(territories["31555"], address=f"{days} jours", at=timezone.localdate() - timedelta(days=days))
    everything = SitePage.objects.all()
    data = map_data(everything)["sites"]
    ages = dict(zip(data["code"], data["freshness"], strict=True))

    for choice, state in (("recent", "fresh"), ("moyen", "aging"), ("ancien", "stale")):
        found = SiteFilter({"actualisation": [choice]}, everything).qs.values_list("slug", flat=True)
        assert set(found) == {code for code, age in ages.items() if age == state}
        assert found


def test_a_browser_that_has_the_data_is_not_sent_them_again(client_for, people, sites):
    client = client_for(people.correspondent)
    first = client.get(DATA)
    etag = first["ETag"]
    with CaptureQueriesContext(connection) as captured:
        again = client.get(DATA, headers={"If-None-Match": etag})
    others = client.get(f"{DATA}?personnes=-9", headers={"If-None-Match": etag})
    actions.update_site(sites["vignes"], {"population_total": 41}, by=people.correspondent)
    after = client.get(DATA, headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert not any("territories_territory" in query["sql"] and "latitude" in query["sql"] for query in captured)
    assert (others.status_code, after.status_code) == (200, 200)
    assert 41 in after.json()["sites"]["people"]
    for answer in (first, again):
        assert {"private", "no-cache"} <= {part.strip() for part in answer["Cache-Control"].split(",")}
        assert "Cookie" in answer["Vary"]


def test_each_change_of_the_set_changes_the_tag(client_for, people, sites, territories, monkeypatch):
    client = client_for(people.correspondent)
    tags = [client.get(DATA)["ETag"]]

    make_site(territories["31149"], address="Chemin Neuf")
    tags.append(client.get(DATA)["ETag"])
    closing = {
        "status": "other",
        "closed_at": timezone.localdate(),
        "closed_with_solutions": False,
        "closing_context": "Départ",
    }
    actions.close_site(sites["port"], by=people.correspondent, **closing)
    tags.append(client.get(DATA)["ETag"])
    actions.delete_site(sites["blagnac"], by=people.national_admin)
    tags.append(client.get(DATA)["ETag"])
    people.correspondent.area_set.all().delete()
    tags.append(client.get(DATA)["ETag"])
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_args: tomorrow)
    tags.append(client.get(DATA)["ETag"])

    assert len(set(tags)) == len(tags)


def test_what_one_pins_changes_the_tag_of_ones_own_sites(client_for, people, sites):
    client, mine = client_for(people.correspondent), f"{DATA}?onglet=mes-sites"
    SitePage.objects.update(updated_at=timezone.now())
    pin = Pin.objects.create(user=people.correspondent, site=sites["closed"])
    before = client.get(mine)
    pin.delete()
    Pin.objects.create(user=people.correspondent, site=sites["port"])
    after = client.get(mine, headers={"If-None-Match": before["ETag"]})

    assert before.json()["sites"]["closed"] == [True]
    assert after.json()["sites"]["code"] == [sites["port"].code]


def test_map_and_data_cost_the_same_queries_whatever_the_number_of_sites(client_for, people, site_tree, territories):
    client = client_for(people.correspondent)

    def queries():
        counts = []
        for path in ("/sites/carte/?q=rue&personnes=inconnu", f"{DATA}?q=rue"):
            client.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            counts.append(len(captured))
        return counts

    for number in range(4):
        make_site(territories["31555"], address=f"{number} rue Neuve")
    few = queries()
    for number in range(8):
        make_site(territories[("31069", "31149")[number % 2]], address=f"{number} rue Vieille")
    many = queries()

    assert few == many
    assert max(many) <= 12


def test_the_page_keeps_the_filters_and_has_its_table_before_the_map(client_for, people, sites):
    html = client_for(people.correspondent).get("/sites/carte/?personnes=-9&tri=nom").content.decode()

    assert 'href="/sites/?personnes=-9&amp;tri=nom&amp;onglet=ouverts"' in html
    assert f"{DATA}?personnes=-9&amp;tri=nom&amp;onglet=ouverts" in html
    assert html.index("12 quai du Port") < html.index('id="carte"')
    assert "3 chemin des Vignes" not in html
    assert "Quai des Vignes" not in html


def test_the_quick_view_says_the_essentials_to_those_who_may_read(client_for, people, sites):
    site = sites["bordeaux"]
    path = f"{site.address_on_platform}apercu/"
    missing = path.replace(site.code, "bcdfghjk")
    reader, stranger = client_for(people.correspondent_33), client_for(people.correspondent)
    html = reader.get(path).content.decode()
    refused, unknown = stranger.get(path), stranger.get(missing)

    assert "Quai des Vignes" in html
    assert "Chartrons &amp; Cie" in html
    assert f'href="{site.address_on_platform}"' in html
    assert "geo:44.841240,-0.580460" in html
    assert "<html" not in html
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.content.replace(site.code.encode(), b"bcdfghjk") == unknown.content
    moved = path.replace("/33/", "/31/")
    assert (reader.get(moved).status_code, reader.get(moved).url) == (302, path)
    assert stranger.get(moved).status_code == 404


def test_the_drawing_counts_the_readers_sites_by_departement(client_for, people, sites):
    answer = client_for(people.national_admin).get("/sites/carte/departements.svg?type=land")

    assert re.findall(r"<text[^>]*>([^<]+)</text>", answer.content.decode()) == ["2", "1", "2"]
    assert answer["Content-Type"] == "image/svg+xml"
    assert "private" in answer["Cache-Control"]


def test_the_drawing_places_the_sites_of_a_single_departement(client_for, people, sites):
    answer = client_for(people.correspondent).get("/sites/carte/departements.svg?type=land")

    assert answer.content.count(b'r="4.5"') == 2
    assert "Toulouse" in answer.content.decode()


def test_numbers_of_places_without_a_contour_are_said_apart():
    svg = overview_svg({"31": 4, "75": 9, "978": 2, "": 1}, "Sites")

    assert re.findall(r"<text[^>]*>([^<]+)</text>", svg) == ["4", "9", "Ailleurs : 3"]


def test_access_notes_never_leave_with_the_map(client_for, people, sites):
    actions.update_site(sites["vignes"], {"access_notes": "Digicode 4521"}, by=people.correspondent)
    client = client_for(people.correspondent)
    path = f"{sites['vignes'].address_on_platform}apercu/"

    assert not any(b"4521" in client.get(address).content for address in (DATA, "/sites/carte/", path))


def test_layers_and_their_servers_follow_the_settings(settings):
    alone = map_layers()
    settings.TILES_URL = "https://tuiles.test/plan/{z}/{x}/{y}.png"
    settings.TILES_CADASTRE_URL = "https://{s}.cadastre.test/{z}/{x}/{y}.png"

    assert [layer["key"] for layer in alone] == ["plan"]
    assert [(layer["key"], layer["is_overlay"]) for layer in map_layers()] == [("plan", False), ("cadastre", True)]
    assert origins_of("/geo/fond/{z}/{x}/{y}.svg", "", settings.TILES_URL, settings.TILES_CADASTRE_URL) == [
        "https://*.cadastre.test",
        "https://tuiles.test",
    ]


def test_buttons_frame_hexagone_and_each_overseas_departement():
    labels = [frame["label"] for frame in frames()]
    west, south, east, north = frames()[0]["bounds"]

    assert labels == ["Hexagone", "Guadeloupe", "Martinique", "Guyane", "La Réunion", "Mayotte"]
    assert -6 < west < -4 < 9 < east < 10
    assert 41 < south < 42 < 51 < north < 52

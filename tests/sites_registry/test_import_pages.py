"""The three steps of the import in the browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sites_registry.models import ImportDraft, SitePage
from tests.factories import make_site

from .messy import dated

HEADER = "Identifiant;Code INSEE;Adresse;Type de site;Personnes\n"
GOOD = f"{HEADER}A1;31555;1 rue Neuve;Terrain;40\nA2;31069;2 rue Neuve;Terrain;\n"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]


@pytest.fixture
def client(client_for, people):
    return client_for(people.correspondent)


def send(client, text: str, *, name="sites.csv"):
    upload = SimpleUploadedFile(name, text.encode("utf-8"))
    return client.post("/sites/importer/", {"file": upload})


def test_a_file_is_checked_then_confirmed_then_told(client, territories):
    make_site(territories["31555"], external_id="A1", address="1 rue Neuve", population_total=12)

    address = send(client, GOOD)["Location"]
    check = client.get(address).content.decode()
    assert SitePage.objects.count() == 1
    assert "De quel jour parle ce tableau ?" in check and "Créer 1 site" not in check
    check += client.get(dated(client, address)).content.decode()
    done = client.post(address, follow=True).content.decode()

    assert "1 à créer" in check and "1 à modifier" in check
    assert "Créer 1 site et en modifier 1" in check
    assert "Import terminé" in done
    assert SitePage.objects.count() == 2


def test_confirming_twice_imports_once(client, territories):
    address = dated(client, send(client, GOOD)["Location"])

    assert [client.post(address).status_code, client.post(address).status_code] == [302, 302]

    assert SitePage.objects.count() == 2
    assert bytes(ImportDraft.objects.get().content) == GOOD.encode()


def test_while_errors_remain_there_is_no_button_and_nothing_can_be_confirmed(client, territories):
    address = send(client, f"{GOOD}A3;31555;3 rue Neuve;Terrain;beaucoup\n")["Location"]

    check = client.get(address).content.decode()
    answer = client.post(address)

    assert "Ligne 4" in check and "beaucoup" in check and "Créer" not in check
    assert answer.status_code == 422
    assert not SitePage.objects.exists()


def test_the_file_is_checked_again_when_it_is_confirmed(client, territories, people):
    address = send(client, GOOD)["Location"]
    client.get(address)
    people.correspondent.role = "association"
    people.correspondent.save()

    assert client.post(address).status_code == 422
    assert not SitePage.objects.exists()


def test_a_file_belongs_to_whoever_sent_it(client, client_for, people, territories):
    address = send(client, GOOD)["Location"]

    for other in (people.institutional_partner, people.national_admin):
        assert client_for(other).get(address).status_code == 404
        assert client_for(other).post(address).status_code == 404


def test_a_file_that_is_no_table_is_refused_at_once(client):
    answer = send(client, "\0\0\0", name="photo.png")

    assert answer.status_code == 422
    assert "Ce fichier n’est pas un tableau" in answer.content.decode()
    assert not ImportDraft.objects.exists()


def test_a_file_can_be_given_up(client, territories):
    address = send(client, GOOD)["Location"]

    assert client.post(address, {"abandonner": "1"})["Location"] == "/sites/importer/"

    assert not ImportDraft.objects.exists()


def test_what_the_file_says_is_escaped(client, territories):
    address = send(client, f"{HEADER}A1;31555;<b>rue</b>;<script>;40\n", name="<i>.csv")["Location"]

    check = client.get(address).content.decode()

    assert "<script>" not in check.partition("<main")[2] and "<b>rue" not in check and "<i>.csv" not in check
    assert "&lt;script&gt;" in check


@pytest.mark.parametrize(("query", "start"), [("", b"PK"), ("?format=csv", "\ufeffIdentifiant;".encode())])
def test_the_template_is_given(client, query, start):
    answer = client.get(f"/sites/importer/modele/{query}")

    assert b"".join(answer.streaming_content).startswith(start)


def test_the_first_page_and_the_pages_of_the_list_lead_to_each_other(client, territories):
    assert "/sites/importer/modele/" in client.get("/sites/importer/").content.decode()
    assert "/sites/importer/" in client.get("/sites/").content.decode()

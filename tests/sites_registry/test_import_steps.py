"""The import of tables with other words than ours, in the browser: what is asked, decided, remembered and given."""

import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sites_registry.models import ImportDraft, ImportMapping, SitePage
from tests.factories import make_site

from .messy import dated, fill, lines_of, saved

THEIRS = "Ville;Adresse;Nature;Effectif constaté;Suivi par\n"
ROWS = "Toulouse;1 rue Neuve;Terrain nu;40;M.\nBlagnac;2 rue Neuve;Terrain;25;\n"
OURS = "Identifiant;Code INSEE;Adresse;Type de site;Personnes\n"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]


@pytest.fixture
def client(client_for, people):
    return client_for(people.correspondent)


def send(client, content: str | bytes, *, name="sites.csv") -> str:
    """Send a file; return where it leads."""
    data = content.encode() if isinstance(content, str) else content
    return client.post("/sites/importer/", {"file": SimpleUploadedFile(name, data)})["Location"]


def main_of(answer) -> str:
    return " ".join(answer.content.decode().partition("<main")[2].replace("\xa0", " ").replace("\u202f", " ").split())


def button(page: str) -> str:
    """The label of the button that confirms, « » when there is none."""
    found = re.search(r"<span>((?:Créer|Modifier) [^<]*)</span>", page)
    return found[1] if found else ""


EXPLAINED = {
    "colonne-0": "commune",
    "colonne-1": "address",
    "colonne-2": "site_type",
    "colonne-3": "population_total",
    "colonne-4": "",
}


def test_a_table_with_other_words_is_explained_once_then_known_to_the_organisation(client, client_for, people):
    columns = send(client, THEIRS + ROWS)
    page = main_of(client.get(columns))

    assert columns.endswith("/colonnes/")
    assert re.findall(r"<li[^>]*>([A-Z][a-zéè]+)", page)[:4] == ["Fichier", "Colonnes", "Vérification", "Confirmation"]
    assert "Effectif constaté" in page.partition("Colonnes reconnues")[0]
    assert "« Terrain nu »" in page and "Par exemple : 40, 25" in page

    check = client.post(columns, EXPLAINED | {"mot-site_type-terrain-nu": "land"})["Location"]
    assert button(main_of(client.get(dated(client, check)))) == "Créer 2 sites"

    again = send(client_for(people.operator), THEIRS + ROWS)
    assert not again.endswith("/colonnes/")
    assert set(ImportMapping.objects.filter(column="").values_list("said", "meant")) >= {
        ("effectif constate", "population_total"),
        ("suivi par", ""),
    }


def test_a_column_cannot_be_read_twice_and_what_was_chosen_stays(client, territories):
    columns = send(client, THEIRS + ROWS)
    data = EXPLAINED | {"mot-site_type-terrain-nu": "land", "colonne-4": "population_total"}

    answer = client.post(columns, data)

    assert answer.status_code == 422
    page = main_of(answer)
    assert "est déjà lue ainsi" in page
    assert page.count('<option value="population_total" selected>') == 2
    assert not ImportMapping.objects.exists()


def test_a_table_that_says_neither_the_site_nor_the_commune_stays_at_the_columns(client, territories):
    columns = send(client, THEIRS + ROWS)

    answer = client.post(columns, EXPLAINED | {"mot-site_type-terrain-nu": "land", "colonne-0": ""})

    assert answer.status_code == 422
    assert "l’identifiant du site, ou sa commune" in main_of(answer)


def test_words_that_a_new_choice_of_columns_brings_are_asked_before_the_check(client, territories):
    columns = send(client, "Ville;Adresse;Constat\nToulouse;1 rue Neuve;Squat\n")
    assert "« Squat »" not in main_of(client.get(columns))

    there = client.post(columns, {"colonne-0": "commune", "colonne-1": "address", "colonne-2": "site_type"})["Location"]

    assert there == columns
    assert "« Squat »" in main_of(client.get(columns))


def test_the_kind_of_all_new_sites_is_said_once_when_the_table_does_not_say_it(client, territories):
    make_site(territories["31069"], address="2 rue Neuve", site_type="building", external_id="A2")
    columns = send(client, "Réf;INSEE;Adresse;Autre chose\nA1;31555;1 rue Neuve;x\nA2;31069;2 rue Neuve;y\n")
    data = {"colonne-0": "key", "colonne-1": "citycode", "colonne-2": "address", "colonne-3": ""}

    check = dated(client, client.post(columns, data)["Location"])
    waiting = client.post(check)
    client.post(check, {"dire": "1", "site_type": "other"})
    client.post(check)

    assert waiting.status_code == 422
    assert dict(SitePage.objects.values_list("external_id", "site_type")) == {"A1": "other", "A2": "building"}


def test_a_column_of_known_answers_is_proposed_whatever_its_title(client, territories):
    columns = send(client, "Ville;Adresse;Constat\nToulouse;1 rue Neuve;Terrain\nToulouse;2 rue Neuve;Squat\n")

    assert '<option value="site_type" selected>' in main_of(client.get(columns))


def test_another_sheet_is_read_when_the_person_says_so(client, territories):
    book = openpyxl.Workbook()
    titles = ["Réf", "INSEE", "Adresse", "Type"]
    fill(book.active, [titles, *[[f"A{rank}", "31555", f"{rank} rue Neuve", "Terrain"] for rank in range(3)]])
    fill(book.create_sheet("Blagnac"), [["Note"], titles, ["B1", "31069", "1 rue Neuve", "Terrain"]])
    check = send(client, saved(book), name="sites.xlsx")
    assert button(main_of(client.get(dated(client, check)))) == "Créer 3 sites"

    answer = client.post(
        f"{check}colonnes/",
        {"relire": "1", "lecture-sheet": "Blagnac", "lecture-header_row": "2", "lecture-header_lines": "1"},
    )

    assert answer.status_code == 302
    assert button(main_of(client.get(dated(client, check)))) == "Créer 1 site"


def test_errors_come_first_and_the_button_only_when_wrong_rows_are_left_aside(client, territories):
    check = send(client, f"{OURS}A1;31555;1 rue Neuve;Terrain;40\nA2;31555;2 rue Neuve;Terrain;40/50\n")
    page = main_of(client.get(check))

    assert "1 à créer · 0 à modifier · 0 inchangé · <strong>1 erreur</strong>" in page
    assert page.index("40/50") < page.index("Télécharger le fichier annoté") < page.index("Ce qui changera")
    assert button(page) == ""
    assert client.post(check).status_code == 422

    client.post(dated(client, check), {"ignorer": "oui"})
    page = main_of(client.get(check))
    assert button(page) == "Créer 1 site" and "1 ligne en erreur ne sera pas importée" in page
    done = main_of(client.post(check, follow=True))
    assert "1 créé" in done and "1 ligne laissée de côté" in done
    assert list(SitePage.objects.values_list("external_id", flat=True)) == ["A1"]


def test_the_person_says_which_site_a_row_speaks_of_among_those_proposed(client, territories):
    known = make_site(territories["31555"], address="1 rue Neuve", population_total=4)
    other = make_site(territories["31069"], address="8 place Haute")
    check = send(client, "Commune;Adresse;Type;Personnes\nToulouse;1 Rue neuve;Terrain;40\n")
    page = main_of(client.get(check))

    assert "De quel site s’agit-il ?" in page and known.slug in page and other.slug not in page
    client.post(check, {"decider": "1", "site-2": other.slug})
    assert button(main_of(client.get(check))) == ""
    client.post(check, {"decider": "1", "site-2": known.slug})
    assert button(main_of(client.get(dated(client, check)))) == "Modifier 1 site"
    client.post(check)

    known.refresh_from_db()
    assert (SitePage.objects.count(), known.population_total) == (2, 40)


def test_swapped_positions_are_put_back_in_order_when_the_person_agrees(client, territories):
    head = "Identifiant;Code INSEE;Adresse;Type de site;Latitude;Longitude\n"
    check = send(client, f"{head}A1;31555;1 rue Neuve;Terrain;1,45;43,6\n")
    assert "43,60000 ; 1,45000" in main_of(client.get(check))

    client.post(check, {"inverser": "1"})
    client.post(dated(client, check))

    assert SitePage.objects.get().latitude == pytest.approx(43.6)


def test_the_annotated_copy_and_the_file_are_for_its_author_alone(client, client_for, people, territories):
    content = f"{OURS}A1;31555;1 rue Neuve;Terrain;env. 40\n"
    check = send(client, content, name="../Mes sites.csv")

    copy, sent = client.get(f"{check}annote/"), client.get(f"{check}fichier/")

    assert lines_of(b"".join(copy.streaming_content))[1][0].startswith("À créer")
    assert b"".join(sent.streaming_content).decode() == content
    assert "Mes sites.csv" in sent["Content-Disposition"] and ".." not in sent["Content-Disposition"]
    for other in (people.institutional_partner, people.national_admin):
        for page in ("", "annote/", "fichier/", "colonnes/"):
            assert client_for(other).get(check + page).status_code == 404


def test_a_file_is_kept_thirty_days_and_no_longer(client, territories):
    check = send(client, f"{OURS}A1;31555;1 rue Neuve;Terrain;40\n")
    client.post(check)
    last_day = timezone.localdate() + timedelta(days=30)

    assert str(last_day.year) in main_of(client.get(check))
    assert client.get(f"{check}fichier/").status_code == 200
    ImportDraft.objects.update(created_at=timezone.now() - timedelta(days=30, minutes=1))
    for page in ("", "annote/", "fichier/", "colonnes/"):
        assert client.get(check + page).status_code == 404


def test_what_titles_and_words_say_is_escaped(client, territories):
    columns = send(client, "Ville;Adresse;Type;<b>x</b>\nToulouse;1 rue Neuve;<i>sol</i>;<u>z</u>\n")

    page = main_of(client.get(columns))

    assert "<b>x" not in page and "<i>sol" not in page and "<u>z" not in page
    assert "&lt;b&gt;x" in page and "&lt;i&gt;sol" in page and "&lt;u&gt;z" in page


@pytest.mark.parametrize("page", ["", "colonnes/", "annote/"])
def test_queries_do_not_grow_with_the_rows(client, territories, page):
    def cost(size: int) -> int:
        rows = "".join(f"Toulouse;{rank} rue Neuve;Terrain nu;40\n" for rank in range(size))
        place = send(client, f"Ville;Adresse;Nature;Personnes\n{rows}").replace("colonnes/", "")
        with CaptureQueriesContext(connection) as queries:
            client.get(place + page)
        return len(queries)

    make_site(territories["31555"], address="1 rue Neuve")
    cost(1)
    assert cost(10) == cost(30)

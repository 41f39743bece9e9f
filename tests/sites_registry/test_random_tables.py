"""Tables of random answers go through every page of an import: none fails, what is confirmed is what was shown."""

import csv
import io
import os
import random
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from rbsite.spreadsheets.books import UnreadableFile
from rbsite.spreadsheets.readers import read_book
from sites_registry.models import ImportDraft, SitePage
from sites_registry.sites.exchange.columns import SITE_COLUMNS
from tests.factories import make_site

from .messy import CASES
from .test_round_trip import exported

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]

#: Journeys of the suite, and on demand.
JOURNEYS, LONG = 20, 2_000
#: Longest table that is changed, in rows.
_SHORT = 60
_TITLES = tuple(column.header for column in SITE_COLUMNS)
#: What people and machines leave in cells.
ODD = (
    *("", " ", "?", "ne sait pas", "oui", "Oui;Non", "VRAI", "None", "NULL", "Total", "Somme", "#REF!", "=1+1"),
    *("0", "-0", "-1", "1.5", "½", "III", "10%", "10 m²", "40-50", "~40", "40 pers.", "1 234", "1.234,5", "1,234"),
    *("1e400", "nan", "inf", "9" * 30, "45000", "12/2020", "31/02/2024", "0000-00-00", "mars 2024", "03-04-05"),
    *("2024-01-01T23:59:59Z", "01/01/1900", "31/12/1899", "31/12/2999", "fermé le 12/03/2024", "Fermé"),
    *("31555", "Toulouse", "Toulouse (Haute-Garonne)", "31", "Paris 12e", "75012", "13", "971", "2A004", "97611"),
    *("43.6, 1.44", "43,6 1,44", "geo:43.6,1.44", "1.44;43.6", "91;181", "N43°36'", "Terrain", "password"),
    *("https://www.openstreetmap.org/#map=18/43.6/1.44", "https://www.google.com/maps/@43.6,1.44,17z"),
    *("a\0b", "\u200b", "\u202e", "\ud7ff", "’", "🏕️", "É" * 300, "x" * 20_000, "abri " * 4_000, "a\nb", "a;b"),
    *("<b>x</b>", "{0}", "{x}", "%s", "%(x)s", "\\", '"', "'"),
)


Rows = list[list[str]]


def known_tables(by) -> tuple[Rows, Rows]:
    """What `by` exports, and the same rows as other sites."""
    rows = list(csv.reader(io.StringIO(exported(by, "csv").decode("utf-8-sig")), delimiter=";"))
    place = rows[0].index("Identifiant")
    return rows, [rows[0], *([*row[:place], f"N{number}", *row[place + 1 :]] for number, row in enumerate(rows[1:]))]


def drawn(known: tuple[Rows, Rows], draw: random.Random) -> Rows:
    """One of the known tables, or of those that partners sent, when it is a short one."""
    case = draw.choice([None, *sorted(CASES.iterdir())] if draw.random() < 0.5 else [None])
    try:
        sheet = draw.choice(read_book(case.read_bytes()).sheets) if case else None
    except UnreadableFile:
        sheet = None
    if sheet and 1 <= len(sheet.rows) < _SHORT:
        return [["" if cell is None else str(cell) for cell in row] for row in sheet.rows]
    rows = draw.choice(known)
    needed = [rows[0].index(title) for title in ("Identifiant", "Code INSEE", "Type de site", "Adresse")]
    kept = [*needed, *draw.sample(range(len(rows[0])), draw.randint(1, 12))]
    return [[row[place] for place in dict.fromkeys(kept)] for row in rows]


def changed(rows: Rows, draw: random.Random) -> bytes:
    """The table as a csv, with odd cells and titles, and rows and columns said twice, added or lost."""
    rows = [list(row) for row in rows]
    for _ in range(draw.randint(1, 4)):
        row = draw.choice(rows)
        what = draw.choice(["cell"] * 8 + ["title", "twice", "added", "added", "lost", "blank", "mixed"])
        if what == "cell" and row:
            row[draw.randrange(len(row))] = draw.choice(ODD)
        elif what == "title" and rows[0]:
            rows[0][draw.randrange(len(rows[0]))] = draw.choice(_TITLES + ODD)
        elif what == "twice":
            rows.insert(draw.randrange(len(rows)), list(row))
        elif what == "added":
            for other in rows:
                other.append(draw.choice(_TITLES if other is rows[0] else ODD))
        elif what == "lost" and len(rows) > 1:
            rows.remove(row)
        elif what == "blank":
            rows.insert(draw.randrange(len(rows)), [""] * draw.randint(0, 5))
        elif what == "mixed":
            draw.shuffle(rows)
    output = io.StringIO()
    csv.writer(output, delimiter=";").writerows(rows)
    return output.getvalue().encode("utf-8", "replace")


class Person:
    """Somebody who answers what is asked, at random, on each page of an import."""

    def __init__(self, client, draw: random.Random):
        self.client, self.draw = client, draw

    def goes_through(self, content: bytes) -> str:
        """Where the journey ended: « refused », « stopped » or « imported »."""
        answer = self.client.post("/sites/importer/", {"file": SimpleUploadedFile("sites.csv", content)})
        assert answer.status_code in (302, 422)
        if answer.status_code == 422:
            return "refused"
        url = answer["Location"]
        # What a column means may bring words to explain.
        for _ in range(3):
            if not url.endswith("colonnes/"):
                return "imported" if self.confirms(url) else "stopped"
            answer = self.client.post(url, self.columns(url))
            assert answer.status_code in (302, 422)
            url = answer["Location"] if answer.status_code == 302 else url
        return "stopped"

    def page(self, url: str) -> BeautifulSoup:
        answer = self.client.get(url)
        assert answer.status_code == 200
        return BeautifulSoup(answer.content, "html.parser").main

    def columns(self, url: str) -> dict[str, str]:
        """What the page proposes; half the time an answer at random where it proposes none."""
        answers = {}
        for field in self.page(url).select("select[name^=colonne-], select[name^=mot-]"):
            chosen = field.select_one("option[selected]")
            answers[field["name"]] = chosen["value"] if chosen else ""
            if not answers[field["name"]] and self.draw.random() < 0.5:
                answers[field["name"]] = self.draw.choice(field.select("option"))["value"]
        return answers

    def confirms(self, url: str) -> bool:
        """Answer what is asked once for all, decide, skip at times, and confirm; what is stored is what was shown."""
        assert self.client.get(f"{url}annote/").status_code in (200, 302)
        day = (timezone.localdate() - timedelta(days=self.draw.choice([0, 1, 400]))).isoformat()
        told = {"dire": "1", "day": day, "site_type": "land", "commune": "Toulouse (31555)", "resorbed": "oui"}
        assert self.client.post(url, told).status_code in (302, 422)
        choices = {field["name"]: field["value"] for field in self.page(url).select("[name^=site-]")}
        if choices:
            assert self.client.post(url, {"decider": "1", **choices}).status_code in (302, 422)
        self.client.post(url, {"ignorer": "oui"})
        shown = self.page(url).select_one(".rb-btn--large")
        before = SitePage.objects.count()
        answer = self.client.post(url)
        assert answer.status_code in (302, 422)
        if answer.status_code == 422:
            assert SitePage.objects.count() == before
            return False
        totals = ImportDraft.objects.latest("pk").totals
        assert SitePage.objects.count() == before + totals["created"]
        for count in (totals["created"], totals["changed"]):
            assert count < 2 or str(count) in shown.text
        self.page(url)
        for site in SitePage.objects.all():
            self.page(site.url)
        self.page("/sites/")
        return True


@pytest.mark.long
def test_a_table_of_any_cells_goes_through_every_page_and_stores_what_was_shown(client_for, people, territories):
    make_site(territories["31555"], at=date(2024, 1, 1), external_id="A1", address="1 rue Neuve", population_total=40)
    make_site(territories["31069"], at=date(2024, 5, 1), external_id="A2", address="9 rue Haute", population_total=7)
    known = known_tables(people.correspondent)
    draw = random.Random(int(os.environ.get("RB_SEED", "1")))
    person, ends = Person(client_for(people.correspondent), draw), {"refused": 0, "stopped": 0, "imported": 0}
    for _ in range(LONG if "RB_LONG" in os.environ else JOURNEYS):
        with transaction.atomic():
            ends[person.goes_through(changed(drawn(known, draw), draw))] += 1
            transaction.set_rollback(True)

    assert all(ends.values()), ends

"""Random histories of a site against a naive model, on both axes of time: what people see, decide, close, correct."""

import csv
import io
import os
import random
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import product
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from sites_registry.models import SitePage, SiteVersion
from sites_registry.versioned import clock as database
from tests.factories import make_site

from .stories import DAYS, LENGTH, NOW, ByForms, ByHistory, Story, ago

#: Random operations of each way, and how often each named case is met at least.
BY_HISTORY, BY_PEOPLE, LONG, EACH_CASE = 2_000, 144, 50_000, 20


def new_site(territories, people) -> SitePage:
    """Known for sixty days, with few answers."""
    site = make_site(territories["31555"], at=NOW.date() - timedelta(days=60), population_total=20)
    site.declared_at = date(2026, 1, 1)
    site.save()
    SiteVersion.objects.filter(site=site).update(declared_at=site.declared_at)
    return site


def run(way: type[Story], operations: int, territories, people, clocks, client=None) -> Counter:
    """Each story from the same site, new again: what a story did is rolled back."""
    met: Counter[str] = Counter()
    clocks(NOW, timedelta())
    site = new_site(territories, people)
    for seed in range(operations // LENGTH):
        with transaction.atomic():
            clocks(NOW, timedelta())
            story = way(SitePage.objects.get(pk=site.pk), random.Random(seed), met)
            story.by, story.set_clocks, story.client = people.national_admin, clocks, client
            story.live()
            connection.check_constraints()
            story.compare()
            transaction.set_rollback(True)
    return met


@pytest.fixture
def clocks(monkeypatch):
    """`clocks(now, drift)`: PostgreSQL's time, and by how much this server's differs."""

    def set_to(now, drift):
        monkeypatch.setattr(timezone, "now", lambda: now + drift)
        monkeypatch.setattr(database, "database_clock", lambda: f"timestamptz '{now.isoformat()}'")

    return set_to


CASES = (
    *("seen today", "under a decision", "seen in the past", "again on a day", "decided", "closed before a sighting"),
    *("corrected later", "corrected earlier", "another cause", "restored while closed", "reopened"),
)


@pytest.mark.long
@pytest.mark.django_db
def test_random_histories_are_what_a_naive_model_believes_of_every_day_as_of_every_statement(
    site_tree, territories, people, clocks
):
    met = run(ByHistory, LONG if "RB_LONG" in os.environ else BY_HISTORY, territories, people, clocks)

    assert all(met[case] >= EACH_CASE for case in (*CASES, "before the first")), met


@pytest.mark.django_db
def test_what_people_do_on_servers_that_disagree_on_the_time_is_what_the_model_believes(
    site_tree, territories, people, clocks, client_for
):
    met = run(ByForms, BY_PEOPLE, territories, people, clocks, client_for(people.national_admin))

    assert met["compared"] > BY_PEOPLE * DAYS
    assert met["sent"] > BY_PEOPLE / 2
    assert all(met[case] for case in CASES), met


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_the_exports_of_a_past_day_say_what_the_model_believes_of_its_evening(
    site_tree, territories, people, clocks, client_for, tmp_path, seed
):
    clocks(NOW, timedelta())
    story = ByHistory(new_site(territories, people), random.Random(seed), Counter())
    story.live()
    web, person = client_for(people.national_admin), people.national_admin.email
    ask = {"telecharger": "", "format": "csv", "parties": ["fermeture"]}

    for days, tab in product(range(1, DAYS, 5), ("ouverts", "fermes")):
        day, output = NOW.date() - timedelta(days=days), tmp_path / "sites.csv"
        asked = web.get("/sites/exporter/", ask | {"onglet": tab, "date": day.isoformat()}).getvalue()
        command = ["--as-of", day.isoformat(), "--filters", urlencode({"onglet": tab}), "--user", person]
        call_command("export_data", "sites", *command, "--output", str(output), stdout=io.StringIO())

        state = story.model.now[ago(days) + timedelta(hours=12)]
        is_there = state is not None and (state["status"] == "open") == (tab == "ouverts")
        believed = [(state["population_total"], state["closed_at"])] if state is not None and is_there else []
        assert [told(content) for content in (asked, output.read_bytes())] == [believed, believed], (day, tab)


def told(table: bytes) -> list[tuple]:
    """(people, day of closing) of the sites of an exported csv."""
    rows = csv.DictReader(table.decode("utf-8-sig").splitlines(), delimiter=";")
    return [(int(row["Personnes"]), _day(row["Date de fermeture"])) for row in rows]


def _day(cell: str) -> date | None:
    return datetime.strptime(cell, "%d/%m/%Y").date() if cell else None

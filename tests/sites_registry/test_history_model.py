"""Random histories of a site against a naive model, on both axes of time: what people see, decide, close, correct."""

import csv
import io
import os
import random
from bisect import bisect_right
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs
from sites_registry.sites.closings import closed_again_from, closed_from, moments_seen
from sites_registry.versioned import clock as database
from sites_registry.versioned.history import Record, record_states, rewritten
from sites_registry.versioned.moments import start_of
from tests.factories import make_site

from .history_model import Pointwise

#: Random operations of each way, and how often each named case is met at least.
BY_HISTORY, BY_VERBS, LONG, EACH_CASE = 2_000, 160, 50_000, 20
LENGTH, DAYS = 12, 70
NOW = datetime(2026, 10, 5, 10, tzinfo=UTC)
ANSWERS = ("population_total", "caravans", "resorption_target", "heatwave_risk", "status", "closed_at")
CAUSES = ("resorbed", "closed_by_justice", "unknown")


def ago(days: int) -> datetime:
    return start_of(NOW.date() - timedelta(days=days))


def answers_of(version: Any) -> dict[str, Any]:
    return {name: getattr(version, name) for name in ANSWERS}


class Story:
    """One random history, told to the model and to the platform; a way of writing gives the verbs."""

    def __init__(self, site: SitePage, draw: random.Random, met: Counter):
        self.site, self.draw, self.met = site, draw, met
        first = SiteVersion.objects.get(site=site)
        probes = [ago(days) + timedelta(hours=12) for days in range(DAYS, 0, -1)]
        probes += [NOW + timedelta(minutes=rank, seconds=30) for rank in range(LENGTH + 1)]
        self.model = Pointwise(probes, first.valid.lower, answers_of(first))
        self.instants = [first.recorded.lower]
        self.now = NOW
        #: In half of the stories nobody goes there today, so that yesterday is told after decisions of today.
        self.is_visited = draw.random() < 0.5

    def live(self) -> None:
        for rank in range(1, LENGTH + 1):
            self.now = NOW + timedelta(minutes=rank)
            known = len(self.model.told)
            while len(self.model.told) == known:
                self.draw.choice(self.deeds())()
            self.instants.append(SiteVersion.objects.of_page(self.site.pk).latest("recorded_at").recorded_at)

    def deeds(self) -> list:
        is_open = self.model.last["status"] == "open"
        always = [self.past_day, self.past_day]
        if is_open:
            if not self.is_visited and len(self.model.told) < LENGTH // 2:
                return [self.past_day, self.decide, self.yesterday]
            visit = self.today if self.is_visited else self.yesterday
            return [*always, visit, visit, self.decide, self.decide, self.close, self.close]
        return [*always, self.correct, self.correct, self.correct, self.change_cause, self.restore, self.reopen]

    def changes(self) -> dict[str, Any]:
        draw = self.draw
        said = {"population_total": draw.randint(1, 90), "caravans": draw.choice([None, 0, draw.randint(1, 9)])}
        return {name: said[name] for name in draw.sample(sorted(said), draw.randint(1, 2))}

    def today(self) -> None:
        changes = self.changes()
        self.see(self.now, changes)
        self.model.see(self.now, changes)
        self.met["seen today"] += 1

    def yesterday(self) -> None:
        """A day after the last sighting, under what was decided since."""
        if self.model.situation >= ago(1):
            return
        changes = self.changes()
        self.see(ago(1), changes)
        self.met["under a decision"] += any(moment > ago(1) for moment, _name in self.model.followed)
        self.model.see(ago(1), changes)

    def past_day(self) -> None:
        known = sorted(moment for moment in self.model.seen if moment < ago(2))
        at = self.draw.choice(known) if self.draw.random() < 0.2 else ago(self.draw.randint(2, DAYS - 2))
        if at >= self.model.situation:
            return
        changes = self.changes()
        self.met["before the first"] += at < min(self.model.seen)
        self.met["again on a day"] += at in self.model.seen
        self.see_past(at, changes)
        self.model.see(at, changes)
        self.met["seen in the past"] += 1

    def decide(self) -> None:
        changes: dict[str, Any] = {"resorption_target": self.draw.choice([None, 2026, 2027])}
        if self.draw.random() < 0.5:
            changes = {"heatwave_risk": not self.model.last["heatwave_risk"]}
        self.follow(changes)
        self.model.follow(self.now, changes)
        self.met["decided"] += 1

    def day(self) -> int:
        first = (NOW.date() - timezone.localdate(min(self.model.seen))).days
        return self.draw.randint(1, max(1, first - 1))

    def close(self) -> None:
        days = self.day()
        if ago(days) <= min(self.model.seen):
            return
        closing = self.closing(days)
        self.met["closed before a sighting"] += any(moment > ago(days) for moment in self.model.seen)
        self.do_close(ago(days), closing)
        self.model.close(ago(days), closing)

    def closing(self, days: int) -> dict[str, Any]:
        return {"status": self.draw.choice(CAUSES), "closed_at": NOW.date() - timedelta(days=days)}

    def correct(self) -> None:
        days = self.day()
        if ago(days) <= min(self.model.seen) or ago(days) == self.model.closing:
            return
        closing = self.closing(days)
        self.met["corrected later" if ago(days) > self.model.closing else "corrected earlier"] += 1
        self.do_correct(ago(days), closing)
        self.model.correct(ago(days), closing)

    def change_cause(self) -> None:
        closing = {"status": self.draw.choice(CAUSES), "closed_at": self.model.last["closed_at"]}
        self.do_correct(None, closing)
        self.model.correct(None, closing)
        self.met["another cause"] += 1

    def restore(self) -> None:
        raise NotImplementedError  # each way of writing has its own

    def reopen(self) -> None:
        self.do_reopen()
        self.model.reopen(self.now)
        self.met["reopened"] += 1

    def compare(self) -> None:
        """What is believed of each moment, as it was believed after each statement."""
        versions = list(SiteVersion.objects.of_page(self.site.pk).order_by("valid"))
        for told, instant in zip(self.model.told, self.instants, strict=True):
            known = [version for version in versions if instant in version.recorded]
            starts = [version.valid.lower for version in known]
            for probe, state in told.items():
                before = known[: bisect_right(starts, probe)][-1:]
                found = [answers_of(version) for version in before if probe in version.valid]
                assert found == ([state] if state is not None else []), self.told(probe, instant)
                self.met["compared"] += 1

    def told(self, *where: datetime) -> str:
        """The statements of a history that differs, for whoever must understand why."""
        return "\n".join(str(line) for line in (where, *self.model.made))


class ByHistory(Story):
    """Through the functions of the history alone, as verbs call them."""

    def record(self, at: datetime, changes: dict[str, Any], *, is_observed: bool = True, base: Any = None) -> None:
        base = base or SiteVersion.objects.of_page(self.site.pk).believed_now().get(valid__upper_inf=True)
        values = base.state_values() | changes
        record = Record(self.site.pk, at, values, base.children, is_observed=is_observed, names=list(changes))
        record_states(SiteVersion, [record], author=None, kind="updated", now=self.now)

    def see(self, at: datetime, changes: dict[str, Any]) -> None:
        self.record(at, changes)

    def see_past(self, at: datetime, changes: dict[str, Any]) -> None:
        self.record(at, changes, base=SiteVersion.objects.of_page(self.site.pk).amended_at(at))

    def follow(self, changes: dict[str, Any]) -> None:
        self.record(self.now, changes, is_observed=False)

    def rewrite(self, closing: dict[str, Any], how: Any, kind: str) -> None:
        base = SiteVersion.objects.of_page(self.site.pk).believed_now().get(valid__upper_inf=True)
        record = Record(
            self.site.pk, self.now, base.state_values() | closing, {"closing_solutions": []} | base.children
        )
        records = rewritten(SiteVersion, [record], {self.site.pk: how})
        record_states(SiteVersion, records, author=None, kind=kind, now=self.now)

    def do_close(self, start: datetime, closing: dict[str, Any]) -> None:
        self.rewrite(closing, partial(closed_from, start), "closed")

    def do_correct(self, start: datetime | None, closing: dict[str, Any]) -> None:
        self.rewrite(closing, partial(closed_again_from, start, moments_seen(self.site)), "corrected")

    def do_reopen(self) -> None:
        self.record(self.now, {"status": "open", "closed_at": None})

    def restore(self) -> None:
        changes = self.changes()
        base = SiteVersion.objects.of_page(self.site.pk).believed_now().get(valid__upper_inf=True)
        record = Record(self.site.pk, self.now, base.state_values() | changes, base.children)
        record_states(SiteVersion, [record], author=None, kind="restored", now=self.now)
        self.model.see(self.now, changes)
        self.met["restored while closed"] += 1


class ByVerbs(Story):
    """As people do, from servers whose clocks are up to ten minutes early or late."""

    by: Any
    set_clocks: Any

    def live(self) -> None:
        super().live()
        live = SitePage.objects.get(pk=self.site.pk)
        assert answers_of(live) == self.model.last
        assert live.situation_at == self.model.situation

    def deeds(self) -> list:
        self.set_clocks(self.now, timedelta(minutes=self.draw.choice([-10, -5, 0, 5, 10])))
        return super().deeds()

    def see(self, at: datetime, changes: dict[str, Any]) -> None:
        verbs.update_site(self.site, changes, by=self.by, at=None if at == self.now else timezone.localdate(at))

    def see_past(self, at: datetime, changes: dict[str, Any]) -> None:
        verbs.record_past_state(self.site, changes, by=self.by, at=at)

    def follow(self, changes: dict[str, Any]) -> None:
        verbs.update_site(self.site, changes, by=self.by)

    def do_close(self, start: datetime, closing: dict[str, Any]) -> None:
        verbs.close_site(self.site, by=self.by, closed_with_solutions=False, **closing)

    def do_correct(self, start: datetime | None, closing: dict[str, Any]) -> None:
        verbs.correct_closing(self.site, by=self.by, closed_with_solutions=False, **closing)

    def do_reopen(self) -> None:
        verbs.reopen_site(self.site, by=self.by)

    def restore(self) -> None:
        closed = SiteVersion.objects.of_page(self.site.pk).events().filter(status=self.model.last["status"])
        version = self.draw.choice(list(closed))
        verbs.restore_version(self.site, version, by=self.by)
        restored = answers_of(version)
        self.model.see(self.now, {name: restored[name] for name in ANSWERS if name not in ("status", "closed_at")})
        self.met["restored while closed"] += 1


def new_site(territories, people) -> SitePage:
    """Known for sixty days, with few answers."""
    site = make_site(territories["31555"], at=NOW.date() - timedelta(days=60), population_total=20)
    site.declared_at = date(2026, 1, 1)
    site.save()
    SiteVersion.objects.filter(site=site).update(declared_at=site.declared_at)
    return site


def run(way: type[Story], operations: int, territories, people, clocks) -> Counter:
    met: Counter[str] = Counter()
    for seed in range(operations // LENGTH):
        with transaction.atomic():
            clocks(NOW, timedelta())
            story = way(new_site(territories, people), random.Random(seed), met)
            story.by, story.set_clocks = people.national_admin, clocks  # type: ignore[attr-defined]  # verbs' alone
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


@pytest.mark.django_db
def test_random_histories_are_what_a_naive_model_believes_of_every_day_as_of_every_statement(
    site_tree, territories, people, clocks
):
    met = run(ByHistory, LONG if "RB_LONG" in os.environ else BY_HISTORY, territories, people, clocks)

    assert all(met[case] >= EACH_CASE for case in (*CASES, "before the first")), met


@pytest.mark.django_db
def test_what_people_do_from_servers_that_disagree_on_the_time_is_what_the_model_believes(
    site_tree, territories, people, clocks
):
    met = run(ByVerbs, BY_VERBS, territories, people, clocks)

    assert met["compared"] > BY_VERBS * DAYS
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

"""Random histories of a site, told to the naive model and to the platform: by functions of the history, or by forms."""

import random
from bisect import bisect_right
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bs4 import BeautifulSoup
from django.utils import timezone

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs
from sites_registry.sites.closings import beneath_closing, closed_again_from, closed_from
from sites_registry.versioned.history import Record, record_states, rewritten
from sites_registry.versioned.moments import start_of

from .history_model import Pointwise
from .test_updates import form_values

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

    by: Any
    set_clocks: Any
    client: Any

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
        if ago(days) == self.model.closing:
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
        self.rewrite(closing, partial(closed_again_from, start, beneath_closing(self.site)), "corrected")

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


class ByForms(ByVerbs):
    """As people do on their screens; a closed site has no quick form, its past is told by the verbs of imports."""

    def changes(self) -> dict[str, Any]:
        """A form sends both answers, whichever the person changed."""
        return {"population_total": self.draw.randint(1, 90), "caravans": self.draw.randint(0, 9)}

    def decide(self) -> None:
        target = None if self.model.last["resorption_target"] else NOW.year
        risk = not self.model.last["heatwave_risk"]
        changes = self.draw.choice([{"resorption_target": target}, {"heatwave_risk": risk}])
        self.follow(changes)
        self.model.follow(self.now, changes)
        self.met["decided"] += 1

    def post(self, where: str, values: dict[str, Any]) -> None:
        """Send a form, and say again what it asks about: the answers of that day, a sighting after a closing."""
        where = f"{self.site.address_on_platform}{where}/"
        answer = self.client.post(where, values)
        if answer.status_code == 422:
            page = BeautifulSoup(answer.content, "html.parser")
            asked = page.select("main input[name=base], main input[name=despite]")
            answer = self.client.post(where, values | {field["name"]: field["value"] for field in asked})
        assert answer.status_code == 302, self.told()
        self.met["sent"] += 1

    def see(self, at: datetime, changes: dict[str, Any]) -> None:
        values = form_values(self.client, self.site, "habitants")
        self.post("actualiser/habitants", values | changes | {"at": timezone.localdate(at).isoformat()})

    def see_past(self, at: datetime, changes: dict[str, Any]) -> None:
        is_open = self.model.last["status"] == "open"
        (self.see if is_open else super().see_past)(at, changes)

    def follow(self, changes: dict[str, Any]) -> None:
        [(name, value)] = changes.items()
        where = {"resorption_target": "objectif", "heatwave_risk": "canicule"}[name]
        self.post(where, {} if value else {"retirer": ""})

    def do_close(self, start: datetime, closing: dict[str, Any]) -> None:
        self.post("fermer", closing | {"closed_with_solutions": "false"})

    def do_correct(self, start: datetime | None, closing: dict[str, Any]) -> None:
        self.do_close(start or ago(0), closing)

    def do_reopen(self) -> None:
        self.post("rouvrir", {})

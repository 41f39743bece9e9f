"""Conditions that several screens ask: ages of sites, and whose sites are whose."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from rbsite.accounts.models import User
from rbsite.base.wording import FRESH_MONTHS, STALE_MONTHS, freshness_of
from sites_registry.models import Intervention, Pin, SitePage
from sites_registry.sites.freshness import aging, fresh, freshness_state, not_stale, seen_since, stale
from sites_registry.sites.models.following import mine, pinned_by, without_intervener, worked_on, worked_on_by
from tests.factories import make_site

CONDITIONS = {"fresh": fresh, "aging": aging, "stale": stale}


@pytest.fixture
def site(site_tree, territories):
    return make_site(territories["31555"])


def ages() -> list[datetime | None]:
    """Noon of each day around the two turns, and the last moments before them; and a site that nobody ever saw."""
    turns = [seen_since(months) for months in (FRESH_MONTHS, STALE_MONTHS)]
    days = [timezone.localdate(turn) + timedelta(days=shift) for turn in turns for shift in range(-3, 4)]
    noons = [timezone.make_aware(datetime.combine(day, time(12))) for day in days]
    return [*noons, *turns, *(turn - timedelta(microseconds=1) for turn in turns), timezone.now(), None]


def test_the_database_and_the_words_turn_at_the_same_moment(site):
    states = set()
    for when in ages():
        SitePage.objects.filter(pk=site.pk).update(situation_at=when)
        expected, _words = freshness_of(when, timezone.localdate())
        states.add(expected)
        stored = SitePage.objects.annotate(state=freshness_state()).get(pk=site.pk)

        assert stored.state == expected, when
        assert [name for name, holds in CONDITIONS.items() if SitePage.objects.filter(holds()).exists()] == [
            name for name in CONDITIONS if name == expected
        ]
        assert SitePage.objects.filter(not_stale()).exists() == (expected in ("fresh", "aging")), when

    assert states == {"fresh", "aging", "stale", "unknown"}


@pytest.mark.parametrize("today", [date(2026, 5, 31), date(2024, 8, 29), date(2026, 1, 1), date(2025, 8, 31)])
@pytest.mark.parametrize("months", [FRESH_MONTHS, STALE_MONTHS])
def test_the_turn_falls_right_at_the_ends_of_months(today, months, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda value=None, timezone=None: today)
    turn = seen_since(months).date()
    state_of = {FRESH_MONTHS: {"fresh"}, STALE_MONTHS: {"fresh", "aging"}}[months]

    assert freshness_of(turn, today)[0] in state_of
    assert freshness_of(turn - timedelta(days=1), today)[0] not in state_of


def test_one_s_sites_are_those_one_has_pinned_and_those_one_works_on(site_tree, territories, people):
    pinned, worked, neither = (make_site(territories["31555"], address=address) for address in ("P", "W", "N"))
    reader = people.correspondent
    Pin.objects.create(user=reader, site=pinned)
    Intervention.objects.create(user=reader, site=worked)
    Pin.objects.create(user=people.operator, site=neither)

    def found(condition) -> set[str]:
        return set(SitePage.objects.filter(condition).values_list("address", flat=True))

    assert found(pinned_by(reader)) == {"P"}
    assert found(worked_on_by(reader)) == {"W"}
    assert found(mine(reader)) == {"P", "W"}
    assert set(SitePage.objects.mine(reader).values_list("address", flat=True)) == {"P", "W"}
    assert found(worked_on()) == {"W"}
    User.objects.filter(pk=reader.pk).update(status="inactive", is_active=False)
    assert found(without_intervener()) == {"P", "W", "N"}

"""Servers whose clocks differ by ten minutes write one sound history."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs as actions
from sites_registry.versioned import clock
from tests.factories import make_site

#: Minutes by which the servers that write one after the other are ahead or late.
SERVERS = (10, -10, 0, -10, 10, -10, 5, -5) * 2


@pytest.fixture
def site(site_tree, territories, people):
    return make_site(territories["31555"], by=people.correspondent, population_total=10)


def test_late_and_early_servers_write_after_one_another_and_the_page_keeps_the_last_word(site, people, monkeypatch):
    right = timezone.now
    for rank, minutes in enumerate(SERVERS, 11):
        monkeypatch.setattr(timezone, "now", lambda minutes=minutes: right() + timedelta(minutes=minutes))
        actions.update_site(site, {"population_total": rank}, by=people.correspondent)
        assert SitePage.objects.get(pk=site.pk).population_total == rank
    monkeypatch.undo()
    connection.check_constraints()

    events = list(SiteVersion.objects.of_page(site.pk).events())
    assert [event.population_total for event in reversed(events)] == [10, *range(11, 11 + len(SERVERS))]
    assert [event.recorded_at for event in events] == sorted({event.recorded_at for event in events}, reverse=True)
    for earlier, later in zip(events[1:], events, strict=False):
        known = SiteVersion.objects.of_page(site.pk).as_of(earlier.valid.lower, known_at=earlier.recorded_at).get()
        assert (known.population_total, earlier.valid.lower < later.valid.lower) == (earlier.population_total, True)


def test_a_closing_on_a_late_server_is_of_today(site, people, monkeypatch):
    right, today = timezone.now, timezone.localdate()
    monkeypatch.setattr(timezone, "now", lambda: right() - timedelta(minutes=10))
    actions.confirm_unchanged(site, by=people.correspondent)
    closing = {"status": "unknown", "closed_at": today, "closed_with_solutions": None}
    actions.close_site(site, by=people.correspondent, **closing)

    history = SiteVersion.objects.of_page(site.pk)
    assert not history.as_of(clock.now()).get().is_open
    assert SitePage.objects.get(pk=site.pk).situation_at <= clock.now()


def test_each_instant_is_later_than_what_is_recorded_though_the_clock_stands_still(site, people, clock):
    clock(timezone.now() + timedelta(minutes=1))
    for rank in range(1, 6):
        actions.update_site(site, {"population_total": rank}, by=people.correspondent)

    moments = [event.recorded_at for event in SiteVersion.objects.of_page(site.pk).events()[:5]]
    assert len(set(moments)) == 5

"""What people do to a history that its writers did not expect: odd days, odd characters, odd orders."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs as actions
from sites_registry.sites.enums import ChangeKind
from sites_registry.versioned.moments import moment

from .test_concurrent import editor
from .test_updates import address, form_values, latest, make_described_site, post_and_confirm


@pytest.fixture
def site(site_tree, territories, people, clock):
    clock(datetime(2026, 3, 20, 9, tzinfo=UTC))
    return make_described_site(territories["31555"], people.correspondent)


@pytest.fixture
def client(client_for, people):
    return client_for(people.correspondent)


def live(site):
    return SitePage.objects.get(pk=site.pk)


def believed(site):
    """(number of people, first day) of what is believed, in order of time."""
    versions = SiteVersion.objects.believed_now().filter(site=site).order_by("valid")
    return [(version.population_total, timezone.localdate(version.valid.lower)) for version in versions]


def test_the_day_after_a_correction_of_yesterday_replaces_what_was_said_yesterday(site, people, clock):
    clock(datetime(2026, 10, 5, 12, tzinfo=UTC))
    actions.update_site(site, {"population_total": 75}, by=people.correspondent)
    clock(datetime(2026, 10, 6, 8, tzinfo=UTC))

    actions.update_site(site, {"population_total": 57}, by=people.correspondent, at=date(2026, 10, 5))

    assert live(site).population_total == 57
    assert believed(site) == [(40, date(2025, 3, 1)), (57, date(2026, 10, 5))]


def test_a_past_day_said_twice_keeps_its_last_word(site, people, clock):
    clock(datetime(2026, 10, 5, 12, tzinfo=UTC))
    actions.update_site(site, {"population_total": 75}, by=people.correspondent)
    clock(datetime(2026, 10, 9, 12, tzinfo=UTC))
    actions.update_site(site, {"population_total": 80}, by=people.correspondent)

    actions.update_site(site, {"population_total": 57}, by=people.correspondent, at=date(2026, 10, 5))

    assert live(site).population_total == 80
    assert believed(site)[1:] == [(57, date(2026, 10, 5)), (80, date(2026, 10, 9))]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), date(2026, 3, 29)),  # half past midnight, the clocks go forward
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), date(2026, 10, 25)),  # half past midnight, they go back
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), date(2026, 8, 1)),  # midnight
    ],
)
def test_today_is_the_day_in_paris_at_midnight_and_when_the_clocks_change(site, people, clock, now, day):
    clock(now)
    actions.update_site(site, {"population_total": 50}, by=people.correspondent, at=day)
    yesterday = day - timedelta(days=1)
    actions.update_site(site, {"population_total": 45}, by=people.correspondent, at=yesterday)

    assert believed(site) == [(40, date(2025, 3, 1)), (45, yesterday), (50, day)]
    assert live(site).population_total == 50


def test_a_backdated_save_is_not_called_up_to_date(client, site, people, clock):
    clock(datetime(2026, 10, 5, 12, tzinfo=UTC))
    actions.update_site(site, {"caravans": 3}, by=people.correspondent, at=date(2026, 6, 1))
    values = form_values(client, site, "habitants") | {"population_total": "57", "at": "2026-03-01"}

    page = post_and_confirm(client, address(site, "habitants"), values).content.decode()

    assert "enregistré dans l’historique au 1er mars 2026" in page
    assert "La page montre la situation au 1er juin 2026" in page
    assert "est à jour, et" not in page


def test_characters_that_turn_the_text_around_are_not_kept(client, site):
    values = form_values(client, site, "localisation") | {
        "name": "Le\u202e Bois",
        "address": "3 chemin\u2066 des Vignes",
        "access_notes": "Par\u202c ici",
    }

    client.post(address(site, "localisation"), values)

    edited = live(site)
    assert (edited.name, edited.address, edited.access_notes) == ("Le Bois", "3 chemin des Vignes", "Par ici")
    assert not {"\u202e", "\u2066"} & set(edited.title + edited.search_text)


# --- rights on what is stored, whatever a draft says


def test_the_editor_of_a_deleted_site_is_gone(client, client_for, site, people):
    actions.update_site(site, {"caravans": 3}, by=people.correspondent)
    actions.delete_site(site, by=people.local_admin)

    assert client.get(editor(site)).status_code == 404
    assert client_for(people.national_admin).get(editor(site)).status_code == 404


def test_a_draft_in_another_commune_opens_the_editor_to_nobody_there(client_for, site, people, territories):
    drafted = live(site)
    drafted.commune = territories["33063"]
    drafted.save_revision(user=people.national_admin)

    assert client_for(people.correspondent_33).get(editor(site)).status_code == 404
    assert client_for(people.correspondent).get(editor(site)).status_code == 200


def test_a_draft_of_an_open_site_does_not_open_the_editor_once_it_is_closed(client_for, site, people):
    drafted = live(site)
    drafted.caravans = 4
    drafted.save_revision(user=people.institutional_partner)
    closing = {"status": "unknown", "closed_at": date(2026, 1, 1), "closed_with_solutions": None}
    actions.close_site(site, by=people.correspondent, **closing)

    assert client_for(people.institutional_partner).get(editor(site)).status_code == 404
    assert live(site).get_latest_revision_as_object().caravans == 4


# --- closing, correcting, reopening, in odd orders


def test_a_past_state_of_a_site_that_has_reopened_keeps_its_closed_days_closed(site, people, clock):
    clock(datetime(2026, 10, 5, 12, tzinfo=UTC))
    closing = {"status": "resorbed", "closed_at": date(2026, 9, 1), "closed_with_solutions": False}
    actions.close_site(site, by=people.correspondent, **closing)
    clock(datetime(2026, 10, 20, 12, tzinfo=UTC))
    actions.reopen_site(site, by=people.correspondent)
    clock(datetime(2026, 10, 21, 12, tzinfo=UTC))

    actions.update_site(site, {"population_total": 44}, by=people.correspondent, at=date(2026, 8, 1))

    statuses = SiteVersion.objects.believed_now().filter(site=site).order_by("valid").values_list("status", flat=True)
    assert list(statuses) == ["open", "open", "resorbed", "open"]
    assert live(site).is_open


def test_closing_twice_correcting_an_open_site_and_reopening_twice_are_refused(site, people):
    closing = {"status": "resorbed", "closed_at": date(2026, 1, 1), "closed_with_solutions": False}
    with pytest.raises(ValidationError):
        actions.correct_closing(site, by=people.correspondent, **closing)
    with pytest.raises(ValidationError):
        actions.reopen_site(site, by=people.correspondent)
    actions.close_site(site, by=people.correspondent, **closing)
    with pytest.raises(ValidationError):
        actions.close_site(site, by=people.correspondent, **closing)
    assert latest(site).kind == ChangeKind.CLOSED


@pytest.mark.parametrize(
    ("corrected", "status_in_june"),
    [(date(2026, 4, 1), "resorbed"), (date(2026, 8, 1), "open")],
    ids=["earlier", "later"],
)
def test_the_history_follows_the_corrected_day_of_a_closing(site, people, clock, corrected, status_in_june):
    clock(datetime(2026, 10, 5, 12, tzinfo=UTC))
    actions.update_site(site, {"caravans": 2}, by=people.correspondent, at=date(2026, 3, 25))
    closing = {"status": "resorbed", "closed_with_solutions": False}
    first = date(2026, 7, 1) if corrected < date(2026, 6, 1) else date(2026, 5, 1)
    actions.close_site(site, by=people.correspondent, closed_at=first, **closing)
    clock(datetime(2026, 10, 6, 12, tzinfo=UTC))

    actions.correct_closing(site, by=people.correspondent, closed_at=corrected, **closing)

    def status_on(day):
        return SiteVersion.objects.filter(site=site).as_of(moment(day)).get().status

    assert [status_on(day) for day in (corrected - timedelta(days=1), corrected)] == ["open", "resorbed"]
    assert status_on(date(2026, 6, 1)) == status_in_june
    assert status_on(date(2026, 10, 6)) == "resorbed"
    assert latest(site).site.closed_at == corrected


def test_restoring_asks_the_right_in_the_commune_of_that_time(site, people, territories):
    first = latest(site)
    actions.update_site(site, {"commune": territories["33063"], "point": ""}, by=people.national_admin)

    with pytest.raises(PermissionDenied):
        actions.restore_version(site, first, by=people.correspondent_33)
    actions.restore_version(site, first, by=people.national_admin)

    assert live(site).get_parent().specific.territory == territories["31"]
    assert not any(SitePage.find_problems())

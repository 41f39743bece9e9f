"""The two axes of time: random histories against a model, and what people read of them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites.enums import ChangeKind
from sites_registry.versioned.history import Record, children_of, record_states
from tests.factories import make_site

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)

#: A recording: day of the situation (several may fall on one day, or come in any order), and a number of people.
recordings = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 500)), min_size=1, max_size=8)


class Model:
    """The same history kept naively: everything that was ever said, with when it was said."""

    def __init__(self):
        self.said: list[tuple[datetime, datetime, int]] = []

    def record(self, at: datetime, now: datetime, people: int) -> None:
        self.said.append((at, now, people))

    def people(self, date: datetime, known_at: datetime) -> int | None:
        """The latest word said by `known_at` on the latest day up to `date`; before every day known: nothing."""
        heard = [(at, now, people) for at, now, people in self.said if now <= known_at and at <= date]
        if not heard:
            return None
        day = max(at for at, _now, _people in heard)
        return max(((now, people) for at, now, people in heard if at == day))[1]


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recordings=recordings)
def test_any_sequence_of_states_leaves_a_history_without_gap_or_overlap_that_equals_the_model(
    site_tree, territories, recordings
):
    with transaction.atomic():
        site = _site_without_history(territories["31555"])
        model = Model()
        for rank, (day, people) in enumerate(recordings):
            at, now = START + timedelta(days=day), NOW + timedelta(hours=rank)
            values = site.state_values() | {"population_total": people}
            kind = ChangeKind.PAST if day % 2 else ChangeKind.UPDATED
            record_states(
                SiteVersion, [Record(site.pk, at, values, children_of(site))], author=None, kind=kind, now=now
            )
            model.record(at, now, people)
        connection.check_constraints()

        for rank in range(len(recordings)):
            known_at = NOW + timedelta(hours=rank)
            for day in range(-1, 14):
                date = START + timedelta(days=day)
                found = SiteVersion.objects.filter(site=site).as_of(date, known_at=known_at)
                assert [version.population_total for version in found] == [
                    people for people in [model.people(date, known_at)] if people is not None
                ]
        _assert_one_line_of_time(site)
        transaction.set_rollback(True)


def _site_without_history(commune) -> SitePage:
    site = make_site(commune)
    SiteVersion.objects.filter(site=site).delete()
    return site


def _assert_one_line_of_time(site: SitePage) -> None:
    """What is believed now covers time from the first known day, end to end, and is open."""
    ranges = [version.valid for version in SiteVersion.objects.believed_now().filter(site=site).order_by("valid")]
    assert ranges[-1].upper is None
    assert [before.upper for before in ranges[:-1]] == [after.lower for after in ranges[1:]]


@pytest.fixture
def site(site_tree, territories):
    return make_site(territories["31555"], population_total=20)


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_two_states_at_one_moment(site):
    version = SiteVersion.objects.get(site=site)
    version.pk = None

    with pytest.raises(Exception, match="site_version_one_state_at_a_time"):
        version.save(force_insert=True)


@pytest.mark.django_db
def test_last_years_report_can_be_made_again_with_what_was_known_then(site):
    first = SiteVersion.objects.get(site=site)
    later = first.recorded_at + timedelta(days=30)
    values = site.state_values() | {"population_total": 45}
    record_states(
        SiteVersion,
        [Record(site.pk, first.valid.lower, values, children_of(site))],
        author=None,
        kind=ChangeKind.PAST,
        now=later,
    )
    day = first.valid.lower + timedelta(days=1)

    assert SiteVersion.objects.as_of(day).get(site=site).population_total == 45
    assert SiteVersion.objects.as_of(day, known_at=later - timedelta(seconds=1)).get(site=site).population_total == 20


@pytest.mark.django_db
def test_recording_many_sites_costs_the_same_number_of_queries_as_recording_one(
    site_tree, territories, django_assert_num_queries
):
    sites = [make_site(territories["31555"], address=f"{number} rue du Port") for number in range(9)]

    def queries_for(chosen):
        from django.test.utils import CaptureQueriesContext

        records = [Record(site.pk, START + timedelta(days=400), site.state_values(), {}) for site in chosen]
        with CaptureQueriesContext(connection) as queries:
            record_states(SiteVersion, records, author=None, kind=ChangeKind.IMPORTED)
        return len(queries)

    assert queries_for(sites[:3]) == queries_for(sites)

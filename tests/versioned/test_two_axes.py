"""The history of wells against naive models, over random recordings and over what people do."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rbsite.accounts.enums import Feature
from sites_registry.versioned import verbs
from sites_registry.versioned.history import Record, record_states
from tests.wells.models import Well, WellVersion

#: Random histories of each test, and how often each named case must be met.
HISTORIES, EACH_CASE = 60, 20
START, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
SETTINGS = settings(
    max_examples=HISTORIES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CODES = ("31555", "31069", "33063")
answers = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Nord", "Sud & « Est »", "Ouest"]),
        "code": st.sampled_from(CODES),
        "litres": st.none() | st.integers(0, 900),
        "taps": st.lists(st.sampled_from(["pompe", "robinet", "borne"]), max_size=3),
    }
)
recordings = st.lists(st.tuples(st.integers(0, 6), answers, answers), min_size=2, max_size=6)


class ListModel:
    """Everything that was ever said of one well, with when it was said."""

    def __init__(self):
        self.said: list[tuple[int, int, dict]] = []

    def at(self, day: int, known: int) -> dict | None:
        """The latest word said by the moment `known` on the latest day up to `day`."""
        heard = [(of, when, words) for of, when, words in self.said if when <= known and of <= day]
        if not heard:
            return None
        latest = max(of for of, _when, _words in heard)
        return max(((when, words) for of, when, words in heard if of == latest), key=lambda one: one[0])[1]


def values_of(said: dict, territories) -> dict[str, Any]:
    return {"name": said["name"], "commune_id": territories[said["code"]].pk, "litres": said["litres"]}


def told(version: WellVersion, territories) -> dict[str, Any]:
    codes = {territories[code].pk: code for code in CODES}
    taps = [row["kind"] for row in version.children["taps"]]
    return {"name": version.name, "code": codes[version.commune_id], "litres": version.litres, "taps": taps}


@pytest.mark.django_db
def test_random_recordings_of_two_wells_equal_a_list_of_all_that_was_said(make_well, people, territories):
    met: Counter[str] = Counter()

    @SETTINGS
    @given(recordings=recordings)
    def check(recordings):
        with transaction.atomic():
            wells = [make_well(people.national_admin), make_well(people.national_admin)]
            WellVersion.objects.all().delete()
            models = [ListModel(), ListModel()]
            for rank, (day, *said) in enumerate(recordings):
                met["again on a day"] += any(of == day for of, _when, _words in models[0].said)
                met["before all days"] += bool(models[0].said) and day < min(one[0] for one in models[0].said)
                at = START + timedelta(days=day)
                records = [
                    Record(well.pk, at, values_of(one, territories), {"taps": [{"kind": kind} for kind in one["taps"]]})
                    for well, one in zip(wells, said, strict=True)
                ]
                record_states(WellVersion, records, author=None, now=NOW + timedelta(hours=rank))
                for model, one in zip(models, said, strict=True):
                    model.said.append((day, rank, one))
            connection.check_constraints()
            for well, model in zip(wells, models, strict=True):
                for known in range(len(recordings)):
                    for day in range(-1, 8):
                        met["asked"] += 1
                        history = WellVersion.objects.of_page(well.pk)
                        when = {"known_at": NOW + timedelta(hours=known)}
                        found = history.as_of(START + timedelta(days=day), **when)
                        expected = model.at(day, known)
                        assert [told(one, territories) for one in found] == ([expected] if expected else [])
            transaction.set_rollback(True)

    check()

    assert all(met[case] >= EACH_CASE for case in ("again on a day", "before all days", "asked")), met


deeds = st.lists(
    st.tuples(
        st.integers(0, 9),  # days ago
        st.fixed_dictionaries(
            {}, optional={"name": st.sampled_from(["Nord", "Sud", "Est"]), "litres": st.integers(0, 9)}
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=7,
)


@pytest.mark.django_db
def test_what_people_do_to_a_well_on_random_days_leaves_the_days_that_a_naive_line_of_time_has(make_well, people):
    met: Counter[str] = Counter()
    today = timezone.localdate()

    @SETTINGS
    @given(deeds=deeds)
    def check(deeds):
        with transaction.atomic():
            well = make_well(people.national_admin, name="Ouest", taps=["pompe"])
            line: list[tuple[int, dict]] = [(0, {"name": "Ouest", "litres": None, "taps": ["pompe"]})]
            for ago, changes, with_taps in deeds:
                changes = changes | ({"taps": [{"kind": "robinet"}, {"kind": "borne"}]} if with_taps else {})
                day = today - timedelta(days=ago)
                well = verbs.update(well, changes, by=people.national_admin, feature=Feature.SITE_UPDATE, at=day)
                met.update(case for case, holds in cases_of(line, ago, changes).items() if holds)
                line = naively(line, ago, changes)
            for ago in range(-1, 11):
                noon = timezone.now() - timedelta(days=ago) if ago > 0 else timezone.now() + timedelta(minutes=1)
                believed = WellVersion.objects.of_page(well.pk).as_of(noon)
                expected = [state for start, state in line if start >= ago][-1:]
                assert [state_of(version) for version in believed] == expected
            live = Well.objects.get(pk=well.pk)
            assert {"name": live.name, "litres": live.litres} == {
                name: line[-1][1][name] for name in ("name", "litres")
            }
            assert [tap.kind for tap in live.taps.all()] == line[-1][1]["taps"]
            transaction.set_rollback(True)

    check()

    assert all(met[case] >= EACH_CASE for case in ("today", "past", "nothing new", "corrected", "first", "rows")), met


def cases_of(line: list, ago: int, changes: dict) -> dict[str, bool]:
    return {
        "today": ago == 0,
        "past": ago > 0,
        "nothing new": not changes,
        "corrected": any(start == ago for start, _state in line) and ago > 0,
        "first": ago > max(start for start, _state in line),
        "rows": "taps" in changes,
    }


def naively(line: list[tuple[int, dict]], ago: int, changes: dict) -> list[tuple[int, dict]]:
    """States by the number of days ago from which they hold, the oldest first: the new one starts on its day."""
    known = [state for start, state in line if start >= ago] or [line[0][1]]
    words = {name: [row["kind"] for row in value] if name == "taps" else value for name, value in changes.items()}
    kept = [(start, state) for start, state in line if start != ago or ago == 0]  # today has many moments
    return sorted([*kept, (ago, known[-1] | words)], key=lambda one: -one[0])


def state_of(version: WellVersion) -> dict:
    taps = [row["kind"] for row in version.children["taps"]]
    return {"name": version.name, "litres": version.litres, "taps": taps}

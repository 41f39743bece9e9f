"""Closings told late, corrected several times, and asked about when somebody saw the site open meanwhile."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.http import QueryDict
from django.utils import timezone

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs as actions
from sites_registry.sites.enums import ChangeKind
from sites_registry.sites.exchange.columns import PARTS
from sites_registry.sites.exchange.exports import SiteExport
from sites_registry.sites.exchange.importing import import_sites
from sites_registry.sites.verbs.phases import set_phases
from tests.factories import make_site

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
CAUSE = {"status": "resorbed", "closed_with_solutions": False}


@pytest.fixture
def site(site_tree, territories, people, clock):
    clock(NOW)
    return make_site(territories["31555"], by=people.correspondent, at=date(2026, 1, 1), population_total=40)


def ago(days: int) -> date:
    return NOW.date() - timedelta(days=days)


def on(site, days: int) -> SiteVersion:
    """The state believed now of noon, so many days ago."""
    return SiteVersion.objects.of_page(site.pk).as_of(NOW - timedelta(days=days)).get()


def close(site, people, days: int, **more):
    return actions.close_site(site, by=people.correspondent, closed_at=ago(days), **(CAUSE | more))


def correct(site, people, days: int, **more):
    return actions.correct_closing(site, by=people.local_admin, closed_at=ago(days), **(CAUSE | more))


@pytest.mark.parametrize("between", ["nothing", "a restoration", "a correction of the cause", "a past state"])
def test_a_closing_corrected_twice_is_open_on_the_days_it_no_longer_covers_whatever_came_between(
    site, people, clock, between
):
    close(site, people, 30)
    correct(site, people, 40)
    if between == "a restoration":
        version = SiteVersion.objects.of_page(site.pk).events().filter(kind=ChangeKind.CLOSED).get()
        actions.restore_version(site, version, by=people.local_admin)
    elif between == "a correction of the cause":
        correct(site, people, 40, status="unknown")
    elif between == "a past state":
        past = timezone.make_aware(datetime(2026, 6, 1))
        actions.record_past_state(site, {"population_total": 33}, by=people.correspondent, at=past)
    correct(site, people, 20)

    assert [on(site, days).is_open for days in (45, 35, 25, 21, 19, 0)] == [True, True, True, True, False, False]
    believed = SiteVersion.objects.of_page(site.pk).believed_now()
    assert {version.closed_at for version in believed} == {None, ago(20)}
    assert SitePage.objects.get(pk=site.pk).closed_at == ago(20)


def test_an_earlier_closing_comes_back_on_the_days_that_the_corrected_one_no_longer_covers(site, people, clock):
    close(site, people, 20, status="closed_by_justice")
    clock(NOW + timedelta(days=2))
    actions.reopen_site(site, by=people.local_admin)
    clock(NOW + timedelta(days=10))
    close(site, people, -4)
    for days in (10, 30, -8):
        correct(site, people, days)

    told = [(on(site, days).status, on(site, days).closed_at) for days in (25, 15, 8, -3, -9)]
    justice = ("closed_by_justice", ago(20))
    assert told == [("open", None), justice, justice, ("open", None), ("resorbed", ago(-8))]


def test_a_closing_taken_back_from_before_all_that_is_known_leaves_no_state_there(site, people):
    SitePage.objects.filter(pk=site.pk).update(declared_at=date(2025, 1, 1))
    close(site, people, 30)
    correct(site, people, 400)
    assert not on(site, 390).is_open
    correct(site, people, 20)

    assert not SiteVersion.objects.of_page(site.pk).as_of(NOW - timedelta(days=390)).exists()
    assert on(site, 100).is_open and not on(site, 10).is_open


def test_an_export_of_the_past_dates_what_it_tells_by_the_last_time_that_somebody_saw_it(site, people):
    actions.update_site(site, {"caravans": 4}, by=people.correspondent, at=ago(50))
    close(site, people, 30)
    correct(site, people, 40)
    correct(site, people, 10)
    export = SiteExport(people.correspondent, QueryDict("onglet=tous"), frozenset(PARTS), ago(25))
    output = io.BytesIO()
    export.write("csv", output)
    [row] = csv.DictReader(io.StringIO(output.getvalue().decode("utf-8-sig")), delimiter=";")

    assert row["Dernière actualisation"] == f"{ago(50):%d/%m/%Y}"


def test_a_closing_sent_again_as_it_is_leaves_no_event_and_says_so(site, people, client_for):
    close(site, people, 30)
    client = client_for(people.local_admin)
    address = f"{SitePage.objects.get(pk=site.pk).address_on_platform}fermer/"
    form = BeautifulSoup(client.get(address).content, "html.parser").select_one("main form")
    typed = {field["name"]: field.get("value", "") for field in form.select("input[type=text], input[type=date]")}
    typed |= {field["name"]: field["value"] for field in form.select("input[checked]")}
    typed |= {field["name"]: field["value"] for field in form.select("input[type=hidden][name]")}
    answer = client.post(address, typed | CAUSE | {"closed_with_solutions": "false"}, follow=True)

    assert "rien n’a changé" in answer.content.decode()
    assert [event.kind for event in SiteVersion.objects.of_page(site.pk).events()] == ["closed", "declared"]


def test_the_day_of_a_closing_that_is_taken_back_is_told_nowhere_as_a_situation(site, people, client_for):
    actions.update_site(site, {"caravans": 4}, by=people.correspondent, at=ago(32))
    close(site, people, 30)
    correct(site, people, 40)
    page = client_for(people.local_admin).get(f"{SitePage.objects.get(pk=site.pk).address_on_platform}historique/")
    correction, closing, *_ = BeautifulSoup(page.content, "html.parser").select(".rb-timeline > li")

    assert SiteVersion.objects.of_page(site.pk).events().first().valid.lower == on(site, 31).valid.lower
    assert "Situation au 5 septembre 2026" not in correction.text
    assert "site ouvert" in closing.text


def test_each_correction_is_one_event_of_its_author(site, people):
    actions.update_site(site, {"caravans": 4}, by=people.operator, at=ago(35))
    close(site, people, 30)
    correct(site, people, 40)
    correct(site, people, 20)

    events = SiteVersion.objects.of_page(site.pk).events()
    assert [(event.kind, event.author) for event in events] == [
        ("corrected", people.local_admin),
        ("corrected", people.local_admin),
        ("closed", people.correspondent),
        ("updated", people.operator),
        ("declared", people.correspondent),
    ]
    assert events[0].changes["closed_at"] == [ago(40).isoformat(), ago(20).isoformat()]
    assert [on(site, days).caravans for days in (36, 30, 0)] == [None, 4, 4]


def test_a_corrected_cause_holds_from_the_day_of_the_closing_and_is_known_from_now_on(site, people, clock):
    close(site, people, 30)
    before = NOW + timedelta(hours=1)
    clock(NOW + timedelta(hours=2))
    correct(site, people, 30, status="closed_by_justice")

    assert on(site, 25).status == "closed_by_justice"
    known = SiteVersion.objects.of_page(site.pk).as_of(NOW - timedelta(days=25), known_at=before).get()
    assert known.status == "resorbed"


def test_a_past_state_goes_on_through_the_days_that_a_corrected_closing_opened_again(site, people):
    close(site, people, 30)
    correct(site, people, 40)
    correct(site, people, 20)
    actions.record_past_state(
        site, {"population_total": 66}, by=people.correspondent, at=timezone.make_aware(datetime(2026, 8, 1))
    )

    assert [on(site, days).population_total for days in (70, 42, 35, 25, 10)] == [40, 66, 66, 66, 40]
    assert [on(site, days).is_open for days in (70, 42, 35, 25, 10)] == [True, True, True, True, False]


def test_phases_and_objective_neither_move_the_situation_nor_stand_in_the_way_of_a_closing(site, people, client_for):
    seen = SitePage.objects.get(pk=site.pk)
    set_phases(site, {"sociological_diagnosis": ("under_way", None)}, by=people.correspondent)
    actions.update_site(site, {"resorption_target": 2027}, by=people.correspondent)
    actions.update_site(site, {"heatwave_risk": True}, by=people.correspondent)
    followed = SitePage.objects.get(pk=site.pk)

    assert (followed.situation_at, followed.changed_at, followed.updated_by) == (
        seen.situation_at,
        seen.changed_at,
        seen.updated_by,
    )
    answer = client_for(people.correspondent).post(closing_of(site), form(10))
    assert answer.status_code == 302
    assert [on(site, days).is_open for days in (11, 9)] == [True, False]


def test_an_update_of_a_past_day_goes_on_under_the_phases_entered_since(site, people):
    set_phases(site, {"sociological_diagnosis": ("under_way", None)}, by=people.correspondent)
    actions.update_site(site, {"population_total": 52}, by=people.correspondent, at=ago(3))

    live, latest = SitePage.objects.get(pk=site.pk), SiteVersion.objects.of_page(site.pk).believed_now().last()
    assert live.population_total == 52
    today = SiteVersion.objects.of_page(site.pk).as_of(NOW + timedelta(hours=1)).get()
    assert (today.population_total, [row["phase"] for row in today.children["phases"]]) == (
        52,
        ["sociological_diagnosis"],
    )
    assert (on(site, 2).population_total, on(site, 2).children.get("phases")) == (52, None)
    assert latest is not None


def closing_of(site) -> str:
    return f"{site.address_on_platform}fermer/"


def form(days: int, **more) -> dict[str, str]:
    return {"closed_at": ago(days).isoformat(), "status": "resorbed", "closed_with_solutions": "false"} | more


def test_closing_before_an_update_names_who_saw_the_site_open_and_asks(site, people, client_for):
    actions.update_site(site, {"caravans": 4}, by=people.operator, at=ago(5))
    client = client_for(people.correspondent)

    asked = client.post(closing_of(site), form(10))
    page = BeautifulSoup(asked.content, "html.parser")

    assert asked.status_code == 422
    assert SitePage.objects.get(pk=site.pk).is_open
    told = " ".join(page.main.get_text(" ").split())
    assert f"{people.operator.name_and_organisation} a vu ce site ouvert le 30 septembre 2026" in told.replace(
        "\xa0", " "
    )
    [box] = page.select("input[name=despite]")
    assert not box.has_attr("checked")
    client.post(closing_of(site), form(10, despite=box["value"]))
    assert not SitePage.objects.get(pk=site.pk).is_open
    assert [on(site, days).is_open for days in (11, 9, 4)] == [True, False, False]
    assert [on(site, days).caravans for days in (9, 4)] == [None, 4]


def test_a_confirmed_day_is_asked_again_when_somebody_has_seen_the_site_since(site, people, client_for):
    actions.update_site(site, {"caravans": 4}, by=people.operator, at=ago(5))
    client = client_for(people.correspondent)
    page = BeautifulSoup(client.post(closing_of(site), form(10)).content, "html.parser")
    actions.update_site(site, {"caravans": 6}, by=people.operator, at=ago(2))

    answer = client.post(closing_of(site), form(10, despite=page.select_one("input[name=despite]")["value"]))

    assert answer.status_code == 422
    assert SitePage.objects.get(pk=site.pk).is_open


def test_a_table_that_closes_a_site_before_its_last_update_says_so_and_closes_the_days_between(site, people):
    actions.update_site(site, {"caravans": 4}, by=people.operator, at=ago(5))
    lines = [
        "Identifiant;Statut;Fermé le;Résorbé",
        f"{site.slug};Raison inconnue;{ago(10):%d/%m/%Y};non",
    ]

    report = import_sites("\n".join(lines).encode(), by=people.correspondent)

    assert report.problems == []
    assert "Ce site a été vu ouvert le 30/09/2026" in " ".join(str(remark) for remark in report.remarks)
    assert [on(site, days).is_open for days in (11, 9, 4)] == [True, False, False]
    assert [on(site, days).caravans for days in (9, 4)] == [None, 4]
    assert timezone.localdate(SitePage.objects.get(pk=site.pk).situation_at) == ago(5)

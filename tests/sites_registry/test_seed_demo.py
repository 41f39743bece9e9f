"""The demonstration is whole, obeys the rules, and is made once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F
from wagtail.models import Page

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import can
from sites_registry.demo.people import ACCOUNT_EMAILS, PASSWORD
from sites_registry.models import DepartmentPage, SitePage, SiteVersion
from sites_registry.sites.enums import ChangeKind
from sites_registry.versioned.history import children_of

SITES = 30


def seed(**options) -> str:
    out = StringIO()
    call_command("seed_demo", sites=SITES, stdout=out, **options)
    return out.getvalue()


def stories() -> list[tuple]:
    """What the demonstration tells, without its keys."""
    events = SiteVersion.objects.events().order_by("site__slug", "recorded_at")
    return list(events.values_list("site__slug", "kind", "recorded_at", "author__email", "population_total"))


@pytest.fixture
def demo(territories, settings) -> str:
    settings.DEMO = True
    return seed()


def test_the_pages_of_the_demonstration_are_sound(demo, client) -> None:
    assert not any(Page.find_problems())
    assert SitePage.objects.existing().count() == SITES
    assert sum(DepartmentPage.objects.values_list("numchild", flat=True)) == SITES
    assert client.get("/").status_code == client.get("/mentions-legales/").status_code == 200


def test_each_site_is_as_its_latest_state_says_and_breaks_no_rule(demo) -> None:
    believed = SiteVersion.objects.believed_now()
    latest = {version.site_id: version for version in believed.filter(valid__upper_inf=True)}

    for site in SitePage.objects.with_places():
        state = latest[site.pk]
        assert state.state_values() == site.state_values()
        assert state.children == children_of(site)
        assert (state.valid.lower, state.recorded_at) == (site.situation_at, site.updated_at)
        assert site.state_errors() == {}


def test_the_history_of_the_demonstration_has_neither_gap_nor_overlap(demo) -> None:
    for site in SitePage.objects.all():
        believed = list(SiteVersion.objects.believed_now().filter(site=site).order_by("valid"))
        events = list(SiteVersion.objects.events().filter(site=site).reverse())

        assert len(believed) == len(events) >= 2
        assert all(one.valid.upper == other.valid.lower for one, other in zip(believed, believed[1:], strict=False))
        assert all(one.recorded.upper == other.recorded.lower for one, other in zip(events, events[1:], strict=False))
        assert events[0].kind == ChangeKind.DECLARED
        assert (events[-1].kind == ChangeKind.CLOSED) == (not site.is_open)


def test_states_say_what_has_changed_and_are_written_by_people_of_the_place(demo) -> None:
    versions = SiteVersion.objects.events().select_related("author", "site__commune")
    silent = versions.filter(kind__in=[ChangeKind.UPDATED, ChangeKind.CLOSED], changes={})

    assert not silent
    assert not versions.filter(kind=ChangeKind.UNCHANGED).exclude(changes={})
    assert not versions.filter(author__date_joined__gt=F("recorded_at"))
    assert all(can(version.author, Feature.SITE_UPDATE, version) for version in versions if version.author.is_active)


def test_every_account_of_the_demonstration_signs_in_and_has_its_role(demo, client) -> None:
    accounts = {user.email: user for user in User.objects.filter(email__in=ACCOUNT_EMAILS)}
    here = SitePage.objects.filter(commune__departement__code="31").select_related("commune").first()

    assert accounts.keys() == set(ACCOUNT_EMAILS)
    assert all(client.login(email=email, password=PASSWORD) for email in ACCOUNT_EMAILS)
    assert accounts["national@demo.test"].is_superuser
    assert {email for email, user in accounts.items() if can(user, Feature.SITE_CLOSE, here)} == {
        "national@demo.test",
        "admin31@demo.test",
        "prefecture31@demo.test",
    }


def test_a_second_run_changes_nothing_and_says_so(demo) -> None:
    told = stories()

    assert "déjà là" in seed()
    assert stories() == told
    assert f"{SITES} sites" in demo


def test_the_same_seed_tells_the_same_stories_and_another_one_others(territories, settings) -> None:
    settings.DEMO = True
    told = []
    for number in (1, 1, 2):
        with transaction.atomic():
            seed(seed=number)
            told.append(stories())
            transaction.set_rollback(True)

    assert told[0] == told[1] != told[2]


def test_the_demonstration_is_refused_where_real_people_work(territories, settings) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="public"):
        seed()


def test_the_demonstration_needs_communes(db, settings) -> None:
    settings.DEMO = True

    with pytest.raises(CommandError, match="import_territories"):
        seed()

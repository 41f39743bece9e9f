"""Old revisions of a site say answers, not what the site is: nothing comes back by publishing one."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Revision

from sites_registry.models import Phase, SitePage, SiteVersion
from sites_registry.sites import verbs
from tests.factories import make_site
from tests.leaks.test_attacks import form_of

CLOSING = {"status": "other", "closing_context": "Départ", "closed_with_solutions": False}
SOLUTIONS = [{"kind": "housing", "people": 3, "households": 1, "message": ""}]


@pytest.fixture
def site(site_tree, territories, people):
    return make_site(territories["31555"], by=people.correspondent, population_total=40)


@pytest.fixture(params=["by hand", "by schedule"])
def publish(request):
    """Publish the revision of that key, read again from the database."""

    def published(key: int) -> None:
        if request.param == "by hand":
            Revision.objects.get(pk=key).publish()
        else:
            Revision.objects.filter(pk=key).update(approved_go_live_at=timezone.now() - timedelta(minutes=1))
            call_command("publish_scheduled")

    return published


def live(site) -> SitePage:
    return SitePage.objects.get(pk=site.pk)


def test_a_deleted_site_stays_deleted(site, people, publish):
    older = site.latest_revision.pk
    verbs.update_site(site, {"population_total": 57}, by=people.correspondent)
    verbs.delete_site(site, by=people.national_admin)

    publish(older)

    assert live(site).deleted_at is not None
    assert not SitePage.objects.visible_to(people.national_admin).exists()


def test_a_closed_site_stays_closed_with_its_cause_its_solutions_and_its_phases(site, people, publish):
    older = site.latest_revision.pk
    verbs.set_phases(site, {Phase.objects.first().slug: ("under_way", None)}, by=people.correspondent)
    closed = verbs.close_site(
        site, by=people.correspondent, closed_at=timezone.localdate(), solutions=SOLUTIONS, **CLOSING
    )

    publish(older)

    kept = live(site)
    assert (kept.status, kept.closing_context, kept.closed_at) == ("other", "Départ", closed.closed_at)
    assert kept.children_now()["closing_solutions"] == SOLUTIONS
    assert len(kept.children_now()["phases"]) == 1
    latest = SiteVersion.objects.filter(site=site).events().first()
    assert (latest.status, latest.children) == ("other", kept.children_now())


def test_reverting_in_the_editor_leaves_the_closing(site, people, client_for):
    older = site.latest_revision.pk
    verbs.close_site(site, by=people.correspondent, closed_at=timezone.localdate(), solutions=SOLUTIONS, **CLOSING)
    client = client_for(people.correspondent)

    values = form_of(client, f"/cms/pages/{site.pk}/revisions/{older}/revert/")
    answer = client.post(f"/cms/pages/{site.pk}/edit/", values | {"action-publish": "1"})

    assert answer.status_code == 302
    assert (live(site).status, live(site).children_now()["closing_solutions"]) == ("other", SOLUTIONS)


def test_the_first_revision_of_a_partner_brings_back_no_objective_either(site_tree, territories, people, publish):
    site = make_site(territories["31555"], by=people.institutional_partner)
    first = SitePage.objects.get(pk=site.pk).latest_revision_id
    verbs.update_site(site, {"resorption_target": 2031}, by=people.correspondent)

    publish(first)

    assert live(site).resorption_target == 2031


def panels_of(panel):
    yield panel
    for child in getattr(panel, "children", ()):
        yield from panels_of(child)


def test_the_editor_asks_every_question_that_has_no_screen_of_its_own():
    asked = {getattr(panel, "field_name", "") for panel in panels_of(SitePage.edit_handler)}

    assert set(SitePage.answer_names()) - SitePage.set_apart <= asked


def test_the_editor_takes_the_right_to_read_all_that_it_shows():
    site = SitePage(status="open")

    assert set(SitePage.read_features.values()) <= set(site.editor_features())

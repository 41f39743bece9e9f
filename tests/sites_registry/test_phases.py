"""The preparatory phases of a site: started, completed, told in the history, kept by imports and restores."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from sites_registry.models import Phase, SitePage, SitePhase, SiteVersion
from sites_registry.sites import verbs as actions
from sites_registry.sites.verbs.phases import set_phases, start_resorption
from tests.factories import make_site

DIAGNOSIS = "sociological_diagnosis"


@pytest.fixture
def site(site_tree, territories, people):
    return make_site(territories["31555"], by=people.correspondent)


@pytest.fixture
def form_of(client_for, people):
    """The checklist as the correspondant sees it: (client, address, values of the form)."""

    def read(site):
        client, address = client_for(people.correspondent), f"{site.address_on_platform}phases/"
        page = BeautifulSoup(client.get(address).content, "html.parser")
        chosen = page.select("main form input[type=radio][checked], main form input[type=date]")
        return client, address, {field["name"]: field.get("value", "") for field in chosen}

    return read


def text_of(client, address) -> str:
    page = BeautifulSoup(client.get(address).content, "html.parser")
    return " ".join(page.main.get_text(" ").replace("\N{NO-BREAK SPACE}", " ").split())


def test_resorption_starts_with_the_starting_phases(site, people, client_for):
    client = client_for(people.correspondent)
    assert "La résorption de ce site n’est pas commencée." in text_of(client, site.address_on_platform)
    client.post(f"{site.address_on_platform}demarrer-la-resorption/")

    entered = SitePhase.objects.filter(site=site)
    assert {row.phase for row in entered} == set(Phase.objects.filter(is_starting=True))
    assert {row.completed_on for row in entered} == {None}
    assert "Diagnostic sociologique En cours" in text_of(client, site.address_on_platform)
    assert SitePage.objects.in_resorption().get() == site


def test_a_phase_is_completed_on_a_day_and_the_history_says_so(site, people, form_of):
    client, address, values = form_of(site)
    day = timezone.localdate() - timedelta(days=3)
    answer = client.post(address, values | {f"state_{DIAGNOSIS}": "completed", f"day_{DIAGNOSIS}": day.isoformat()})
    assert answer.url == f"{site.address_on_platform}#phases"

    event = SiteVersion.objects.filter(site=site).events().first()
    assert event.author == people.correspondent
    assert event.changes == {"phases": [None, [{"phase": DIAGNOSIS, "completed_on": day.isoformat()}]]}
    history = text_of(client, f"{site.address_on_platform}historique/")
    assert f"Diagnostic sociologique : terminée le {day.day}" in history


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({f"state_{DIAGNOSIS}": "completed"}, "Indiquez la date à laquelle la phase s’est terminée."),
        (
            {f"state_{DIAGNOSIS}": "completed", f"day_{DIAGNOSIS}": "2999-01-01"},
            "La date ne peut pas être dans le futur.",
        ),
        ({f"state_{DIAGNOSIS}": "completed", f"day_{DIAGNOSIS}": "hier"}, "date"),
        ({f"state_{DIAGNOSIS}": "n’importe quoi"}, "choix"),
    ],
)
def test_a_wrong_day_is_told_at_its_phase_and_nothing_is_lost(values, sentence, site, form_of):
    client, address, shown = form_of(site)
    answer = client.post(address, shown | values)
    page = BeautifulSoup(answer.content, "html.parser")

    assert answer.status_code == 422
    assert sentence in page.select_one(".rb-field--error").text
    assert not SitePhase.objects.exists()


def test_the_day_of_a_phase_that_is_no_longer_completed_is_forgotten(site, form_of):
    client, address, values = form_of(site)
    client.post(address, values | {f"state_{DIAGNOSIS}": "under_way", f"day_{DIAGNOSIS}": "2026-01-01"})

    assert SitePhase.objects.get(site=site).completed_on is None


def test_saving_an_unchanged_checklist_writes_no_event(site, form_of):
    client, address, values = form_of(site)
    client.post(address, values)

    assert SiteVersion.objects.filter(site=site).events().count() == 1


def test_phases_take_the_right_to_follow_them(site, people, client_for):
    with pytest.raises(PermissionDenied):
        start_resorption(site, by=people.operator)

    client = client_for(people.operator)
    assert client.get(f"{site.address_on_platform}phases/").status_code == 404
    assert client.post(f"{site.address_on_platform}demarrer-la-resorption/").status_code == 404
    assert "La résorption de ce site" not in text_of(client, site.address_on_platform)


def test_other_updates_keep_the_phases_in_the_history(site, people):
    set_phases(site, {DIAGNOSIS: ("under_way", None)}, by=people.correspondent)
    actions.update_site(site, {"population_total": 12}, by=people.operator)

    latest = SiteVersion.objects.filter(site=site).events().first()
    assert latest.children["phases"] == [{"phase": DIAGNOSIS, "completed_on": None}]
    assert set(latest.changes) == {"population_total"}


def test_leaving_a_phase_is_an_event_too(site, people):
    set_phases(site, {DIAGNOSIS: ("under_way", None)}, by=people.correspondent)
    set_phases(site, {DIAGNOSIS: ("not_started", None)}, by=people.correspondent)

    latest = SiteVersion.objects.filter(site=site).events().first()
    assert latest.changes == {"phases": [[{"phase": DIAGNOSIS, "completed_on": None}], None]}


def test_restoring_an_earlier_state_leaves_the_phases_alone(site, people):
    first = SiteVersion.objects.filter(site=site).events().first()
    actions.update_site(site, {"population_total": 12}, by=people.correspondent)
    set_phases(site, {DIAGNOSIS: ("under_way", None)}, by=people.correspondent)
    actions.restore_version(site, first, by=people.correspondent)

    assert SitePage.objects.get(pk=site.pk).population_total is None
    assert SitePhase.objects.filter(site=site).exists()
    assert "phases" in SiteVersion.objects.filter(site=site).events().first().children

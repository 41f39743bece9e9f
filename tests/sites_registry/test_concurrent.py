"""Two people on one site at once: nobody's answer is undone without a word, and nothing typed is lost."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from sites_registry.models import SitePage
from sites_registry.sites import verbs as actions
from sites_registry.sites.validators import format_point
from tests.leaks.test_attacks import form_of

from .test_updates import address, form_values, latest, make_described_site


@pytest.fixture
def site(site_tree, territories, people):
    return make_described_site(territories["31555"], people.correspondent)


@pytest.fixture
def client(client_for, people):
    return client_for(people.correspondent)


def editor(site):
    return f"/cms/pages/{site.pk}/edit/"


def live(site):
    return SitePage.objects.get(pk=site.pk)


def shown(answer, name):
    """What the form sent back shows in the field `name`."""
    return BeautifulSoup(answer.content, "html.parser").select_one(f"[name={name}]")["value"]


# --- Wagtail's editor, left open while a colleague uses a quick form


@pytest.mark.parametrize("button", ["action-publish", "action-save"])
def test_the_editor_keeps_what_only_a_colleague_has_changed(client, site, people, territories, button):
    values = form_of(client, editor(site)) | {"huts": "7", button: "1"}
    changes = {"population_total": 57, "origins": ["eu"], "commune": territories["31069"], "point": ""}
    actions.update_site(site, changes, by=people.institutional_partner)

    answer = client.post(editor(site), values)

    edited = live(site).get_latest_revision_as_object()
    assert answer.status_code == 302
    assert (edited.population_total, edited.origins, edited.commune.code, edited.huts) == (57, ["eu"], "31069", 7)
    assert live(site).huts == (7 if button == "action-publish" else None)


@pytest.mark.parametrize("button", ["action-publish", "action-save"])
def test_the_editor_asks_about_what_both_have_changed_and_loses_nothing(client, site, people, button):
    values = form_of(client, editor(site)) | {"population_total": "61", "huts": "7", button: "1"}
    actions.update_site(site, {"population_total": 57, "caravans": 9}, by=people.institutional_partner)

    warned = client.post(editor(site), values)
    untouched = live(site)
    field = BeautifulSoup(warned.content, "html.parser").select_one(".w-field__wrapper:has([name=population_total])")
    again = form_of_answer(warned) | {button: "1"}
    client.post(editor(site), again)

    assert (untouched.population_total, untouched.caravans, untouched.huts) == (57, 9, None)
    assert f"{people.institutional_partner.name_and_organisation} a répondu « 57 » le" in field.text
    assert [shown(warned, name) for name in ("population_total", "caravans", "huts")] == ["61", "9", "7"]
    edited = live(site).get_latest_revision_as_object()
    assert (edited.population_total, edited.caravans, edited.huts) == (61, 9, 7)


def form_of_answer(answer):
    """What a browser would send back of a form that was refused."""

    class Sent:
        def get(self, _address):
            return answer

    return form_of(Sent(), "")


def test_the_editor_of_an_old_draft_does_not_put_back_what_was_published_since(client, site, people):
    client.post(editor(site), form_of(client, editor(site)) | {"huts": "7"})
    values = form_of(client, editor(site)) | {"action-publish": "1"}
    actions.update_site(site, {"population_total": 57}, by=people.institutional_partner)

    client.post(editor(site), values)

    assert (live(site).population_total, live(site).huts) == (57, 7)


def test_sites_of_origin_are_compared_too(client, site, people, territories):
    origin = actions.declare_site(
        {"commune": territories["31555"], "address": "Quai", "site_type": "land", "is_reinstallation": True},
        by=people.correspondent,
    )
    values = form_of(client, editor(site)) | {"huts": "7", "action-publish": "1"}
    changes = {"is_reinstallation": True, "incoming_sites": [origin]}
    actions.update_site(site, changes, by=people.institutional_partner)

    client.post(editor(site), values)

    assert (list(live(site).incoming_sites.all()), live(site).huts) == ([origin], 7)


# --- quick forms


def test_a_quick_form_saved_again_after_a_warning_undoes_nothing_else(client, site, people):
    values = form_values(client, site, "habitants") | {"population_total": "57"}
    actions.update_site(site, {"population_total": 44, "caravans": 9}, by=people.institutional_partner)

    warned = client.post(address(site, "habitants"), values)
    again = values | {name: shown(warned, name) for name in ("base", "population_total", "caravans")}
    client.post(address(site, "habitants"), again)

    assert (live(site).population_total, live(site).caravans) == (57, 9)


def test_a_position_moved_by_a_colleague_stays_where_they_put_it(client, site, people):
    actions.update_site(site, {"point": format_point(43.6, 1.44)}, by=people.correspondent)
    values = form_values(client, site, "localisation") | {"access_notes": "Par le portail"}
    actions.update_site(site, {"point": format_point(43.61, 1.45)}, by=people.institutional_partner)

    client.post(address(site, "localisation"), values)

    assert (live(site).latitude, live(site).access_notes) == (43.61, "Par le portail")


def test_a_position_or_a_commune_that_both_have_changed_is_asked_by_its_name(client, site, people, territories):
    values = form_values(client, site, "localisation") | {"coordinates": "43.62, 1.46", "commune": "colomiers"}
    changes = {"point": format_point(43.61, 1.45), "commune": territories["31069"]}
    actions.update_site(site, changes, by=people.institutional_partner)

    warned = client.post(address(site, "localisation"), values).content.decode()

    assert "a répondu « 43.61000, 1.45000 »" in warned
    assert f"a répondu « {territories['31069'].label} »" in warned


def test_a_warning_tells_the_day_in_french(client, site, people, monkeypatch):
    first = timezone.datetime(2026, 10, 1, 21, 30, tzinfo=timezone.get_current_timezone())
    values = form_values(client, site, "habitants") | {"population_total": "57"}
    actions.update_site(site, {"population_total": 44}, by=people.institutional_partner, at=date(2026, 10, 1))
    version = latest(site)
    type(version).objects.filter(pk=version.pk).update(recorded_at=first)

    assert "le 1er octobre 2026 à 21:30" in client.post(address(site, "habitants"), values).content.decode()

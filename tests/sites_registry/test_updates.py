"""Quick updates, declaring, closing: through the forms, as a phone without JavaScript sends them."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs as actions
from sites_registry.sites.enums import ChangeKind, SiteStatus
from sites_registry.versioned.moments import moment
from tests.factories import PASSWORD, make_site


def make_described_site(commune, by):
    """A site of forty people, as it was on 1 March 2025."""
    return actions.declare_site(
        {
            "commune": commune,
            "address": "3 chemin des Vignes",
            "site_type": "land",
            "declared_at": date(2025, 3, 1),
            "population_total": 40,
            "population_minors": 12,
        },
        by=by,
        at=date(2025, 3, 1),
    )


@pytest.fixture
def site(site_tree, territories, people):
    return make_described_site(territories["31555"], people.correspondent)


@pytest.fixture
def client(client_for, people):
    return client_for(people.correspondent)


def address(site, section=""):
    path = site.address_on_platform
    return f"{path}actualiser/{section}/" if section else path


def post_and_confirm(client, where, values):
    """Post the answers of a past day, read what was known then, and save them all the same."""
    asked = BeautifulSoup(client.post(where, values).content, "html.parser")
    return client.post(where, values | {"base": asked.select_one("input[name=base]")["value"]}, follow=True)


def form_values(client, site, section):
    """What a browser would send back of the open form, untouched."""
    context = client.get(address(site, section)).context["form"]
    values = {"author": context.author}
    for form in (context.section, context.situation):
        for bound in form:
            value = bound.value()
            if isinstance(value, (list, tuple)):
                values[bound.html_name] = list(value)
            elif bound.widget_type == "tristate":
                values[bound.html_name] = {True: "true", False: "false"}.get(value, "unknown")
            elif value is not None:
                values[bound.html_name] = value
    return values


def latest(site):
    return SiteVersion.objects.filter(site=site).events().first()


def test_a_partner_updates_the_population_and_reads_it_first_in_the_history(client, site, people):
    values = form_values(client, site, "habitants") | {"population_total": "57"}

    answer = client.post(address(site, "habitants"), values, follow=True)

    assert answer.redirect_chain[-1][0].startswith(site.address_on_platform)
    first = answer.context["events"][0]
    assert first.version.author == people.correspondent
    assert [(line.label, line.before, line.after) for line in first.lines] == [("Personnes", "40", "57")]
    assert "57" in answer.content.decode()


def test_water_is_answered_with_its_details_and_its_status_follows(client, site):
    values = form_values(client, site, "eau") | {"water_access_type": "borne_incendie"}

    client.post(address(site, "eau"), values)

    site = SitePage.objects.get(pk=site.pk)
    assert (site.water_access_type, site.water_status) == ("borne_incendie", "bad")


def test_an_answer_that_no_longer_applies_is_emptied(client, site, people):
    changes = {"water_access_type": "autre", "water_access_type_details": "Puits", "water_access_is_public": True}
    actions.update_site(site, changes, by=people.correspondent)
    values = form_values(client, site, "eau") | {"water_access_type": "reservoir"}

    client.post(address(site, "eau"), values)

    site = SitePage.objects.get(pk=site.pk)
    assert (site.water_access_type_details, site.water_access_is_public) == ("", None)


def test_a_wrong_answer_is_told_at_its_field_and_what_was_typed_stays(client, site):
    values = form_values(client, site, "habitants") | {"population_minors": "90", "population_females": "3"}

    answer = client.post(address(site, "habitants"), values)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "plus de mineurs que de personnes (40)" in html
    assert 'value="90"' in html
    assert 'value="3"' in html
    assert SitePage.objects.get(pk=site.pk).population_minors == 12


def test_a_broken_rule_of_another_section_does_not_stop_an_update(client, site):
    overdue = timezone.localdate() - timedelta(days=1)
    SitePage.objects.filter(pk=site.pk).update(
        census_status="scheduled", census_conducted_at=overdue, census_conducted_by="Croix d’essai"
    )
    values = form_values(client, site, "eau") | {"water_access_type": "fontaine_publique"}

    client.post(address(site, "eau"), values)

    assert SitePage.objects.get(pk=site.pk).water_access_type == "fontaine_publique"


def test_a_situation_of_a_past_day_leaves_the_page_alone(client, site, people):
    actions.update_site(site, {"population_total": 60}, by=people.correspondent, at=date(2026, 6, 1))
    values = form_values(client, site, "habitants") | {"population_total": "50", "at": "2026-01-15"}

    post_and_confirm(client, address(site, "habitants"), values)

    history = SiteVersion.objects.filter(site=site)
    assert SitePage.objects.get(pk=site.pk).population_total == 60
    assert history.as_of(moment(date(2026, 2, 1))).get().population_total == 50
    assert history.as_of(moment(date(2025, 6, 1))).get().population_total == 40
    assert latest(site).kind == ChangeKind.PAST


def test_a_situation_in_the_future_is_refused(client, site):
    tomorrow = timezone.localdate() + timedelta(days=1)
    values = form_values(client, site, "eau") | {"at": tomorrow.isoformat()}

    answer = client.post(address(site, "eau"), values)

    assert "ne peut pas être dans le futur" in answer.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "1026-01-01", "9999-12-31", "2026-02-30", "hier"])
def test_a_day_that_cannot_be_is_told_and_nothing_is_written(client, site, day):
    values = form_values(client, site, "habitants") | {"population_total": "3", "at": day}

    answer = client.post(address(site, "habitants"), values)

    assert answer.status_code == 422
    assert SiteVersion.objects.filter(site=site).count() == 1


@pytest.mark.parametrize(
    ("section", "field"), [("localisation", "address"), ("localisation", "commune"), ("eau", "water_access_comments")]
)
def test_a_null_character_is_refused_without_harm(client, site, section, field):
    values = form_values(client, site, section) | {field: "a\x00b"}

    assert client.post(address(site, section), values).status_code == 422


def test_nothing_has_changed_is_one_tap_and_is_told_apart_from_an_update(client, site):
    client.post(address(site) + "rien-n-a-change/")

    version = latest(site)
    assert (version.kind, version.changes) == (ChangeKind.UNCHANGED, {})
    assert SitePage.objects.get(pk=site.pk).situation_at == version.valid.lower


def test_two_people_who_answer_the_same_question_are_told_of_each_other(client, site, people):
    values = form_values(client, site, "habitants") | {"population_total": "57"}
    actions.update_site(site, {"population_total": 44}, by=people.institutional_partner)

    warned = client.post(address(site, "habitants"), values)
    again = client.post(address(site, "habitants"), values | {"base": warned.context["form"].section.data["base"]})

    assert "a répondu « 44 »" in warned.content.decode()
    assert again.status_code == 302
    assert SitePage.objects.get(pk=site.pk).population_total == 57


def test_two_people_who_answer_different_questions_do_not_undo_each_other(client, site, people):
    values = form_values(client, site, "habitants") | {"population_total": "57"}
    actions.update_site(site, {"caravans": 9}, by=people.institutional_partner)

    client.post(address(site, "habitants"), values)

    site = SitePage.objects.get(pk=site.pk)
    assert (site.population_total, site.caravans) == (57, 9)


def test_an_expired_session_gives_back_what_was_typed_after_sign_in(client, site, people):
    values = form_values(client, site, "habitants") | {"population_total": "71"}
    client.logout()

    sent_away = client.post(address(site, "habitants"), values)
    client.post(sent_away.url, {"login": people.correspondent.email, "password": PASSWORD})
    back = client.get(address(site, "habitants"))

    assert 'value="71"' in back.content.decode()
    assert "Votre session avait expiré" in back.content.decode()
    assert SitePage.objects.get(pk=site.pk).population_total == 40


def test_what_was_typed_before_a_session_expired_is_shown_to_nobody_else(client, site, people):
    values = form_values(client, site, "localisation") | {"access_notes": "Par le portail bleu"}
    client.logout()

    sent_away = client.post(address(site, "localisation"), values)
    client.post(sent_away.url, {"login": people.operator.email, "password": PASSWORD})
    page = client.get(address(site, "localisation"))

    assert page.status_code == 200
    assert "portail bleu" not in page.content.decode()


def test_an_open_draft_of_a_colleague_survives_a_quick_update(client, site, people):
    drafted = SitePage.objects.get(pk=site.pk)
    drafted.access_notes = "Par le portail bleu"
    drafted.save_revision(user=people.institutional_partner)
    values = form_values(client, site, "habitants") | {"population_total": "57"}

    client.post(address(site, "habitants"), values)

    site = SitePage.objects.get(pk=site.pk)
    draft = site.get_latest_revision_as_object()
    assert (site.population_total, site.access_notes) == (57, "")
    assert (draft.population_total, draft.access_notes) == (57, "Par le portail bleu")
    assert site.latest_revision.user == people.institutional_partner
    assert site.has_unpublished_changes


def test_a_state_of_the_past_is_restored_without_losing_what_came_after(client, site, people):
    first = latest(site)
    actions.update_site(site, {"population_total": 99}, by=people.correspondent)
    path = reverse("sites:compare", args=["31", site.slug, first.pk])

    compared = client.get(path).content.decode()
    client.post(path)

    assert "99" in compared
    assert SitePage.objects.get(pk=site.pk).population_total == 40
    assert latest(site).kind == ChangeKind.RESTORED
    assert SiteVersion.objects.filter(site=site).events().count() == 3


def test_an_intervenant_sees_no_button_and_finds_no_form(client_for, site, people):
    client = client_for(people.intervener)

    page = client.get(address(site)).content.decode()

    assert "Rien n’a changé" not in page
    assert client.get(address(site, "eau")).status_code == 404
    assert client.post(address(site) + "rien-n-a-change/").status_code == 404
    with pytest.raises(PermissionDenied):
        actions.update_site(site, {"caravans": 1}, by=people.intervener)


def test_a_site_is_declared_with_its_commune_and_flagged_when_nobody_placed_it(client, site_tree):
    values = {
        "address": "Chemin du Bois",
        "commune": "toulouse",
        "name": "",
        "site_type": "land",
        "declared_at": timezone.localdate().isoformat(),
        "built_at": "",
        "population_total": "",
        "coordinates": "",
    }

    answer = client.post(reverse("sites:declare"), values, follow=True)

    site = SitePage.objects.get(address="Chemin du Bois")
    assert (site.commune.code, site.is_approximate, site.live) == ("31555", True, True)
    assert "Position approximative" in answer.content.decode()
    assert latest(site).kind == ChangeKind.DECLARED
    assert not any(SitePage.find_problems())


@pytest.mark.parametrize(
    "address", ["12 rue du Port, 31000 Toulouse", "12 rue du Port 31000 Toulouse", "Le Bois, Toulouse"]
)
def test_the_commune_comes_from_the_address_when_it_names_one(client, site_tree, address):
    values = {"address": address, "commune": "", "site_type": "land", "declared_at": "2026-01-05"}

    client.post(reverse("sites:declare"), values)

    assert SitePage.objects.get(address=address).commune.code == "31555"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"commune": "nulle-part-sur-rien"}, "n’existe pas"),
        ({"commune": "bordeaux"}, "pas le droit de déclarer un site dans cette commune"),
        ({"commune": "", "coordinates": "43.61, 1.44"}, "Toulouse (31555)"),
        ({"commune": ""}, "Indiquez la commune"),
        ({"commune": "toulouse", "coordinates": "44.84, -0.58"}, "hors du département"),
        ({"commune": "toulouse", "coordinates": "là-bas"}, "latitude puis la longitude"),
        ({"name": "<b>"}, "ne sont pas acceptés"),
        ({"declared_at": "2031-01-01"}, "dans le futur"),
    ],
)
def test_a_declaration_that_cannot_be_is_explained(client, site_tree, typed, told):
    values = {"address": "Chemin", "commune": "toulouse", "site_type": "land", "declared_at": "2026-01-05"} | typed

    answer = client.post(reverse("sites:declare"), values)

    assert answer.status_code == 422
    assert told in answer.content.decode().replace("\u202f", " ")
    assert not SitePage.objects.exists()


def test_a_site_closes_with_the_orientation_of_its_households_and_reopens(client, site):
    closing = {
        "closed_at": "2026-10-01",
        "status": "resorbed",
        "closed_with_solutions": "true",
        "housing_people": "30",
        "housing_households": "8",
    }

    client.post(address(site) + "fermer/", closing)
    closed = SitePage.objects.get(pk=site.pk)
    page = client.get(address(site)).content.decode()
    client.post(address(site) + "rouvrir/")
    reopened = SitePage.objects.get(pk=site.pk)

    assert (closed.status, closed.closed_with_solutions) == ("resorbed", True)
    assert "Logement : 30" in page.replace("\xa0", " ")
    assert (reopened.status, reopened.closed_at, reopened.closed_with_solutions) == ("open", None, None)
    assert latest(site).kind == ChangeKind.REOPENED


def test_a_closing_says_its_context_when_its_cause_is_other(client, site):
    answer = client.post(
        address(site) + "fermer/",
        {
            "closed_at": "2024-01-01",
            "status": "other",
            "closed_with_solutions": "false",
            "housing_people": "1",
            "housing_households": "4",
        },
    )

    html = answer.content.decode()
    assert "Précisez le contexte" in html
    assert "avant son signalement" in html
    assert "plus de ménages que de personnes" in html
    assert SitePage.objects.get(pk=site.pk).status == SiteStatus.OPEN


def test_a_closed_site_is_not_updated(client, site, people):
    actions.close_site(
        site, by=people.correspondent, status="unknown", closed_at=date(2026, 1, 1), closed_with_solutions=None
    )

    assert client.get(address(site, "eau")).status_code == 404
    with pytest.raises(ValidationError, match="fermé"):
        actions.update_site(site, {"caravans": 1}, by=people.correspondent)


def test_a_deleted_site_is_gone_for_everybody_and_its_history_stays(client_for, site, people):
    actions.delete_site(site, by=people.local_admin)

    assert client_for(people.national_admin).get(address(site)).status_code == 404
    assert SiteVersion.objects.filter(site=site).exists()


def test_a_site_moved_to_another_departement_follows_its_commune(site, people, territories):
    actions.update_site(site, {"commune": territories["33063"], "point": ""}, by=people.national_admin)

    moved = SitePage.objects.get(pk=site.pk)
    assert moved.get_parent().specific.territory == territories["33"]
    assert moved.address_on_platform.startswith("/sites/33/")
    assert not any(SitePage.find_problems())


def test_nobody_moves_a_site_to_a_territory_that_is_not_theirs(site, people, territories):
    with pytest.raises(PermissionDenied):
        actions.update_site(site, {"commune": territories["33063"]}, by=people.correspondent)


def test_the_first_site_of_a_departement_makes_its_page(site_tree, territories):
    site = make_site(territories["33063"])

    assert site.get_parent().slug == "33"


def test_a_site_of_origin_that_one_may_not_read_leaves_no_trace_in_the_history(client, site, people, territories):
    elsewhere = make_site(territories["33063"], address="Quai secret")
    actions.update_site(site, {"is_reinstallation": True, "incoming_sites": [elsewhere]}, by=people.national_admin)

    page = client.get(address(site)).content.decode()
    values = form_values(client, site, "caracteristiques") | {"reinstallation_comments": "Venus en mars"}
    client.post(address(site, "caracteristiques"), values)

    assert "Quai secret" not in page
    assert "Sites d’origine des habitants :" not in page
    assert [origin.pk for origin in SitePage.objects.get(pk=site.pk).incoming_sites.all()] == [elsewhere.pk]

"""Every verb of every room holds the rights on single fields itself, whoever calls it."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import GrantException, User
from sites_registry.models import ClosingSolution, SitePage, SiteVersion
from sites_registry.sites import verbs
from sites_registry.sites.exchange.importing import import_sites
from sites_registry.sites.models.state import SiteState
from sites_registry.versioned import verbs as versioned
from sites_registry.versioned.moments import moment
from sites_registry.versioned.publication import Publication
from tests.factories import make_site
from tests.test_shape_of_the_house import MODULES
from tests.wells.models import Tap, Well, WellState, WellVersion

BEFORE = date(2025, 3, 1)


def verbs_of_the_house() -> Iterator[str]:
    """The public functions of each module of verbs, in every room."""
    for module_name in MODULES:
        if "verbs" in module_name.split("."):
            module = importlib.import_module(module_name)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module_name and not name.startswith("_"):
                    yield f"{module_name.removeprefix('sites_registry.')}.{name}"


# --- verbs that take answers: (forbidden and permitted answers) -> what the verb does with them


def declare(world, changes):
    values = {"commune": world.commune, "address": "3 rue Neuve", "site_type": "land"} | changes
    verbs.declare_site(values, by=world.partner)


def update(world, changes):
    verbs.update_site(world.site, changes, by=world.partner)


def record_past(world, changes):
    verbs.record_past_state(world.site, changes, by=world.partner, at=moment(BEFORE))


def declare_well(world, changes):
    answers = {"name" if name == "population_total" else "litres": value for name, value in changes.items()}
    well = Well(commune=world.commune, slug="autre", **{"name": "0"} | answers)
    publication = Publication(world.partner, "declared", timezone.now())
    versioned.declare(well, parent=world.home, publication=publication)


def update_well(world, changes):
    answers = {"name" if name == "population_total" else "litres": value for name, value in changes.items()}
    versioned.update(world.well, answers, by=world.partner, feature=Feature.SITE_UPDATE)


def record_past_of_well(world, changes):
    answers = {"name" if name == "population_total" else "litres": value for name, value in changes.items()}
    versioned.record_past(world.well, answers, by=world.partner, feature=Feature.SITE_UPDATE, at=moment(BEFORE))


TAKE_ANSWERS: dict[str, Callable] = {
    "sites.verbs.editing.declare_site": declare,
    "sites.verbs.editing.update_site": update,
    "sites.verbs.editing.record_past_state": record_past,
    "versioned.verbs.declare": declare_well,
    "versioned.verbs.update": update_well,
    "versioned.verbs.record_past": record_past_of_well,
}
#: Verbs that bring answers back: those that their author may not write stay as they are (tests below).
BRING_BACK = {"sites.verbs.editing.restore_version", "versioned.verbs.restore"}
#: Verbs that take no answer beside those that they are for: (what is called, answers that they have no place for).
TAKE_NO_OTHER = {
    "sites.verbs.closing.close_site": verbs.close_site,
    "sites.verbs.closing.correct_closing": verbs.correct_closing,
    "sites.verbs.closing.reopen_site": verbs.reopen_site,
    "sites.verbs.editing.confirm_unchanged": verbs.confirm_unchanged,
    "sites.verbs.editing.delete_site": verbs.delete_site,
    "sites.verbs.following.pin_site": verbs.pin_site,
    "sites.verbs.following.unpin_site": verbs.unpin_site,
    "sites.verbs.following.start_intervening": verbs.start_intervening,
    "sites.verbs.following.stop_intervening": verbs.stop_intervening,
    "sites.verbs.phases.set_phases": verbs.set_phases,
    "sites.verbs.phases.start_resorption": verbs.start_resorption,
}


@pytest.fixture
def world(site_tree, territories, people, make_well):
    class World:
        home, commune = site_tree.home, territories["31555"]
        partner = people.institutional_partner  # updates and declares sites, fixes no objective
        site = make_site(territories["31555"], at=date(2026, 1, 1))
        well = make_well(people.correspondent)

    return World


def stored() -> tuple:
    sites = SitePage.objects.order_by("pk").values_list("population_total", "resorption_target", "updated_at")
    wells = Well.objects.order_by("pk").values_list("name", "litres", "updated_at")
    return list(sites), SiteVersion.objects.count(), list(wells), WellVersion.objects.count()


def test_every_verb_has_a_row_here():
    assert set(verbs_of_the_house()) == {*TAKE_ANSWERS, *BRING_BACK, *TAKE_NO_OTHER}


@pytest.mark.parametrize("verb", TAKE_ANSWERS)
def test_a_verb_refuses_by_itself_an_answer_that_its_author_may_not_write(world, verb):
    before = stored()

    with pytest.raises(PermissionDenied, match="Vous n’avez pas le droit de modifier : (Objectif|Litres)"):
        TAKE_ANSWERS[verb](world, {"population_total": 12, "resorption_target": 2030})

    assert stored() == before


@pytest.mark.parametrize("verb", TAKE_ANSWERS)
def test_it_stores_the_answer_beside_it_that_they_may_write(world, verb):
    TAKE_ANSWERS[verb](world, {"population_total": 12})

    versions = WellVersion if verb.startswith("versioned") else SiteVersion
    latest = versions.objects.events().first()
    assert latest.author == world.partner
    assert (latest.name if versions is WellVersion else str(latest.population_total)) == "12"


@pytest.mark.parametrize("verb", TAKE_NO_OTHER)
def test_other_verbs_have_no_place_for_such_an_answer(verb):
    parameters = inspect.signature(TAKE_NO_OTHER[verb]).parameters
    takes_anything = any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values())

    assert takes_anything == (verb == "sites.verbs.closing.correct_closing")
    assert not parameters.keys() & (set(SitePage.answer_names()) - SitePage.set_apart)


def test_correcting_a_closing_takes_no_other_answer(world, people):
    closing = {"status": "other", "closed_at": timezone.localdate(), "closing_context": "Départ"}
    site = verbs.close_site(world.site, by=people.correspondent, closed_with_solutions=False, **closing)
    before = stored()

    with pytest.raises(TypeError, match="not about a closing"):
        verbs.correct_closing(site, by=people.national_admin, resorption_target=2030)

    assert stored() == before


def test_restoring_a_site_leaves_the_objective_that_its_author_may_not_write(world, people):
    first = SiteVersion.objects.get(site=world.site)
    site = verbs.update_site(world.site, {"population_total": 9, "resorption_target": 2030}, by=people.correspondent)

    verbs.restore_version(site, first, by=world.partner)

    restored = SitePage.objects.get(pk=site.pk)
    assert (restored.population_total, restored.resorption_target) == (None, 2030)


def test_whoever_may_not_read_the_access_notes_writes_none(world, people, territories):
    GrantException.objects.create(
        user=world.partner, feature=Feature.SITE_READ_ACCESS_NOTES, is_allowed=False, is_national=True
    )
    for act in (declare, update, record_past):
        with pytest.raises(PermissionDenied, match="Informations d’accès"):
            act(world, {"access_notes": "Portail vert"})


def test_no_update_closes_a_site(world, people):
    for changes in (
        {"status": "other", "closed_at": BEFORE},
        {"closing_solutions": [{"kind": "housing", "people": 3}]},
    ):
        with pytest.raises(ValidationError, match="a un formulaire à elle"):
            verbs.update_site(world.site, changes, by=people.national_admin)
        with pytest.raises(ValidationError, match="a un formulaire à elle"):
            verbs.record_past_state(world.site, changes, by=people.national_admin, at=moment(BEFORE))

    assert SitePage.objects.get(pk=world.site.pk).is_open


def test_an_answer_that_stays_as_it_is_needs_no_right(world, people):
    site = verbs.update_site(world.site, {"resorption_target": 2030}, by=people.correspondent)

    verbs.update_site(site, {"resorption_target": 2030, "population_total": 9}, by=world.partner)

    assert SitePage.objects.get(pk=site.pk).population_total == 9
    assert timezone.now() - SitePage.objects.get(pk=site.pk).updated_at < timedelta(minutes=5)


def test_declaring_a_site_says_nothing_of_its_closing(world, people):
    closed = {"status": "other", "closed_at": BEFORE, "closing_context": "x", "closed_with_solutions": False}
    solutions = {"closing_solutions": [ClosingSolution(kind="housing", people=3)]}
    before = stored()

    for changes in (closed, {"closed_at": BEFORE}, solutions):
        with pytest.raises(ValidationError, match="a un formulaire à elle"):
            verbs.declare_site(
                {"commune": world.commune, "address": "3 rue Neuve", "site_type": "land"} | changes,
                by=people.national_admin,
            )

    assert stored() == before


@pytest.mark.parametrize("name", ["commune", "taps"])
def test_relations_and_rows_of_a_new_page_take_their_right_too(world, monkeypatch, name):
    monkeypatch.setattr(WellState, "write_features", {name: Feature.SITE_SET_OBJECTIVE})
    before = stored()

    for rows in ({}, {"taps": [{"kind": "pompe"}]}):
        well = Well(commune=world.commune, slug="autre", name="Autre")
        if not rows:
            well.taps = [Tap(kind="robinet")]
        with pytest.raises(PermissionDenied):
            publication = Publication(world.partner, "declared", timezone.now())
            versioned.declare(well, parent=world.home, publication=publication, children=rows)

    assert stored() == before


def test_verbs_ask_the_stored_site_not_the_one_that_was_read_before(world, people):
    stale = SitePage.objects.with_places().get(pk=world.site.pk)
    verbs.delete_site(world.site, by=people.national_admin)
    states = SiteVersion.objects.count()

    for verb in (verbs.pin_site, verbs.start_intervening):
        with pytest.raises(PermissionDenied):
            verb(stale, by=world.partner)
    with pytest.raises(SitePage.DoesNotExist):
        verbs.record_past_state(stale, {"population_total": 3}, by=world.partner, at=moment(BEFORE))

    assert SiteVersion.objects.count() == states


def test_a_state_that_is_not_past_is_no_state_of_the_past(world):
    with pytest.raises(ValidationError, match="pas passé"):
        verbs.record_past_state(world.site, {"population_total": 3}, by=world.partner, at=timezone.now())


def test_closing_gives_a_cause(world, people):
    closing = {"closed_at": timezone.localdate(), "closed_with_solutions": None}

    with pytest.raises(ValidationError, match="cause"):
        verbs.close_site(world.site, by=people.correspondent, status="open", **closing)


def test_a_right_refused_where_a_site_goes_is_refused_on_the_way(world, people, territories):
    refused = {"feature": Feature.SITE_SET_OBJECTIVE, "is_allowed": False, "territory_ids": [territories["31069"].pk]}
    GrantException.objects.create(user=people.correspondent, **refused)
    person = User.objects.get(pk=people.correspondent.pk)  # rights are read once a request
    changes = {"commune": territories["31069"], "resorption_target": 2031}
    table = f"Identifiant;Code INSEE;Objectif de résorption (année)\r\n{world.site.slug};31069;2031"

    with pytest.raises(PermissionDenied, match="Objectif"):
        verbs.update_site(world.site, changes, by=person)
    report = import_sites(table.encode(), by=person)

    assert [(problem.row, problem.column) for problem in report.problems] == [(2, "Objectif de résorption (année)")]
    assert SitePage.objects.get(pk=world.site.pk).resorption_target is None


def test_what_one_may_not_read_cannot_be_guessed(world, people):
    notes = verbs.update_site(world.site, {"access_notes": "Portail vert"}, by=people.correspondent)
    GrantException.objects.create(
        user=people.correspondent, feature=Feature.SITE_READ_ACCESS_NOTES, is_allowed=False, is_national=True
    )
    person = User.objects.get(pk=people.correspondent.pk)

    for guess in ("Portail vert", "Portail bleu"):
        with pytest.raises(PermissionDenied, match="Informations d’accès"):
            verbs.update_site(notes, {"access_notes": guess}, by=person)
        report = import_sites(f"Identifiant;Informations d’accès\r\n{notes.slug};{guess}".encode(), by=person)
        assert [(problem.row, problem.column) for problem in report.problems] == [(2, "Informations d’accès")]


def test_the_page_shows_no_figure_that_its_reader_may_not_read(world, people, client_for, monkeypatch):
    monkeypatch.setattr(SiteState, "read_features", {"caravans": Feature.FINANCES_ACCESS})
    site = make_site(world.commune, caravans=4747)

    shown = client_for(people.correspondent).get(site.address_on_platform).content.decode()
    hidden = client_for(people.operator).get(site.address_on_platform).content.decode()

    assert "4\u202f747" in shown and "747" not in hidden.replace("\u202f", "")

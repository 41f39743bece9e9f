"""Fixtures shared by the tests of every room."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site

from knowledge.models import HomePage
from rbsite.accounts.enums import Role
from rbsite.accounts.models import User
from rbsite.territories.models import Territory
from sites_registry.models import RegistryPage
from sites_registry.versioned import clock as database
from sites_registry.versioned import verbs
from sites_registry.versioned.publication import Publication

from .factories import OrganisationFactory, UserFactory, make_territories
from .wells.models import Well


@pytest.fixture
def territories(db: None) -> dict[str, Territory]:
    """A small France by code: « 31555 » Toulouse, « 31 » Haute-Garonne, « region-76 » Occitanie, « FR »…"""
    return make_territories()


@pytest.fixture
def site_tree(db: None) -> SimpleNamespace:
    """The pages above sites: `home` (public) and `registry` (signed-in people), served by the default Wagtail site."""
    root = Page.objects.get(depth=1)
    root.get_children().delete()
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=HomePage(title="Agir pour résorber les bidonvilles", slug="accueil"))
    registry = home.add_child(instance=RegistryPage(title="Sites", slug="sites"))
    PageViewRestriction.objects.create(page=registry, restriction_type=PageViewRestriction.LOGIN)
    Site.objects.create(hostname="localhost", port=settings.PORT, root_page=home, is_default_site=True)
    return SimpleNamespace(root=root, home=home, registry=registry)


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """`client_for(user)`: a browser in which `user` has signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def people(territories: dict[str, Territory]) -> SimpleNamespace:
    """One person for each role in Haute-Garonne, both administrators, and a correspondant in Gironde."""
    organisation = OrganisationFactory()
    here = {"organisation": organisation, "areas": [territories["31"]]}
    return SimpleNamespace(
        correspondent=UserFactory(role=Role.CORRESPONDENT, **here),
        institutional_partner=UserFactory(role=Role.INSTITUTIONAL_PARTNER, **here),
        operator=UserFactory(role=Role.OPERATOR, **here),
        intervener=UserFactory(role=Role.INTERVENER, **here),
        observer=UserFactory(role=Role.OBSERVER, **here),
        national_actor=UserFactory(role=Role.NATIONAL_ACTOR, organisation=organisation),
        local_admin=UserFactory(local_admin=True, **here),
        national_admin=UserFactory(national_admin=True, organisation=organisation),
        correspondent_33=UserFactory(
            role=Role.CORRESPONDENT, organisation=organisation, areas=[territories["33"]], last_name="Gironde"
        ),
    )


@pytest.fixture
def make_well(site_tree, territories):
    """`make_well(by, name=…, code="31555", taps=["robinet"])`: declared now, by `by`."""

    def made(by, *, code: str = "31555", taps=(), **answers) -> Well:
        well = Well(commune=territories[code], **{"name": "Puits du moulin"} | answers)
        well.slug = f"puits-{Well.objects.count()}"
        rows = {"taps": [{"kind": kind} for kind in taps]}
        publication = Publication(by, "declared", timezone.now())
        return verbs.declare(well, parent=site_tree.home, publication=publication, children=rows)

    return made


@pytest.fixture
def clock(monkeypatch):
    """`clock(datetime)`: what time it is, for PostgreSQL and for this server."""

    def set_to(now):
        monkeypatch.setattr(timezone, "now", lambda: now)
        monkeypatch.setattr(database, "database_clock", lambda: f"timestamptz '{now.isoformat()}'")

    return set_to

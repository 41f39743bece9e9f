"""Sites full of words that exist nowhere else, and the people who may or may not read them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from django.conf import settings
from django.db import models
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site

from knowledge.models import HomePage, InfoPage
from rbsite.accounts.enums import AdminRole, Feature, Role, UserStatus
from rbsite.accounts.models import GrantException, User
from rbsite.territories.models import Territory
from sites_registry.models import RegistryPage, SitePage
from sites_registry.sites import verbs as actions
from sites_registry.sites.enums import CensusStatus, ClosingSolutionKind, SiteStatus, WaterAccessType
from sites_registry.sites.models.state import SiteState
from tests.factories import OrganisationFactory, UserFactory, make_site, make_territories

#: Every word that is looked for starts so; searches of the tests look for it too.
MARK = "zqx"
HERE, THERE = "31555", "33063"
STATES = ("open", "closed", "deleted", "drafted", "changed", "reinstalled")

#: Answers without which the texts below would not apply and would be emptied.
_ANSWERS = {
    "is_reinstallation": True,
    "census_status": CensusStatus.DONE,
    "census_conducted_at": date(2025, 5, 2),
    "water_access_type": WaterAccessType.OTHER,
    "water_access_is_public": False,
    "water_access_is_continuous": False,
    "water_access_is_local": True,
    "water_access_is_unequal": True,
    "pest_animals_presence": True,
}


@dataclass(frozen=True)
class Secret:
    """A word planted in one column of one site: `kind` says which right it takes to read it."""

    word: str
    commune: str
    #: "site" (site.read), "notes" (site.read_access_notes), "draft" (the editor), "deleted" (nobody).
    kind: str
    where: str


@dataclass
class World:
    """One database for the whole module."""

    territories: dict[str, Territory] = field(default_factory=dict)
    people: dict[str, User | None] = field(default_factory=dict)
    sites: dict[tuple[str, str], SitePage] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)
    home: Page | None = None
    page: Page | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    def plant(self, commune: str, kind: str, where: str) -> str:
        """A new word, written in the list of secrets."""
        word = f"{MARK}{next(self._numbers):04d}xz"
        self.secrets.append(Secret(word, commune, kind, where))
        return word


def build() -> World:
    """A home and an information page, six sites in Toulouse and six in Bordeaux, and a person of each sort."""
    world = World(territories=make_territories())
    _plant_tree(world)
    _invite_people(world)
    for commune, author in ((THERE, "correspondent_33"), (HERE, "correspondent")):
        for state in STATES:
            _plant_site(world, commune, state, world.people[author])
    return world


def text_columns() -> list[models.Field]:
    """Every column of a site in which somebody can write words."""
    written = [*SiteState._meta.local_fields, SitePage._meta.get_field("external_id")]
    return [
        column
        for column in written
        if isinstance(column, (models.CharField, models.TextField))
        and column.editable
        and not column.choices
        and column.name != "point"
    ]


def _texts(
    world: World, commune: str, state: str, kind: str | None = None, without: Collection[str] = ()
) -> dict[str, str]:
    """A word for each text column but those of the closing; the access notes are told apart."""
    words = {}
    for column in text_columns():
        if column.name == "closing_context" or column.name in without:
            continue
        own_kind = "notes" if column.name == "access_notes" else "site"
        words[column.name] = world.plant(commune, kind or own_kind, f"{state}.{column.name}")
    return words


def _plant_site(world: World, commune: str, state: str, author: User) -> None:
    kind = "deleted" if state == "deleted" else None
    day = timezone.localdate() - timedelta(days=90)
    texts = _texts(world, commune, state, kind)
    site = make_site(world.territories[commune], at=day, **texts, **_ANSWERS)
    world.secrets.append(Secret(site.slug, commune, kind or "site", f"{state}.slug"))
    world.sites[commune, state] = site
    if state == "changed":
        newer = _texts(world, commune, "newer", without={"external_id"})
        actions.update_site(site, newer, by=author)
    elif state == "closed":
        _close(world, site, commune, author)
    elif state == "reinstalled":
        origins = [origin for (_commune, name), origin in world.sites.items() if name in ("open", "deleted")]
        actions.update_site(site, {}, by=author)  # a revision before, to compare with
        actions.update_site(site, {"incoming_sites": origins}, by=author)
    elif state == "drafted":
        _draft(world, site, commune, author)
    elif state == "deleted":
        actions.update_site(site, {"incoming_sites": []}, by=author)  # a revision to guess
        actions.delete_site(site, by=world.people["national_admin"])


def _close(world: World, site: SitePage, commune: str, author: User) -> None:
    message = world.plant(commune, "site", "closed.solution")
    solutions = [{"kind": ClosingSolutionKind.HOUSING, "people": 4, "households": 1, "message": message}]
    actions.close_site(
        site,
        by=author,
        status=SiteStatus.OTHER,
        closed_at=timezone.localdate() - timedelta(days=1),
        closed_with_solutions=True,
        closing_context=world.plant(commune, "site", "closed.closing_context"),
        solutions=solutions,
    )


def _draft(world: World, site: SitePage, commune: str, author: User) -> None:
    drafted = SitePage.objects.get(pk=site.pk)
    drafted.assign(_texts(world, commune, "draft", "draft"))
    drafted.prepare()
    drafted.save_revision(user=author, clean=False)


def _plant_tree(world: World) -> None:
    Page.objects.get(depth=1).get_children().delete()
    root = Page.objects.get(depth=1)
    world.home = root.add_child(instance=HomePage(title="Accueil", slug="accueil"))
    world.page = world.home.add_child(instance=InfoPage(title="Mentions légales", slug="mentions"))
    registry = world.home.add_child(instance=RegistryPage(title="Sites", slug="sites"))
    PageViewRestriction.objects.create(page=registry, restriction_type=PageViewRestriction.LOGIN)
    Site.objects.create(hostname="localhost", port=settings.PORT, root_page=world.home, is_default_site=True)
    # A second hostname whose tree starts lower: nothing may be served through it either.
    Site.objects.create(hostname="autre.test", port=80, root_page=registry)


def _invite_people(world: World) -> None:
    places = world.territories
    organisation = OrganisationFactory()
    here = {"organisation": organisation, "areas": [places["31"]]}
    people: dict[str, User | None] = {
        "visitor": None,
        "stranger": UserFactory(organisation=organisation, role=""),
        "correspondent": UserFactory(role=Role.CORRESPONDENT, **here),
        "partner": UserFactory(
            role=Role.INSTITUTIONAL_PARTNER, organisation=organisation, areas=[places[HERE]], options=["close_site"]
        ),
        "operator": UserFactory(role=Role.OPERATOR, **here),
        "intervener": UserFactory(role=Role.INTERVENER, **here),
        "observer": UserFactory(role=Role.OBSERVER, **here),
        "national_actor": UserFactory(role=Role.NATIONAL_ACTOR, organisation=organisation),
        "local_admin": UserFactory(role=Role.OBSERVER, admin_role=AdminRole.LOCAL, **here),
        "national_admin": UserFactory(national_admin=True, organisation=organisation),
        "superuser": UserFactory(role="", is_superuser=True, organisation=organisation),
        "correspondent_33": UserFactory(
            role=Role.CORRESPONDENT, organisation=organisation, areas=[places["33"]], last_name="Gironde"
        ),
        "reader_of_all": UserFactory(role=Role.CORRESPONDENT, options=["read_national"], **here),
        "content_editor": UserFactory(organisation=organisation, role=""),
        "blind_updater": UserFactory(role=Role.CORRESPONDENT, **here),
        "refused_admin": UserFactory(is_superuser=True, national_admin=True, organisation=organisation),
        "inactive": UserFactory(status=UserStatus.INACTIVE, role=Role.CORRESPONDENT, **here),
    }
    world.people = people
    GrantException.objects.create(user=people["content_editor"], feature=Feature.CONTENT_EDIT, is_national=True)
    GrantException.objects.create(
        user=people["blind_updater"],
        feature=Feature.SITE_READ_ACCESS_NOTES,
        is_allowed=False,
        territory_ids=[places["31"].pk],
    )
    for feature in (Feature.SITE_READ, Feature.SITE_READ_ACCESS_NOTES):
        GrantException.objects.create(
            user=people["refused_admin"], feature=feature, is_allowed=False, territory_ids=[places["33"].pk]
        )


#: Person -> communes whose sites they may read; then those whose access notes, and whose drafts, they may read.
READS = {
    "visitor": (),
    "stranger": (),
    "correspondent": (HERE,),
    "partner": (HERE,),
    "operator": (HERE,),
    "intervener": (HERE,),
    "observer": (HERE,),
    "national_actor": (HERE, THERE),
    "local_admin": (HERE,),
    "national_admin": (HERE, THERE),
    "superuser": (HERE, THERE),
    "correspondent_33": (THERE,),
    "reader_of_all": (HERE, THERE),
    "content_editor": (),
    "blind_updater": (HERE,),
    "refused_admin": (HERE,),
    "inactive": (),
}
READS_NOTES = READS | {"observer": (), "blind_updater": (), "reader_of_all": (HERE,)}
READS_DRAFTS = {
    "correspondent": (HERE,),
    "partner": (HERE,),
    "operator": (HERE,),
    "national_admin": (HERE, THERE),
    "superuser": (HERE, THERE),
    "correspondent_33": (THERE,),
    "reader_of_all": (HERE,),
    "refused_admin": (HERE,),
}


def may_read(person: str, secret: Secret) -> bool:
    """What the rules promise, said without asking the code under test."""
    table = {"site": READS, "notes": READS_NOTES, "draft": READS_DRAFTS, "deleted": {}}[secret.kind]
    return secret.commune in table.get(person, ())

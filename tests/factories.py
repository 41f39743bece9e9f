"""Cheap, deterministic objects for tests: nothing is drawn at random, and each costs a handful of queries."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import factory
from django.contrib.auth.hashers import make_password

from rbsite.accounts.enums import OrganisationCategory, Role, UserStatus
from rbsite.accounts.models import Organisation, OrganisationArea, OrganisationType, User, UserArea
from rbsite.territories.enums import TerritoryKind as Kind
from rbsite.territories.loading import Row, write_rows
from rbsite.territories.models import Territory
from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs as actions
from sites_registry.sites.enums import ChangeKind, SiteType
from sites_registry.tree import department_page_for
from sites_registry.versioned.history import Record, children_of, record_states
from sites_registry.versioned.moments import moment

PASSWORD = "mot-de-passe-de-test-1"


class OrganisationTypeFactory(factory.django.DjangoModelFactory):
    """One association type, shared by all who do not ask for another `uid`."""

    uid = "association"
    name_singular = factory.LazyAttribute(lambda type_: type_.uid.replace("-", " ").capitalize())
    name_plural = factory.LazyAttribute(lambda type_: f"{type_.name_singular}s")
    category = OrganisationCategory.ASSOCIATION
    default_role = Role.INTERVENER

    class Meta:
        model = OrganisationType
        django_get_or_create = ("uid",)


class OrganisationFactory(factory.django.DjangoModelFactory):
    """An active association; `areas=[territory, …]` gives its intervention areas, the first one main."""

    name = factory.Sequence(lambda number: f"Association d’essai {number}")
    type = factory.SubFactory(OrganisationTypeFactory)

    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    @factory.post_generation
    def areas(self, create: bool, territories: Iterable[Territory] | None, **_: Any) -> None:
        OrganisationArea.objects.bulk_create(
            OrganisationArea(organisation=self, territory=territory, is_main=not rank)
            for rank, territory in enumerate(territories or ())
        )


class UserFactory(factory.django.DjangoModelFactory):
    """An active person: `UserFactory(role=Role.CORRESPONDENT, areas=[departement])`; the first area is the main one.

    Whoever signs in does so with `PASSWORD`. `local_admin` and `national_admin` are traits.
    """

    email = factory.Sequence(lambda number: f"personne{number}@test.example")
    first_name = "Camille"
    last_name = factory.Sequence(lambda number: f"Essai {number}")
    organisation = factory.SubFactory(OrganisationFactory)
    status = UserStatus.ACTIVE
    role = Role.INTERVENER
    password = factory.LazyFunction(lambda: make_password(PASSWORD))

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        local_admin = factory.Trait(role=Role.CORRESPONDENT, admin_role="local_admin")
        national_admin = factory.Trait(role="", admin_role="national_admin")

    @factory.post_generation
    def areas(self, create: bool, territories: Iterable[Territory] | None, **_: Any) -> None:
        UserArea.objects.bulk_create(
            UserArea(user=self, territory=territory, is_main=not rank)
            for rank, territory in enumerate(territories or ())
        )


def make_site(commune: Territory, *, by: User | None = None, at: date | None = None, **fields: Any) -> SitePage:
    """A published site with its first version; needs the `site_tree` fixture.

    With `by`, declared by that person through `actions.declare_site` (rights asked, revision kept), now, as it was on
    the day `at`. Without `by`, written at once without asking anybody, recorded on the day `at` (today by default),
    with no author and no revision.
    """
    values = {
        "commune": commune,
        "address": "12 chemin du Moulin",
        "site_type": SiteType.LAND,
        "declared_at": at,
    } | fields
    if by is not None:
        return actions.declare_site(values, by=by, at=at)
    when = moment(at)
    incoming_sites = values.pop("incoming_sites", ())
    values["declared_at"] = values["declared_at"] or when.date()
    site = SitePage(**values, situation_at=when, changed_at=when, updated_at=when)
    department_page_for(commune).add_child(instance=site)
    if incoming_sites:
        site.incoming_sites.set(incoming_sites)
        site.incoming_sites.commit()
    record = Record(site.pk, when, site.state_values(), children_of(site))
    record_states(SiteVersion, [record], author=None, kind=ChangeKind.DECLARED, now=when)
    return site


_FR = {"country": (Kind.COUNTRY, "FR")}
_METRO = {**_FR, "zone": (Kind.ZONE, "metro")}
#: Code of a région, name, code of its département here, name.
_REGIONS = (
    ("76", "Occitanie", "31", "Haute-Garonne", 43.36, 1.17),
    ("75", "Nouvelle-Aquitaine", "33", "Gironde", 44.83, -0.57),
    ("11", "Île-de-France", "93", "Seine-Saint-Denis", 48.91, 2.48),
    ("11", "Île-de-France", "75", "Paris", 48.86, 2.34),
    ("93", "Provence-Alpes-Côte d'Azur", "13", "Bouches-du-Rhône", 43.54, 5.09),
)
_EPCIS = (("243100518", "Toulouse Métropole", "31"), ("243300316", "Bordeaux Métropole", "33"))
_COMMUNES = (
    ("31555", "Toulouse", "31", "243100518", 43.60426, 1.44367, "31000 31100 31200 31300 31400 31500", 514_819),
    ("31069", "Blagnac", "31", "243100518", 43.63675, 1.38971, "31700", 27_604),
    ("31149", "Colomiers", "31", "243100518", 43.61058, 1.33467, "31770", 40_882),
    ("33063", "Bordeaux", "33", "243300316", 44.84124, -0.58046, "33000 33100 33200 33300 33800", 267_991),
    ("33281", "Mérignac", "33", "243300316", 44.84247, -0.64512, "33700", 78_090),
    ("93066", "Saint-Denis", "93", "", 48.93564, 2.35387, "93200 93210", 149_077),
    ("75056", "Paris", "75", "", 48.85341, 2.3488, "75004 75018", 2_103_778),
    ("13055", "Marseille", "13", "", 43.29695, 5.38107, "13001 13015", 886_040),
)
_ARRONDISSEMENTS = (
    ("75104", "Paris 4e Arrondissement", "75056", "75004", 27_332),
    ("75118", "Paris 18e Arrondissement", "75056", "75018", 183_127),
    ("13201", "Marseille 1er Arrondissement", "13055", "13001", 37_599),
    ("13215", "Marseille 15e Arrondissement", "13055", "13015", 79_161),
)


def make_territories() -> dict[str, Territory]:
    """Write a small France through the importer's own writer and return it by code.

    « 31555 », « 31 », « 243100518 » as they are; régions, whose numbers are also départements', as « region-76 ».
    """
    rows = {row.key: row for row in _containers()}
    for code, name, departement, epci, latitude, longitude, postcodes, population in _COMMUNES:
        parents = {**rows[Kind.DEPARTEMENT, departement].parents, "departement": (Kind.DEPARTEMENT, departement)}
        if epci:
            parents["epci"] = (Kind.EPCI, epci)
        row = Row(Kind.COMMUNE, code, name, parents, postcodes.split(), [], population, latitude, longitude)
        rows[row.key] = row
    for code, name, commune, postcode, population in _ARRONDISSEMENTS:
        city = rows[Kind.COMMUNE, commune]
        parents = {**city.parents, "commune": city.key}
        centre = city.latitude, city.longitude, True
        rows[Kind.ARRONDISSEMENT, code] = Row(
            Kind.ARRONDISSEMENT, code, name, parents, [postcode], [], population, *centre
        )
    write_rows(list(rows.values()))
    places = Territory.objects.select_related("zone", "region", "departement", "epci", "commune")
    return {f"region-{place.code}" if place.kind == Kind.REGION else place.code: place for place in places}


def _containers() -> Iterable[Row]:
    yield Row(Kind.COUNTRY, "FR", "France")
    yield Row(Kind.ZONE, "metro", "Hexagone", _FR)
    yield Row(Kind.ZONE, "outremer", "Outre-mer", _FR)
    for region, name, code, departement, latitude, longitude in _REGIONS:
        yield Row(Kind.REGION, region, name, _METRO)
        parents = {**_METRO, "region": (Kind.REGION, region)}
        yield Row(Kind.DEPARTEMENT, code, departement, parents, latitude=latitude, longitude=longitude)
        for siren, epci, where in _EPCIS:
            if where == code:
                yield Row(Kind.EPCI, siren, epci, {**parents, "departement": (Kind.DEPARTEMENT, code)})

"""Who may: `readers_of` as a list of people, and what it costs. That it is `can` turned round: test_twins."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from rbsite.accounts.enums import AdminRole, Feature, Role, UserStatus
from rbsite.accounts.models import GrantException, User, UserArea
from rbsite.accounts.permissions import automatic_rights, can, register_automatic_rights
from rbsite.accounts.readers import readers_of
from rbsite.accounts.roles import ADMIN_RIGHTS, RoleRights
from tests.factories import OrganisationFactory, UserFactory, make_site

pytestmark = pytest.mark.django_db

#: Queries that a list of readers may cost, whatever the number of people.
MOST_QUERIES = 3


@pytest.fixture
def automatic():
    """`automatic(holders)`: a right that follows from objects of an upper room, for one test."""

    def register(holders: Callable) -> None:
        register_automatic_rights(lambda user, grants: None, holders)

    known = list(automatic_rights)
    yield register
    automatic_rights[:] = known


def write_readers(numbers: range, organisation, territory) -> None:
    fields = {"organisation": organisation, "role": Role.OBSERVER, "status": UserStatus.ACTIVE, "is_active": True}
    people = User.objects.bulk_create(User(email=f"lecteur{number}@test.example", **fields) for number in numbers)
    UserArea.objects.bulk_create(UserArea(user=person, territory=territory) for person in people)


def test_readers_come_by_name_with_their_organisation_and_its_type(territories, site_tree) -> None:
    site = make_site(territories["31555"])
    organisation = OrganisationFactory(name="Secours d’essai")
    for first_name, last_name in (("Zoé", "Martin"), ("Alix", "Martin"), ("Camille", "Bernard")):
        UserFactory(first_name=first_name, last_name=last_name, organisation=organisation, areas=[territories["31"]])

    with CaptureQueriesContext(connection) as queries:
        said = [f"{one}, {one.organisation.name} ({one.organisation.type})" for one in readers_of(site, "site.read")]

    assert said == [
        f"{name}, Secours d’essai (Association)" for name in ("Camille Bernard", "Alix Martin", "Zoé Martin")
    ]
    assert len(queries) <= MOST_QUERIES


def test_readers_cost_as_many_queries_for_a_thousand_people_as_for_ten(territories, site_tree) -> None:
    site = make_site(territories["31555"])
    organisation = OrganisationFactory()
    GrantException.objects.create(organisation=organisation, feature=Feature.SITE_CREATE, is_national=True)
    costs = []
    for numbers in (range(10), range(10, 1000)):
        write_readers(numbers, organisation, territories["31"])
        with CaptureQueriesContext(connection) as queries:
            kinds = [person.organisation.type.uid for person in readers_of(site, Feature.SITE_READ)]
        assert len(kinds) == numbers.stop
        costs.append(len(queries))

    assert costs[0] == costs[1] <= MOST_QUERIES


@pytest.mark.parametrize(("field", "value"), [("deleted_at", "2026-01-01T00:00:00Z"), ("live", False)])
def test_nobody_reads_what_is_no_longer_there(territories, site_tree, people, field, value) -> None:
    site = make_site(territories["31555"])
    setattr(site, field, value)

    assert not readers_of(site, Feature.SITE_READ).exists()


def test_the_readers_of_a_territory_are_those_who_could_declare_there(territories, people) -> None:
    may_declare = {people.correspondent, people.institutional_partner, people.local_admin, people.national_admin}

    assert set(readers_of(territories["31555"], Feature.SITE_CREATE)) == may_declare


def test_a_superuser_is_a_national_administrator_and_no_other(territories, monkeypatch) -> None:
    superuser = UserFactory(is_superuser=True, role="", admin_role="local_admin", areas=[territories["31"]])
    assert readers_of(territories["33063"], Feature.SITE_DELETE).get() == superuser

    monkeypatch.setitem(ADMIN_RIGHTS, AdminRole.NATIONAL, RoleRights())

    assert not can(superuser, Feature.SITE_DELETE, territories["31555"])
    assert not readers_of(territories["31555"], Feature.SITE_DELETE).exists()


def test_an_automatic_right_that_joins_tables_names_each_person_once(territories, automatic) -> None:
    user = UserFactory(role="", areas=[territories["31"], territories["33"]])
    automatic(lambda obj, feature: Q(area_set__territory__kind="departement"))

    assert list(readers_of(territories["75056"], Feature.ACTION_READ)) == [user]


def test_a_refusal_wins_against_an_automatic_right(territories, automatic) -> None:
    user = UserFactory(role="")
    automatic(lambda obj, feature: Q(pk=user.pk))
    GrantException.objects.create(
        user=user, feature=Feature.ACTION_READ, is_allowed=False, territory_ids=[territories["31"].pk]
    )

    assert not readers_of(territories["31555"], Feature.ACTION_READ).exists()
    assert readers_of(territories["33063"], Feature.ACTION_READ).get() == user

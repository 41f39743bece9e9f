"""Rights: the role table, options, exceptions, and the agreement of all those who ask."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Page
from wagtail.permissions import policy_registry

from rbsite.accounts.enums import AdminRole, Feature, Option, Role, UserStatus
from rbsite.accounts.models import GrantException
from rbsite.accounts.permissions import (
    Grants,
    Scope,
    Standing,
    automatic_rights,
    can,
    grants_for,
    register_automatic_rights,
    require,
)
from sites_registry.models import SitePage, SiteVersion
from tests.accounts.oracle import NATION, OPTIONS, OWN
from tests.factories import OrganisationFactory, UserFactory, make_site

pytestmark = pytest.mark.django_db


def holder(role: str, territories, **fields):
    """A person with that role, or that administration alone, in Haute-Garonne."""
    given_role = {"admin_role": role, "role": ""} if role in AdminRole.values else {"role": role}
    return UserFactory(areas=[territories["31"]], **given_role, **fields)


def on(territory) -> SitePage:
    return SitePage(commune=territory)


def features_on(user, territory) -> set[str]:
    return {feature for feature in Feature.values if can(user, feature, on(territory))}


def refuse(user, feature, *places, **fields) -> None:
    GrantException.objects.create(
        user=user, feature=feature, is_allowed=False, territory_ids=[place.pk for place in places], **fields
    )


# --- the role table


@pytest.mark.parametrize("role", OWN)
def test_a_role_gives_its_rights_at_home_and_no_other(territories, role) -> None:
    assert features_on(holder(role, territories), territories["31555"]) == OWN[role] | NATION.get(role, set())


@pytest.mark.parametrize("role", OWN)
def test_a_role_gives_nothing_elsewhere_unless_it_is_national(territories, role) -> None:
    assert features_on(holder(role, territories), territories["33063"]) == NATION.get(role, set())


@pytest.mark.parametrize(("role", "option", "added", "is_national"), OPTIONS)
def test_an_option_adds_its_rights_to_its_role(territories, role, option, added, is_national) -> None:
    user = holder(role, territories, options=[option])

    assert features_on(user, territories["31555"]) == OWN[role] | NATION.get(role, set()) | added
    assert features_on(user, territories["33063"]) == NATION.get(role, set()) | (added if is_national else set())


@pytest.mark.parametrize("option", Option.values)
@pytest.mark.parametrize("role", OWN)
def test_an_option_that_a_role_does_not_know_adds_nothing(territories, role, option) -> None:
    known = {(known_role, known_option) for known_role, known_option, *_ in OPTIONS}
    user = holder(role, territories, options=[option])

    if (role, option) not in known:
        assert features_on(user, territories["31555"]) == OWN[role] | NATION.get(role, set())


def test_a_local_administration_adds_to_the_role(territories) -> None:
    user = UserFactory(local_admin=True, areas=[territories["31"]])

    assert features_on(user, territories["31555"]) == OWN[Role.CORRESPONDENT] | OWN[AdminRole.LOCAL]


def test_rights_follow_the_territories_of_the_organisation_too(territories) -> None:
    user = UserFactory(role=Role.OPERATOR, organisation=OrganisationFactory(areas=[territories["243100518"]]))

    assert can(user, Feature.SITE_UPDATE, on(territories["31069"]))
    assert not can(user, Feature.SITE_UPDATE, on(territories["33063"]))


@pytest.mark.parametrize("status", [UserStatus.NEW, UserStatus.INACTIVE, UserStatus.REFUSED])
@pytest.mark.parametrize("fields", [{"role": Role.CORRESPONDENT}, {"national_admin": True}, {"is_superuser": True}])
def test_an_account_that_is_not_active_holds_nothing(territories, status, fields) -> None:
    user = UserFactory(status=status, areas=[territories["31"]], **fields)

    assert features_on(user, territories["31555"]) == set()
    assert not any(can(user, feature) for feature in Feature.values)


def test_a_visitor_holds_nothing(territories) -> None:
    assert grants_for(AnonymousUser()) == Grants()
    assert not can(AnonymousUser(), Feature.SITE_READ, on(territories["31555"]))


def test_somebody_without_role_or_territory_holds_nothing(territories) -> None:
    assert features_on(UserFactory(role="", areas=[territories["31"]]), territories["31555"]) == set()
    nowhere = UserFactory(role=Role.CORRESPONDENT)
    assert not any(can(nowhere, feature) for feature in Feature.values)
    assert not nowhere.has_perm("wagtailadmin.access_admin")


def test_a_superuser_holds_what_a_national_administrator_does(territories) -> None:
    assert features_on(UserFactory(is_superuser=True, role=""), territories["33063"]) == set(Feature.values)


def test_require_says_in_french_what_is_missing(territories) -> None:
    with pytest.raises(PermissionDenied, match="Vous n’avez pas le droit : fermer un site"):
        require(UserFactory(role=Role.OBSERVER, areas=[territories["31"]]), Feature.SITE_CLOSE)


# --- territories


@pytest.mark.parametrize(
    ("area", "place", "covered"),
    [
        ("31", "31555", True),
        ("region-76", "31555", True),
        ("243100518", "31069", True),
        ("FR", "33063", True),
        ("31555", "31555", True),
        ("31555", "31069", False),
        ("31", "33063", False),
        ("75056", "75104", True),
        ("75104", "75056", False),
        ("75104", "75118", False),
        ("13055", "13201", True),
    ],
)
def test_a_territory_covers_what_it_contains(territories, site_tree, area, place, covered) -> None:
    user = UserFactory(role=Role.OBSERVER, areas=[territories[area]])
    site = make_site(territories[place])

    assert can(user, Feature.SITE_READ, site) is covered
    assert SitePage.objects.visible_to(user).exists() is covered


# --- exceptions


def test_an_exception_gives_a_right_where_it_says(territories) -> None:
    user = UserFactory(role="")
    GrantException.objects.create(user=user, feature=Feature.SITE_READ, territory_ids=[territories["33"].pk])

    assert features_on(user, territories["33063"]) == {"site.read"}
    assert features_on(user, territories["31555"]) == set()


def test_an_exception_of_the_organisation_reaches_its_members(territories) -> None:
    user = UserFactory(role="")
    GrantException.objects.create(organisation=user.organisation, feature=Feature.SITE_READ, is_national=True)
    other = UserFactory(role="")

    assert can(user, Feature.SITE_READ, on(territories["33063"]))
    assert not can(other, Feature.SITE_READ, on(territories["33063"]))


def test_a_refused_commune_is_out_of_a_granted_departement(territories, site_tree) -> None:
    user = UserFactory(role=Role.CORRESPONDENT, areas=[territories["31"]])
    refuse(user, Feature.SITE_READ, territories["31555"])
    refused, kept = make_site(territories["31555"]), make_site(territories["31069"])

    assert not can(user, Feature.SITE_READ, refused)
    assert list(SitePage.objects.visible_to(user)) == [kept]


@pytest.mark.parametrize("fields", [{"national_admin": True}, {"is_superuser": True}, {"role": Role.NATIONAL_ACTOR}])
def test_a_refusal_wins_against_national_rights(territories, site_tree, fields) -> None:
    user = UserFactory(**fields)
    refuse(user, Feature.SITE_READ, territories["33"])
    refused, kept = make_site(territories["33063"]), make_site(territories["31555"])

    assert not can(user, Feature.SITE_READ, refused)
    assert list(SitePage.objects.visible_to(user)) == [kept]


def test_a_national_refusal_leaves_nothing(territories) -> None:
    user = UserFactory(national_admin=True)
    refuse(user, Feature.SITE_READ, is_national=True)

    assert not can(user, Feature.SITE_READ)
    assert not can(user, Feature.SITE_READ, on(territories["31555"]))


def test_a_refusal_wins_against_an_exception_of_the_organisation(territories) -> None:
    user = UserFactory(role="")
    GrantException.objects.create(organisation=user.organisation, feature=Feature.SITE_READ, is_national=True)
    refuse(user, Feature.SITE_READ, territories["31"])

    assert features_on(user, territories["31555"]) == set()
    assert features_on(user, territories["33063"]) == {"site.read"}


def test_a_refusal_wins_against_the_rights_on_given_objects(territories) -> None:
    scope = Scope(objects={("site", 5)}, refused_territories={territories["31"].pk})
    here, elsewhere = on(territories["31555"]), on(territories["33063"])
    here.pk = elsewhere.pk = 5

    assert not scope.covers(here)
    assert scope.covers(elsewhere)


# --- given objects


@pytest.fixture
def give():
    """`give(user, feature, objects)`: an automatic right on given objects, for one test."""

    def register(user, feature, objects) -> None:
        def add_rights(asked, grants: Grants) -> None:
            if asked == user:
                grants.add([feature], objects=objects)

        register_automatic_rights(add_rights, lambda obj, asked: Q(pk__in=[]))

    known = list(automatic_rights)
    yield register
    automatic_rights[:] = known


def test_a_right_on_given_objects_reaches_those_and_no_other(territories, site_tree, give) -> None:
    user = UserFactory(role="")
    given_site, other = make_site(territories["31555"]), make_site(territories["31555"])
    give(user, Feature.SITE_READ, [("site", given_site.pk), ("action", other.pk)])

    assert can(user, Feature.SITE_READ, given_site)
    assert not can(user, Feature.SITE_READ, other)
    assert list(SitePage.objects.visible_to(user)) == [given_site]


def test_a_right_on_given_objects_alone_is_a_right_somewhere(territories, give) -> None:
    user = UserFactory(role="")
    give(user, Feature.ACTION_READ, [("action", 12)])

    assert can(user, Feature.ACTION_READ)
    assert not can(user, Feature.ACTION_UPDATE)
    assert not can(user, Feature.ACTION_READ, on(territories["31555"]))


def test_a_right_on_a_given_site_reaches_its_history(territories, site_tree, give) -> None:
    user = UserFactory(role="")
    site = make_site(territories["31555"])
    give(user, Feature.HISTORY_EXPORT, [("site", site.pk)])
    version = SiteVersion.objects.get(site=site)

    assert can(user, Feature.HISTORY_EXPORT, version)
    assert list(SiteVersion.objects.visible_to(user, Feature.HISTORY_EXPORT)) == [version]
    assert version.standing == Standing(kind="site", lineage="site__commune__lineage", key="site__pk")


# --- what no longer exists


@pytest.mark.parametrize("gone", [{"deleted_at": timezone.now()}, {"live": False}])
def test_nobody_does_anything_to_what_is_deleted_or_unpublished(territories, site_tree, gone) -> None:
    user = UserFactory(national_admin=True)
    SitePage.objects.filter(pk=make_site(territories["31555"]).pk).update(**gone)
    site = SitePage.objects.get()
    version = SiteVersion.objects.get(site=site)

    assert not any(can(user, feature, asked) for feature in Feature.values for asked in (site, version))
    assert not SitePage.objects.visible_to(user).exists()
    assert can(user, Feature.SITE_READ)


def test_a_site_that_is_about_to_be_declared_can_be_asked_about(territories) -> None:
    assert can(holder(Role.CORRESPONDENT, territories), Feature.SITE_CREATE, on(territories["31555"]))


# --- cost and agreement


def test_rights_cost_at_most_three_queries(territories, django_assert_max_num_queries) -> None:
    organisation = OrganisationFactory(areas=[territories["33"], territories["31"]])
    user = UserFactory(local_admin=True, organisation=organisation, areas=[territories["31"], territories["75"]])
    for feature in list(Feature)[:10]:
        refuse(user, feature, territories["31069"])
    user = type(user).objects.get(pk=user.pk)

    with django_assert_max_num_queries(3):
        for feature in Feature.values:
            can(user, feature, on(territories["31555"]))


COMMUNES = ("31555", "31069", "33063", "75104", "13055")
PLACES = ("31555", "31", "243100518", "region-76", "33", "75056", "75104", "13", "FR")
SITE_FEATURES = (Feature.SITE_READ, Feature.SITE_READ_ACCESS_NOTES, Feature.SITE_UPDATE, Feature.SITE_CORRECT)
EXCEPTIONS = st.tuples(
    st.sampled_from(SITE_FEATURES), st.booleans(), st.booleans(), st.lists(st.sampled_from(PLACES), max_size=2)
)


@given(
    role=st.sampled_from(["", *Role.values]),
    admin_role=st.sampled_from(["", *AdminRole.values]),
    is_superuser=st.booleans(),
    areas=st.lists(st.sampled_from(PLACES), unique=True, max_size=3),
    options=st.lists(st.sampled_from(Option.values), unique=True),
    exceptions=st.lists(EXCEPTIONS, max_size=3),
)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_all_those_who_ask_agree(grounds, role, admin_role, is_superuser, areas, options, exceptions) -> None:
    """`can`, `visible_to`, Wagtail's editor and its explorer give one answer, whatever the grants."""
    territories, sites, organisation = grounds
    user = UserFactory(
        role=role,
        admin_role=admin_role,
        is_superuser=is_superuser,
        organisation=organisation,
        options=options,
        areas=[territories[code] for code in areas],
    )
    for feature, is_allowed, is_national, codes in exceptions:
        places = [territories[code].pk for code in codes]
        GrantException.objects.create(
            user=user, feature=feature, is_allowed=is_allowed, is_national=is_national, territory_ids=places
        )
    policy = policy_registry.get_by_type(Page)

    for feature in SITE_FEATURES:
        allowed = {site.pk for site in sites if can(user, feature, site)}
        assert allowed == set(SitePage.objects.visible_to(user, feature).values_list("pk", flat=True))
    editable = {site.pk for site in sites if site.permissions_for_user(user).can_edit()}
    assert editable == set(policy.editable(user).type(SitePage).values_list("pk", flat=True))
    assert editable == set(policy.explorable_instances(user).type(SitePage).values_list("pk", flat=True))
    assert editable <= set(SitePage.objects.visible_to(user).values_list("pk", flat=True))
    assert all(policy.user_has_permission_for_instance(user, "change", site) == (site.pk in editable) for site in sites)
    assert not policy.instances_user_has_permission_for(user, "delete").type(SitePage).exists()


@pytest.fixture
def grounds(territories, site_tree):
    """Open sites in several communes, and a closed one."""
    sites = [make_site(territories[code]) for code in COMMUNES]
    closed = make_site(territories["31555"])
    SitePage.objects.filter(pk=closed.pk).update(status="other")
    return (
        territories,
        SitePage.objects.with_places().filter(pk__in=[*(s.pk for s in sites), closed.pk]),
        OrganisationFactory(),
    )

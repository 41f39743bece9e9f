"""Rights: the role table, options, exceptions, and the agreement of all those who ask."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Page
from wagtail.permissions import policy_registry

from rbsite.accounts.enums import AdminRole, Feature, Option, Role, UserStatus
from rbsite.accounts.models import GrantException
from rbsite.accounts.permissions import Grants, Scope, can, grants_for, require
from sites_registry.models import SitePage
from tests.factories import OrganisationFactory, UserFactory, make_site

pytestmark = pytest.mark.django_db

READ = {"site.read", "action.read", "statistics.read"}
PARTNER = READ | {"site.read_access_notes", "journal.read"}
EXPORTS = {"site.export", "action.export"}
SENSITIVE = {"procedure.access", "owner.access", "finances.access"}
WRITE = {"site.update", "site.intervene", "journal.write"}
#: What each role may do on its own territories; the role of the right column may do it in the whole country.
OWN = {
    Role.CORRESPONDENT: PARTNER
    | EXPORTS
    | SENSITIVE
    | WRITE
    | {"journal.export", "history.export", "action.create", "action.update"}
    | {f"site.{verb}" for verb in ("create", "close", "reopen", "correct", "set_objective", "manage_phases")},
    Role.INSTITUTIONAL_PARTNER: PARTNER
    | EXPORTS
    | WRITE
    | {"site.create", "site.report", "site.manage_phases", "action.create", "action.update"},
    Role.OPERATOR: PARTNER | EXPORTS | WRITE | {"site.report"},
    Role.INTERVENER: PARTNER | {"site.report", "site.intervene", "journal.write"},
    Role.OBSERVER: READ | {"site.report"},
    Role.NATIONAL_ACTOR: set(),
    AdminRole.LOCAL: PARTNER
    | EXPORTS
    | SENSITIVE
    | {"journal.export", "history.export", "journal.moderate"}
    | {"site.delete", "site.correct", "site.report"}
    | {f"user.{verb}" for verb in ("read", "create", "activate", "deactivate", "export")},
    AdminRole.NATIONAL: set(),
}
NATION = {
    Role.NATIONAL_ACTOR: READ | EXPORTS | {"site.read_access_notes", "site.report"},
    AdminRole.NATIONAL: set(Feature.values),
}
#: Option -> the feature that it adds, to which roles, and whether in the whole country.
OPTIONS = [
    (Role.CORRESPONDENT, Option.READ_NATIONAL, {"site.read", "action.read"}, True),
    (Role.INSTITUTIONAL_PARTNER, Option.CLOSE_SITE, {"site.close"}, False),
    (Role.INSTITUTIONAL_PARTNER, Option.ACCESS_PROCEDURES, {"procedure.access"}, False),
    (Role.OPERATOR, Option.CREATE_SITE, {"site.create"}, False),
    (Role.OPERATOR, Option.CLOSE_SITE, {"site.close"}, False),
    (Role.OPERATOR, Option.ACCESS_PROCEDURES, {"procedure.access"}, False),
    (Role.INTERVENER, Option.ACCESS_PROCEDURES, {"procedure.access"}, False),
    (Role.NATIONAL_ACTOR, Option.ACCESS_PROCEDURES, {"procedure.access"}, True),
    (Role.NATIONAL_ACTOR, Option.ACCESS_FINANCES, {"finances.access"}, True),
]


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

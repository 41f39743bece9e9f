"""`can`, `visible_to` and `readers_of` give one answer, that of the oracle, whoever asks about whatever."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rbsite.accounts import permissions, readers
from rbsite.accounts.enums import AdminRole, Feature, Option, Role, UserStatus
from rbsite.accounts.models import GrantException, Organisation, OrganisationArea, User, UserArea
from rbsite.accounts.permissions import Scope, Standing, automatic_rights, can, register_automatic_rights, scope_q
from rbsite.accounts.readers import readers_of
from rbsite.accounts.roles import ADMIN_RIGHTS, ROLE_RIGHTS, RoleRights
from rbsite.territories.enums import TerritoryKind
from rbsite.territories.models import Territory
from sites_registry.models import SitePage, SiteVersion
from sites_registry.versioned.versions import Version, VersionQuerySet
from tests.accounts.oracle import NATION, OPTIONS, OWN, Gift, Oracle, Reason, Thing, Verdict
from tests.factories import OrganisationTypeFactory, UserFactory, make_site
from tests.wells.models import Well, WellVersion

pytestmark = pytest.mark.django_db

#: How many worlds are drawn, and what each holds; its people are asked about two of `FEATURES` and any third one.
WORLDS = 75
PEOPLE = 12
ORGANISATIONS = 3
EXCEPTIONS = 6
GIFTS = 10
#: How often each of `CASES` must at least have decided.
LEAST = 20

FEATURES = (
    Feature.SITE_READ,
    Feature.SITE_CREATE,
    Feature.SITE_CLOSE,
    Feature.PROCEDURE_ACCESS,
    Feature.FINANCES_ACCESS,
)
#: A kind of things that share their ids with others: what is given on them gives nothing here.
OTHER_KIND = "other"
#: Where people act and exceptions hold.
PLACES = ("31555", "31", "243100518", "region-76", "33", "75056", "75104", "13", "FR")
#: What decides alone in some comparison: the only reason to grant, or the only one to refuse what is granted.
CASES = (
    *(f"role {role}" for role in (*Role.values, *AdminRole.values)),
    *(f"option {option}" for option in Option.values),
    "superuser",
    "area of the user",
    "area of the organisation",
    "exception of the user: nation",
    "exception of the user: territories",
    "exception of the organisation: nation",
    "exception of the organisation: territories",
    "given object: site",
    "given object: shared",
    "refusal of the user: nation",
    "refusal of the user: territories",
    "refusal of the organisation: nation",
    "refusal of the organisation: territories",
    "refusal of a given object",
    *(f"status {status}" for status in UserStatus.values if status != UserStatus.ACTIVE),
    "deleted",
    "unpublished",
    "granted on one of several territories",
    "refused on one of several territories",
    "nothing",
)


# --- what the worlds are made of


def some(random: Random, choices: Sequence[Any], most: int) -> list[Any]:
    """None, one or several of `choices`, as many times none as each other number."""
    return random.sample(choices, random.randint(0, most))


def draw_role_and_options(random: Random) -> tuple[str, list[str]]:
    """Half of the people have an option that their role knows; observers, who may do so little, are drawn twice."""
    if random.random() < 0.5:
        role, option, *_ = random.choice(OPTIONS)
        return role, [option]
    return random.choice(["", *Role.values, Role.OBSERVER]), some(random, Option.values, 2)


def draw_person(random: Random, organisations: list[Organisation]) -> User:
    role, options = draw_role_and_options(random)
    status = random.choice(UserStatus.values) if random.random() < 0.3 else UserStatus.ACTIVE
    return User(
        email=f"{random.getrandbits(64)}@test.example",
        organisation=random.choice([None, *organisations]),
        role=role,
        options=options,
        admin_role=random.choice(AdminRole.values) if random.random() < 0.25 else "",
        is_superuser=random.random() < 0.1,
        status=status,
        is_active=status == UserStatus.ACTIVE,
    )


def draw_exception(
    random: Random, features: list[str], holder: User | Organisation, places: Sequence[Territory]
) -> GrantException:
    return GrantException(
        user=holder if isinstance(holder, User) else None,
        organisation=holder if isinstance(holder, Organisation) else None,
        feature=random.choice(features),
        is_allowed=random.random() < 0.5,
        is_national=random.random() < 0.3,
        territory_ids=[place.pk for place in random.sample(places, random.randint(1, 2))],
    )


@dataclass(frozen=True)
class Family:
    """Objects of one kind, and how those that a person may do something to are listed."""

    objects: dict[Thing, Any]
    visible: Callable[[User, str], Any]
    #: The column of the list that holds the id of the thing.
    key: str = "pk"


@dataclass
class Gifts:
    """An automatic right: an organisation holds features on given objects. An upper room would read its own table."""

    rows: set[Gift] = field(default_factory=set)

    def add_rights(self, user: User, grants: permissions.Grants) -> None:
        for organisation, feature, kind, pk in self.rows:
            if organisation == user.organisation_id:
                grants.add([feature], objects=[(kind, pk)])

    def holders(self, obj: Any, feature: str) -> Q:
        name = obj.standing.name_of(obj)
        return Q(organisation__in=[row[0] for row in self.rows if row[1:] == (feature, *name)])


@dataclass
class World:
    """Everything that stays from one drawing to the next."""

    territories: dict[str, Territory]
    families: list[Family]
    gifts: Gifts
    counted: Counter[str] = field(default_factory=Counter)

    @property
    def things(self) -> list[Thing]:
        return [thing for family in self.families for thing in family.objects]

    def draw(self, random: Random, features: list[str]) -> list[User]:
        """Write people, organisations, exceptions and gifts; return the people."""
        places = [self.territories[code] for code in PLACES]
        type_ = OrganisationTypeFactory()
        organisations = Organisation.objects.bulk_create(
            Organisation(name=f"Structure {number}", type=type_) for number in range(ORGANISATIONS)
        )
        people = User.objects.bulk_create(draw_person(random, organisations) for _ in range(PEOPLE))
        OrganisationArea.objects.bulk_create(
            OrganisationArea(organisation=one, territory=place)
            for one in organisations
            for place in some(random, places, 3)
        )
        UserArea.objects.bulk_create(
            UserArea(user=one, territory=place) for one in people for place in some(random, places, 3)
        )
        holders = [random.choice(random.choice([people, organisations])) for _ in range(EXCEPTIONS)]
        GrantException.objects.bulk_create(draw_exception(random, features, holder, places) for holder in holders)
        self.gifts.rows = {
            (random.choice(organisations).pk, random.choice(features), kind, thing.pk)
            for thing in random.choices(self.things, k=GIFTS)
            for kind in random.choice([[thing.kind], [thing.kind, OTHER_KIND], [OTHER_KIND]])
        }
        return people


# --- the objects


@dataclass(frozen=True)
class Shared:
    """An object that stands on several territories: its row keeps its own lineage."""

    pk: int
    territory_lineage: list[int]
    standing = Standing(kind="shared", lineage="lineage")


def sites_of(territories: dict[str, Territory]) -> Family:
    """Sites on communes and arrondissements, one of them deleted and one unpublished."""
    objects = {}
    for code, states, fields in (
        ("31555", {}, {}),
        ("33063", {}, {}),
        ("75104", {}, {}),
        ("13201", {}, {}),
        ("31555", {"is_deleted": True}, {"deleted_at": timezone.now()}),
        ("75104", {"is_unpublished": True}, {"live": False}),
    ):
        pk = make_site(territories[code]).pk
        SitePage.objects.filter(pk=pk).update(**fields)
        objects[Thing("site", pk, (territories[code].pk,), **states)] = SitePage.objects.with_places().get(pk=pk)
    return Family(objects, SitePage.objects.visible_to)


def shared_of(territories: dict[str, Territory]) -> Family:
    """Objects on two or three territories; a row of territories serves, since it keeps a lineage of its own."""
    objects = {}
    for rank, codes in enumerate((("31555", "33063"), ("31069", "75104"), ("13201", "33", "31149"))):
        places = [territories[code] for code in codes]
        lineage = sorted({pk for place in places for pk in place.lineage})
        row = Territory.objects.create(kind=TerritoryKind.EPCI, code=f"shared-{rank}", lineage=lineage)
        objects[Thing("shared", row.pk, tuple(place.pk for place in places))] = Shared(row.pk, lineage)
    rows = Territory.objects.filter(pk__in=[thing.pk for thing in objects])
    return Family(objects, lambda user, feature: rows.filter(scope_q(user, feature, Shared.standing)))


def states_of(family: Family, model: type[Version]) -> Family:
    """The states of the same pages, which are read by whoever may read their page today."""
    versions = {version.page_id: version for version in model.objects.select_related(f"{model.of}__commune")}
    objects = {thing: versions[thing.pk] for thing in family.objects}
    return Family(objects, model.objects.visible_to, key=f"{model.of}_id")


def wells_of(territories: dict[str, Territory], make_well: Callable, author: User) -> Family:
    """Pages of a kind that only the tests have."""
    wells = {code: make_well(author, code=code) for code in ("31555", "33063")}
    objects = {Thing("well", well.pk, (territories[code].pk,)): well for code, well in wells.items()}
    return Family(objects, Well.objects.visible_to)


@pytest.fixture
def world(territories, make_well) -> Iterator[World]:
    gifts, sites = Gifts(), sites_of(territories)
    wells = wells_of(territories, make_well, UserFactory(national_admin=True))
    register_automatic_rights(gifts.add_rights, gifts.holders)
    states = [states_of(sites, SiteVersion), states_of(wells, WellVersion)]
    yield World(territories, [sites, *states, shared_of(territories), wells], gifts)
    automatic_rights.pop()


# --- the comparison


class Disagreement(AssertionError):
    """Two of those who are asked say otherwise."""


def compare(world: World, random: Random) -> None:
    """Ask everything about everybody in a world that leaves nothing behind."""
    features = sorted({*random.sample(FEATURES, 2), Feature(random.choice(Feature.values))})
    with transaction.atomic():
        people = world.draw(random, features)
        oracle = Oracle(world.gifts.rows)
        for family in world.families:
            for feature in features:
                compare_family(world, family, feature, people, oracle)
        transaction.set_rollback(True)


def compare_family(world: World, family: Family, feature: str, people: list[User], oracle: Oracle) -> None:
    seen = {user: set(family.visible(user, feature).values_list(family.key, flat=True)) for user in people}
    for thing, obj in family.objects.items():
        allowed = set(readers_of(obj, feature).values_list("pk", flat=True))
        for user in people:
            verdict = oracle.verdict(user.pk, feature, thing)
            answers = {
                "can": can(user, feature, obj),
                "visible_to": thing.pk in seen[user],
                "readers_of": user.pk in allowed,
                "oracle": verdict.holds,
            }
            if len(set(answers.values())) > 1:
                raise Disagreement(feature, thing, answers, verdict, oracle.people[user.pk])
            world.counted.update(deciding(verdict))


def deciding(verdict: Verdict) -> Iterator[str]:
    """The cases that decided alone."""
    grounds, against = verdict.grounds, verdict.against
    if not grounds:
        yield "nothing"
    elif not against:
        yield from _alone(grounds)
        if all(reason.is_partial for reason in grounds):
            yield "granted on one of several territories"
    else:
        yield from _alone(against)
        is_refusal = all(reason.what.startswith("refusal") for reason in against)
        if is_refusal and all(reason.what == "given object" for reason in grounds):
            yield "refusal of a given object"
        if is_refusal and all(reason.is_partial for reason in against):
            yield "refused on one of several territories"


def _alone(reasons: frozenset[Reason]) -> Iterator[str]:
    if len({reason.what for reason in reasons}) == 1:
        yield next(iter(reasons)).what
    if len({reason.where for reason in reasons}) == 1:
        yield next(iter(reasons)).where
    if len(reasons) == 1:
        yield from (f"{reason.what}: {reason.where}" for reason in reasons)


def ask_worlds(world: World) -> None:
    """Draw evenly: each example is the seed of a world."""

    @settings(max_examples=WORLDS, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.randoms(use_true_random=True))
    def ask(random: Random) -> None:
        compare(world, random)

    ask()


def test_can_lists_and_readers_agree_with_the_oracle_whatever_the_rights(world) -> None:
    ask_worlds(world)

    assert {case: world.counted[case] for case in CASES if world.counted[case] < LEAST} == {}


def test_the_role_table_says_what_the_oracle_wrote_by_hand() -> None:
    """Random worlds ask few features of each role; here are all of them."""
    for role, rights in {**ROLE_RIGHTS, **ADMIN_RIGHTS}.items():
        assert set(rights.own) == OWN.get(role, set()), role
        assert set(rights.nation) == NATION.get(role, set()), role
        assert {(option, frozenset(features), nation) for option, (features, nation) in rights.options.items()} == {
            (option, frozenset(features), nation) for known, option, features, nation in OPTIONS if known == role
        }, role


# --- the comparison sees faults


def forget_given_objects(patch: pytest.MonkeyPatch) -> None:
    right = Scope.q
    patch.setattr(Scope, "q", lambda scope, standing: right(replace(scope, objects=set()), standing))


def forget_refused_territories(patch: pytest.MonkeyPatch) -> None:
    right = Scope.covers
    patch.setattr(Scope, "covers", lambda scope, obj: right(replace(scope, refused_territories=set()), obj))


def give_observers_more(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(ROLE_RIGHTS, Role.OBSERVER, RoleRights(own=frozenset({Feature.SITE_READ, Feature.SITE_CLOSE})))


def give_observers_a_rare_right(patch: pytest.MonkeyPatch) -> None:
    rights = ROLE_RIGHTS[Role.OBSERVER]
    patch.setitem(ROLE_RIGHTS, Role.OBSERVER, replace(rights, own=rights.own | {Feature.SITE_SET_OBJECTIVE}))


def confuse_the_kinds_of_given_objects(patch: pytest.MonkeyPatch) -> None:
    def granted(scope, standing):
        scope.objects |= {(standing.kind, key) for _kind, key in scope.objects}
        return right(scope, standing)

    right = Scope._granted
    patch.setattr(Scope, "_granted", granted)


def show_the_history_of_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(VersionQuerySet, "visible_to", lambda versions, user, feature: versions)


def forget_what_organisations_are_refused(patch: pytest.MonkeyPatch) -> None:
    right = readers._exceptions
    patch.setattr(readers, "_exceptions", lambda feature, lineage: right(feature, lineage).filter(organisation=None))


def read_what_is_deleted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(permissions, "exists", lambda obj: True)


def forget_the_inverse(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(readers, "automatic_rights", [])


FAULTS = (
    forget_given_objects,
    forget_refused_territories,
    give_observers_more,
    give_observers_a_rare_right,
    confuse_the_kinds_of_given_objects,
    show_the_history_of_everything,
    forget_what_organisations_are_refused,
    read_what_is_deleted,
    forget_the_inverse,
)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_comparison_sees_a_fault_of_the_rule(world, monkeypatch, fault) -> None:
    fault(monkeypatch)

    with pytest.raises(Disagreement):
        ask_worlds(world)

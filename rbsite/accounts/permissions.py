"""Who may do what, and where: the only home of rights.

Every list, page, map, export, API answer, search and mail asks one of these:

- `grants_for(user)` — everything that a person holds, read once a request (two queries, and one for each room that adds
  automatic rights);
- `can(user, feature, obj)` — one question on one object;
- `scope_q(user, feature, standing)` — the same question as a condition on a queryset; `can` and it share `Scope`;
- `readers.readers_of(obj, feature)` — the same question turned round: the people who may.

A protected object says where it is through `territory_lineage`: the ids of the territories that contain it, its own
included (a parent commune therefore covers its arrondissements). It may stand on several territories: a grant on one
of them covers it, a refusal on one of them refuses it. Two things it may say besides: its `standing`, so that rights
can be given on it alone, and `is_existing`, False once it is deleted or unpublished and nobody may do anything to it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, NamedTuple, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q

from rbsite.territories.models import Territory

from .enums import Feature
from .models import GrantException, OrganisationArea, User, UserArea
from .roles import ADMIN_RIGHTS, ROLE_RIGHTS, RoleRights

_REFUSAL = "Vous n’avez pas le droit : {right}."


class Placed(Protocol):
    """Something that stands on territories: a site, an action, a territory itself."""

    @property
    def territory_lineage(self) -> Iterable[int]: ...


class HasFields(Protocol):
    """A model some of whose fields take a right of their own: field -> feature."""

    read_features: Mapping[str, str]
    write_features: Mapping[str, str]

    @classmethod
    def answer_names(cls) -> Iterable[str]:
        """Every field and set of child rows that people read and write."""
        ...


#: The kind and the id of an object on which rights are given: ("action", 12).
Name = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the rows of a table are known and placed; a model says it once, as its `standing`.

    `lineage` leads to the ids of the territories that contain a row: "commune__lineage", or "lineage" for rows that
    keep their own, because they stand on several. `kind` and `key` (a path too) make the row's name.
    """

    kind: str
    lineage: str
    key: str = "pk"

    def seen_from(self, path: str) -> "Standing":
        """The same for rows that lead to these ones by `path` ("site__")."""
        return replace(self, lineage=f"{path}{self.lineage}", key=f"{path}{self.key}")

    def name_of(self, obj: Any) -> Name:
        """The name of `obj`; its id is None as long as it is not stored."""
        return self.kind, reduce(getattr, self.key.split("__"), obj)


@dataclass
class Scope:
    """Where a feature holds: the nation, territories (ids), given objects; and where it is refused in spite of all."""

    nation: bool = False
    territories: set[int] = field(default_factory=set)
    objects: set[Name] = field(default_factory=set)
    refused_nation: bool = False
    refused_territories: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return not self.refused_nation and bool(self.nation or self.territories or self.objects)

    def covers(self, obj: Placed) -> bool:
        """Whether `obj` lies within this scope."""
        lineage = set(obj.territory_lineage)
        if self.refused_nation or lineage & self.refused_territories:
            return False
        return self.nation or bool(lineage & self.territories) or self._names(obj)

    def q(self, standing: Standing) -> Q:
        """The same as `covers`, for the rows of a table."""
        if self.refused_nation:
            return Q(pk__in=[])
        q = self._granted(standing)
        if self.refused_territories:
            q &= ~Q(**{f"{standing.lineage}__overlap": sorted(self.refused_territories)})
        return q

    def _granted(self, standing: Standing) -> Q:
        q = Q(pk__in=[])
        if self.nation:
            return ~q  # not an empty Q: conditional expressions refuse one
        if self.territories:
            q |= Q(**{f"{standing.lineage}__overlap": sorted(self.territories)})
        if keys := sorted(key for kind, key in self.objects if kind == standing.kind):
            q |= Q(**{f"{standing.key}__in": keys})
        return q

    def _names(self, obj: Placed) -> bool:
        standing: Standing | None = getattr(obj, "standing", None)
        return bool(self.objects) and standing is not None and standing.name_of(obj) in self.objects


class Grants(dict[str, Scope]):
    """All the features of a person; a feature that is absent is not held."""

    def scope(self, feature: str) -> Scope:
        return self.get(feature) or Scope()

    def add(
        self,
        features: Iterable[str],
        *,
        nation: bool = False,
        territories: Collection[int] = (),
        objects: Collection[Name] = (),
    ) -> None:
        """Give each of `features` in the whole nation, on territories (ids), on given objects."""
        for feature in features:
            scope = self.setdefault(feature, Scope())
            scope.nation |= nation
            scope.territories.update(territories)
            scope.objects.update(objects)


class AutomaticRights(NamedTuple):
    """Rights that follow from the objects of an upper room (pilots and operators of actions), asked both ways."""

    add_rights: Callable[[User, Grants], None]
    holders: Callable[[Placed, str], Q]


automatic_rights: list[AutomaticRights] = []


def register_automatic_rights(add_rights: Callable[[User, Grants], None], holders: Callable[[Placed, str], Q]) -> None:
    """Let an upper room add rights that follow from its own objects.

    `add_rights(user, grants)`: at most one query, called once a request. `holders(obj, feature)` is its inverse: the
    people to whom it gives `feature` on `obj`, as a condition on `User`; it may be asked about any kind of object.
    """
    automatic_rights.append(AutomaticRights(add_rights, holders))


def grants_for(user: User | AnonymousUser) -> Grants:
    """Return everything that `user` holds; kept on the instance, hence for one request."""
    if not isinstance(user, User) or not user.is_active:
        return Grants()
    if user.cached_grants is None:
        user.cached_grants = _compute_grants(user)
    return user.cached_grants


def can(user: User | AnonymousUser, feature: str, obj: Placed | None = None) -> bool:
    """Whether `user` may do `feature` to `obj` — or somewhere at all, when `obj` is None."""
    scope = grants_for(user).scope(feature)
    return bool(scope) if obj is None else exists(obj) and scope.covers(obj)


def exists(obj: Placed) -> bool:
    """Whether `obj` is there to be read: neither deleted nor unpublished. What cannot be either always is."""
    return bool(getattr(obj, "is_existing", True))


def require(user: User | AnonymousUser, feature: str, obj: Placed | None = None) -> None:
    """Raise PermissionDenied, in French, unless `can`."""
    if not can(user, feature, obj):
        raise PermissionDenied(_REFUSAL.format(right=Feature(feature).label.lower()))


def readable_fields(user: User | AnonymousUser, obj: Placed, model: type[HasFields] | None = None) -> frozenset[str]:
    """The fields of `obj` that `user` may read, given that they may read it.

    For an object that does not exist yet, `obj` is the territory where it will stand and `model` says what it will be.
    """
    of: Any = model or type(obj)
    return frozenset(
        name for name in of.answer_names() if name not in of.read_features or can(user, of.read_features[name], obj)
    )


def writable_fields(user: User | AnonymousUser, obj: Placed, model: type[HasFields] | None = None) -> frozenset[str]:
    """The fields that `user` may change in an `obj` that they may change; nobody writes what they cannot read."""
    of: Any = model or type(obj)
    return frozenset(
        name
        for name in readable_fields(user, obj, model)
        if name not in of.write_features or can(user, of.write_features[name], obj)
    )


def whoever_may(feature: str) -> Callable[..., bool]:
    """`can` for the entries of registries: the right to do `feature`, to the object shown when there is one."""
    return lambda user, obj=None: can(user, feature, obj)


def scope_q(user: User | AnonymousUser, feature: str, standing: Standing) -> Q:
    """The rows on which `user` may do `feature`, as a condition; rows that no longer exist are left to the queryset."""
    return grants_for(user).scope(feature).q(standing)


def own_territory_ids(user: User) -> list[int]:
    """Ids of the territories of the person and of their organisation, the main ones first (one query)."""
    areas = UserArea.objects.filter(user=user).values_list("is_main", "territory_id")
    if user.organisation_id:
        organisation_areas = OrganisationArea.objects.filter(organisation_id=user.organisation_id)
        areas = areas.union(organisation_areas.values_list("is_main", "territory_id"))
    return [territory_id for _main, territory_id in sorted(areas, key=lambda area: not area[0])]


def own_territories(user: User) -> list[Territory]:
    """The territories themselves, in the same order (one query)."""
    personal = UserArea.objects.filter(user=user, territory=OuterRef("pk"))
    shared = OrganisationArea.objects.filter(organisation=user.organisation_id, territory=OuterRef("pk"))
    of_theirs = Territory.objects.filter(Exists(personal) | Exists(shared)).select_related("departement", "region")
    main = Exists(personal.filter(is_main=True)) | Exists(shared.filter(is_main=True))
    return list(of_theirs.annotate(is_own_main=main).order_by("-is_own_main", "pk"))


def _compute_grants(user: User) -> Grants:
    grants = Grants()
    territories = own_territory_ids(user)
    admin_role = "national_admin" if user.is_superuser else user.admin_role
    for rights in (ROLE_RIGHTS.get(user.role), ADMIN_RIGHTS.get(admin_role)):
        if rights is not None:
            _add_role(grants, rights, user, territories)
    exceptions = list(GrantException.objects.filter(Q(user=user) | Q(organisation=user.organisation_id or 0)))
    for exception in exceptions:
        if exception.is_allowed:
            grants.add([exception.feature], nation=exception.is_national, territories=exception.territory_ids)
    for automatic in automatic_rights:
        automatic.add_rights(user, grants)
    for exception in exceptions:
        if not exception.is_allowed:
            scope = grants.setdefault(exception.feature, Scope())
            scope.refused_nation |= exception.is_national
            scope.refused_territories.update(exception.territory_ids)
    return grants


def _add_role(grants: Grants, rights: RoleRights, user: User, territories: list[int]) -> None:
    grants.add(rights.own, territories=territories)
    grants.add(rights.nation, nation=True)
    for option in user.options:
        features, nation = rights.options.get(option, (frozenset(), False))
        grants.add(features, nation=nation, territories=() if nation else territories)

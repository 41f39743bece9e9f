"""Who may do what, and where: the only home of rights.

Every list, page, map, export, API answer, search and mail asks one of these:

- `grants_for(user)` — everything that a person holds, read once a request (two queries, whatever the number of sites);
- `can(user, feature, obj)` — one question on one object;
- `scope_q(user, feature, path)` — the same question as a condition on a queryset; `can` and this one share `Scope`.

A protected object says where it is through `territory_lineage`: the ids of the territories that contain it, its own
included (a parent commune therefore covers its arrondissements). An action also has an id of its own (`action_id`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q

from rbsite.territories.models import Territory

from .enums import Feature
from .models import GrantException, OrganisationArea, User, UserArea
from .roles import ADMIN_RIGHTS, ROLE_RIGHTS, RoleRights


class Placed(Protocol):
    """Something that stands on territories: a site, an action."""

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


@dataclass
class Scope:
    """Where a feature holds: the nation, territories (ids), actions (ids); and where it is refused in spite of all."""

    nation: bool = False
    territories: set[int] = field(default_factory=set)
    actions: set[int] = field(default_factory=set)
    refused_nation: bool = False
    refused_territories: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return not self.refused_nation and bool(self.nation or self.territories or self.actions)

    def covers(self, obj: Placed) -> bool:
        """Whether `obj` lies within this scope."""
        lineage = set(obj.territory_lineage)
        if self.refused_nation or lineage & self.refused_territories:
            return False
        if getattr(obj, "action_id", None) in self.actions:
            return True
        return self.nation or bool(lineage & self.territories)

    def q(self, path: str) -> Q:
        """The same as `covers`, for rows whose territory is reached by `path` ("commune__", or "" on Territory)."""
        nowhere = Q(pk__in=[])
        if self.refused_nation or not (self.nation or self.territories):
            return nowhere
        lineage = f"{path}lineage__overlap"
        everywhere = ~nowhere  # not an empty Q: conditional expressions refuse one
        q = everywhere if self.nation else Q(**{lineage: sorted(self.territories)})
        if self.refused_territories:
            q &= ~Q(**{lineage: sorted(self.refused_territories)})
        return q


class Grants(dict[str, Scope]):
    """All the features of a person; a feature that is absent is not held."""

    def scope(self, feature: str) -> Scope:
        return self.get(feature) or Scope()

    def add(self, features: Iterable[str], *, nation: bool = False, territories: Iterable[int] = ()) -> None:
        for feature in features:
            scope = self.setdefault(feature, Scope())
            scope.nation |= nation
            scope.territories.update(territories)


#: Automatic rights: called with (user, grants), each adds what an upper room knows (pilots and operators of actions).
_automatic_rights: list[Callable[[User, Grants], None]] = []


def register_automatic_rights(add_rights: Callable[[User, Grants], None]) -> None:
    """Let an upper room add rights that follow from its own objects; at most one query, called once a request."""
    _automatic_rights.append(add_rights)


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
    return bool(scope) if obj is None else scope.covers(obj)


def require(user: User | AnonymousUser, feature: str, obj: Placed | None = None) -> None:
    """Raise PermissionDenied, in French, unless `can`."""
    if not can(user, feature, obj):
        raise PermissionDenied(f"Vous n’avez pas le droit : {Feature(feature).label.lower()}.")


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


def scope_q(user: User | AnonymousUser, feature: str, path: str) -> Q:
    """The rows on which `user` may do `feature`, as a condition; see `Scope.q`."""
    return grants_for(user).scope(feature).q(path)


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
    for add_rights in _automatic_rights:
        add_rights(user, grants)
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

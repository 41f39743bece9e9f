"""Who may: `permissions.can` turned round, as one query over people."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet

from .enums import AdminRole
from .models import GrantException, OrganisationArea, User, UserArea
from .permissions import Placed, automatic_rights, exists
from .roles import ADMIN_RIGHTS, ROLE_RIGHTS, RoleRights

_NOBODY = Q(pk__in=[])


def readers_of(obj: Placed, feature: str) -> QuerySet[User]:
    """The active people who may do `feature` to `obj`, with their organisation and its type, by name (one query).

    Exactly those for whom `can` says yes; nobody once the object no longer exists.
    """
    people = User.objects.select_related("organisation__type").order_by("last_name", "first_name", "pk")
    if not exists(obj):
        return people.none()
    lineage = sorted(obj.territory_lineage)
    said = _exceptions(feature, lineage)
    may = _by_role(feature, lineage) | Q(Exists(said.filter(is_allowed=True))) | _by_automatic_rights(obj, feature)
    return people.filter(may, is_active=True).exclude(Exists(said.filter(is_allowed=False)))


def _by_role(feature: str, lineage: list[int]) -> Q:
    """Who holds the feature by role, administration or option, in the nation or where they act."""
    nation, own = _NOBODY, _NOBODY
    for holders, rights in _role_table():
        for needed, is_national in _ways(rights, feature):
            if is_national:
                nation |= holders & needed
            else:
                own |= holders & needed
    return nation | (own & _acting_on(lineage))


def _role_table() -> Iterator[tuple[Q, RoleRights]]:
    """Each row of the table of roles, with its people; a superuser is a national administrator, and no other."""
    for role, rights in ROLE_RIGHTS.items():
        yield Q(role=role), rights
    for role, rights in ADMIN_RIGHTS.items():
        superusers = Q(is_superuser=True)
        named = Q(admin_role=role)
        yield (named | superusers if role == AdminRole.NATIONAL else named & ~superusers), rights


def _ways(rights: RoleRights, feature: str) -> Iterator[tuple[Q, bool]]:
    """What holding `feature` takes besides the role, and whether it then holds in the whole nation."""
    if feature in rights.nation:
        yield Q(), True
    if feature in rights.own:
        yield Q(), False
    for option, (features, is_national) in rights.options.items():
        if feature in features:
            yield Q(options__contains=[option]), is_national


def _acting_on(lineage: list[int]) -> Q:
    personal = UserArea.objects.filter(user=OuterRef("pk"), territory__in=lineage)
    shared = OrganisationArea.objects.filter(organisation=OuterRef("organisation"), territory__in=lineage)
    return Q(Exists(personal)) | Q(Exists(shared))


def _exceptions(feature: str, lineage: list[int]) -> QuerySet[GrantException]:
    """What exceptions on a person, or on their organisation, say of `feature` there."""
    theirs = GrantException.objects.filter(Q(user=OuterRef("pk")) | Q(organisation=OuterRef("organisation")))
    return theirs.filter(Q(is_national=True) | Q(territory_ids__overlap=lineage), feature=feature)


def _by_automatic_rights(obj: Placed, feature: str) -> Q:
    """Asked in queries of their own, so that a condition that joins tables repeats nobody."""
    may = _NOBODY
    for automatic in automatic_rights:
        may |= Q(pk__in=User.objects.filter(automatic.holders(obj, feature)).order_by().values("pk"))
    return may

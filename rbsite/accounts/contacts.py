"""Whom to write to about a place: its local administrators, its correspondants."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from .enums import AdminRole, Role, UserStatus
from .models import OrganisationArea, User, UserArea


def contacts_of(lineage: Iterable[int]) -> list[User]:
    """Local administrators, then correspondants, of the place that the territories of these ids contain (one query).

    Whoever acts on one of these territories, by themselves or through their organisation; those who hold an account.
    """
    return list(_with_duty().filter(_acting_on(lineage)))


def local_admins_of(territory_ids: Iterable[int]) -> QuerySet[User]:
    """Local administrators who act on one of the territories, or on one that contains it."""
    return _with_duty().filter(_acting_on(territory_ids), admin_role=AdminRole.LOCAL)


def _with_duty() -> QuerySet[User]:
    duty = Q(admin_role=AdminRole.LOCAL) | Q(role=Role.CORRESPONDENT)
    people = User.objects.filter(duty, status=UserStatus.ACTIVE).select_related("organisation")
    return people.order_by("-admin_role", "last_name", "first_name", "pk")  # « local_admin » before nothing


def _acting_on(territory_ids: Iterable[int]) -> Q:
    """A sub-query a side: joins would name people once for each of their territories."""
    ids = list(territory_ids)
    people = UserArea.objects.filter(territory__in=ids).values("user")
    organisations = OrganisationArea.objects.filter(territory__in=ids).values("organisation")
    return Q(pk__in=people) | Q(organisation__in=organisations)

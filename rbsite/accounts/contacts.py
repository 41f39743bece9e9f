"""Whom to write to about a place: its local administrators, its correspondants."""

from collections.abc import Iterable

from django.db.models import Case, Q, QuerySet, When

from .enums import AdminRole, Role, UserStatus
from .models import OrganisationArea, User, UserArea

_DUTY = Q(admin_role=AdminRole.LOCAL) | Q(role=Role.CORRESPONDENT)
_BY_DUTY = ("-admin_role", "last_name", "first_name", "pk")  # « local_admin » before nothing


def people_about(lineage: Iterable[int], others: Q) -> QuerySet[User]:
    """The contacts of a place (`is_contact`), in their order, and the `others`; all of them hold an account.

    Contacts: the local administrators, then the correspondants, who act on one of the territories of these ids, by
    themselves or through their organisation.
    """
    is_contact = _DUTY & _acting_on(lineage)
    people = User.objects.filter(is_contact | others, status=UserStatus.ACTIVE).select_related("organisation")
    return people.annotate(is_contact=Case(When(is_contact, then=True), default=False)).order_by(*_BY_DUTY)


def local_admins_of(territory_ids: Iterable[int]) -> QuerySet[User]:
    """Local administrators who act on one of the territories, or on one that contains it."""
    people = User.objects.filter(_acting_on(territory_ids), status=UserStatus.ACTIVE, admin_role=AdminRole.LOCAL)
    return people.select_related("organisation").order_by(*_BY_DUTY)


def _acting_on(territory_ids: Iterable[int]) -> Q:
    """A sub-query a side: joins would name people once for each of their territories."""
    ids = list(territory_ids)
    people = UserArea.objects.filter(territory__in=ids).values("user")
    organisations = OrganisationArea.objects.filter(territory__in=ids).values("organisation")
    return Q(pk__in=people) | Q(organisation__in=organisations)

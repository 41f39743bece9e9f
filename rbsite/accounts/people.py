"""Finding people: everybody who holds an account may find everybody else who does."""

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from .enums import UserStatus
from .models import User

_MAX_WORDS = 6
_LOOKED_IN = ("first_name", "last_name", "organisation__name", "organisation__abbreviation", "position")


def search_people(text: str) -> QuerySet[User]:
    """People whose name, organisation or function hold every word of `text`, accents and case aside."""
    people = User.objects.filter(status=UserStatus.ACTIVE).select_related("organisation")
    words = text.split()[:_MAX_WORDS]
    if not words:
        return people.none()
    for word in words:
        people = people.filter(reduce(or_, (Q(**{f"{name}__unaccent__icontains": word}) for name in _LOOKED_IN)))
    return people.order_by("last_name", "first_name", "pk")

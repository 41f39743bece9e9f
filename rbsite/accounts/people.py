"""Finding people: everybody who holds an account may find everybody else who does."""

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from rbsite.base.finders import FINDERS, Answers, Finder, Proposal

from .enums import UserStatus
from .models import User

_MAX_WORDS = 6
_SOMEBODY, _MEMBER = "Personne", "Personne · {organisation}"
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


def register_finder() -> None:
    """Add people to the one search."""
    FINDERS.register(
        Finder(
            key="personnes",
            order=30,
            title="Personnes",
            find=_find,
            template="accounts/found_people.html",
            propose=_propose,
            queries=1,
        )
    )


def _find(text: str, user: User, limit: int) -> Answers:
    return Answers(list(search_people(text)[:limit]))


def _propose(person: User) -> Proposal:
    who = _MEMBER.format(organisation=person.organisation) if person.organisation else _SOMEBODY
    address = f"{reverse('search')}?{urlencode({'q': str(person)})}"
    return Proposal(str(person), who, address)

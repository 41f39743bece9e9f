"""Whose sites are whose, as conditions on rows of sites: lists, counts and filters all ask these.

Each is a sub-query that the database hashes once, where an EXISTS beside an OR is asked row by row.
"""

from typing import TYPE_CHECKING

from django.db.models import Q

from .people import Intervention, Pin

if TYPE_CHECKING:
    from rbsite.accounts.models import User


def pinned_by(user: "User") -> Q:
    """The sites that `user` keeps at hand."""
    return Q(pk__in=Pin.objects.of(user).values("site"))


def worked_on_by(user: "User") -> Q:
    """The sites on which `user` says that they work."""
    return Q(pk__in=Intervention.objects.of(user).values("site"))


def mine(user: "User") -> Q:
    """« Mes sites »: those that `user` has pinned, and those on which they work."""
    return pinned_by(user) | worked_on_by(user)


def worked_on() -> Q:
    """The sites on which somebody who still has an account says that they work."""
    return Q(pk__in=Intervention.objects.current().values("site"))


def without_intervener() -> Q:
    """The sites on which nobody does."""
    return ~worked_on()

"""Reads of sites, in the words of the field."""

from typing import TYPE_CHECKING, Self

from django.db.models import Exists, OuterRef, Q
from wagtail.models import PageManager

from rbsite.base.text import fold
from rbsite.territories.geo import bounding_box, distance_km
from sites_registry.versioned.pages import VersionedQuerySet

from ..enums import SiteStatus
from .following import mine
from .phases import SitePhase

if TYPE_CHECKING:
    from rbsite.accounts.models import User


class SiteQuerySet(VersionedQuerySet):
    """Sites: every list, map, search, export and count starts from `visible_to`."""

    def read_whole(self) -> Self:
        return self.with_places()

    def open(self) -> Self:
        return self.filter(status=SiteStatus.OPEN)

    def closed(self) -> Self:
        return self.exclude(status=SiteStatus.OPEN)

    def in_resorption(self) -> Self:
        """Open sites that have entered at least one preparatory phase."""
        return self.open().filter(Exists(SitePhase.objects.filter(site=OuterRef("pk"))))

    def mine(self, user: "User") -> Self:
        """The sites that `user` has pinned, and those on which they work."""
        return self.filter(mine(user))

    def near(self, latitude: float, longitude: float, km: float) -> Self:
        """Sites within `km` kilometres of the point, the nearest first, each with its `distance_km`.

        A site that stands at its commune's centre for want of a position is not said to be near anything.
        """
        box = bounding_box(latitude, longitude, km)
        return (
            self.filter(
                is_approximate=False,
                latitude__range=(box.south, box.north),
                longitude__range=(box.west, box.east),
            )
            .annotate(distance_km=distance_km(latitude, longitude))
            .filter(distance_km__lte=km)
            .order_by("distance_km", "pk")
        )

    def matching(self, text: str) -> Self:
        """Sites whose name, address, commune or key contains every word of `text`; failing that, nearly spells them.

        Asks the database once whether the words are there: near spellings cost ten times more to look for.
        """
        words = fold(text).split()
        if not words:
            return self.none()
        containing = self.filter(*(Q(search_text__contains=word) for word in words))
        if containing.exists():
            return containing
        return self.filter(*(Q(search_text__trigram_word_similar=word) for word in words))

    def with_places(self) -> Self:
        """With their commune and what contains it, in the same query."""
        return self.select_related("commune__departement", "commune__epci", "commune__region", "commune__commune")


SiteManager = PageManager.from_queryset(SiteQuerySet)

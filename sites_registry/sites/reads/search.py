"""What sites add to the one search: sites and territories, each under the reader's rights; and the sites around."""

from typing import Any

from django.db.models import Case, When
from django.urls import reverse

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import whoever_may
from rbsite.base.finders import FINDERS, Answers, Finder, Proposal
from rbsite.territories.enums import TerritoryKind
from rbsite.territories.models import Territory

from ..enums import SiteStatus
from ..models import SitePage

#: Answers of each kind on the page, and under the field while somebody types.
SHOWN, PROPOSED = 10, 4
#: How far « Autour de moi » looks, in kilometres, and how many sites it shows.
AROUND_KM, AROUND_SHOWN = 25, 20
_SITE = "Site · {commune}"
_PLACE = "{kind} · {context}"
_KINDS = [kind for kind in TerritoryKind.values if kind not in (TerritoryKind.COUNTRY, TerritoryKind.ZONE)]


def around(latitude: float, longitude: float, user: User) -> list[SitePage]:
    """The open sites around a point, the nearest first, each with its `distance_km`."""
    return list(_sites(user).open().near(latitude, longitude, AROUND_KM)[:AROUND_SHOWN])


def register_finders() -> None:
    """Add the sites, and the territories, which open the lists of their sites."""
    FINDERS.register(
        Finder(
            key="sites",
            order=10,
            title="Sites",
            find=_find_sites,
            template="sites_registry/partials/found_sites.html",
            propose=_propose_site,
            may=whoever_may(Feature.SITE_READ),
            queries=2,
        )
    )
    FINDERS.register(
        Finder(
            key="territoires",
            order=20,
            title="Territoires",
            find=_find_territories,
            template="sites_registry/partials/found_territories.html",
            propose=_propose_territory,
            queries=2,
        )
    )


def _find_sites(text: str, user: User, limit: int) -> Answers:
    """Open sites first."""
    closed_last = Case(When(status=SiteStatus.OPEN, then=0), default=1)
    found = list(_sites(user).matching(text).order_by(closed_last, "title", "pk")[: limit + 1])
    return Answers(found[:limit], has_more=len(found) > limit)


def _propose_site(site: SitePage) -> Proposal:
    context = _SITE.format(commune=site.commune.label)
    return Proposal(site.usual_name, context, site.address_on_platform)


def _find_territories(text: str, user: User, limit: int) -> Answers:
    """Half as many as is asked: the right one is nearly always among the first."""
    return Answers(Territory.objects.search(text, kinds=_KINDS, limit=limit // 2))


def _propose_territory(territory: Territory) -> Proposal:
    kind = TerritoryKind(territory.kind).label
    context = _PLACE.format(kind=kind, context=territory.context) if territory.context else kind
    address = f"{reverse('sites:list')}?territoire={territory.kind}-{territory.code}"
    return Proposal(territory.label, context, address)


def _sites(user: User) -> Any:
    return SitePage.objects.visible_to(user, Feature.SITE_READ).with_places()

"""One search over sites, territories and people, each under the reader's rights."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, When
from django.utils.http import urlencode

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.people import search_people
from rbsite.territories.enums import TerritoryKind
from rbsite.territories.models import Territory

from ..enums import SiteStatus
from ..models import SitePage

#: Answers of each kind on the page, and under the field while somebody types.
SHOWN, PROPOSED = 10, 4
#: How far « Autour de moi » looks, in kilometres, and how many sites it shows.
AROUND_KM, AROUND_SHOWN = 25, 20
_KINDS = [kind for kind in TerritoryKind.values if kind not in (TerritoryKind.COUNTRY, TerritoryKind.ZONE)]


@dataclass(frozen=True)
class Found:
    """What a text names; each list is cut at `limit`, `has_more_sites` says whether that hides sites."""

    sites: list[SitePage]
    territories: list[Territory]
    people: list[User]
    has_more_sites: bool = False

    def __bool__(self) -> bool:
        return bool(self.sites or self.territories or self.people)


def search(text: str, user: User, limit: int = SHOWN) -> Found:
    """Everything that `text` may name, among what `user` may read; open sites first."""
    closed_last = Case(When(status=SiteStatus.OPEN, then=0), default=1)
    sites = _sites(user).matching(text).order_by(closed_last, "title", "pk")
    found = list(sites[: limit + 1])
    territories = Territory.objects.search(text, kinds=_KINDS, limit=limit // 2)
    people = list(search_people(text)[:limit])
    return Found(found[:limit], territories, people, has_more_sites=len(found) > limit)


def around(latitude: float, longitude: float, user: User) -> list[SitePage]:
    """The open sites around a point, the nearest first, each with its `distance_km`."""
    return list(_sites(user).open().near(latitude, longitude, AROUND_KM)[:AROUND_SHOWN])


def list_of(territory: Territory) -> str:
    """The address of the list of a territory's sites."""
    return f"/sites/?territoire={territory.kind}-{territory.code}"


def proposals(found: Found) -> list[dict[str, str]]:
    """The same for the field that proposes while somebody types."""
    return [
        *(
            {"label": site.usual_name, "context": f"Site · {site.commune.label}", "url": site.address_on_platform}
            for site in found.sites
        ),
        *(
            {"label": territory.label, "context": _context(territory), "url": list_of(territory)}
            for territory in found.territories
        ),
        *({"label": str(person), "context": _who(person), "url": _search_for(str(person))} for person in found.people),
    ]


def _context(territory: Territory) -> str:
    kind = TerritoryKind(territory.kind).label
    return f"{kind} · {territory.context}" if territory.context else kind


def _search_for(text: str) -> str:
    return "/recherche/?" + urlencode({"q": text})


def _who(person: User) -> str:
    return f"Personne · {person.organisation}" if person.organisation else "Personne"


def _sites(user: User) -> Any:
    return SitePage.objects.visible_to(user, Feature.SITE_READ).with_places()

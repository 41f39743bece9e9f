"""What the rows of a file refer to (sites, communes), loaded with a handful of queries whatever the number of rows."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from rbsite.accounts.enums import Feature
from rbsite.base.text import fold
from rbsite.territories.models import Territory
from rbsite.territories.resolution import CommuneIndex

from ..models import SitePage

_NUMBER = re.compile(r"^\s*(\d{2,3}|2[ab])\b", re.I)


class Communes:
    """Communes by the code or the name that a row gives. The whole index is loaded only if codes do not suffice."""

    def __init__(self, codes: Iterable[str]):
        self._index: CommuneIndex | None = None
        self._read: dict[tuple[str, str, str], Territory] = {}
        self._by_code: dict[str, list[Territory]] = defaultdict(list)
        wanted = {code.zfill(5).upper() for code in codes if code}
        found = Territory.objects.communes().filter(code__in=wanted) if wanted else ()
        for commune in _with_departement(found):
            self._by_code[commune.code].append(commune)

    def of(self, code: str, name: str, departement: str) -> Territory:
        """The commune that a row names; raises ValueError, in French, with those that it may mean."""
        said = (code, name, departement)
        if said not in self._read:
            self._read[said] = self._resolved(*said)
        return self._read[said]

    def _resolved(self, code: str, name: str, departement: str) -> Territory:
        exact = self._by_code.get(code.zfill(5).upper(), []) if code else []
        if len(exact) == 1:
            return exact[0]
        if self._index is None:
            self._index = CommuneIndex()
        number = _NUMBER.match(departement)
        text = f"{name} ({number[1]})" if number else name
        resolution = self._index.resolve(text, code or None)
        if resolution.match:
            return resolution.match
        candidates = resolution.candidates
        if not code and departement:
            said = fold(name), fold(departement)
            namesakes = [place for place in candidates if (fold(place.name), fold(place.departement.name)) == said]
            if len(namesakes) == 1:
                return namesakes[0]
        proposals = ", ".join(f"{place.label} : {place.code}" for place in candidates)
        problem = "Code INSEE inconnu." if code else "Aucune commune, ou plusieurs, de ce nom."
        raise ValueError(f"{problem} Voulez-vous dire {proposals} ?" if proposals else problem)


def communes_by_id(ids: Iterable[int]) -> dict[int, Territory]:
    """Communes with their département, by primary key (one query)."""
    return {commune.pk: commune for commune in _with_departement(Territory.objects.filter(pk__in=set(ids)))}


def _with_departement(territories):
    return territories.select_related("departement") if territories else territories


@dataclass
class KnownSites:
    """The sites that the file may mean, among those that the person may read and update."""

    by_slug: dict[str, SitePage] = field(default_factory=dict)
    by_external_id: dict[str, list[SitePage]] = field(default_factory=lambda: defaultdict(list))
    #: (commune, external identifier) -> site, for every site: the database accepts each pair once.
    taken: dict[tuple[int, str], int] = field(default_factory=dict)

    @classmethod
    def load(cls, user: Any, keys: Iterable[str], *, lock: bool) -> "KnownSites":
        """Load them in four queries; `lock` keeps everybody else from changing them meanwhile."""
        known = cls()
        wanted = set(keys)
        slugs = {key.lower() for key in wanted}
        sites = SitePage.objects.visible_to(user, Feature.SITE_READ).visible_to(user, Feature.SITE_UPDATE)
        sites = sites.filter(Q(slug__in=slugs) | Q(external_id__in=wanted)).order_by("pk")
        if lock:
            sites = sites.select_for_update(of=("self",))
        found = list(sites)
        communes = communes_by_id(site.commune_id for site in found)
        for site in found:
            site.commune = communes[site.commune_id]
            known.by_slug[site.slug] = site
            if site.external_id:
                known.by_external_id[site.external_id].append(site)
        taken = SitePage.objects.filter(external_id__in=wanted).order_by()
        known.taken = {
            (commune, external_id): pk for commune, external_id, pk in taken.values_list("commune", "external_id", "pk")
        }
        return known

    def find(self, key: str, commune: Territory | None) -> SitePage | None:
        """The site of that key, None when nothing visible has it; raises ValueError when several have it."""
        if key.lower() in self.by_slug:
            return self.by_slug[key.lower()]
        found = self.by_external_id.get(key, [])
        if len(found) > 1:
            here = [site for site in found if commune is not None and site.commune_id == commune.pk]
            if len(here) != 1:
                places = ", ".join(f"{site.commune.name} : {site.slug}" for site in found)
                raise ValueError(f"Plusieurs sites portent cet identifiant : utilisez leur code ({places}).")
            found = here
        return found[0] if found else None

    def sites(self) -> list[SitePage]:
        return list(self.by_slug.values())


class Origins:
    """Sites of origin: those of each known site, and those that keys may name among what the person may read."""

    def __init__(self, user: Any, sites: Iterable[SitePage], keys: Iterable[str]):
        self.of_site = origins_of([site.pk for site in sites])
        readable = SitePage.objects.visible_to(user, Feature.SITE_READ).order_by("pk")
        wanted, present = set(keys), {pk for pks in self.of_site.values() for pk in pks}
        meant = Q(slug__in={key.lower() for key in wanted}) | Q(external_id__in=wanted) | Q(pk__in=present)
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self.titles: dict[int, str] = {}
        for pk, slug, external_id, title in readable.filter(meant).values_list("pk", "slug", "external_id", "title"):
            self.titles[pk] = title
            for key in filter(None, dict.fromkeys((slug, external_id))):
                self._by_key[key].append(pk)

    def after(self, site: SitePage, keys: Iterable[str]) -> list[int]:
        """Primary keys of the sites of origin that `keys` name, with those that the person may not see; sorted.

        Raises ValueError for a key that names nothing.
        """
        before = self.of_site.get(site.pk, [])
        hidden = [pk for pk in before if pk not in self.titles]
        return sorted({*hidden, *(self._one(key, before) for key in keys)})

    def _one(self, key: str, before: list[int]) -> int:
        found = self._by_key.get(key) or self._by_key.get(key.lower(), [])
        found = [pk for pk in found if pk in before] if len(found) > 1 else found
        if len(found) != 1:
            raise ValueError(f"Aucun site connu ne porte l’identifiant « {key} ».")
        return found[0]


def origins_of(site_ids: list[int]) -> dict[int, list[int]]:
    """Site -> sorted primary keys of its sites of origin (one query)."""
    through = SitePage.incoming_sites.through
    found: dict[int, list[int]] = defaultdict(list)
    for site, origin in through.objects.filter(from_sitepage_id__in=site_ids).values_list(
        "from_sitepage_id", "to_sitepage_id"
    ):
        found[site].append(origin)
    return {site: sorted(origins) for site, origins in found.items()}

"""What the rows of a file refer to (sites, communes), loaded with a handful of queries whatever the number of rows."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.text import fold
from rbsite.spreadsheets import values
from rbsite.spreadsheets.cells import Noted
from rbsite.spreadsheets.likeness import similarity, trigrams
from rbsite.territories.communes import CommuneIndex, commune_index
from rbsite.territories.models import Territory
from rbsite.territories.resolution import Doubt, Resolution, is_in, resolve

from ..models import SitePage

#: Columns in which a row says its commune.
COMMUNE_COLUMNS = ("citycode", "commune", "departement", "postcode")
_CODES = ("citycode", "departement", "postcode")
#: Code, name, département and postcode of a commune, as a row gives them.
CommuneWords = tuple[str, str, str, str]

#: In an address: five digits, in two groups or not, after which comes a name, a closing bracket or nothing.
_POSTCODE = re.compile(r"\b(?:F-?)?(\d{2})[ \u00a0]?(\d{3})(?=\)|\s*$|\s*,|\s+[^\W\d_])")
_NUMBER = re.compile(r"^\s*(\d{2,3}|2[ab])\b", re.I)
#: Likeness of trigrams under which the name of a row is not that of its code.
_ANOTHER_NAME = 0.25
_ONLY_ONE = "Lu {label} ({code}), la seule de vos territoires."
_DOUBTS = {
    Doubt.UNKNOWN: "Aucune commune de ce nom.",
    Doubt.SEVERAL: "Plusieurs communes de ce nom.",
    Doubt.CONTRADICTION: "Le département ou le code postal ne correspond pas à cette commune.",
}
_ZERO = "Il manque un zéro : lu {code}, {label}."
_FORMER = "Ancien code : lu {code}, {label}."
_OTHER_PLACE = "« {said} » ne correspond pas à {label}. La commune est retenue : vérifiez le reste de la ligne."
_FORMER_NAME = "Ancien nom : lu {label}."
_OTHER_NAME = "Le code {code} est celui de {label}, pas de « {name} »."
_TWO_AGAINST = "Le code {code} est celui de {label} ; le nom et le code postal disent « {postcode} {name} »."
_SEVERAL_SITES = "Plusieurs sites portent cet identifiant : utilisez leur code ({places})."
_NO_SITE = "Aucun site connu ne porte l’identifiant « {key} »."


def commune_words(row: Mapping[str, Any]) -> CommuneWords:
    """What a row says of its commune."""
    code, departement, postcode = (values.read_identifier(row.get(column)) for column in _CODES)
    code, postcode = code.replace(" ", ""), postcode.replace(" ", "")  # « 31 555 », as a spreadsheet shows numbers
    postcode = postcode.zfill(5) if len(postcode) == 4 and postcode.isdigit() else postcode  # « 01000 » as a number
    return code, values.read_text(row.get("commune")), departement, postcode


def names_a_commune(words: CommuneWords) -> bool:
    """Whether there is enough to look for: a département alone is not."""
    code, name, _departement, postcode = words
    return bool(code or name or postcode)


class UnknownCommune(ValueError):
    """No commune without doubt; `candidates` are those that the person may mean, within their rights."""

    def __init__(self, problem: str, candidates: list[Territory]):
        proposals = ", ".join(f"{place.label} : {place.code}" for place in candidates)
        question = "{problem} Voulez-vous dire {proposals} ?"
        super().__init__(question.format(problem=problem, proposals=proposals) if proposals else problem)
        self.candidates = candidates


class Communes:
    """Communes by the code or the name that a row gives. The whole index is loaded only if codes do not suffice."""

    def __init__(self, codes: Iterable[str], *, by: Any, meanings: Mapping[str, str] | None = None):
        self._index: CommuneIndex | None = None
        self._read: dict[CommuneWords, Territory | UnknownCommune] = {}
        self._notes: dict[CommuneWords, Noted] = {}
        self._user, self._meanings = by, meanings or {}
        self._by_code: dict[str, list[Territory]] = defaultdict(list)
        wanted = {code.zfill(5).upper() for code in (*codes, *self._meanings.values()) if code}
        found = Territory.objects.communes().filter(code__in=wanted) if wanted else ()
        for commune in _with_departement(found):
            self._by_code[commune.code].append(commune)

    def of(self, words: CommuneWords) -> Territory:
        """The commune that a row names; raises UnknownCommune, in French, with those that it may mean."""
        if words not in self._read:
            try:
                self._read[words] = self._resolved(words)
            except UnknownCommune as unknown:
                self._read[words] = unknown
        found = self._read[words]
        if isinstance(found, UnknownCommune):
            raise found
        return found

    def named_in(self, row: Mapping[str, Any]) -> Territory | None:
        """The commune of a row; None when it names none, or not clearly: its cells tell why by themselves."""
        words = commune_words(row)
        try:
            return self.of(words) if names_a_commune(words) else None
        except UnknownCommune:
            return None

    def note_of(self, words: CommuneWords) -> Noted | None:
        """What is to be told of how the commune was understood."""
        return self._notes.get(words)

    def elsewhere(self, commune: Territory, address: str) -> str:
        """What to tell of an address whose postcode is that of other communes (« 8 rue Haute, 31700 Blagnac »)."""
        for postcode in map("".join, _POSTCODE.findall(address)):
            if self._is_of_others(commune, postcode):
                return _OTHER_PLACE.format(label=commune.label, said=postcode)
        return ""

    def _resolved(self, words: CommuneWords) -> Territory:
        code, name, departement, postcode = words
        meant = self._by_code.get(self._meanings.get(commune_key(words), ""), [])
        if len(meant) == 1:
            return meant[0]
        exact = self._by_code.get(code.zfill(5).upper(), []) if code else []
        if len(exact) == 1:
            self._refuse_two_against_one(words, exact[0])
            return self._noted(words, exact[0])
        self._index = self._index or commune_index()
        number = _NUMBER.match(departement)
        there = number[1] if number else self._index.departement_of(departement)
        text = f"{name} ({there})" if there and name else f"{postcode} {name}".strip()
        resolution = resolve(self._index, text, code or None)
        if resolution.match:
            return self._noted(words, resolution.match)
        return self._within_rights(words, resolution)

    def _refuse_two_against_one(self, words: CommuneWords, coded: Territory) -> None:
        """A name and a postcode that agree on another commune than the code: a person says which is meant."""
        code, name, _departement, postcode = words
        if not (name and postcode) or postcode in coded.postcodes or fold(name) == fold(coded.name):
            return
        self._index = self._index or commune_index()
        other = resolve(self._index, f"{postcode} {name}").match
        if other is not None and other.pk != coded.pk:
            problem = _TWO_AGAINST.format(code=code, label=coded.label, name=name, postcode=postcode)
            raise UnknownCommune(problem, [place for place in (other, coded) if self._is_mine(place)])

    def _within_rights(self, words: CommuneWords, resolution: Resolution) -> Territory:
        """The only namesake where the person works, told; else those of there are proposed, and no others."""
        mine = [place for place in resolution.candidates if self._is_mine(place)]
        code, name, *_ = words
        is_namesake = resolution.doubt == Doubt.SEVERAL and len(mine) == 1 and fold(mine[0].name) == fold(name)
        if is_namesake and not code:
            self._notes[words] = Noted(mine[0], _ONLY_ONE.format(label=mine[0].label, code=mine[0].code))
            return mine[0]
        raise UnknownCommune("Code INSEE inconnu." if code else _DOUBTS[resolution.doubt], mine)

    def _is_mine(self, place: Territory) -> bool:
        return can(self._user, Feature.SITE_UPDATE, place) or can(self._user, Feature.SITE_CREATE, place)

    @staticmethod
    def _is_former_name(commune: Territory, name: str) -> bool:
        return any(fold(former) == fold(name) for former in commune.former_names)

    def _noted(self, words: CommuneWords, commune: Territory) -> Territory:
        code, name, departement, postcode = words
        number = _NUMBER.match(departement)
        if code and len(code) == 4 and code.isdigit():
            self._notes[words] = Noted(commune, _ZERO.format(code=code.zfill(5), label=commune.label))
        elif code and code.upper() != commune.code:
            self._notes[words] = Noted(commune, _FORMER.format(code=commune.code, label=commune.label))
        elif not code and name and fold(commune.name) != fold(name) and self._is_former_name(commune, name):
            self._notes[words] = Noted(commune, _FORMER_NAME.format(label=commune.label))
        elif code and name and similarity(trigrams(name), trigrams(commune.name)) < _ANOTHER_NAME:
            sentence = _OTHER_NAME.format(code=commune.code, label=commune.label, name=name)
            self._notes[words] = Noted(commune, sentence, is_warning=True)
        elif number and not is_in(commune, number[1].upper()):
            sentence = _OTHER_PLACE.format(label=commune.label, said=departement)
            self._notes[words] = Noted(commune, sentence, is_warning=True)
        elif postcode and self._is_of_others(commune, postcode):
            sentence = _OTHER_PLACE.format(label=commune.label, said=postcode)
            self._notes[words] = Noted(commune, sentence, is_warning=True)
        return commune

    def _is_of_others(self, commune: Territory, postcode: str) -> bool:
        """Whether the postcode is known, and that of other communes; one of firms is nobody's."""
        if postcode in commune.postcodes:
            return False
        self._index = self._index or commune_index()
        served = self._index.by_postcode(postcode)
        return bool(served) and commune.commune_id not in {place.pk for place in served}


def commune_key(words: Iterable[str]) -> str:
    """What a row says of its commune as one folded text: the key under which a person says what it means."""
    return fold(" ".join(filter(None, words)))


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
    #: (commune, external identifier) -> site, among those that the person may read: others tell nothing of theirs.
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
        taken = SitePage.objects.visible_to(user, Feature.SITE_READ).filter(external_id__in=wanted).order_by()
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
                raise ValueError(_SEVERAL_SITES.format(places=places))
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
            raise ValueError(_NO_SITE.format(key=key))
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

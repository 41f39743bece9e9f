"""Finding a territory from what people type: accents, typos, postcodes and département numbers understood."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, F, IntegerField, Q, Value, When

from rbsite.base.text import fold

from .enums import TerritoryKind as Kind
from .models import Territory

_CODE = re.compile(r"^(?:\d{5}|2[ab]\d{3}|\d{9})$")
_NUMBER = re.compile(r"^(?:\d{1,5}|2[ab]\d{0,3})$")
_COMMUNE_CODE = re.compile(r"\b(\d{5}|2[abAB]\d{3})\b")
_ORDINALS = re.compile(r"\b(\d{1,2})\s*(?:e|eme|er|ieme)?\s*(?:arrondissement|arr|ardt)?\b")
#: Below this likeness (0 to 1, pg_trgm word similarity) a name is not a spelling of another.
_LIKENESS = 0.45


def search_territories(q: str, kinds: Iterable[str] | None = None, limit: int = 8) -> list[Territory]:
    """The territories that `q` may name: exact names first, then beginnings, then near spellings, then population."""
    words = fold(q).split()
    numbers = [word for word in words if _NUMBER.match(word)]
    name = " ".join(word for word in words if word not in numbers)
    if not words:
        return []
    territories = Territory.objects.select_related("departement")
    if kinds is not None:
        territories = territories.filter(kind__in=list(kinds))
    for number in numbers:
        territories = territories.filter(_numbered(number))
    if not name:
        return list(_ranked(territories, Q(code__iexact=numbers[0]))[:limit])
    named = territories.filter(Q(search_text__startswith=name) | Q(search_text__contains=f" {name}"))
    found = list(_ranked(named, Q(search_text__startswith=f"{name} |"), Q(search_text__startswith=name))[:limit])
    if len(found) < limit and len(name) > 3:
        found += _near_spellings(territories.exclude(pk__in=[t.pk for t in found]), name, limit - len(found))
    return found


def _numbered(number: str) -> Q:
    """A code (former ones too), a postcode or a département that begins with `number`; all are in `search_text`."""
    return Q(search_text__contains=f" {number}")


def _ranked(territories, *ranks: Q):
    rank = Case(
        *(When(condition, then=Value(position)) for position, condition in enumerate(ranks)),
        default=Value(len(ranks)),
        output_field=IntegerField(),
    )
    return territories.order_by(rank, F("population").desc(nulls_first=True), "name")


def _near_spellings(territories, name: str, limit: int) -> list[Territory]:
    likely = territories.filter(search_text__trigram_word_similar=name)
    likeness = TrigramWordSimilarity(name, "search_text")
    return list(
        likely.annotate(likeness=likeness)
        .filter(likeness__gte=_LIKENESS)
        .order_by("-likeness", F("population").desc(nulls_last=True))[:limit]
    )


@dataclass(frozen=True)
class Resolution:
    """What a text names: one commune without doubt, or candidates among which a person must choose."""

    match: Territory | None
    candidates: list[Territory] = field(default_factory=list)


class CommuneLookup(Protocol):
    """Where communes are looked up: the database for one text, the memory for a whole file."""

    def by_code(self, code: str) -> list[Territory]: ...

    def by_name(self, folded: str) -> list[Territory]: ...


class _Database:
    """Looks communes up one by one."""

    def by_code(self, code: str) -> list[Territory]:
        communes = Territory.objects.communes().select_related("departement")
        return list(communes.filter(code=code)) or list(communes.filter(former_codes__contains=[code]))

    def by_name(self, folded: str) -> list[Territory]:
        communes = Territory.objects.communes().select_related("departement")
        return list(communes.filter(search_text__startswith=f"{folded} |").order_by(F("population").desc(nulls_last=True)))


class CommuneIndex:
    """All the communes in memory: a file of 10,000 rows costs one query."""

    def __init__(self, communes: Iterable[Territory]):
        self._codes: dict[str, list[Territory]] = defaultdict(list)
        self._former: dict[str, list[Territory]] = defaultdict(list)
        self._names: dict[str, list[Territory]] = defaultdict(list)
        for commune in communes:
            self._codes[commune.code].append(commune)
            self._names[commune.search_text.partition(" |")[0]].append(commune)
            for code in commune.former_codes:
                self._former[code].append(commune)

    @classmethod
    def load(cls) -> "CommuneIndex":
        departements = {row.pk: row for row in Territory.objects.filter(kind=Kind.DEPARTEMENT)}
        communes = list(Territory.objects.communes().order_by(F("population").desc(nulls_last=True)))
        for commune in communes:
            commune.departement = departements.get(commune.departement_id)
        return cls(communes)

    def by_code(self, code: str) -> list[Territory]:
        return self._codes.get(code) or self._former.get(code, [])

    def by_name(self, folded: str) -> list[Territory]:
        return self._names.get(folded, [])

    def resolve(self, text: str, code: str | None = None) -> Resolution:
        """As `resolve_commune`, without a query."""
        return _resolve(self, text, code)


def resolve_commune(text: str, code: str | None = None) -> Resolution:
    """The commune (or municipal arrondissement) that `text`, or better its INSEE code `code`, names.

    Understands « 31555 », codes from before a merger, « Toulouse », « Saint-Denis (93) », « 93200 Saint-Denis »,
    « Marseille 15e », « Toulouse Cedex ». When several communes fit it matches none and gives them as candidates.
    """
    resolution = _resolve(_Database(), text, code)
    if resolution.match is None and not resolution.candidates and text:
        kinds = [Kind.COMMUNE, Kind.ARRONDISSEMENT]
        return Resolution(None, search_territories(text, kinds=kinds, limit=5))
    return resolution


def _resolve(lookup: CommuneLookup, text: str, code: str | None) -> Resolution:
    if code:
        return _only(lookup.by_code(code.strip().upper().zfill(5)))
    numbers = [number.upper() for number in _COMMUNE_CODE.findall(text)]
    folded = fold(text)
    name, hints = _name_and_hints(folded)
    if name:
        named = _named(lookup, name, folded)
        fitting = [commune for commune in named if _fits(commune, hints)]
        return _only(fitting) if fitting or not named else Resolution(None, named)
    for number in numbers:
        if found := lookup.by_code(number):
            return _only(found)
    return Resolution(None)


def _named(lookup: CommuneLookup, name: str, folded: str) -> list[Territory]:
    """Communes of that name; « marseille 15 » is the 15th municipal arrondissement."""
    if (ordinal := _ORDINALS.search(folded)) and (city := folded[: ordinal.start()].strip()):
        rank = int(ordinal[1])
        suffix = "1er" if rank == 1 else f"{rank}e"
        if found := lookup.by_name(f"{city} {suffix} arrondissement"):
            return found
    return lookup.by_name(name)


def _name_and_hints(folded: str) -> tuple[str, list[str]]:
    """Split « saint denis 93 cedex » into the name and what tells it from its namesakes."""
    words = [word for word in folded.split() if word != "cedex"]
    hints = [word for word in words if _NUMBER.match(word) or _CODE.match(word)]
    return " ".join(word for word in words if word not in hints), hints


def _fits(commune: Territory, hints: list[str]) -> bool:
    return all(_is_hint_of(commune, hint) for hint in hints if len(hint) > 1)


def _is_hint_of(commune: Territory, hint: str) -> bool:
    hint = hint.upper()
    if commune.kind == Kind.ARRONDISSEMENT and len(hint) <= 2:
        return True
    same_code = hint in (commune.code, commune.departement_code, *commune.former_codes)
    return same_code or any(postcode.startswith(hint) for postcode in commune.postcodes)


def _only(communes: list[Territory]) -> Resolution:
    return Resolution(communes[0]) if len(communes) == 1 else Resolution(None, list(communes))

"""From what a form or a file says of a commune to the commune itself, or to candidates: never a guess."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

from django.db.models import F

from rbsite.base.text import fold

from .enums import TerritoryKind as Kind
from .models import Territory
from .search import NUMBER, name_of

_KINDS = [Kind.COMMUNE, Kind.ARRONDISSEMENT]
_CODE = re.compile(r"^(?:\d{5}|2[ab]\d{3})$")
_ORDINAL = re.compile(r"^(\d{1,2})(?:e|er|eme|ieme|nd)?$")
_ARTICLES = re.compile(r"^(?:l|la|le|les) ")
_CEDEX = re.compile(r"\bcedex\b.*", re.IGNORECASE)
_SILENT = {"arrondissement", "arr", "ardt"}
_MAX_CANDIDATES = 8


@dataclass(frozen=True)
class Resolution:
    """What a text names: one commune without doubt, or candidates among which a person must choose."""

    match: Territory | None
    candidates: list[Territory] = field(default_factory=list)


class CommuneLookup(Protocol):
    """Where communes are looked up: the database for one text, the memory for a whole file."""

    def by_code(self, code: str) -> list[Territory]:
        """Communes and arrondissements of that INSEE code."""

    def by_former_code(self, code: str) -> list[Territory]:
        """Communes into which the one of that code merged."""

    def by_postcode(self, postcode: str) -> list[Territory]:
        """Communes that this postcode serves."""

    def by_name(self, folded: str) -> list[Territory]:
        """Communes of exactly that folded name, with or without its article, the largest first."""

    def suggestions(self, text: str) -> list[Territory]:
        """Communes of a near spelling."""


class _Database:
    """Looks communes up one by one."""

    def __init__(self) -> None:
        self._communes = (
            Territory.objects.communes()
            .select_related("departement", "region", "commune")
            .order_by(F("population").desc(nulls_last=True), "code")
        )

    def by_code(self, code: str) -> list[Territory]:
        return list(self._communes.filter(code=code))

    def by_former_code(self, code: str) -> list[Territory]:
        return list(self._communes.filter(former_codes__contains=[code]))

    def by_postcode(self, postcode: str) -> list[Territory]:
        served = self._communes.filter(search_text__contains=f" {postcode.lower()} ", postcodes__contains=[postcode])
        return list(served.filter(kind=Kind.COMMUNE))

    def by_name(self, folded: str) -> list[Territory]:
        alike = self._communes.filter(search_text__contains=f" {_ARTICLES.sub('', folded)} |")
        return _same_name(list(alike), folded)

    def suggestions(self, text: str) -> list[Territory]:
        return Territory.objects.search(text, kinds=_KINDS, limit=_MAX_CANDIDATES) if len(text.strip()) > 1 else []


class CommuneIndex:
    """All the communes in the memory, so that a file of 10,000 rows costs two queries."""

    def __init__(self) -> None:
        departements = {row.pk: row for row in Territory.objects.filter(kind=Kind.DEPARTEMENT)}
        self._codes: dict[str, list[Territory]] = defaultdict(list)
        self._former: dict[str, list[Territory]] = defaultdict(list)
        self._postcodes: dict[str, list[Territory]] = defaultdict(list)
        self._names: dict[str, list[Territory]] = defaultdict(list)
        for commune in Territory.objects.communes().order_by(F("population").desc(nulls_last=True), "code"):
            commune.departement = departements.get(commune.departement_id)
            self._codes[commune.code].append(commune)
            self._names[_ARTICLES.sub("", name_of(commune.search_text))].append(commune)
            for code in commune.former_codes:
                self._former[code].append(commune)
            for postcode in commune.postcodes if commune.kind == Kind.COMMUNE else ():
                self._postcodes[postcode].append(commune)
        self._initials: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            self._initials[name[:1]].append(name)

    def by_code(self, code: str) -> list[Territory]:
        return self._codes.get(code, [])

    def by_former_code(self, code: str) -> list[Territory]:
        return self._former.get(code, [])

    def by_postcode(self, postcode: str) -> list[Territory]:
        return self._postcodes.get(postcode, [])

    def by_name(self, folded: str) -> list[Territory]:
        return _same_name(self._names.get(_ARTICLES.sub("", folded), []), folded)

    def suggestions(self, text: str) -> list[Territory]:
        name = _ARTICLES.sub("", " ".join(word for word in fold(text).split() if not NUMBER.match(word)))
        near = get_close_matches(name, self._initials.get(name[:1], []), n=3, cutoff=0.75)
        return [commune for close in near for commune in self._names[close]][:_MAX_CANDIDATES]

    def resolve(self, text: str, code: str | None = None, within: Iterable[int] | None = None) -> Resolution:
        """As `resolve_commune`, without a query."""
        return _resolve(self, text, code, within)


def resolve_commune(text: str, code: str | None = None, within: Iterable[int] | None = None) -> Resolution:
    """The commune (or municipal arrondissement) that `text`, or better its INSEE code `code`, names.

    Understands « 31555 », codes from before a merger, « Toulouse », « Saint-Denis (93) », « 93200 Saint-Denis »,
    « Marseille 15e », « Toulouse Cedex ». When several communes fit it matches none and gives them as candidates.
    With `within` (ids of territories) only communes that lie there count.
    """
    return _resolve(_Database(), text, code, within)


@dataclass(frozen=True)
class _Reading:
    """A text taken apart: « 93200 Saint-Denis » -> name « saint denis », code « 93200 »."""

    name: str
    codes: list[str]
    departements: list[str]
    arrondissement: str

    @classmethod
    def of(cls, text: str) -> "_Reading":
        in_brackets = " ".join(re.findall(r"\(([^()]*)\)", text))
        words = [word for word in fold(_CEDEX.sub("", text)).split() if word not in _SILENT]
        codes = [word.upper() for word in words if _CODE.match(word)]
        numbers = [word.upper() for word in words if NUMBER.match(word) and not _CODE.match(word)]
        ordinals = [word for word in words if _ORDINAL.match(word) and word not in fold(in_brackets).split()]
        name = " ".join(word for word in words if not NUMBER.match(word) and word not in ordinals)
        return cls(name, codes, numbers, _arrondissement(name, ordinals))

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.arrondissement} arrondissement"


def _arrondissement(name: str, ordinals: list[str]) -> str:
    if name not in {"paris", "lyon", "marseille"} or not ordinals:
        return ""
    rank = int(re.sub(r"\D", "", ordinals[0]))
    return "1er" if rank == 1 else f"{rank}e"


def _resolve(lookup: CommuneLookup, text: str, code: str | None, within: Iterable[int] | None) -> Resolution:
    ids = None if within is None else set(within)
    code = (code or "").strip().upper()
    if code:
        code = code.zfill(5)  # spreadsheets drop the zero of « 01004 »
        found = lookup.by_code(code) or lookup.by_former_code(code)
        return _only(_kept(found, ids)) if found else Resolution(None, _kept(lookup.suggestions(text), ids))
    reading = _Reading.of(text)
    found = _kept(_named(lookup, reading) if reading.name else _coded(lookup, reading), ids)
    if not found and text.strip():
        return Resolution(None, _kept(lookup.suggestions(text), ids))
    if reading.name and not _agrees_with_name(found, reading):
        return Resolution(None, found[:_MAX_CANDIDATES])
    return _only(found)


def _coded(lookup: CommuneLookup, reading: _Reading) -> list[Territory]:
    """For a text without a name: INSEE code or postcode; both meanings count when they differ."""
    for code in reading.codes:
        communes = lookup.by_code(code) + lookup.by_postcode(code)
        if found := list({commune.pk: commune for commune in communes}.values()) or lookup.by_former_code(code):
            return found
    return []


def _named(lookup: CommuneLookup, reading: _Reading) -> list[Territory]:
    named = lookup.by_name(reading.full_name) if reading.arrondissement else []
    if named and reading.departements and reading.arrondissement[:-1] == named[0].departement_code:
        return named + lookup.by_name(reading.name)  # « Marseille 13 »: the arrondissement or the département
    named = named or lookup.by_name(reading.name)
    for code in reading.codes:
        if arrondissement := _arrondissement_served(lookup, reading, code):
            return arrondissement
        return [commune for commune in named if _is_code_of(commune, code)] or _elsewhere(lookup, named, code)
    hints = [] if reading.arrondissement and named and named[0].kind == Kind.ARRONDISSEMENT else reading.departements
    return [commune for commune in named if _lies_in(commune, hints)] or named


def _arrondissement_served(lookup: CommuneLookup, reading: _Reading, postcode: str) -> list[Territory]:
    """« 13015 Marseille » is the 15th arrondissement."""
    if reading.name not in {"paris", "lyon", "marseille"}:
        return []
    rank = int(postcode[-2:]) if postcode[-2:].isdigit() else 0
    served = lookup.by_name(f"{reading.name} {'1er' if rank == 1 else f'{rank}e'} arrondissement")
    return [commune for commune in served if postcode in commune.postcodes]


def _is_code_of(commune: Territory, code: str) -> bool:
    return code == commune.code or code in commune.postcodes or code in commune.former_codes


def _elsewhere(lookup: CommuneLookup, named: list[Territory], code: str) -> list[Territory]:
    """A code that fits no commune of the name: a postcode of firms (CEDEX), else the code of a merged commune."""
    same_departement = [commune for commune in named if code.startswith(commune.departement_code or "?")]
    return same_departement or lookup.by_former_code(code) or named


def _lies_in(commune: Territory, departements: list[str]) -> bool:
    return all(commune.departement_code == number.zfill(2) for number in departements)


def _agrees_with_name(found: list[Territory], reading: _Reading) -> bool:
    """False when the only commune of that name is not where the text says: then a person decides."""
    if len(found) != 1:
        return True
    [commune] = found
    if commune.kind == Kind.ARRONDISSEMENT:
        return True
    places = [*(code[: len(commune.departement_code)] for code in reading.codes), *reading.departements]
    codes = [code for code in reading.codes if _is_code_of(commune, code)]
    return bool(codes) or all(place.zfill(2) == commune.departement_code for place in places)


def _same_name(communes: list[Territory], folded: str) -> list[Territory]:
    """Those of exactly that name if any, else those that differ by the article only."""
    exact = [commune for commune in communes if name_of(commune.search_text) == folded]
    bare = _ARTICLES.sub("", folded)
    return exact or [commune for commune in communes if _ARTICLES.sub("", name_of(commune.search_text)) == bare]


def _kept(communes: Iterable[Territory], ids: set[int] | None) -> list[Territory]:
    return [commune for commune in communes if ids is None or ids & set(commune.lineage)]


def _only(communes: list[Territory]) -> Resolution:
    return Resolution(communes[0]) if len(communes) == 1 else Resolution(None, communes[:_MAX_CANDIDATES])

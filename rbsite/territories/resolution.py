"""From what a form or a file says of a commune to the commune itself, or to candidates: never a guess."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from rbsite.base.text import fold

from .communes import MAX_CANDIDATES, CommuneLookup, Database
from .enums import TerritoryKind as Kind
from .models import Territory
from .search import NUMBER

_CODE = re.compile(r"^(?:\d{5}|2[ab]\d{3})$")
_ORDINAL = re.compile(r"^(\d{1,2})(e|er|eme|ieme|nd)?$")
_ENDS_OF_ORDINALS = frozenset({"e", "er", "eme", "ieme", "nd"})
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_CEDEX = re.compile(r"\bcedex\b.*", re.IGNORECASE)
#: « Villeneuve s/ Lot », « Fontenay s/s Bois ».
_SHORTENED = ((re.compile(r"\bs/s ?/? ?", re.IGNORECASE), "sous "), (re.compile(r"\bs/ ?", re.IGNORECASE), "sur "))
_ARTICLES = frozenset({"l", "la", "le", "les"})
_SILENT = {"arrondissement", "arr", "ardt"}
_CITIES = {"paris", "lyon", "marseille"}
#: Communes of a postcode that are proposed whatever their name.
_OF_POSTCODE = 3
#: As many times more people as make a longer name the one that was meant, perhaps.
_FAR_LARGER = 50


class Doubt(StrEnum):
    """Why a text names no commune by itself."""

    NONE = ""
    UNKNOWN = "unknown"
    SEVERAL = "several"
    #: A commune has that name, elsewhere than where the text says.
    CONTRADICTION = "contradiction"


@dataclass(frozen=True)
class Resolution:
    """What a text names: one commune without doubt, or candidates for a person to choose among, the likest first."""

    match: Territory | None
    candidates: list[Territory] = field(default_factory=list)
    doubt: Doubt = Doubt.NONE


def resolve_commune(text: str, code: str | None = None, within: Iterable[int] | None = None) -> Resolution:
    """The commune (or municipal arrondissement) that `text`, or better its INSEE code `code`, names.

    Understands « 31555 », codes and names from before a merger, « Toulouse », « Saint-Denis (93) », « 93200
    Saint-Denis », « Marseille 15e », « Toulouse Cedex ». When several communes fit it matches none and gives them as
    candidates. With `within` (ids of territories) only communes that lie there count.
    """
    return resolve(Database(), text, code, within)


def resolve(
    lookup: CommuneLookup, text: str, code: str | None = None, within: Iterable[int] | None = None
) -> Resolution:
    """As `resolve_commune`, with another way to look communes up."""
    ids = None if within is None else set(within)
    code = (code or "").strip().upper()
    if code:
        code = code.zfill(5)  # spreadsheets drop the zero of « 01004 »
        found = lookup.by_code(code) or lookup.by_former_code(code)
        return _only(found, ids) if found else _unknown(lookup.suggestions(text), ids)
    reading = _Reading.of(_with_number(lookup, text))
    if reading.name:
        return _named(lookup, reading, text, ids)
    if found := _coded(lookup, reading):
        return _only(found, ids)
    return _unknown(lookup.suggestions(text) if text.strip() else [], ids)


def _with_number(lookup: CommuneLookup, text: str) -> str:
    """« Saint-Denis (Seine-Saint-Denis) » is « Saint-Denis (93) »."""
    found = _IN_BRACKETS.search(text)
    if found is None or not (code := lookup.departement_of(found[1])):
        return text
    return f"{text[: found.start()]}({code}){text[found.end() :]}"


@dataclass(frozen=True)
class _Reading:
    """A text taken apart: « 93200 Saint-Denis » -> name « saint denis », code « 93200 »."""

    name: str
    codes: list[str]
    departements: list[str]
    #: « 15e », of one of the cities that have them, and whether it can be nothing else.
    arrondissement: str = ""
    is_sure_ordinal: bool = False

    @classmethod
    def of(cls, text: str) -> "_Reading":
        text = _CEDEX.sub("", text)
        for mark, word in _SHORTENED:
            text = mark.sub(word, text)
        in_brackets = fold(" ".join(_IN_BRACKETS.findall(text))).split()
        words = _with_ordinals([word for word in fold(text).split() if word not in _SILENT])
        codes = [word.upper() for word in words if _CODE.match(word)]
        numbers = [word.upper() for word in words if NUMBER.match(word) and not _CODE.match(word)]
        ordinals = [word for word in words if _ORDINAL.match(word) and word not in in_brackets]
        left = (word for word in words if not NUMBER.match(word) and word not in ordinals)
        name = " ".join(_article_first(list(left), in_brackets))
        match = _ORDINAL.match(ordinals[0]) if ordinals and name in _CITIES else None
        if match is None:
            return cls(name, codes, numbers)
        rank = int(match[1])
        return cls(name, codes, numbers, "1er" if rank == 1 else f"{rank}e", bool(match[2]))

    @property
    def says_where(self) -> bool:
        return bool(self.codes or self.departements)


def _with_ordinals(words: list[str]) -> list[str]:
    """« 16 eme » is « 16eme »."""
    joined: list[str] = []
    for word in words:
        if word in _ENDS_OF_ORDINALS and joined and joined[-1].isdigit() and len(joined[-1]) < 3:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _article_first(words: list[str], in_brackets: list[str]) -> list[str]:
    """« Havre (Le) » is « Le Havre »."""
    is_article = words[-1:] and words[-1] in _ARTICLES and words[-1] in in_brackets
    return [words[-1], *words[:-1]] if is_article else words


def _coded(lookup: CommuneLookup, reading: _Reading) -> list[Territory]:
    """For a text without a name: INSEE code or postcode; both meanings count when they differ."""
    for code in reading.codes:
        if found := _distinct([*lookup.by_code(code), *lookup.by_postcode(code)]) or lookup.by_former_code(code):
            return found
    return []


def _named(lookup: CommuneLookup, reading: _Reading, text: str, ids: set[int] | None) -> Resolution:
    if reading.arrondissement:
        return _of_city(lookup, reading, ids)
    if reading.name in _CITIES and (served := _arrondissements_served(lookup, reading)):
        return _only(served, ids)
    exact, former = lookup.by_name(reading.name), lookup.by_former_name(reading.name)
    if former and not any(fold(commune.name) == reading.name for commune in exact):
        exact, former = [*exact, *former], []  # « La Longeville » has merged, « Longeville » has not: which is meant?
    if not reading.says_where:
        found = _kept(exact, ids) or _kept(former, ids)
        if len(found) == 1 and (larger := _far_larger(lookup, found[0], reading, ids)):
            return _doubtful([*larger, *found], None, Doubt.SEVERAL)
        return _only(found, None) if found else _unknown(lookup.suggestions(text), ids)
    for found in (exact, former):
        if there := [commune for commune in found if _fits(lookup, commune, reading)]:
            return _only(there, ids)
    near = _near_there(lookup, reading)
    if exact or former:
        others = [place for code in reading.codes for place in lookup.by_postcode(code)[:_OF_POSTCODE]]
        return _doubtful([*near, *exact, *former, *others], ids, Doubt.CONTRADICTION)
    merged = [commune for code in reading.codes for commune in lookup.by_former_code(code)]
    return _only(merged, ids) if merged else _unknown([*near, *lookup.suggestions(text)], ids)


def _far_larger(lookup: CommuneLookup, commune: Territory, reading: _Reading, ids: set[int] | None) -> list[Territory]:
    """Communes that people may call so for short: « Évry » is a village, and most of Évry-Courcouronnes."""
    most = _FAR_LARGER * (commune.population or 1)
    return [place for place in _kept(lookup.beginning(reading.name), ids) if (place.population or 0) > most][
        :_OF_POSTCODE
    ]


def _of_city(lookup: CommuneLookup, reading: _Reading, ids: set[int] | None) -> Resolution:
    """An arrondissement of Paris, Lyon or Marseille: one that does not exist is not read as its city."""
    city = lookup.by_name(reading.name)
    named = lookup.by_name(f"{reading.name} {reading.arrondissement} arrondissement")
    rank = reading.arrondissement.removesuffix("er").removesuffix("e")
    if reading.is_sure_ordinal:
        wrong = [code for code in reading.codes if not any(_is_code_of(place, code) for place in named)]
        if named and wrong:
            return _doubtful([*named, *_arrondissements_served(lookup, reading), *city], ids, Doubt.CONTRADICTION)
        return _only(named, ids) if named else _unknown(city, ids)
    if city and city[0].departement_code == rank.zfill(2):
        return _only([*named, *city], ids)  # « Marseille 13 »: the arrondissement or the département
    return _only(named, ids) if named else _doubtful(city, ids, Doubt.CONTRADICTION)


def _arrondissements_served(lookup: CommuneLookup, reading: _Reading) -> list[Territory]:
    """« 13015 Marseille » is the 15th arrondissement."""
    for postcode in reading.codes:
        rank = int(postcode[-2:]) if postcode[-2:].isdigit() else 0
        served = lookup.by_name(f"{reading.name} {'1er' if rank == 1 else f'{rank}e'} arrondissement")
        if found := [commune for commune in served if postcode in commune.postcodes]:
            return found
    return []


def _near_there(lookup: CommuneLookup, reading: _Reading) -> list[Territory]:
    """Communes whose longer name begins so, where the text says: « Évry (91) » may be Évry-Courcouronnes."""
    longer = [*lookup.beginning(reading.name), *lookup.by_former_name(reading.name)]
    served = [place for place in longer if any(_is_code_of(place, code) for code in reading.codes)]
    return [*served, *(place for place in longer if _is_where(place, reading))]


def _fits(lookup: CommuneLookup, commune: Territory, reading: _Reading) -> bool:
    """Whether the commune is where the text says; a code of its département that is nobody else's is one of firms."""
    if commune.kind == Kind.ARRONDISSEMENT:
        return True
    known = all(
        _is_code_of(commune, code)
        or (_starts_as(commune, code) and not lookup.by_code(code) and commune not in lookup.by_former_code(code))
        or commune in lookup.by_former_code(code)
        for code in reading.codes
    )
    return known and all(is_in(commune, number) for number in reading.departements)


def _is_where(commune: Territory, reading: _Reading) -> bool:
    """Whether it lies in the département that the text says, by its number or by the beginning of a code."""
    return all(_starts_as(commune, code) for code in reading.codes) and all(
        is_in(commune, number) for number in reading.departements
    )


def is_in(commune: Territory, departement: str) -> bool:
    """Whether the commune lies in the département of that number; « 20 » is both of Corsica."""
    code = commune.departement_code
    return code == departement.zfill(2) or (departement == "20" and code in {"2A", "2B"})


def _starts_as(commune: Territory, code: str) -> bool:
    """Whether a code begins as the postcodes and codes of its département do; those of Corsica begin with 20."""
    own = commune.departement_code
    return bool(own) and (code.startswith(own) or (own in {"2A", "2B"} and code.startswith("20")))


def _is_code_of(commune: Territory, code: str) -> bool:
    return code == commune.code or code in commune.postcodes or code in commune.former_codes


def _kept(communes: Iterable[Territory], ids: set[int] | None) -> list[Territory]:
    return [commune for commune in communes if ids is None or ids & set(commune.lineage)]


def _distinct(communes: Iterable[Territory]) -> list[Territory]:
    return list({commune.pk: commune for commune in communes}.values())


def _only(communes: Iterable[Territory], ids: set[int] | None) -> Resolution:
    found = _distinct(_kept(communes, ids))
    if len(found) == 1:
        return Resolution(found[0])
    return Resolution(None, found[:MAX_CANDIDATES], Doubt.SEVERAL if found else Doubt.UNKNOWN)


def _doubtful(communes: Iterable[Territory], ids: set[int] | None, doubt: Doubt) -> Resolution:
    return Resolution(None, _distinct(_kept(communes, ids))[:MAX_CANDIDATES], doubt)


def _unknown(communes: Iterable[Territory], ids: set[int] | None) -> Resolution:
    return _doubtful(communes, ids, Doubt.UNKNOWN)

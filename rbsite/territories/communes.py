"""Where communes are looked up by what people say of them: the database for one text, the memory for a whole file."""

import re
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Any, Protocol

from django.db.models import F, Max
from rapidfuzz import fuzz, process

from rbsite.base.text import fold

from .enums import TerritoryKind as Kind
from .models import Territory
from .search import NUMBER, name_of

_KINDS = [Kind.COMMUNE, Kind.ARRONDISSEMENT]
ARTICLES = re.compile(r"^(?:l|la|le|les) ")
MAX_CANDIDATES = 8
#: Likeness of two names, of 100, from which one is proposed for the other.
_NEAR = 75
#: Seconds after which the memory of a process is compared with the database again.
_TRUSTED = 600
_COLUMNS = [
    field.attname for field in Territory._meta.concrete_fields if field.name not in ("search_text", "millesime")
]


class CommuneLookup(Protocol):
    """Where communes are looked up."""

    def by_code(self, code: str) -> list[Territory]:
        """Communes and arrondissements of that INSEE code."""

    def by_former_code(self, code: str) -> list[Territory]:
        """Communes into which the one of that code merged."""

    def by_postcode(self, postcode: str) -> list[Territory]:
        """Communes that this postcode serves, the largest first."""

    def by_name(self, folded: str) -> list[Territory]:
        """Communes of exactly that folded name, with or without its article, the largest first."""

    def by_former_name(self, folded: str) -> list[Territory]:
        """Communes into which one of that folded name merged, the largest first."""

    def beginning(self, folded: str) -> list[Territory]:
        """Communes whose name begins with these words and goes on, the largest first."""

    def departement_of(self, words: str) -> str:
        """The code of the département that is named so, « » when none is."""

    def suggestions(self, text: str) -> list[Territory]:
        """Communes of a near spelling."""


class Database:
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
        alike = self._communes.filter(search_text__contains=f" {ARTICLES.sub('', folded)} |")
        return _same_name(list(alike), folded)

    def by_former_name(self, folded: str) -> list[Territory]:
        bare = ARTICLES.sub("", folded)
        alike = self._communes.filter(search_text__contains=f" {bare} ").exclude(former_names=[])
        return [commune for commune in alike if bare in _former_names(commune)]

    def beginning(self, folded: str) -> list[Territory]:
        return list(self._communes.filter(kind=Kind.COMMUNE, search_text__startswith=f" {folded} ")[:50])

    def departement_of(self, words: str) -> str:
        folded = fold(words)
        if not folded or NUMBER.match(folded):
            return ""
        named = Territory.objects.filter(kind=Kind.DEPARTEMENT, search_text__startswith=f" {folded} |")
        return named.values_list("code", flat=True).first() or ""

    def suggestions(self, text: str) -> list[Territory]:
        return Territory.objects.search(text, kinds=_KINDS, limit=MAX_CANDIDATES) if len(text.strip()) > 1 else []


class CommuneIndex:
    """All the communes in the memory, so that a file of 10,000 rows costs no query; some 55 MB, once a process.

    Use `commune_index`, which keeps it.
    """

    def __init__(self) -> None:
        self._departements = {row.pk: row for row in Territory.objects.filter(kind=Kind.DEPARTEMENT)}
        self._departement_names = {fold(row.name): row.code for row in self._departements.values()}
        self._rows: list[tuple] = []
        #: Everything below holds places in `_rows`, the largest commune first.
        self._codes: dict[str, list[int]] = defaultdict(list)
        self._former: dict[str, list[int]] = defaultdict(list)
        self._postcodes: dict[str, list[int]] = defaultdict(list)
        self._names: dict[str, list[int]] = defaultdict(list)
        self._former_names: dict[str, list[int]] = defaultdict(list)
        communes = Territory.objects.communes().order_by(F("population").desc(nulls_last=True), "code")
        for place, (search_text, *row) in enumerate(communes.values_list("search_text", *_COLUMNS)):
            self._rows.append(tuple(row))
            self._add(place, name_of(search_text), dict(zip(_COLUMNS, row, strict=True)))
        self._sorted = sorted(self._names)
        self._initials: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            self._initials[name[:1]].append(name)

    def _add(self, place: int, name: str, row: dict[str, Any]) -> None:
        self._codes[row["code"]].append(place)
        self._names[ARTICLES.sub("", name)].append(place)
        for former in row["former_names"]:
            self._former_names[ARTICLES.sub("", fold(former))].append(place)
        for code in row["former_codes"]:
            self._former[code].append(place)
        for postcode in row["postcodes"] if row["kind"] == Kind.COMMUNE else ():
            self._postcodes[postcode].append(place)

    def _communes(self, places: Iterable[int]) -> list[Territory]:
        found = []
        for place in places:
            commune = Territory.from_db(None, _COLUMNS, self._rows[place])
            commune.departement = self._departements.get(commune.departement_id)
            found.append(commune)
        return found

    def by_code(self, code: str) -> list[Territory]:
        return self._communes(self._codes.get(code, ()))

    def by_former_code(self, code: str) -> list[Territory]:
        return self._communes(self._former.get(code, ()))

    def by_postcode(self, postcode: str) -> list[Territory]:
        return self._communes(self._postcodes.get(postcode, ()))

    def by_name(self, folded: str) -> list[Territory]:
        return _same_name(self._communes(self._names.get(ARTICLES.sub("", folded), ())), folded)

    def by_former_name(self, folded: str) -> list[Territory]:
        return self._communes(self._former_names.get(ARTICLES.sub("", folded), ()))

    def beginning(self, folded: str) -> list[Territory]:
        start = f"{ARTICLES.sub('', folded)} "
        first = bisect_left(self._sorted, start)
        names = takewhile(lambda name: name.startswith(start), islice(self._sorted, first, None))
        return self._communes(sorted(place for name in names for place in self._names[name])[:50])

    def departement_of(self, words: str) -> str:
        """The code of the département that is named so, « » when none is."""
        return self._departement_names.get(fold(words), "")

    def suggestions(self, text: str) -> list[Territory]:
        name = ARTICLES.sub("", " ".join(word for word in fold(text).split() if not NUMBER.match(word)))
        near = process.extract(name, self._initials.get(name[:1], []), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=3)
        return self._communes([place for close, _score, _rank in near for place in self._names[close]][:MAX_CANDIDATES])


_kept: tuple[Any, float, CommuneIndex] | None = None


def commune_index() -> CommuneIndex:
    """The communes in the memory of this process, built again when the table has others, and now and then."""
    global _kept
    latest = Territory.objects.aggregate(Max("pk"))["pk__max"]
    if _kept is None or _kept[0] != latest or time.monotonic() - _kept[1] > _TRUSTED:
        _kept = latest, time.monotonic(), CommuneIndex()
    return _kept[2]


def _former_names(commune: Territory) -> set[str]:
    return {ARTICLES.sub("", fold(name)) for name in commune.former_names}


def _same_name(communes: list[Territory], folded: str) -> list[Territory]:
    """Those of exactly that name if any, else those that differ by the article only."""
    exact = [commune for commune in communes if fold(commune.name) == folded]
    bare = ARTICLES.sub("", folded)
    return exact or [commune for commune in communes if ARTICLES.sub("", fold(commune.name)) == bare]

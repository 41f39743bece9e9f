"""Finding a territory from what people type: accents, typos, postcodes and département numbers understood.

`Territory.search_text` is « name | codes | département / former name / … », folded, between spaces: « toulouse | 31555
31 31000 31100 | haute garonne ». A word is looked for with a space before it, so that the trigram index finds
beginnings of words.
"""

import re
from collections.abc import Iterable

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, Expression, F, FloatField, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Log, StrIndex

from rbsite.base.text import fold

from .enums import TerritoryKind as Kind

NUMBER = re.compile(r"^(?:\d+|2[ab]\d*)$")
_MAX_LENGTH, _MAX_WORDS = 100, 8
#: What the tenfold population is worth in likeness, and what an EPCI loses to a commune of the same name.
_SIZE_BONUS, _EPCI_PENALTY = 0.03, 0.1


def folded_name() -> Func:
    """The name in `search_text`, as the database reads it: what near spellings are compared with."""
    parts = F("search_text"), Value(" |"), Value(1)
    return Func(*parts, function="split_part", output_field=TextField())


def searchable(name: str, codes: Iterable[str], departement: str, former_names: Iterable[str] = ()) -> str:
    """The text in which searches look; see the head of this module."""
    former = "".join(f"/ {fold(one)} " for one in former_names)
    return f" {fold(name)} | {' '.join(dict.fromkeys(codes)).lower()} | {fold(departement)} {former}"


def name_of(search_text: str) -> str:
    """The folded name in a `search_text`."""
    return search_text.partition(" |")[0].strip()


def search_territories(territories: QuerySet, q: str, kinds: Iterable[str] | None = None, limit: int = 8) -> list:
    """Those of `territories` that `q` may name: exact, then beginnings, the largest first; else near spellings."""
    tokens = fold(q[:_MAX_LENGTH]).split()[:_MAX_WORDS]
    words = [token for token in tokens if not NUMBER.match(token)]
    numbers = [token for token in tokens if NUMBER.match(token)]
    if not tokens:
        return []
    territories = territories.select_related("departement", "region", "commune")
    if kinds is not None:
        territories = territories.filter(kind__in=list(kinds))
    for number in numbers:
        territories = territories.filter(search_text__contains=f" {number}")
    found = list(_beginning(territories, words, numbers)[:limit])
    phrase = " ".join(words)
    if not found and len(phrase) > 3:
        return _near_spellings(territories, phrase, limit)
    return found


def _beginning(territories: QuerySet, words: list[str], numbers: list[str]) -> QuerySet:
    """Territories that have every word, the first one in their name; the others may be those of the département."""
    phrase = " ".join(words)
    for word in [word for word in words if len(word) > 1] or words:
        territories = territories.filter(search_text__contains=f" {word}")
    if not words:
        coded = [
            Kind.DEPARTEMENT,
            Kind.EPCI,
            Kind.COMMUNE,
            Kind.ARRONDISSEMENT,
        ]  # region numbers mean nothing to people
        ranks = [Q(kind__in=coded, code__in=[number.upper() for number in numbers])]
    else:
        first = next((word for word in words if len(word) > 1), words[0])
        end_of_name = StrIndex("search_text", Value(" |"))
        territories = territories.alias(end=end_of_name, first=StrIndex("search_text", Value(f" {first}")))
        territories = territories.filter(Q(first__lt=F("end")) | Q(search_text__contains=f" / {phrase}"))
        ranks = [
            Q(search_text__startswith=f" {phrase} |"),
            Q(search_text__startswith=f" {phrase}"),
            Q(search_text__contains=f" {phrase}"),
        ]
    return territories.order_by(_rank(*ranks), _rank(~Q(kind=Kind.EPCI)), F("population").desc(nulls_last=True), "name")


def _rank(*ranks: Q) -> Case:
    return Case(
        *(When(condition, then=Value(position)) for position, condition in enumerate(ranks)),
        default=Value(len(ranks)),
        output_field=IntegerField(),
    )


def _near_spellings(territories: QuerySet, phrase: str, limit: int) -> list:
    size: Expression = Log(Value(10), Coalesce("population", 0) + 1, output_field=FloatField())
    likeness = TrigramSimilarity("folded_name", phrase) + _SIZE_BONUS * size - _EPCI_PENALTY * _rank(~Q(kind=Kind.EPCI))
    return list(
        territories.alias(folded_name=folded_name())
        .filter(folded_name__trigram_similar=phrase)
        .order_by(likeness.desc(), "name")[:limit]
    )

"""How near two texts are, as PostgreSQL's pg_trgm says it, without a query."""

from rbsite.base.text import fold


def trigrams(text: str) -> frozenset[str]:
    """The groups of three letters of a folded text, as pg_trgm cuts it."""
    return frozenset(
        padded[start : start + 3]
        for padded in (f"  {word} " for word in fold(text).split())
        for start in range(len(padded) - 2)
    )


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Common trigrams out of all, from 0 to 1: `similarity` of pg_trgm."""
    return len(one & other) / len(one | other) if one and other else 0.0

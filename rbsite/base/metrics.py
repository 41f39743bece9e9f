"""The figures of the platform: one definition each, which pages, exports, reports and statistics all ask.

A metric is registered with the function that defines it, whose docstring says what it means, in which unit and from
which source. Most are aggregates over rows of sites, so that any number of them costs one query.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .registry import Entry, Registry
from .wording import number

K = TypeVar("K", bound=Hashable)

_SAID = "{value}\N{NO-BREAK SPACE}{name}"
_UNKNOWN = "{name} : inconnu"


@dataclass(frozen=True, kw_only=True)
class Metric(Entry):
    """A figure: how it is said, what defines it, and the list that shows what it counts."""

    one: str
    many: str
    #: Said instead of a number that nobody knows.
    unknown: str = ""
    #: An aggregate over rows of sites, already narrowed to what the reader may read. It shares one query with others: a
    #: join to many rows would count their sites several times, a sub-query does not.
    aggregate: Callable[[], Any] | None = None
    #: For what rows of sites do not hold: called with the reader and the sites; its queries are declared.
    value: Callable[[Any, Any], Any] | None = None
    #: Name of the address of the list, and what narrows it; each list also takes « territoire ».
    list_name: str = ""
    query: str = ""
    #: Shown on home's line of figures; a detail stands in brackets after the figure before it, and is silent at zero.
    on_home: bool = False
    is_detail: bool = False

    def __post_init__(self) -> None:
        if (self.aggregate is None) == (self.value is None):
            raise ValueError(f"{self.key!r} takes either an aggregate or a value")
        if not self.meaning:
            raise ValueError(f"{self.key!r} does not say what it means: give its function a docstring")

    @property
    def meaning(self) -> str:
        """What the figure means, its unit and its source: the docstring of its definition."""
        return (self.aggregate or self.value).__doc__ or ""

    def words(self, value: Any) -> str:
        """« 1 site ouvert », « 1 310 sites ouverts », or that nobody knows."""
        if value is None:
            return self.unknown or _UNKNOWN.format(name=self.many)
        name = self.many if abs(value) >= 2 else self.one
        return _SAID.format(value=number(value), name=name)


METRICS: Registry[Metric] = Registry()


def aggregated(sites: Any, expressions: Mapping[K, Any]) -> dict[K, Any]:
    """Every expression over `sites`, under its own key, in one query (none when there is nothing to count)."""
    if not expressions:
        return {}
    columns = {f"figure_{rank}": expression for rank, expression in enumerate(expressions.values())}
    values = sites.order_by().aggregate(**columns)
    return {key: values[column] for key, column in zip(expressions, columns, strict=True)}

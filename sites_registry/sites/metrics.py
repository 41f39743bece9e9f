"""The figures that sites give, as aggregates over their rows."""

from django.db.models import Aggregate, Count, Q, Sum, Value
from django.db.models.functions import Coalesce, Least, NullIf

from rbsite.base.metrics import METRICS, Metric

from .enums import SiteStatus


class KnownSum(Coalesce):
    """The sum of a column where it is known: NULL when there are rows and none is known, 0 without any row."""

    #: Asked of no row at all, Django answers without a query.
    empty_result_set_value = 0

    def __init__(self, column: str):
        zero_without_row = NullIf(Least(Count("pk"), Value(1)), Value(1))
        super().__init__(Sum(column), zero_without_row)


def without_figure() -> Q:
    """The sites whose number of inhabitants nobody knows."""
    return Q(population_total__isnull=True)


def open_sites() -> Aggregate:
    """Sites that have not closed, each counted once. Source: the pages of sites as they are published."""
    return Count("pk", filter=Q(status=SiteStatus.OPEN))


def people() -> KnownSum:
    """Inhabitants of the sites whose number is known, in persons; unknown when it is known of none.

    Source: the latest answer to « nombre de personnes » of each site.
    """
    return KnownSum("population_total")


def sites_without_figure() -> Aggregate:
    """Sites that « personnes » leaves out, since nobody knows how many live there. Source: the same answer."""
    return Count("pk", filter=without_figure())


_METRICS = (
    Metric(
        key="open_sites",
        order=10,
        one="site ouvert",
        many="sites ouverts",
        aggregate=open_sites,
        list_name="sites:list",
        on_home=True,
    ),
    Metric(
        key="people",
        order=20,
        one="personne",
        many="personnes",
        unknown="nombre de personnes inconnu",
        aggregate=people,
        list_name="sites:list",
        on_home=True,
    ),
    Metric(
        key="sites_without_figure",
        order=30,
        one="site sans chiffre",
        many="sites sans chiffre",
        aggregate=sites_without_figure,
        list_name="sites:list",
        query="personnes=inconnu",
        on_home=True,
        is_detail=True,
    ),
)


def register() -> None:
    """Add the figures of sites."""
    for metric in _METRICS:
        METRICS.register(metric)

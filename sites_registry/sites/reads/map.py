"""The sites of the map: what a reader's browser draws them from, and a fingerprint that changes when that does."""

from typing import Any

from django.contrib.postgres.aggregates import BitXor
from django.db.models import BigIntegerField, BooleanField, ExpressionWrapper, F, Func, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from rbsite.territories.models import Territory

from ..enums import SiteStatus
from ..freshness import freshness_state
from ..models.querysets import SiteQuerySet

#: To be raised with the format of the data, so that no browser keeps those of an older one.
_FORMAT = 1
#: Columns of a site: name in the data -> in the database. Positions are degrees (WGS 84), to the metre; null: unknown.
_SHOWN = {
    "code": F("slug"),
    "name": F("title"),
    "lat": F("latitude"),
    "lon": F("longitude"),
    "approximate": F("is_approximate"),
    "type": F("site_type"),
    "water": F("water_status"),
    "people": F("population_total"),
    "closed": ExpressionWrapper(~Q(status=SiteStatus.OPEN), output_field=BooleanField()),
    # arrondissements count with their commune, as in the filters
    "place": Coalesce("commune__commune_id", "commune_id"),
}


class _RowHash(Func):
    """A number of 64 bits that changes with any of its expressions."""

    template = "hash_record_extended(ROW(%(expressions)s), 0)"
    output_field = BigIntegerField()


def fingerprint(sites: SiteQuerySet) -> str:
    """An entity tag of `map_data(sites)`: which sites these are, and when each was last written; one quick query.

    Ages turn at midnight, hence the day; new names of territories also count from the next day.
    """
    found = sites.order_by().aggregate(written=BitXor(_RowHash("pk", "updated_at")))["written"] or 0
    return f'"{_FORMAT}-{timezone.localdate():%Y%m%d}-{found & (2**64 - 1):x}"'


def map_data(sites: SiteQuerySet) -> dict[str, Any]:
    """The sites column by column, from north to south, and the places that contain them; three queries.

    Every site is there, one that has no position too. `sites.place` is a row of `places`, whose `departement` and
    `region` are rows of those (null overseas where there are none).
    """
    rows = sites.order_by(F("latitude").desc(nulls_last=True), "pk").values_list(*_SHOWN.values(), freshness_state())
    columns = dict(zip((*_SHOWN, "freshness"), map(list, zip(*rows, strict=True)), strict=False))
    columns = {name: columns.get(name, []) for name in (*_SHOWN, "freshness")}
    for name in ("lat", "lon"):
        columns[name] = [None if value is None else round(value, 5) for value in columns[name]]
    places, places_at = _places(columns["place"])
    columns["place"] = [places_at[pk] for pk in columns["place"]]
    return {"sites": columns, **places}


def _places(communes: list[int]) -> tuple[dict[str, dict[str, list]], dict[int, int]]:
    """Communes, départements and régions in use, column by column, and the row of each commune."""
    place_rows = _territories(set(communes), "departement_id", "region_id")
    containers = {pk for row in place_rows for pk in row[-2:] if pk}
    above = _territories(containers, "kind")
    departements = [row for row in above if row[-1] == "departement"]
    regions = [row for row in above if row[-1] == "region"]
    row_of = {row[0]: rank for rows in (place_rows, departements, regions) for rank, row in enumerate(rows)}
    tables = {"places": place_rows, "departements": departements, "regions": regions}
    data = {name: _columns(rows) for name, rows in tables.items()}
    data["places"]["departement"] = [row_of.get(row[-2]) for row in place_rows]
    data["places"]["region"] = [row_of.get(row[-1]) for row in place_rows]
    return data, row_of


def _territories(ids: set[int], *names: str) -> list[tuple]:
    territories = Territory.objects.filter(pk__in=ids).order_by("code")
    return list(territories.values_list("pk", "code", "name", "latitude", "longitude", *names))


def _columns(rows: list[tuple]) -> dict[str, list]:
    return {name: [row[rank] for row in rows] for rank, name in enumerate(("code", "name", "lat", "lon"), start=1)}

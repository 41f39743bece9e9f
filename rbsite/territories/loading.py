"""Writing territories: one COPY, one upsert; keys stay the same from load to load."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection, transaction

from rbsite.base.waiting import patient

from .drawing import forget_towns
from .enums import TerritoryKind as Kind
from .models import Territory
from .search import searchable

MILLESIME = "2026"
Key = tuple[str, str]
#: From near to far: the order of a lineage.
_PARENTS = ("commune", "epci", "departement", "region", "zone", "country")


@dataclass
class Row:
    """One territory to write; parents are keys (kind, code) by the name of their column, « country » included."""

    kind: str
    code: str
    name: str
    parents: dict[str, Key] = field(default_factory=dict)
    postcodes: list[str] = field(default_factory=list)
    former_codes: list[str] = field(default_factory=list)
    population: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    centre_is_estimated: bool = False
    former_names: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.kind, self.code


@transaction.atomic
def write_rows(rows: Iterable[Row], *, millesime: str = MILLESIME) -> tuple[int, int]:
    """Create and update territories so that they are `rows`; return how many were (created, changed).

    Territories that are not among the rows stay as they are, because sites may stand in them.
    """
    rows = list(rows)
    ids = {(kind, code): pk for kind, code, pk in Territory.objects.values_list("kind", "code", "pk")}
    missing = [row.key for row in rows if row.key not in ids]
    ids |= dict(zip(missing, _new_ids(len(missing)), strict=True))
    names = {row.key: row.name for row in rows}
    territories = (_territory(row, ids, names, millesime) for row in rows)
    created, changed = _upsert(territories)
    transaction.on_commit(forget_towns)
    return created, changed


def _upsert(territories: Iterable[Territory]) -> tuple[int, int]:
    fields = Territory._meta.concrete_fields
    table = Territory._meta.db_table
    columns = [connection.ops.quote_name(column.column) for column in fields]
    names = ", ".join(columns)
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
    kept = ", ".join(f"{table}.{column}" for column in columns[1:])
    incoming = ", ".join(f"excluded.{column}" for column in columns[1:])
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming (LIKE {table}) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming ({names}) FROM STDIN") as copy:
            for territory in territories:
                copy.write_row([getattr(territory, column.attname) for column in fields])
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming ORDER BY id"  # noqa: S608 - our own columns
            f" ON CONFLICT (id) DO UPDATE SET {updates}"
            f" WHERE ({kept}) IS DISTINCT FROM ({incoming}) RETURNING (xmax = 0)"
        )
        created = [is_new for (is_new,) in cursor.fetchall()]
        cursor.execute("DROP TABLE incoming")
        if created:
            with patient("5min"):  # a vacuum of PostgreSQL's own may be at work
                for index in Territory._meta.indexes:  # else searches read what is pending until the next vacuum
                    cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index.name])
                cursor.execute(f"ANALYZE {table}")
    return sum(created), len(created) - sum(created)


def _new_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        sequence = f"{Territory._meta.db_table}_id_seq"
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [pk for (pk,) in cursor.fetchall()]


def _territory(row: Row, ids: dict[Key, int], names: dict[Key, str], millesime: str) -> Territory:
    departement = row.parents.get("departement", row.key if row.kind == Kind.DEPARTEMENT else None)
    # People know the numbers of départements, not those of régions, which are the same, nor the SIREN of an EPCI,
    # whose first digits would pass for a département.
    codes = [departement[1]] if departement else []
    if row.kind in (Kind.COMMUNE, Kind.ARRONDISSEMENT):
        codes = [row.code, *codes, *row.postcodes, *row.former_codes]
    territory = Territory(
        pk=ids[row.key],
        kind=row.kind,
        code=row.code,
        name=row.name,
        search_text=searchable(row.name, codes, names.get(departement, "") if departement else "", row.former_names),
        postcodes=row.postcodes,
        former_codes=row.former_codes,
        former_names=row.former_names,
        population=row.population,
        latitude=row.latitude,
        longitude=row.longitude,
        centre_is_estimated=row.centre_is_estimated,
        millesime=millesime,
        lineage=[ids[row.key], *(ids[row.parents[name]] for name in _PARENTS if name in row.parents)],
    )
    for name, key in row.parents.items():
        if name != "country":
            setattr(territory, f"{name}_id", ids[key])
    return territory

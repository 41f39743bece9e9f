"""Reading the reference files and writing the territories: one COPY, one upsert, keys kept from one load to the next."""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from django.db import connection, transaction

from rbsite.base.text import fold

from .enums import TerritoryKind as Kind
from .models import Territory

MILLESIME = "2026"
_ZONES = {"metro": ("metro", "Hexagone"), "drom": ("outremer", "Outre-mer"), "com": ("outremer", "Outre-mer")}
Key = tuple[str, str]


class BadReferenceFile(Exception):
    """A reference file that cannot be read; the message names the file and, where there is one, the line."""


@dataclass
class Row:
    """One territory to write; parents are keys (kind, code)."""

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

    @property
    def key(self) -> Key:
        return self.kind, self.code


def read_rows(folder: Path) -> list[Row]:
    """All the territories of the files of `folder`, containers first; raises BadReferenceFile."""
    rows = [Row(Kind.COUNTRY, "FR", "France")]
    country = {"country": rows[0].key}
    rows += [Row(Kind.ZONE, code, name, dict(country)) for code, name in dict(_ZONES.values()).items()]
    regions = {line["code"]: line for line in _lines(folder, "regions")}
    rows += [_region(line) for line in regions.values()]
    departements = {line["code"]: line for line in _lines(folder, "departements")}
    rows += [_departement(line) for line in departements.values()]
    placed = {row.key: row for row in rows}
    rows += [_epci(line, placed) for line in _lines(folder, "epci")]
    placed = {row.key: row for row in rows}
    former = defaultdict(list)
    for line in _lines(folder, "anciens_codes"):
        former[line["code"]].append(line["ancien_code"])
    communes = [_commune(line, placed, former) for line in _lines(folder, "communes")]
    by_key = {row.key: row for row in communes}
    arrondissements = [_arrondissement(line, by_key) for line in _lines(folder, "arrondissements_municipaux")]
    _estimate_centres(communes, arrondissements)
    _centre_containers(rows, communes)
    return [*rows, *communes, *arrondissements]


@transaction.atomic
def write_rows(rows: list[Row]) -> tuple[int, int]:
    """Create and update territories so that they are `rows`; return how many were (created, changed)."""
    ids = {(kind, code): pk for kind, code, pk in Territory.objects.values_list("kind", "code", "pk")}
    missing = [row.key for row in rows if row.key not in ids]
    ids |= dict(zip(missing, _new_ids(len(missing)), strict=True))
    by_key = {row.key: row for row in rows}
    columns = [column for column in Territory._meta.concrete_fields]
    names = ", ".join(connection.ops.quote_name(column.column) for column in columns)
    table = Territory._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming (LIKE {table}) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming ({names}) FROM STDIN") as copy:
            for row in rows:
                territory = _territory(row, ids, by_key)
                copy.write_row([getattr(territory, column.attname) for column in columns])
        updates = ", ".join(f"{column.column} = excluded.{column.column}" for column in columns[1:])
        kept = ", ".join(f"{table}.{column.column}" for column in columns[1:])
        incoming = ", ".join(f"excluded.{column.column}" for column in columns[1:])
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming ORDER BY id"  # noqa: S608 - our own columns
            f" ON CONFLICT (id) DO UPDATE SET {updates}"
            f" WHERE ({kept}) IS DISTINCT FROM ({incoming}) RETURNING (xmax = 0)"
        )
        created = [is_new for (is_new,) in cursor.fetchall()]
        cursor.execute("DROP TABLE incoming")
        cursor.execute(f"ANALYZE {table}")
    return sum(created), len(created) - sum(created)


def _lines(folder: Path, name: str) -> Iterator[dict[str, str]]:
    path = next((path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.exists()), None)
    if path is None:
        raise BadReferenceFile(f"{name}.csv is missing in {folder}.")
    opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    with opened as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        try:
            for line in reader:
                if None in line or None in line.values():
                    raise BadReferenceFile(f"{path.name}, line {reader.line_num}: wrong number of columns.")
                yield line
        except UnicodeDecodeError as error:
            raise BadReferenceFile(f"{path.name}, line {reader.line_num + 1}: not UTF-8 ({error.reason}).") from error
        except (KeyError, ValueError) as error:
            raise BadReferenceFile(f"{path.name}, line {reader.line_num}: {error}.") from error


def _zone(line: dict[str, str]) -> dict[str, Key]:
    return {"country": (Kind.COUNTRY, "FR"), "zone": (Kind.ZONE, _ZONES[line["zone"]][0])}


def _region(line: dict[str, str]) -> Row:
    return Row(Kind.REGION, line["code"], line["nom"], _zone(line))


def _departement(line: dict[str, str]) -> Row:
    return Row(Kind.DEPARTEMENT, line["code"], line["nom"], {**_zone(line), "region": (Kind.REGION, line["code_region"])})


def _epci(line: dict[str, str], placed: dict[Key, Row]) -> Row:
    departements = [(Kind.DEPARTEMENT, code) for code in line["departements"].replace(",", " ").split()]
    parents = [placed[key].parents | {"departement": key} for key in departements if key in placed]
    shared = {
        name: key for name, key in (parents[0].items() if parents else ()) if all(p.get(name) == key for p in parents)
    }
    return Row(Kind.EPCI, line["siren"], line["nom"], shared, population=_number(line["population_municipale"]))


def _commune(line: dict[str, str], placed: dict[Key, Row], former: dict[str, list[str]]) -> Row:
    departement = (Kind.DEPARTEMENT, line["code_departement"])
    parents = {**placed[departement].parents, "departement": departement}
    if (epci := (Kind.EPCI, line["code_epci"])) in placed:
        parents["epci"] = epci
    return Row(
        Kind.COMMUNE,
        line["code"],
        line["nom"],
        parents,
        postcodes=line["codes_postaux"].split(),
        former_codes=sorted(former.get(line["code"], [])),
        population=_number(line["population"]),
        latitude=float(line["lat"]) if line["lat"] else None,
        longitude=float(line["lon"]) if line["lon"] else None,
    )


def _arrondissement(line: dict[str, str], communes: dict[Key, Row]) -> Row:
    commune = communes[(Kind.COMMUNE, line["commune"])]
    return Row(
        Kind.ARRONDISSEMENT,
        line["code"],
        line["nom"],
        {**commune.parents, "commune": commune.key},
        postcodes=line["codes_postaux"].split(),
        population=_number(line["population"]),
        latitude=commune.latitude,
        longitude=commune.longitude,
        centre_is_estimated=True,
    )


def _number(text: str) -> int | None:
    return int(float(text)) if text else None


def _estimate_centres(communes: list[Row], arrondissements: list[Row]) -> None:
    """Give a commune without a centre the mean of its located neighbours: same EPCI, else same département."""
    centres = {name: _mean_centres(communes, name) for name in ("epci", "departement")}
    for row in communes:
        if row.latitude is not None:
            continue
        for name in ("epci", "departement"):
            if (centre := centres[name].get(row.parents.get(name))) is not None:
                row.latitude, row.longitude = centre
                row.centre_is_estimated = True
                break
    by_key = {row.key: row for row in communes}
    for row in arrondissements:
        row.latitude, row.longitude = (by_key[row.parents["commune"]].latitude, by_key[row.parents["commune"]].longitude)


def _centre_containers(containers: list[Row], communes: list[Row]) -> None:
    for name in ("zone", "region", "departement", "epci"):
        centres = _mean_centres(communes, name)
        for row in containers:
            if row.key in centres:
                row.latitude, row.longitude = centres[row.key]
                row.centre_is_estimated = True


def _mean_centres(communes: list[Row], name: str) -> dict[Key, tuple[float, float]]:
    located: dict[Key, list[Row]] = defaultdict(list)
    for row in communes:
        if row.latitude is not None and name in row.parents:
            located[row.parents[name]].append(row)
    return {
        key: (
            round(fmean(row.latitude for row in rows if row.latitude is not None), 5),
            round(fmean(row.longitude for row in rows if row.longitude is not None), 5),
        )
        for key, rows in located.items()
    }


def _new_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        sequence = f"{Territory._meta.db_table}_id_seq"
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [pk for (pk,) in cursor.fetchall()]


def _territory(row: Row, ids: dict[Key, int], by_key: dict[Key, Row]) -> Territory:
    departement = by_key.get(row.parents.get("departement", ("", "")))
    territory = Territory(
        pk=ids[row.key],
        kind=row.kind,
        code=row.code,
        name=row.name,
        search_text=search_text(row.name, [row.code, *row.postcodes, *row.former_codes], departement.name if departement else ""),
        postcodes=row.postcodes,
        former_codes=row.former_codes,
        population=row.population,
        latitude=row.latitude,
        longitude=row.longitude,
        centre_is_estimated=row.centre_is_estimated,
        millesime=MILLESIME,
        lineage=sorted({ids[row.key], *(ids[key] for key in row.parents.values())}),
    )
    for name, key in row.parents.items():
        if name != "country":
            setattr(territory, f"{name}_id", ids[key])
    return territory


def search_text(name: str, codes: list[str], departement: str) -> str:
    """What searches read: the folded name, a mark, then codes (INSEE, postcodes, former ones) and département."""
    return f"{fold(name)} | {' '.join(codes).lower()} {fold(departement)}".strip()

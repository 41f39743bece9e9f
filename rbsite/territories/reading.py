"""Reading the reference files: CSV in UTF-8, gzipped or not, whose faults are told by file and line."""

import csv
import gzip
import io
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean

from .enums import TerritoryKind as Kind
from .loading import Key, Row

#: File -> the columns that it must have; `lat` and `lon` may be missing from the arrondissements.
COLUMNS = {
    "regions": ("code", "nom", "zone"),
    "departements": ("code", "nom", "code_region", "zone"),
    "epci": ("siren", "nom", "population_municipale", "departements"),
    "communes": ("code", "nom", "codes_postaux", "population", "code_departement", "code_epci", "lat", "lon"),
    "arrondissements_municipaux": ("code", "nom", "commune", "codes_postaux", "population"),
    "anciens_codes": ("ancien_code", "code"),
    "anciens_noms": ("ancien_nom", "code"),
}
#: A deployment may do without these.
_OPTIONAL = frozenset({"anciens_noms"})
_ZONES = {"metro": "metro", "drom": "outremer", "com": "outremer"}
_COUNTRY: dict[str, Key] = {"country": (Kind.COUNTRY, "FR")}
Centre = tuple[float, float]


class BadReferenceFile(Exception):
    """A reference file that cannot be read; the message, in French, names the file and, if there is one, the line."""


class _Line(dict[str, str]):
    """A line of a file, whose values are read with a check."""

    def __init__(self, file: str, number: int, values: dict[str, str]):
        super().__init__(values)
        self.file, self.number = file, number

    def fault(self, text: str) -> BadReferenceFile:
        return BadReferenceFile(f"{self.file}, ligne {self.number} : {text}.")

    def text(self, column: str, longest: int) -> str:
        value = self[column].strip()
        if not 0 < len(value) <= longest:
            raise self.fault("{column} est vide ou dépasse {longest} caractères".format(column=column, longest=longest))
        return value

    def whole(self, column: str) -> int | None:
        """A whole number that is not negative, None when empty."""
        value = self[column].strip()
        if value and not (value.isascii() and value.isdigit() and len(value) < 10):
            raise self.fault("{column} n'est pas un nombre entier (« {value} »)".format(column=column, value=value))
        return int(value) if value else None

    def degrees(self, column: str, most: float) -> float | None:
        value = self.get(column, "").strip()
        try:
            number = float(value) if value else None
        except ValueError:
            number = float("nan")
        if number is not None and not -most <= number <= most:  # also refuses nan
            raise self.fault("{column} n'est pas un nombre de degrés (« {value} »)".format(column=column, value=value))
        return number

    def postcodes(self) -> list[str]:
        found = self["codes_postaux"].split()
        if any(len(postcode) != 5 for postcode in found):
            raise self.fault("codes_postaux ne contient pas que des codes de 5 chiffres")
        return found

    def parent(self, column: str, kind: Kind, known: dict[Key, Row], code: str | None = None) -> Row:
        code = self[column].strip() if code is None else code
        if (row := known.get((kind, code))) is None:
            raise self.fault("{column} « {code} » est inconnu".format(column=column, code=code))
        return row


def read_rows(folder: Path) -> list[Row]:
    """All the territories of the files of `folder`, containers first; raises BadReferenceFile."""
    known: dict[Key, Row] = {}
    _add(known, Row(Kind.COUNTRY, "FR", "France"))
    _add(known, Row(Kind.ZONE, "metro", "Hexagone", dict(_COUNTRY)))
    _add(known, Row(Kind.ZONE, "outremer", "Outre-mer", dict(_COUNTRY)))
    for line in _lines(folder, "regions"):
        if line["zone"] != "com":  # a collectivity belongs to no région, whatever the files repeat
            _add(known, Row(Kind.REGION, line.text("code", 12), line.text("nom", 120), _zone(line)), line)
    readers = {
        "departements": _departement,
        "epci": _epci,
        "communes": _commune,
        "arrondissements_municipaux": _arrondissement,
    }
    for name, reader in readers.items():
        for line in _lines(folder, name):
            _add(known, reader(line, known), line)
    for line in _lines(folder, "anciens_codes"):
        line.parent("code", Kind.COMMUNE, known).former_codes.append(line.text("ancien_code", 12))
    for line in _lines(folder, "anciens_noms"):
        line.parent("code", Kind.COMMUNE, known).former_names.append(line.text("ancien_nom", 120))
    rows = list(known.values())
    for row in rows:
        row.former_codes.sort()
        row.former_names.sort()
    _locate(rows)
    _count_inhabitants(rows)
    return rows


def _add(known: dict[Key, Row], row: Row, line: _Line | None = None) -> None:
    if row.key in known and line is not None:
        raise line.fault("le code « {code} » est déjà pris".format(code=row.code))
    known[row.key] = row


def _lines(folder: Path, name: str) -> Iterator[_Line]:
    path = next((path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.is_file()), None)
    if path is None:
        if name in _OPTIONAL:
            return
        raise BadReferenceFile(f"{name}.csv (ou {name}.csv.gz) manque dans {folder}.")
    try:
        yield from _parsed(path, COLUMNS[name])
    except (OSError, EOFError, zlib.error) as error:
        raise BadReferenceFile("{name} ne peut pas être lu : {error}.".format(name=path.name, error=error)) from error


def _parsed(path: Path, columns: tuple[str, ...]) -> Iterator[_Line]:
    open_bytes = gzip.open if path.suffix == ".gz" else open
    with open_bytes(path, "rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text, strict=True)
        number = 1
        try:
            if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
                raise BadReferenceFile(f"{path.name}, ligne 1 : colonnes manquantes : {', '.join(missing)}.")
            for values in reader:
                number = reader.line_num
                if None in values or None in values.values():
                    raise BadReferenceFile(
                        "{name}, ligne {number} : nombre de colonnes inattendu.".format(name=path.name, number=number)
                    )
                yield _Line(path.name, number, values)
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadReferenceFile(
                "{name}, après la ligne {number} : {error}.".format(name=path.name, number=number, error=error)
            ) from error


def _zone(line: _Line) -> dict[str, Key]:
    if line["zone"] not in _ZONES:
        raise line.fault("zone « {zone} » est inconnue".format(zone=line["zone"]))
    return {**_COUNTRY, "zone": (Kind.ZONE, _ZONES[line["zone"]])}


def _departement(line: _Line, known: dict[Key, Row]) -> Row:
    parents = _zone(line)
    if line["zone"] != "com":
        parents["region"] = line.parent("code_region", Kind.REGION, known).key
    return Row(Kind.DEPARTEMENT, line.text("code", 12), line.text("nom", 120), parents)


def _epci(line: _Line, known: dict[Key, Row]) -> Row:
    """An EPCI may spread over départements and régions: it lies only in what holds the whole of it."""
    around = []
    for code in line["departements"].split():
        departement = line.parent("departements", Kind.DEPARTEMENT, known, code)
        around.append(departement.parents | {"departement": departement.key})
    first = around[0] if around else _COUNTRY
    shared = {name: key for name, key in first.items() if all(other.get(name) == key for other in around)}
    population = line.whole("population_municipale")
    return Row(Kind.EPCI, line.text("siren", 12), line.text("nom", 120), shared, population=population)


def _commune(line: _Line, known: dict[Key, Row]) -> Row:
    departement = line.parent("code_departement", Kind.DEPARTEMENT, known)
    parents = departement.parents | {"departement": departement.key}
    if line["code_epci"].strip():
        parents["epci"] = line.parent("code_epci", Kind.EPCI, known).key
    lat, lon = line.degrees("lat", 90), line.degrees("lon", 180)
    if (lat is None) != (lon is None):
        raise line.fault("il faut la latitude et la longitude, ou aucune des deux")
    return Row(
        Kind.COMMUNE,
        line.text("code", 12),
        line.text("nom", 120),
        parents,
        postcodes=line.postcodes(),
        population=line.whole("population"),
        latitude=lat,
        longitude=lon,
    )


def _arrondissement(line: _Line, known: dict[Key, Row]) -> Row:
    commune = line.parent("commune", Kind.COMMUNE, known)
    return Row(
        Kind.ARRONDISSEMENT,
        line.text("code", 12),
        line.text("nom", 120),
        commune.parents | {"commune": commune.key},
        postcodes=line.postcodes(),
        population=line.whole("population"),
        latitude=line.degrees("lat", 90),
        longitude=line.degrees("lon", 180),
    )


def _locate(rows: list[Row]) -> None:
    """Estimate the centres that the files do not give.

    A commune takes the mean of its located neighbours: those of its postcode, else of its EPCI, else of its
    département; an arrondissement the centre of its commune; what contains communes the mean of those.
    """
    located = [row for row in rows if row.kind == Kind.COMMUNE and row.latitude is not None]
    by_postcode = _means((postcode, row) for row in located for postcode in row.postcodes)
    containers = ("epci", "departement", "region", "zone")
    by_container = _means((row.parents[name], row) for row in located for name in containers if name in row.parents)
    communes = {row.key: row for row in rows if row.kind == Kind.COMMUNE}
    for row in rows:
        if row.latitude is not None:
            continue
        centre: Centre | None
        if row.kind == Kind.ARRONDISSEMENT:
            commune = communes[row.parents["commune"]]
            centre = (
                None if commune.latitude is None or commune.longitude is None else (commune.latitude, commune.longitude)
            )
        elif row.kind == Kind.COMMUNE:
            near = [by_postcode.get(postcode) for postcode in row.postcodes]
            near += [by_container.get(row.parents[name]) for name in ("epci", "departement") if name in row.parents]
            centre = next((candidate for candidate in near if candidate), None)
        else:
            centre = by_container.get(row.key)
        if centre:
            row.latitude, row.longitude = centre
            row.centre_is_estimated = True


def _means(pairs: Iterable[tuple[object, Row]]) -> dict[object, Centre]:
    """Mean centre of the rows of each key, to the metre."""
    groups: dict[object, list[Centre]] = defaultdict(list)
    for key, row in pairs:
        if row.latitude is not None and row.longitude is not None:
            groups[key].append((row.latitude, row.longitude))
    return {
        key: (round(fmean(lat for lat, _ in centres), 5), round(fmean(lon for _, lon in centres), 5))
        for key, centres in groups.items()
    }


def _count_inhabitants(rows: list[Row]) -> None:
    """Give départements, régions and the rest the sum of their communes, when the files do not say."""
    sums: dict[Key, int] = defaultdict(int)
    for row in rows:
        if row.kind == Kind.COMMUNE:
            for key in row.parents.values():
                sums[key] += row.population or 0
    for row in rows:
        if row.population is None and row.key in sums:
            row.population = sums[row.key]

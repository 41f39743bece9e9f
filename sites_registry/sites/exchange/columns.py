"""The columns of the tables of sites, written once: template, import and export follow them.

An export can therefore be imported again as it is, and changes nothing. Columns without a reader are computed: they are
exported, and left aside by the import.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from rbsite.base.text import fold
from rbsite.spreadsheets import values
from rbsite.spreadsheets.values import Cell, Reader

from ..conditions import STATUS_WORDS
from ..enums import ClosingSolutionKind, Theme
from ..models import SitePage
from ..rules import RELEVANT_WHEN, is_relevant
from ..sections import DWELLING_FIELDS, POPULATION_FIELDS, SECTION_BY_SLUG
from ..wording import label_of
from .labels import ALIASES, HEADERS

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A group of columns that an export may leave out."""

    key: str
    label: str
    #: Always exported, ticked at first, or only when somebody ticks it.
    always: bool = False
    ticked: bool = True


PARTS = {
    part.key: part
    for part in (
        Part("localisation", "Localisation", always=True),
        Part("gps", "Coordonnées GPS", ticked=False),
        Part("acces", "Informations d’accès", ticked=False),
        Part("caracteristiques", "Caractéristiques", always=True),
        Part("habitants", "Habitants", always=True),
        Part("diagnostic", "Diagnostic social"),
        Part("conditions", "Conditions de vie"),
        Part("fermeture", "Fermeture et orientation des ménages"),
        Part("pilotage", "Risque canicule et objectif de résorption"),
        Part("suivi", "Mise à jour", always=True),
    )
}


@dataclass(frozen=True)
class Column:
    """One column: its French header, how a row of the database is written in it and how a cell of it is read."""

    name: str
    header: str
    part: str
    write: Callable[[Row], Cell]
    read: Reader | None = None
    expected: str = ""
    required: bool = False
    aliases: tuple[str, ...] = ()
    #: Its sum makes sense.
    is_count: bool = False
    is_text: bool = False
    #: In the template and the import only.
    import_only: bool = False
    #: Understood in the files of others, in no table of ours.
    theirs_only: bool = False

    @property
    def names(self) -> Iterable[str]:
        """What its header may be, folded."""
        return {fold(self.header), fold(self.name), *(fold(alias) for alias in self.aliases)}


_COUNTS = frozenset({*POPULATION_FIELDS, *DWELLING_FIELDS})
_REQUIRED = frozenset({"address", "site_type"})


def _field_column(name: str, part: str) -> Column:
    """The column of one answer of the site."""
    field = SitePage._meta.get_field(name)
    write = values.writer_of(field)
    label = label_of(name)
    is_text = values.reader_of(field) is values.read_text

    def write_relevant(row: Row) -> Cell:
        # A question that does not apply is blank; one that applies and that nobody can answer says so.
        return write(row[name]) if is_relevant(name, row) else None

    return Column(
        name,
        HEADERS[name],
        part,
        write_relevant if name in RELEVANT_WHEN else lambda row: write(row[name]),
        values.reader_of(field),
        values.expected_of(field),
        name in _REQUIRED,
        (label, *ALIASES.get(name, ())),
        is_count=name in _COUNTS,
        is_text=is_text,
    )


def _computed(name: str, header: str, part: str, write: Callable[[Row], Cell]) -> Column:
    return Column(name, header, part, write)


def _departement(row: Row) -> Cell:
    code = row["commune__departement__code"]
    return f"{code} – {row['commune__departement__name']}" if code else None


def _said(name: str, header: str, write: Callable[[Row], Cell], expected: str, required: bool = False) -> Column:
    """A text that says which site, or which commune, the row is about."""
    aliases = ALIASES.get(name, ())
    return Column(name, header, "localisation", write, values.read_text, expected, required, aliases, is_text=True)


def _position(name: str, header: str, example: str) -> Column:
    def write(row: Row) -> Cell:
        return round(row[name], 7) if row["point"] else None

    expected = f"Degrés décimaux, par exemple {example}"
    return Column(name, header, "gps", write, values.read_decimal, expected, aliases=ALIASES[name])


def _identity() -> list[Column]:
    return [
        _said(
            "key",
            "Identifiant",
            lambda row: row["external_id"] or row["slug"],
            "Le vôtre, ou le code du site sur la plateforme ; un identifiant nouveau déclare un site",
            required=True,
        ),
        _computed("region", "Région", "localisation", lambda row: row["commune__region__name"]),
        _said("departement", "Département", _departement, "Aide à reconnaître la commune quand le code INSEE manque"),
        _computed("epci", "EPCI", "localisation", lambda row: row["commune__epci__name"]),
        _said("commune", "Commune", lambda row: row["commune__name"], "Nom"),
        _said(
            "citycode",
            "Code INSEE",
            lambda row: row["commune__code"],
            "Cinq caractères ; il l’emporte sur le nom de la commune",
        ),
        replace(_said("postcode", "Code postal", lambda row: None, ""), import_only=True, theirs_only=True),
        _field_column("address", "localisation"),
        _field_column("name", "localisation"),
        _position("latitude", "Latitude", "43,60426"),
        _position("longitude", "Longitude", "1,44367"),
        Column(
            "position",
            "Coordonnées",
            "gps",
            lambda row: None,
            values.read_text,
            aliases=ALIASES["position"],
            is_text=True,
            import_only=True,
            theirs_only=True,
        ),
        replace(_field_column("access_notes", "acces"), write=lambda row: row["readable_notes"] or None),
    ]


def _characteristics() -> Iterable[Column]:
    for name in SECTION_BY_SLUG["caracteristiques"].fields:
        if name == "incoming_sites":
            yield Column(
                name,
                "Sites d’origine des habitants",
                "caracteristiques",
                lambda row: " ; ".join(row["incoming_sites"]) or None,
                values.split_keys,
                "Identifiants de sites séparés par « ; »",
                aliases=(label_of(name),),
            )
        else:
            yield _field_column(name, "caracteristiques")


def _inhabitants() -> Iterable[Column]:
    for name in SECTION_BY_SLUG["habitants"].fields:
        yield _field_column(name, "diagnostic" if name.startswith("census") else "habitants")


def _conditions() -> Iterable[Column]:
    """For each theme its status (computed), then its answers."""
    for theme, prefixes in {
        Theme.WATER: ("eau", "water_"),
        Theme.SANITARY: ("toilettes", "sanitary_"),
        Theme.ELECTRICITY: ("electricite", "electricity_"),
        Theme.TRASH: ("dechets", "trash_"),
        Theme.PEST: ("securite", "pest_"),
        Theme.FIRE: ("securite", "fire_"),
    }.items():
        slug, prefix = prefixes
        yield _computed(f"{theme}_status", f"Statut : {theme.label.lower()}", "conditions", _status_writer(theme))
        for name in SECTION_BY_SLUG[slug].fields:
            if name.startswith(prefix):
                yield _field_column(name, "conditions")


def _status_writer(theme: Theme) -> Callable[[Row], Cell]:
    words, column = STATUS_WORDS[theme], f"{theme}_status"
    return lambda row: words.get(row[column])


def _closing() -> Iterable[Column]:
    for name in ("status", "closed_at", "closing_context", "closed_with_solutions"):
        yield _field_column(name, "fermeture")
    for kind, label in ClosingSolutionKind.choices:
        short = label.split(",")[0].split(" (")[0]
        for name, words in (("people", "personnes"), ("households", "ménages"), ("message", "précisions")):
            yield _computed(f"solution_{kind}_{name}", f"{short} : {words}", "fermeture", _solution_writer(kind, name))


def _solution_writer(kind: str, name: str) -> Callable[[Row], Cell]:
    def write(row: Row) -> Cell:
        solution = row["solutions"].get(kind)
        return (solution[name] if solution[name] != "" else None) if solution else None

    return write


def _follow_up() -> list[Column]:
    return [
        Column(
            "situation_at",
            "Situation au",
            "suivi",
            lambda row: None,
            values.read_date,
            "Date à laquelle la situation a été constatée ; vide : aujourd’hui",
            aliases=ALIASES["situation_at"],
            import_only=True,
        ),
        _computed("situation_known_at", "Dernière actualisation", "suivi", lambda row: _local_day(row["situation_at"])),
        _computed("page", "Page du site", "suivi", lambda row: row["page"]),
    ]


def _local_day(moment) -> Cell:
    return timezone.localtime(moment).date() if moment else None


COLUMNS: tuple[Column, ...] = (
    *_identity(),
    *_characteristics(),
    *_inhabitants(),
    *_conditions(),
    *_closing(),
    *(_field_column(name, "pilotage") for name in SECTION_BY_SLUG["pilotage"].fields),
    *_follow_up(),
)
COLUMN_BY_NAME = {column.name: column for column in COLUMNS}
#: Everything that a header may be -> its column. Headers win over names, and names over aliases.
COLUMN_OF_HEADER: dict[str, Column] = {
    **{alias: column for column in COLUMNS for alias in column.names},
    **{fold(column.name): column for column in COLUMNS},
    **{fold(column.header): column for column in COLUMNS},
}


def template_columns() -> list[Column]:
    """The columns of the empty table: all that the import reads."""
    return [column for column in importable_columns() if not column.theirs_only]


def importable_columns() -> list[Column]:
    """The columns that the import understands."""
    return [column for column in COLUMNS if column.read is not None]


def exported_columns(parts: Iterable[str]) -> list[Column]:
    """The columns of an export with these parts, those that are always there included."""
    chosen = set(parts)
    return [
        column for column in COLUMNS if not column.import_only and (column.part in chosen or PARTS[column.part].always)
    ]

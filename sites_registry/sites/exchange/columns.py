"""The columns of the tables of sites, written once: template, import and export follow them.

An export can therefore be imported again as it is, and changes nothing. A room above adds a column of its own to the
exports with `EXPORT_COLUMNS.register`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from rbsite.base.registry import Entry, Registry
from rbsite.base.text import fold
from rbsite.spreadsheets import values
from rbsite.spreadsheets.columns import Column, Columns, Row, field_column
from rbsite.spreadsheets.values import Cell

from ..conditions import STATUS_WORDS
from ..enums import ClosingSolutionKind, Theme
from ..models import SitePage
from ..rules import RELEVANT_WHEN, is_relevant
from ..sections import DWELLING_FIELDS, POPULATION_FIELDS, SECTION_BY_SLUG, fields_of_theme
from ..wording import label_of
from .labels import ALIASES, HEADERS, UNITS


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


@dataclass(frozen=True, kw_only=True)
class ExportColumn(Entry):
    """A column that a room above adds to the exports of sites; the import leaves it aside.

    `may(user)` is asked first: without the right the column is absent, and nothing of it is read. It says what is so
    today, hence is absent from exports of a past day.
    """

    header: str
    #: Key of the part with which it comes.
    part: str = "suivi"
    #: (user, keys of the sites as a queryset for `__in`) -> site -> cell; called once an export, in `queries` queries.
    values: Callable[[Any, QuerySet], Mapping[int, Cell]]
    is_count: bool = False
    is_text: bool = False

    @property
    def column(self) -> Column:
        """How a row, in which its cells were put under its key, is written."""
        return Column(
            self.key,
            self.header,
            part=self.part,
            write=itemgetter(self.key),
            is_count=self.is_count,
            is_text=self.is_text,
        )


class ExportColumns(Registry[ExportColumn]):
    """The columns of rooms above."""

    def register(self, entry: ExportColumn) -> ExportColumn:
        """Add a column; raises ValueError when one of ours has its key or its title."""
        if entry.key in SITE_COLUMNS.by_name or fold(entry.header) in SITE_COLUMNS.by_title:
            raise ValueError(f"{entry.key!r} or {entry.header!r} is a column of sites already")
        return super().register(entry)


EXPORT_COLUMNS = ExportColumns()


_STATUS = "Statut : {theme}"
_DEGREES = "Degrés décimaux, par exemple {example}"
_COUNTS = frozenset({*POPULATION_FIELDS, *DWELLING_FIELDS})
_REQUIRED = frozenset({"address", "site_type"})


#: Their words are of no other list; « oui » and « non » say nothing, and « Autre » is in too many lists.
_TOLD_BY_WORDS = frozenset({"site_type", "origins", "census_status", "water_access_type"})


def _field_column(name: str, part: str) -> Column:
    """The column of one answer of the site."""
    column = field_column(
        SitePage._meta.get_field(name),
        HEADERS[name],
        part=part,
        required=name in _REQUIRED,
        aliases=(label_of(name), *ALIASES.get(name, ())),
        units=UNITS.get(name, ()),
        is_count=name in _COUNTS,
        is_told_by_words=name in _TOLD_BY_WORDS,
    )
    return replace(column, write=_relevant_only(column)) if name in RELEVANT_WHEN else column


def _relevant_only(column: Column) -> Callable[[Row], Cell]:
    """A question that does not apply is blank; one that applies and that nobody can answer says so."""
    name, write = column.name, column.cell_of
    return lambda row: write(row) if is_relevant(name, row) else None


def _computed(name: str, header: str, part: str, write: Callable[[Row], Cell], **more: Any) -> Column:
    return Column(name, header, part=part, write=write, **more)


def _departement(row: Row) -> Cell:
    code = row["commune__departement__code"]
    return f"{code} – {row['commune__departement__name']}" if code else None


def _identifying(name: str, header: str, write: Callable[[Row], Cell], expected: str, required: bool = False) -> Column:
    """A text that says which site, or which commune, the row is about."""
    return Column(
        name,
        header,
        part="localisation",
        write=write,
        read=values.read_text if name == "commune" else values.read_identifier,
        expected=expected,
        required=required,
        aliases=ALIASES.get(name, ()),
        is_text=True,
    )


def _position(name: str, header: str, example: str) -> Column:
    def write(row: Row) -> Cell:
        return round(row[name], 7) if row["point"] else None

    expected = _DEGREES.format(example=example)
    aliases = ALIASES[name]
    return Column(name, header, part="gps", write=write, read=values.read_decimal, expected=expected, aliases=aliases)


def _identity() -> list[Column]:
    return [
        _identifying(
            "key",
            "Identifiant",
            lambda row: row["external_id"] or row["slug"],
            "Le vôtre, ou le code du site sur la plateforme ; un identifiant nouveau déclare un site",
            required=True,
        ),
        _computed("region", "Région", "localisation", lambda row: row["commune__region__name"]),
        _identifying(
            "departement", "Département", _departement, "Aide à reconnaître la commune quand le code INSEE manque"
        ),
        _computed("epci", "EPCI", "localisation", lambda row: row["commune__epci__name"]),
        _identifying("commune", "Commune", lambda row: row["commune__name"], "Nom"),
        _identifying(
            "citycode",
            "Code INSEE",
            lambda row: row["commune__code"],
            "Cinq caractères ; il l’emporte sur le nom de la commune",
        ),
        replace(_identifying("postcode", "Code postal", _nothing, ""), import_only=True, theirs_only=True),
        _field_column("address", "localisation"),
        _field_column("name", "localisation"),
        _position("latitude", "Latitude", "43,60426"),
        _position("longitude", "Longitude", "1,44367"),
        Column(
            "position",
            "Coordonnées",
            part="gps",
            write=_nothing,
            read=values.read_text,
            aliases=ALIASES["position"],
            is_text=True,
            import_only=True,
            theirs_only=True,
        ),
        replace(_field_column("access_notes", "acces"), stored=None),
    ]


def _characteristics() -> Iterable[Column]:
    for name in SECTION_BY_SLUG["caracteristiques"].fields:
        if name == "incoming_sites":
            yield Column(
                name,
                "Sites d’origine des habitants",
                part="caracteristiques",
                write=lambda row: " ; ".join(row["incoming_sites"]) or None,
                stored=itemgetter(name),
                read=values.split_keys,
                expected="Identifiants de sites séparés par « ; »",
                aliases=(label_of(name),),
            )
        else:
            yield _field_column(name, "caracteristiques")


def _inhabitants() -> Iterable[Column]:
    for name in SECTION_BY_SLUG["habitants"].fields:
        yield _field_column(name, "diagnostic" if name.startswith("census") else "habitants")


def _conditions() -> Iterable[Column]:
    """For each theme its status (computed), then its answers."""
    for theme in Theme:
        yield _computed(
            f"{theme}_status", _STATUS.format(theme=theme.label.lower()), "conditions", _status_writer(theme)
        )
        for name in fields_of_theme(theme):
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
            part="suivi",
            write=_nothing,
            read=values.read_date,
            expected="Date à laquelle la situation a été constatée ; vide : aujourd’hui",
            aliases=ALIASES["situation_at"],
            import_only=True,
        ),
        _computed("situation_known_at", "Dernière actualisation", "suivi", lambda row: _local_day(row["situation_at"])),
        _computed("page", "Page du site", "suivi", itemgetter("page"), is_wide=True),
    ]


def _local_day(moment) -> Cell:
    return timezone.localtime(moment).date() if moment else None


def _nothing(row: Row) -> Cell:
    """What is written in a column that is only read."""
    return None


SITE_COLUMNS = Columns(
    (
        *_identity(),
        *_characteristics(),
        *_inhabitants(),
        *_conditions(),
        *_closing(),
        *(_field_column(name, "pilotage") for name in SECTION_BY_SLUG["pilotage"].fields),
        *_follow_up(),
    ),
    title="Sites",
    known_title="Sites renseignés",
    identity=("key", "commune", "citycode"),
    identity_sentence=(
        "Cette colonne est nécessaire : elle dit de quel site parle chaque ligne (ou la commune et l’adresse)."
    ),
    parts={key: part.label for key, part in PARTS.items()},
    guide=(("Une ligne par site", "Un identifiant connu modifie le site ; un identifiant nouveau le déclare."),),
)
#: Columns whose unknown words are asked.
ASKED = {"commune", "citycode", *(column.name for column in SITE_COLUMNS.importable if column.choices)}


def known_columns() -> Columns:
    """Everything that an export of ours may hold: ours, and those that rooms above have added."""
    added = [entry.column for entry in EXPORT_COLUMNS]
    return SITE_COLUMNS.only((*SITE_COLUMNS, *added)) if added else SITE_COLUMNS


def exported_columns(parts: Iterable[str]) -> list[Column]:
    """Our columns in an export with these parts, those that are always there included."""
    return [column for column in SITE_COLUMNS if not column.import_only and is_in(column.part, parts)]


def is_in(part: str, parts: Iterable[str]) -> bool:
    """Whether an export with `parts` holds the columns of `part`."""
    return part in parts or PARTS[part].always

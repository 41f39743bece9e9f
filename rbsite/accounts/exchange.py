"""Tables of organisations, in and out: `import_data organisations`, `export_data organisations`."""

from typing import IO, Any

from django.core.exceptions import PermissionDenied, ValidationError
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from rbsite.base.text import fold
from rbsite.spreadsheets import values
from rbsite.spreadsheets.columns import Columns, field_column
from rbsite.spreadsheets.decisions import TableDecisions
from rbsite.spreadsheets.kinds import Asked, Kind
from rbsite.spreadsheets.opening import Opened, open_table
from rbsite.spreadsheets.report import Report
from rbsite.spreadsheets.resources import AsItIs, load_rows, write_rows
from rbsite.spreadsheets.tables import ReadTable, read_rows

from .enums import Feature
from .models import Organisation, OrganisationType
from .permissions import grants_for

_TYPE = "Un de ces types : {types}"
_ALSO_AT = "Cette structure figure aussi à la ligne {row}."
_NAMESAKE = "Une structure s’appelle « {name} » : écrivez son nom de la même façon."
_NO_TYPE = "Cette information est nécessaire pour créer une structure."


class OrganisationResource(ModelResource):
    """What a table says of an organisation, known by its name; a blank cell leaves the answer as it is."""

    name = Field("name", "name", AsItIs())
    abbreviation = Field("abbreviation", "abbreviation", AsItIs(), saves_null_values=False)
    type = Field("type", "type", ForeignKeyWidget(OrganisationType, "uid"), saves_null_values=False)
    is_active = Field("is_active", "is_active", AsItIs(), saves_null_values=False)

    class Meta:
        model = Organisation
        fields = ("name", "abbreviation", "type", "is_active")
        import_id_fields = ("name",)
        skip_unchanged = store_instance = clean_model_instances = use_transactions = skip_html_diff = True


def organisation_columns() -> Columns:
    """The columns of the table; the types are those of the deployment (one query)."""
    field = Organisation._meta.get_field
    types = tuple(OrganisationType.objects.values_list("uid", "name_singular"))
    expected = _TYPE.format(types=", ".join(uid for uid, _name in types))
    reader = values.choice_reader(list(types))
    return Columns(
        (
            field_column(field("name"), "Nom", required=True, aliases=("Structure", "Organisation")),
            field_column(field("abbreviation"), "Sigle", aliases=("Abréviation",)),
            field_column(field("type"), "Type", read=reader, choices=types, expected=expected, is_text=False),
            field_column(field("is_active"), "Active", aliases=("Actif",)),
        ),
        title="Structures",
        known_title="Structures renseignées",
        identity=("name",),
        guide=(("Une ligne par structure", "Un nom connu modifie la structure ; un nom nouveau la crée."),),
    )


def open_organisations(content: bytes, by: Any, decisions: TableDecisions) -> Opened:
    """Understand a table of organisations; raises PermissionDenied and UnreadableFile."""
    _require(by, Feature.USER_CREATE)
    return open_table(content, organisation_columns(), decisions)


def load_organisations(opened: Opened, by: Any, decisions: TableDecisions, dry_run: bool) -> Report:
    """Import a table of organisations, all or nothing; raises PermissionDenied."""
    _require(by, Feature.USER_CREATE)
    table = read_rows(opened)
    _refuse_names(table)
    return load_rows(table, OrganisationResource(), dry_run=dry_run)


def export_organisations(by: Any, file_format: str, asked: Asked, output: IO[bytes]) -> int:
    """Write every organisation; raises PermissionDenied, and ValidationError for what has no meaning here."""
    _require(by, Feature.USER_EXPORT)
    if asked != Asked():
        raise ValidationError("Les structures s’exportent toutes, telles qu’elles sont aujourd’hui.")
    organisations = Organisation.objects.select_related("type").order_by("name")
    return write_rows(OrganisationResource(), organisations, organisation_columns(), file_format, output)


def _require(person: Any, feature: Feature) -> None:
    """Organisations are the nation's: it takes the right on the whole of it."""
    scope = grants_for(person).scope(feature)
    if not scope.nation or scope.refused_nation:
        raise PermissionDenied("Seule l’administration nationale importe et exporte les structures.")


def _refuse_names(table: ReadTable) -> None:
    """The same organisation twice in the file, a known one written in another way, a new one without its type."""
    known = {fold(name): name for name in Organisation.objects.values_list("name", flat=True)}
    rows_of: dict[str, list[int]] = {}
    named = [(row, row.values["name"]) for row in table.rows if "name" in row.values]
    for row, name in named:
        rows_of.setdefault(fold(name), []).append(row.number)
    for row, name in named:
        others = [number for number in rows_of[fold(name)] if number != row.number]
        if others:
            table.refuse(row, {"name": _ALSO_AT.format(row=others[0])})
        elif known.get(fold(name), name) != name:
            table.refuse(row, {"name": _NAMESAKE.format(name=known[fold(name)])})
        elif fold(name) not in known and "type" not in row.values:
            table.refuse(row, {"type": _NO_TYPE})


ORGANISATIONS = Kind(
    key="organisations",
    order=40,
    exported="structures exportées",
    columns=organisation_columns,
    open=open_organisations,
    load=load_organisations,
    export=export_organisations,
)

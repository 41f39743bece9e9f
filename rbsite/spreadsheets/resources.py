"""Tables of plain models: our readers understand the cells, a `ModelResource` of django-import-export keeps the rows.

The resource's fields have the names of the list's columns; it finds, compares, validates and saves.
"""

from collections.abc import Iterable
from typing import IO, Any

import tablib
from django.db.models import QuerySet
from import_export.resources import ModelResource
from import_export.results import RowResult
from import_export.widgets import Widget

from . import values
from .columns import Columns
from .report import Change, Report
from .tables import ReadTable, TableRow
from .writers import WRITERS

_NEW, _CHANGED, _SAME = RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE, RowResult.IMPORT_TYPE_SKIP
_OUTCOMES = {_NEW: "À créer", _CHANGED: "À modifier", _SAME: "Inchangé"}


class AsItIs(Widget):
    """Values go in and out as they are: columns read and write their cells."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


def load_rows(table: ReadTable, resource: ModelResource, *, dry_run: bool) -> Report:
    """Save the rows of a table, all or nothing; nothing when one is wrong, and the report says which.

    Of the resource's Meta: `skip_unchanged`, `store_instance`, `clean_model_instances` and `use_transactions` are on;
    fields that a blank cell leaves as they are have `saves_null_values=False`.
    """
    rows = [row for row in table.rows if not row.errors]
    names = [field.column_name for field in resource.get_import_fields()]
    dataset = tablib.Dataset(*([row.values.get(name) for name in names] for row in rows), headers=names)
    only_check = dry_run or not table.report.is_valid
    result = resource.import_data(dataset, dry_run=only_check, rollback_on_validation_errors=True)
    for fault in [*result.base_errors, *(errors[0] for _line, errors in result.row_errors())]:
        raise fault.error  # a fault of ours: nothing is written, and somebody must hear of it
    for row, outcome in zip(rows, result.rows, strict=True):
        _tell(table, resource, row, outcome)
    if not (table.report.is_valid or dry_run):
        table.report.created = table.report.changed = 0
    return table.report


def write_rows(resource: ModelResource, queryset: QuerySet, columns: Columns, kind: str, output: IO[bytes]) -> int:
    """Write the file of a format; return the number of rows."""
    dataset = resource.export(queryset)
    return WRITERS[kind](columns, dataset.dict, output)


def _tell(table: ReadTable, resource: ModelResource, row: TableRow, outcome: RowResult) -> None:
    """Put what becomes of a row into the report."""
    report, kind = table.report, outcome.import_type
    if outcome.validation_error is not None:
        errors = outcome.validation_error.message_dict
        usual = resource.get_import_id_fields()[0]
        table.refuse(row, {name if name in row.cells else usual: " ".join(told) for name, told in errors.items()})
        return
    report.created += kind == _NEW
    report.changed += kind == _CHANGED
    report.unchanged += kind == _SAME
    report.outcomes[row.number] = _OUTCOMES[kind]
    if kind != _SAME:
        key = values.as_text(row.values[resource.get_import_id_fields()[0]])
        differences = list(_differences(table, resource, outcome)) if kind == _CHANGED else []
        report.changes.append(Change(row.number, key, str(outcome.instance), kind == _NEW, differences))


def _differences(table: ReadTable, resource: ModelResource, outcome: RowResult) -> Iterable[tuple[str, str, str]]:
    """(header, before, after) of each answer that changes."""
    for field in resource.get_import_fields():
        old, new = field.get_value(outcome.original), field.get_value(outcome.instance)
        if old != new:
            yield table.columns.by_name[field.column_name].header, values.as_text(old), values.as_text(new)

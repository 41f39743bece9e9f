"""From a file to sites: checks everything, then writes everything, or nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import tablib
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can

from . import values
from .bulk import lock_imports
from .columns import COLUMN_BY_NAME
from .headers import read_headers
from .lookups import Communes, KnownSites, Origins
from .readers import Table, UnreadableFile, read_table
from .report import Problem, Report
from .resources import SiteResource

#: Attribute of a site -> the columns in which it is said, the one that the file has first.
_SAID_IN = {
    "commune": ("citycode", "commune"),
    "point": ("latitude", "longitude"),
    "imported_day": ("situation_at",),
    "imported_origins": ("incoming_sites",),
}


def may_import(user: Any) -> bool:
    """Whether the person may feed sites somewhere."""
    return can(user, Feature.SITE_UPDATE) or can(user, Feature.SITE_CREATE)


def check_sites(content: bytes, *, by: Any) -> Report:
    """What importing the file would do; writes nothing."""
    return _run(content, by=by, dry_run=True)


def import_sites(content: bytes, *, by: Any) -> Report:
    """Import the file in one transaction; when the report has problems, nothing is written."""
    with transaction.atomic():
        lock_imports()
        return _run(content, by=by, dry_run=False)


def _run(content: bytes, *, by: Any, dry_run: bool) -> Report:
    if not may_import(by):
        raise PermissionDenied("Vous n’avez pas le droit d’importer des sites.")
    try:
        table = read_table(content)
    except UnreadableFile as error:
        return Report(problems=[Problem(None, "", "", str(error))])
    headers = read_headers(table.headers)
    if headers.problems:
        return Report(problems=headers.problems, notices=headers.notices)
    places = list(headers.columns)
    names = [headers.columns[place].name for place in places]
    rows = _Rows(names, table, places)
    resource = rows.resource(by, lock=not dry_run)
    result = resource.import_data(rows.dataset(), dry_run=dry_run, rollback_on_validation_errors=True)
    for fault in [*result.base_errors, *(errors[0] for _line, errors in result.row_errors())]:
        raise fault.error  # a fault of ours: nothing is written, and somebody must hear of it
    report = resource.report
    report.notices = headers.notices
    for invalid in result.invalid_rows:
        place = invalid.number - 1
        cells = dict(zip(names, rows.cells[place], strict=True))
        report.problems += _problems(rows.numbers[place], invalid.error_dict, cells)
    if not report.is_valid and not dry_run:
        report.created = report.changed = 0
    return report


class _Rows:
    """The cells of the columns that are read, with what they refer to."""

    def __init__(self, names: list[str], table: Table, places: list[int]):
        self.names = names
        self.numbers = [number for number, _cells in table.rows]
        self.cells = [[cells[place] for place in places] for _number, cells in table.rows]

    def dataset(self) -> tablib.Dataset:
        return tablib.Dataset(*self.cells, headers=self.names)

    def resource(self, by: Any, *, lock: bool) -> SiteResource:
        """The resource, with the sites and communes that the rows name already loaded."""
        keys = [values.read_text(key) for key in self._column("key")]
        known = KnownSites.load(by, filter(None, keys), lock=lock)
        origin_keys = {key for cell in self._column("incoming_sites") for key in values.split_keys(cell)}
        return SiteResource(
            by,
            [COLUMN_BY_NAME[name] for name in self.names],
            numbers=self.numbers,
            known=known,
            communes=Communes({values.read_text(code) for code in self._column("citycode")}),
            origins=Origins(by, known.sites(), origin_keys),
            repeated=self._repeated(keys, known),
            now=timezone.now(),
        )

    def _column(self, name: str) -> Iterable[Any]:
        if name not in self.names:
            return []
        place = self.names.index(name)
        return [cells[place] for cells in self.cells]

    def _repeated(self, keys: list[str], known: KnownSites) -> dict[str, list[int]]:
        """Code of a site, or key of a new one -> the rows of the file, when there are several."""
        lines: dict[str, list[int]] = defaultdict(list)
        for number, key in zip(self.numbers, keys, strict=True):
            named = known.by_external_id.get(key, [])
            if key.lower() in known.by_slug:
                lines[key.lower()].append(number)
            elif key and len(named) < 2:
                lines[named[0].slug if named else key].append(number)
        return {key: numbers for key, numbers in lines.items() if len(numbers) > 1}


def _problems(number: int, errors: Mapping[str, list[str]], cells: Mapping[str, Any]) -> list[Problem]:
    """The errors of one row, column by column."""
    problems = []
    for attribute, messages in errors.items():
        columns = _SAID_IN.get(attribute, (attribute,))
        name = next((name for name in columns if not values.is_blank(cells.get(name))), columns[0])
        column = COLUMN_BY_NAME.get(name, COLUMN_BY_NAME["key"])
        value = values.as_text(cells.get(column.name))[:80]
        problems += [Problem(number, column.header, value, message) for message in messages]
    return problems

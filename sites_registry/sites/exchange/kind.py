"""Sites, for `import_data` and `export_data`."""

from typing import IO, Any

from django.http import QueryDict
from django.utils import timezone

from rbsite.spreadsheets.kinds import Asked, Kind
from rbsite.spreadsheets.opening import Opened
from rbsite.spreadsheets.report import Report
from rbsite.spreadsheets.writers import WRITERS

from .columns import PARTS, SITE_COLUMNS
from .decisions import Decisions
from .exports import SiteExport, default_parts
from .importing import check_sites, import_sites, open_file

_TODAY = "Le tableau ne dit pas son jour : la situation est celle du {day:%d/%m/%Y}."


def _open(content: bytes, by: Any, decisions: Decisions) -> Opened:
    return open_file(content, by=by, decisions=decisions)


def _load(opened: Opened, by: Any, decisions: Decisions, dry_run: bool) -> Report:
    report = (check_sites if dry_run else import_sites)(opened, by=by, decisions=decisions)
    if report.waits:  # nobody is there to be asked
        report.notices = [*report.notices, _TODAY.format(day=timezone.localdate())]
    return report


def _export(by: Any, file_format: str, asked: Asked, output: IO[bytes]) -> int:
    """The sites that the person may export; a map has their positions."""
    parts = default_parts() | set(asked.parts) | ({"gps"} if file_format == "geojson" else set())
    return SiteExport(by, QueryDict(asked.filters), parts, asked.as_of).write(file_format, output)


SITES = Kind(
    key="sites",
    order=10,
    exported="sites exportés",
    columns=lambda: SITE_COLUMNS,
    open=_open,
    load=_load,
    decisions=Decisions,
    export=_export,
    formats=tuple(sorted(WRITERS)),
    more_parts=tuple(part.key for part in PARTS.values() if not (part.always or part.ticked)),
)

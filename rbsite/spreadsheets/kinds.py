"""The lists that `import_data` and `export_data` know: a registry that rooms fill in `ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from rbsite.base.registry import Entry, Registry

from .columns import Columns
from .decisions import TableDecisions
from .opening import Opened
from .report import Report


@dataclass(frozen=True)
class Asked:
    """What is asked of an export, beside its format."""

    #: Filters of the list, as its address has them.
    filters: str = ""
    #: The day whose state is wanted; None: today.
    as_of: date | None = None
    #: Keys of the parts that are wanted in more.
    parts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Kind(Entry):
    """One list, by its name on the command line; each function is handed the person whose rights hold."""

    #: What the command says of its rows: « sites exportés ».
    exported: str
    columns: Callable[[], Columns]
    #: (content, by, decisions) -> the file as it is understood; raises PermissionDenied and UnreadableFile.
    open: Callable[[bytes, Any, Any], Opened]
    #: (opened, by, decisions, dry_run) -> what was done, or would be; raises PermissionDenied.
    load: Callable[[Opened, Any, Any, bool], Report]
    decisions: type[TableDecisions] = TableDecisions
    #: (by, format, asked, output) -> number of rows; raises PermissionDenied and ValidationError.
    export: Callable[[Any, str, Asked, IO[bytes]], int]
    formats: tuple[str, ...] = ("csv", "xlsx", "json")
    #: Parts that an export leaves out unless it is asked.
    more_parts: tuple[str, ...] = ()


KINDS: Registry[Kind] = Registry()

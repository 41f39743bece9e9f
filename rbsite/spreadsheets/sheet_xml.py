"""What a reader of values does not tell of a workbook: its true size, hidden rows, merged cells, cells in error.

The XML is read as a stream by expat before any other parser opens the file; a document type (hence an entity) is
refused. Nothing of a workbook is ever run: formulas and macros are bytes that nobody reads.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from rbsite.base.wording import number

from .cells import Fault

#: A workbook that unpacks to more than this, in bytes, is a trap; so is one that is hundreds of times its own size.
MAX_UNPACKED = 200 * 2**20
MAX_RATIO = 250
#: Smaller ones may repeat themselves as much as they like.
_RATIO_MATTERS = 10 * 2**20
MAX_MEMBERS = 2_000
MAX_SHEETS = 50
MAX_ROWS = 20_000
MAX_COLUMNS = 300
#: Titles and blank lines that may stand around the rows.
_MARGIN = 1_000
_CHUNK = 2**20
_REFERENCE = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")

Area = tuple[int, int, int, int]
Attributes = dict[str, str]

_TOO_WIDE = "Le tableau a plus de {max} colonnes."
_TOO_LONG = "Le tableau a plus de {max} lignes : partagez-le en plusieurs."
_TOO_MANY_SHEETS = "Le classeur a plus de {max} feuilles."


class Trap(Exception):
    """The file is not what it says, or would cost too much to open; the message says why, in French."""


@dataclass
class Marks:
    """What is written around the values of one sheet. Rows are those that spreadsheets show (1 for the first)."""

    name: str = ""
    is_hidden: bool = False
    hidden: set[int] = field(default_factory=set)
    filtered: set[int] = field(default_factory=set)
    #: (first row, first column, last row, last column), columns from 0.
    merged: list[Area] = field(default_factory=list)
    #: (row, column from 0) -> the error, or the formula without a result.
    faults: dict[tuple[int, int], Fault] = field(default_factory=dict)
    #: Last row and number of columns that hold something.
    height: int = 0
    width: int = 0

    def see(self, row: int, column: int) -> None:
        self.height, self.width = max(self.height, row), max(self.width, column + 1)

    @property
    def excess(self) -> str:
        """Why the sheet is too large to be opened, in French; « » when it is not."""
        if self.width > MAX_COLUMNS:
            return _TOO_WIDE.format(max=MAX_COLUMNS)
        if self.height > MAX_ROWS + _MARGIN:
            return _TOO_LONG.format(max=number(MAX_ROWS))
        return ""


def marks_of(content: bytes) -> list[Marks]:
    """The marks of each sheet of a workbook (xlsx, xlsm, ods), in order; raises Trap or zipfile.BadZipFile."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _weigh(archive, len(content))
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return list(_xlsx(archive, names))
        if "content.xml" in names:
            return _ods(archive)
    raise Trap("Ce fichier n’est pas un classeur .xlsx ou .ods.")


def _weigh(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse bombs: by the sizes declared, then by unpacking each part without keeping it, so that none can lie."""
    members = archive.infolist()
    declared = sum(member.file_size for member in members)
    bomb = declared > MAX_UNPACKED or (declared > _RATIO_MATTERS and declared > size * MAX_RATIO)
    if bomb or len(members) > MAX_MEMBERS:
        raise Trap("Le classeur est trop volumineux une fois ouvert : partagez-le en plusieurs.")
    if any(member.flag_bits & 1 for member in members):
        raise Trap("Ce classeur est protégé par un mot de passe : enregistrez-le sans mot de passe.")
    try:
        broken = archive.testzip()  # reads no more than what is declared, then compares with the checksum
    except (RuntimeError, NotImplementedError, OSError, EOFError, zlib.error) as error:
        raise Trap("Ce classeur est abîmé.") from error
    if broken:
        raise Trap("Ce classeur est abîmé.")


def _parse(
    archive: zipfile.ZipFile, member: str, start: Callable, end: Callable | None = None, text: Callable | None = None
):
    """Stream one part through handlers of elements, whose names come without their prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise Trap("Ce classeur contient une déclaration qu’un tableur n’écrit pas.")

    parser.StartDoctypeDeclHandler = refuse

    def root(name: str, attributes: Attributes) -> None:
        """Most workbooks write no prefix: taking none off a million elements is a fifth of the time."""
        is_prefixed = ":" in name
        parser.StartElementHandler = (
            (lambda name, found: start(name.rpartition(":")[2], found)) if is_prefixed else start
        )
        if end:
            parser.EndElementHandler = (lambda name: end(name.rpartition(":")[2])) if is_prefixed else end
        start(name.rpartition(":")[2], attributes)

    parser.StartElementHandler = root
    if text:
        parser.CharacterDataHandler = text
    try:
        with archive.open(member) as source:
            while chunk := source.read(_CHUNK):
                parser.Parse(chunk)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError) as error:  # no such part, or an encoding that does not exist
        raise Trap("Ce classeur est abîmé.") from error


def _xlsx(archive: zipfile.ZipFile, names: set[str]) -> Iterator[Marks]:
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str, bool]] = []

    def relation(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def sheet(name: str, attributes: Attributes) -> None:
        if name == "sheet":
            key = next((value for label, value in attributes.items() if label.endswith(":id")), "")
            sheets.append((attributes.get("name", ""), key, attributes.get("state", "visible") != "visible"))

    _parse(archive, "xl/_rels/workbook.xml.rels", relation)
    _parse(archive, "xl/workbook.xml", sheet)
    if len(sheets) > MAX_SHEETS:
        raise Trap(_TOO_MANY_SHEETS.format(max=MAX_SHEETS))
    for title, key, is_hidden in sheets:
        path = posixpath.normpath(posixpath.join("/xl", targets.get(key, "")))[1:]
        marks = Marks(title, is_hidden)
        if path in names and "worksheets" in path:
            reader = _XlsxSheet(marks)
            _parse(archive, path, reader.start, reader.end, reader.text)
            reader.finish()
        yield marks


class _XlsxSheet:
    """Handlers of one sheet of an xlsx."""

    def __init__(self, marks: Marks):
        self.marks = marks
        self._row = self._column = 0
        self._kind = ""
        self._formula: str | None = None
        self._value: str | None = None
        self._inside = ""
        self._is_filtered = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "is", "f"):
            self._inside = name
            if name == "f":
                self._formula = ""
            else:
                self._value = ""
        elif name == "row":
            self._row = int(attributes.get("r") or self._row + 1)
            self._column = -1
            if attributes.get("hidden") in ("1", "true"):
                self.marks.hidden.add(self._row)
        elif name == "filterColumn":
            self._is_filtered = True
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            corners = _place(first), _place(last)
            if corners[0] and corners[1]:
                self.marks.merged.append((*corners[0], *corners[1]))

    def _start_cell(self, attributes: Attributes) -> None:
        place = _place(attributes.get("r", ""))
        self._row, self._column = place or (self._row, self._column + 1)
        self._kind = attributes.get("t", "")
        self._formula = self._value = None

    def text(self, data: str) -> None:
        if self._inside == "v":
            self._value = (self._value or "") + data
        elif self._inside == "f":
            self._formula = (self._formula or "") + data

    def end(self, name: str) -> None:
        if name == self._inside:
            self._inside = ""
        elif name == "c" and (self._value is not None or self._formula is not None):
            self.marks.see(self._row, self._column)
            here = self._row, self._column
            if self._kind == "e":
                self.marks.faults[here] = Fault(self._value or "#ERREUR!")
            elif self._formula is not None and not self._value and self._kind != "str":
                self.marks.faults[here] = Fault(f"={self._formula}")

    def finish(self) -> None:
        """Rows hidden in a filtered table are told as filtered."""
        if self._is_filtered:
            self.marks.filtered, self.marks.hidden = self.marks.hidden, set()


def _place(reference: str) -> tuple[int, int] | None:
    """« B3 » -> (3, 1)."""
    match = _REFERENCE.match(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column - 1


def _ods(archive: zipfile.ZipFile) -> list[Marks]:
    reader = _OdsBook()
    _parse(archive, "content.xml", reader.start)
    if len(reader.sheets) > MAX_SHEETS:
        raise Trap(_TOO_MANY_SHEETS.format(max=MAX_SHEETS))
    if excess := next((sheet.excess for sheet in reader.sheets if sheet.excess), ""):
        raise Trap(excess)  # all the sheets of an ods are opened together
    return reader.sheets


class _OdsBook:
    """Handlers of the content of an ods; errors are there texts like any other."""

    def __init__(self) -> None:
        self.sheets: list[Marks] = []
        self._row = self._column = self._next_row = self._next_column = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "table":
            self.sheets.append(Marks(attributes.get("table:name", "")))
            self._next_row = 1
        elif not self.sheets:
            return
        elif name == "table-row":
            self._start_row(attributes)
        elif name in ("table-cell", "covered-table-cell"):
            self._start_cell(attributes)
        elif name == "p" and self._row:
            # What is repeated counts as often as it is: that is how an ods becomes a bomb.
            self.sheets[-1].see(self._next_row - 1, self._next_column - 1)

    def _start_row(self, attributes: Attributes) -> None:
        repeated = int(attributes.get("table:number-rows-repeated", 1))
        self._row, self._next_row, self._next_column = self._next_row, self._next_row + repeated, 0
        visibility = attributes.get("table:visibility", "visible")
        if visibility != "visible":
            rows = self.sheets[-1].filtered if visibility == "filter" else self.sheets[-1].hidden
            rows.update(range(self._row, min(self._next_row, MAX_ROWS + _MARGIN)))

    def _start_cell(self, attributes: Attributes) -> None:
        self._column = self._next_column
        self._next_column += int(attributes.get("table:number-columns-repeated", 1))
        height = int(attributes.get("table:number-rows-spanned", 1))
        width = int(attributes.get("table:number-columns-spanned", 1))
        if height * width > 1:
            last = self._row + height - 1, self._column + width - 1
            self.sheets[-1].merged.append((self._row, self._column, *last))
        if "office:value" in attributes or "office:date-value" in attributes:
            self.sheets[-1].see(self._next_row - 1, self._next_column - 1)

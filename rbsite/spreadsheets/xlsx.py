"""The marks of the sheets of an xlsx or xlsm, from its XML."""

import posixpath
import re
from collections.abc import Iterator

from .archives import Attributes, Parts, elements_of
from .books import MAX_SHEETS, UnreadableFile
from .cells import Fault
from .marks import Marks

_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})\Z")
_TOO_MANY_SHEETS = f"Le classeur a plus de {MAX_SHEETS} feuilles."
BOOK = "xl/workbook.xml"
#: A sheet without any of these has no mark: formulas, errors, hidden rows, merged cells, filters.
_WORDS_OF_MARKS = (b"<f", b":f", b'"e"', b"'e'", b"hidden", b"mergeCell", b"filterColumn", b"<!DOCTYPE")


def marks_of_xlsx(parts: Parts) -> Iterator[Marks | None]:
    """The marks of each sheet, in order; None for what is no sheet of cells (charts…)."""
    relations = {
        attributes.get("Id", ""): attributes
        for name, attributes in elements_of(parts, "xl/_rels/workbook.xml.rels")
        if name == "Relationship"
    }
    sheets = [attributes for name, attributes in elements_of(parts, BOOK) if name == "sheet"]
    if len(sheets) > MAX_SHEETS:
        raise UnreadableFile(_TOO_MANY_SHEETS)
    for attributes in sheets:
        key = next((value for label, value in attributes.items() if label.endswith(":id")), "")
        relation = relations.get(key, {})
        path = posixpath.normpath(posixpath.join("/xl", relation.get("Target", "")))[1:]
        if path not in parts or not relation.get("Type", "").endswith("/worksheet"):
            yield None
            continue
        marks = Marks(attributes.get("name", ""), attributes.get("state", "visible") != "visible")
        if parts.mentions(path, _WORDS_OF_MARKS):
            _Sheet(marks, parts, path).finish()
        yield marks


class _Sheet:
    """Handlers of one sheet. Millions of cells pass: only those with a formula or in error are looked into."""

    def __init__(self, marks: Marks, parts: Parts, path: str):
        self.marks = marks
        self._row = 0
        #: The last cell with an address, and how many without one came after it.
        self._reference, self._after = "", 0
        self._cell: Attributes = {}
        self._formula: str | None = None
        self._value = self._inside = ""
        self._is_filtered = False
        self._parser = parts.parser()
        parts.stream(path, self._parser, self._start)

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._cell = attributes
            if "r" in attributes:
                self._reference, self._after = attributes["r"], 0
            else:
                self._after += 1
            if attributes.get("t") == "e":
                self._look()
        elif name == "f":
            self._formula, self._inside = "", "f"
            self._look()
        elif name == "row":
            self._start_row(attributes)
        elif name == "v" or name == "is":
            self._inside = name
        elif name == "filterColumn":
            self._is_filtered = True
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            corners = _place(first), _place(last)
            if corners[0] and corners[1]:
                self.marks.merged.append((*corners[0], *corners[1]))

    def _start_row(self, attributes: Attributes) -> None:
        self._row = int(attributes.get("r") or self._row + 1)
        self._reference, self._after = "", 0
        if attributes.get("hidden") in ("1", "true"):
            self.marks.hidden.add(self._row)

    def _look(self) -> None:
        """Hear the texts of this cell, to its end."""
        self._parser.CharacterDataHandler = self._text
        self._parser.EndElementHandler = self._end

    def _text(self, data: str) -> None:
        if self._inside == "f":
            self._formula = (self._formula or "") + data
        elif self._inside:
            self._value += data

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == self._inside:
            self._inside = ""
        if name != "c":
            return
        kind = self._cell.get("t", "")
        if kind == "e":
            self._fail(Fault(self._value or "#ERREUR!"))
        elif self._formula is not None and not self._value and kind != "str":
            self._fail(Fault(f"={self._formula}"))
        self._formula, self._value = None, ""
        self._parser.CharacterDataHandler = self._parser.EndElementHandler = None

    def _fail(self, fault: Fault) -> None:
        row, column = _place(self._reference) or (self._row, -1)
        self.marks.faults.setdefault(row, {})[column + self._after] = fault

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
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column - 1

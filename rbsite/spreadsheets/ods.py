"""The marks of the sheets of an ods, from its XML."""

from xml.parsers.expat import XMLParserType

from .archives import PROTECTED, Attributes, Parts, elements_of
from .books import MARGIN, MAX_ROWS, MAX_SHEETS, UnreadableFile, too_long
from .marks import Marks

CONTENT = "content.xml"
_TOO_MANY_SHEETS = f"Le classeur a plus de {MAX_SHEETS} feuilles."


def marks_of_ods(parts: Parts) -> list[Marks]:
    """The marks of each sheet, in order."""
    if any(name == "encryption-data" for name, _attributes in elements_of(parts, "META-INF/manifest.xml")):
        raise UnreadableFile(PROTECTED)
    parser = parts.parser()
    reader = _Content(parser)
    parts.stream(CONTENT, parser, reader.start)
    if len(reader.sheets) > MAX_SHEETS:
        raise UnreadableFile(_TOO_MANY_SHEETS)
    return reader.sheets


class _Content:
    """Handlers of the content; errors are there texts like any other."""

    def __init__(self, parser: XMLParserType) -> None:
        self._parser = parser
        self.sheets: list[Marks] = []
        self._row = self._next_row = self._next_column = 0
        self._style = ""
        self._hidden_styles: set[str] = set()

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self._style = attributes.get("style:name", "")
        elif name == "table-properties":
            if attributes.get("table:display") == "false":
                self._hidden_styles.add(self._style)
        elif name == "table":
            is_hidden = attributes.get("table:style-name", "") in self._hidden_styles
            self.sheets.append(Marks(attributes.get("table:name", ""), is_hidden))
            self._row, self._next_row = 0, 1
        elif not self.sheets:
            return
        elif name == "table-row":
            self._start_row(attributes)
        elif name == "table-cell" or name == "covered-table-cell":
            self._start_cell(attributes)
        elif name == "p":
            far = too_long(self._next_row - 1, self._next_column)
            self._parser.CharacterDataHandler = self._refuse_text if far else None

    def _refuse_text(self, data: str) -> None:
        """What is repeated counts as often as it is, and all the sheets of an ods are opened together."""
        if not data.isspace():
            raise UnreadableFile(too_long(self._next_row - 1, self._next_column))

    def _start_row(self, attributes: Attributes) -> None:
        repeated = int(attributes.get("table:number-rows-repeated", 1))
        self._row, self._next_row, self._next_column = self._next_row, self._next_row + repeated, 0
        visibility = attributes.get("table:visibility", "visible")
        if visibility != "visible":
            rows = self.sheets[-1].filtered if visibility == "filter" else self.sheets[-1].hidden
            rows.update(range(self._row, min(self._next_row, MAX_ROWS + MARGIN)))

    def _start_cell(self, attributes: Attributes) -> None:
        column = self._next_column
        self._next_column += int(attributes.get("table:number-columns-repeated", 1))
        if "table:number-rows-spanned" not in attributes and "table:number-columns-spanned" not in attributes:
            return
        height = int(attributes.get("table:number-rows-spanned", 1))
        width = int(attributes.get("table:number-columns-spanned", 1))
        if height * width > 1:
            last = self._row + height - 1, column + width - 1
            self.sheets[-1].merged.append((self._row, column, *last))

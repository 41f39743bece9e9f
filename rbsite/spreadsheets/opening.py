"""A file as it is understood: sheets, table, columns and words. It is parsed once, and laid out at will."""

from dataclasses import dataclass

from rbsite.base.text import fold

from .books import Book
from .columns import Columns
from .decisions import Meanings, Memory, TableDecisions
from .headers import Headers, known_words, read_headers
from .layout import Identifies, Table, choose_sheet, lay_out, refuse_secrets
from .readers import read_book

_TITLES_OF_SHEET, _TITLES = "Feuille « {sheet} » : titres {where}.", "Titres {where}."
_UNREAD_SHEETS = "Feuilles non lues : {names}."
_HIDDEN = " (masquée)"
_AT_ROW, _AT_ROWS = "à la ligne {row}", "aux lignes {row} et {last}"


@dataclass
class Opened:
    """A file as it is understood, for a list of columns."""

    columns: Columns
    book: Book
    table: Table
    headers: Headers
    #: What words mean in it, by column.
    meanings: Meanings

    @property
    def reading(self) -> list[str]:
        """How the file was read, in French."""
        table = self.table
        last = table.header_row + table.header_lines - 1
        where = (_AT_ROWS if table.header_lines > 1 else _AT_ROW).format(row=table.header_row, last=last)
        sheet = table.sheet.name
        sentence = _TITLES_OF_SHEET if sheet else _TITLES
        return [*self.book.reading, sentence.format(sheet=sheet, where=where)]

    @property
    def notices(self) -> list[str]:
        """What was not read, in French."""
        return [*self.headers.notices, *self.table.notices, *self._unread_sheets()]

    def _unread_sheets(self) -> list[str]:
        """One table is read at a time: the sheets beside it are named, hidden ones too."""
        read = self.table.sheet.name
        unread = [sheet for sheet in self.book.sheets if sheet.rows and sheet.name != read]
        names = [f"« {sheet.name} »" + (_HIDDEN if sheet.is_hidden else "") for sheet in unread]
        return [_UNREAD_SHEETS.format(names=", ".join(names))] if names else []


def open_table(
    content: bytes, columns: Columns, decisions: TableDecisions | None = None, memory: Memory | None = None
) -> Opened:
    """Understand a file, with what its author and their organisation have said of it; raises UnreadableFile."""
    return lay_out_book(read_book(content), columns, decisions, memory)


def lay_out_book(
    book: Book, columns: Columns, decisions: TableDecisions | None = None, memory: Memory | None = None
) -> Opened:
    """The same of a file that is already parsed, whatever was decided since; raises UnreadableFile."""
    refuse_secrets(book)
    decisions, memory = decisions or TableDecisions(), memory or Memory()
    knows = known_words(columns, memory.columns)
    table = lay_out(
        choose_sheet(book, decisions.sheet, knows),
        knows,
        _identifies(columns),
        header_row=decisions.header_row,
        header_lines=decisions.header_lines,
        with_hidden=decisions.with_hidden,
    )
    headers = read_headers(table.headers, columns, decisions.columns, memory.columns)
    return Opened(columns, book, table, headers, memory.meanings(decisions.values))


def _identifies(columns: Columns) -> Identifies:
    """Whether a title is that of an identifier of the list, other than words that a total may stand under."""

    def identifies(title: str) -> bool:
        column = columns.by_title.get(fold(title))
        return column is not None and column.name in columns.identity

    return identifies

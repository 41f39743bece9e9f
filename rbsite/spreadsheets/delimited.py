"""Tables of text, whose cells are separated by marks: read strictly, so that a quote forgotten swallows no row."""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from . import wire
from .books import MAX_BYTES, UnreadableFile, held_cells, too_long
from .encodings import NAMES, decoded, first_accent

_TEXT = "Texte lu en {encoding}, séparateur « {separator} »."
_GUESSED = "Texte lu en {encoding} d’après ses accents (« {sample} »), séparateur « {separator} »."
_SEPARATORS = {";": "point-virgule", "\t": "tabulation", ",": "virgule", "|": "barre verticale"}
_NEVER_CLOSED = 'Ligne {line} : un guillemet (") s’ouvre et ne se ferme pas. Fermez-le, ou retirez-le.'
_TEXT_AFTER = 'Ligne {line} : un texte entre guillemets (") est suivi d’autre chose. Doublez les guillemets du texte.'
#: Cells at most: they are counted before they are made.
_MAX_CELLS = 3_000_000
_TOO_MANY_CELLS = "Ce tableau est trop volumineux : partagez-le en plusieurs."


def read_text(content: bytes) -> Iterator[wire.Line]:
    """What the file holds, as one sheet; raises UnreadableFile."""
    text, encoding = decoded(content)
    if not text.strip(";,|\t\r\n \ufeff"):
        raise UnreadableFile("Le fichier est vide.")
    separator = _separator(text)
    if text.count(separator) + text.count("\n") > _MAX_CELLS:
        raise UnreadableFile(_TOO_MANY_CELLS)
    facts = {"encoding": NAMES[encoding], "separator": _SEPARATORS[separator]}
    is_sure = encoding.startswith("utf")
    yield wire.Reading(_TEXT.format(**facts) if is_sure else _GUESSED.format(**facts, sample=first_accent(text)))
    yield wire.Head("", is_text=True)
    yield from _rows(text, separator)


def _rows(text: str, separator: str) -> Iterator[wire.Line]:
    csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    blanks: list[wire.Line] = []
    count, first = 0, 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            is_open = "end of data" in str(error)
            raise UnreadableFile((_NEVER_CLOSED if is_open else _TEXT_AFTER).format(line=first)) from error
        if row is None:
            return
        first = reader.line_num + 1
        width = held_cells(row)
        if not width:
            blanks.append([])
            continue
        count += len(blanks) + 1
        if why := too_long(count, width):
            raise UnreadableFile(why)
        yield from blanks
        blanks.clear()
        yield [_unwrapped(cell) for cell in row[:width]]


def _unwrapped(cell: str) -> str:
    """« ="00123" » keeps a spreadsheet from reading a number: it says 00123."""
    is_wrapped = cell.startswith('="') and cell.endswith('"') and len(cell) > 2
    return cell[2:-1].replace('""', '"') if is_wrapped else cell


def _separator(text: str) -> str:
    """The mark that cuts the most of the first lines into the same number of cells."""
    head = text[: 2**20].splitlines()
    lines = list(islice((line for line in head if line.strip(";,|\t \ufeff")), 10)) or [";"]

    def regularity(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(counts, key=counts.count)
        return (counts.count(usual), usual) if usual else (0, 0)

    return max(_SEPARATORS, key=regularity)

"""Workbooks as archives of XML: what they weigh once opened, and their parts read as streams; no Django here.

The XML is read by expat before any other parser opens the file; a document type (hence an entity) is refused. Nothing
of a workbook is ever run: formulas and macros are bytes that nobody reads.
"""

import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from xml.parsers import expat

from .books import READABLE, UnreadableFile

#: A workbook that unpacks to more than this, in bytes, is a trap; so is one that is hundreds of times its own size.
_MAX_UNPACKED = 200 * 2**20
_MAX_RATIO = 250
#: Smaller ones may repeat themselves as much as they like.
_RATIO_MATTERS = 10 * 2**20
_MAX_MEMBERS = 2_000
_CHUNK = 2**20

Attributes = dict[str, str]

PROTECTED = "Ce classeur est protégé par un mot de passe : enregistrez-le sans mot de passe."
DAMAGED = f"Ce classeur est abîmé. {READABLE}"
_TOO_LARGE = f"Le classeur est trop volumineux une fois ouvert : partagez-le en plusieurs. {READABLE}"
_STRANGE = f"Ce classeur contient une déclaration qu’un tableur n’écrit pas. {READABLE}"


class Parts:
    """The parts of an archive by name, whatever the case, as spreadsheets look for them."""

    def __init__(self, archive: zipfile.ZipFile):
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def mentions(self, name: str, words: Collection[bytes]) -> bool:
        """Whether one of the words stands in a part: ten times faster than to stream it."""
        longest, before = max(map(len, words)), b""
        with self._archive.open(self._names[name.lower()]) as source:
            while chunk := source.read(_CHUNK):
                if any(word in before + chunk[:longest] or word in chunk for word in words):
                    return True
                before = chunk[-longest:]
        return False

    @staticmethod
    def parser() -> expat.XMLParserType:
        """A parser that refuses what no spreadsheet writes."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        return parser

    def stream(self, name: str, parser: expat.XMLParserType, start: Callable[[str, Attributes], None]) -> None:
        """Pass the elements of one part to a handler, by their names without prefix: any of them may have one."""
        local = _LocalNames()
        parser.StartElementHandler = lambda name, attributes: start(local[name], attributes)
        try:
            with self._archive.open(self._names[name.lower()]) as source:
                while chunk := source.read(_CHUNK):
                    parser.Parse(chunk)
            parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError) as error:  # no such part, no such encoding, no number
            raise UnreadableFile(DAMAGED) from error


class _LocalNames(dict[str, str]):
    """The name of each element without its prefix."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


def _refuse(*_: object) -> None:
    raise UnreadableFile(_STRANGE)


def weigh(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse bombs: by the sizes declared, then by unpacking each part without keeping it, so that none can lie.

    `size` is that of the file, in bytes. Raises UnreadableFile.
    """
    members = archive.infolist()
    declared = sum(member.file_size for member in members)
    bomb = declared > _MAX_UNPACKED or (declared > _RATIO_MATTERS and declared > size * _MAX_RATIO)
    if bomb or len(members) > _MAX_MEMBERS:
        raise UnreadableFile(_TOO_LARGE)
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile(PROTECTED)
    try:
        broken = archive.testzip()  # reads no more than what is declared, then compares with the checksum
    except (RuntimeError, NotImplementedError, OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(DAMAGED) from error
    if broken:
        raise UnreadableFile(DAMAGED)


def elements_of(parts: Parts, part: str) -> Iterator[tuple[str, Attributes]]:
    """The elements of a small part, with their attributes; those of a part that is not there are none."""
    found: list[tuple[str, Attributes]] = []
    if part in parts:
        parts.stream(part, parts.parser(), lambda name, attributes: found.append((name, attributes)))
    return iter(found)

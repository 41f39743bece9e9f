"""Files that are no tables, or tables of another time, told by their first bytes and named for what they are."""

import re

from .archives import PROTECTED
from .books import READABLE, UnreadableFile

_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "ouvrez-le dans un tableur, puis enregistrez-le en .xlsx."
_OLD_EXCEL = f"Ce classeur est d’un ancien format (.xls) : {_SAVE_AS}"
_WEB_PAGE = f"Ce fichier est une page web, quel que soit son nom : {_SAVE_AS}"
_XML = f"Ce fichier est un document XML, quel que soit son nom : {_SAVE_AS}"
_OTHERS = {
    b"%PDF": f"Ce fichier est un PDF. {READABLE}",
    b"{\\rtf": f"Ce fichier est un document de texte. {READABLE}",
    b"\x89PNG": f"Ce fichier est une image. {READABLE}",
    b"\xff\xd8\xff": f"Ce fichier est une image. {READABLE}",
    b"GIF8": f"Ce fichier est une image. {READABLE}",
}
_TAG = re.compile(rb"<(?:!doctype|html|head|body|table|meta)\b", re.IGNORECASE)


def refuse_foreign(content: bytes) -> None:
    """Raise UnreadableFile, with what to do, for a file that is known to be something else than a table."""
    if not content.strip():
        raise UnreadableFile("Le fichier est vide.")
    if content[:4] == _OLE:
        raise UnreadableFile(PROTECTED if _ENCRYPTED in content else _OLD_EXCEL)
    for mark, sentence in _OTHERS.items():
        if content.startswith(mark):
            raise UnreadableFile(sentence)
    head = content[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        raise UnreadableFile(_WEB_PAGE if _TAG.search(head) else _XML)

"""From bytes to text: UTF-8, else the old encoding in which the accents are where French puts them; no Django here."""

import re
from itertools import islice

from .books import READABLE, UnreadableFile

#: Tried in this order when the bytes are not UTF-8; the first is the one of Windows in France.
_OLD = ("cp1252", "mac_roman", "cp850")
NAMES = {
    "utf-8-sig": "UTF-8",
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be"), "UTF-16"),
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "cp850": "CP850 (DOS)",
}
_NO_TABLE = f"Ce fichier n’est pas un tableau. {READABLE}"
_ILLEGIBLE = "Les accents de ce fichier sont illisibles, ligne {line} : « {text} ». Enregistrez-le en « CSV UTF-8 »."
_FRENCH = frozenset("àâäéèêëîïôöùûüÿçœæÀÂÄÉÈÊËÎÏÔÖÙÛÜŸÇŒÆ’‘“”«»–—…°€²³·•\xa0\u202f")
_STRANGERS = re.compile(r"[^\x00-\x7f]+")
#: No French word has three letters with accents in a row: those are words in another alphabet.
_FOREIGN_WORD = re.compile(r"[^\W\d_]{3}")
#: Beyond this a character that is not in its place is one too many for what is guessed.
_MOST_DOUBT = 1.0
_LONGEST_QUOTE = 60
#: As many places with accents tell what the encoding is.
_MOST_RUNS = 5_000
_ENDS_OF_CELL = ';\t|\n"'


def decoded(content: bytes) -> tuple[str, str]:
    """(text, encoding) of a file of text; raises UnreadableFile for what is none, or has its accents in pieces."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif wide := _wide(content):
        encoding = wide
    elif b"\0" in content:
        raise UnreadableFile(_NO_TABLE)
    else:
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding.startswith("utf-16"):
            raise UnreadableFile(_NO_TABLE) from None
        text, encoding = _guessed(content)
    if broken := next((run for run in _STRANGERS.finditer(text) if _is_twice_encoded(run[0])), None):
        raise UnreadableFile(_illegible(text, broken.start()))
    return text, encoding


def _wide(content: bytes) -> str:
    """UTF-16 without its mark: every other byte of what is written in Latin letters is nought."""
    head = content[:2_000]
    if len(content) % 2 == 0 and len(head) > 3:
        for encoding, noughts in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
            if 10 * noughts.count(0) > 9 * len(noughts) and 10 * head.count(0) < 6 * len(head):
                return encoding
    return ""


def _guessed(content: bytes) -> tuple[str, str]:
    """The text in the encoding that leaves the fewest characters where nobody writes them."""
    read = {encoding: content.decode(encoding, "replace") for encoding in _OLD}
    doubts = {encoding: _doubt(text) for encoding, text in read.items()}
    best = min(_OLD, key=lambda encoding: doubts[encoding])
    strangers = sum(len(run[0]) for run in islice(_STRANGERS.finditer(read[best]), _MOST_RUNS))
    if doubts[best] > _MOST_DOUBT * strangers:
        first = _STRANGERS.search(read["cp1252"])
        raise UnreadableFile(_illegible(read["cp1252"], first.start() if first else 0))
    return read[best], best


def _doubt(text: str) -> float:
    """How strange its characters are: signs and capitals inside words count most, then letters that are not French."""
    doubt = 0.0
    for run in islice(_STRANGERS.finditer(text), _MOST_RUNS):
        around = text[max(run.start() - 1, 0) : run.end() + 1]
        around = around if run.start() else f" {around}"
        doubt += 2 * len(run[0]) if _FOREIGN_WORD.search(run[0]) else 0
        doubt += sum(_strangeness(*three) for three in zip(around, around[1:], f"{around[2:]} ", strict=False))
    return doubt


def _strangeness(before: str, character: str, after: str) -> float:
    if character <= "\x7f":  # what follows the last stranger
        return 0 if before.isalpha() or before in "’\xa0\u202f" or not character.isalpha() else 1.5
    if not character.isalpha():
        is_after_word = before.isalpha() and character not in "’…»\xa0\u202f–—°²"
        return 2 if is_after_word or character not in _FRENCH else 0
    is_inside = before.isalpha() and character.isupper() and (before.islower() or after.islower())
    return (0 if character in _FRENCH else 0.5) + (2 if is_inside else 0)


def _is_twice_encoded(run: str) -> bool:
    """Whether the characters are the bytes of UTF-8 that somebody read as Windows-1252: « Ã© » is « é »."""
    for start in range(len(run) - 1):
        for end in (start + 2, start + 3):
            try:
                meant = run[start:end].encode("cp1252").decode("utf-8")
            except UnicodeError:
                continue
            if len(meant) == 1 and meant in _FRENCH:
                return True
    return False


def _illegible(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return _ILLEGIBLE.format(line=line, text=sample(text, at))


def sample(text: str, at: int) -> str:
    """What stands around a place of a text, in its cell."""
    first = max(text.rfind(mark, 0, at) for mark in _ENDS_OF_CELL) + 1
    first = max(first, at - _LONGEST_QUOTE // 2)
    last = min((end for mark in _ENDS_OF_CELL if (end := text.find(mark, at)) >= 0), default=len(text))
    return " ".join(text[first : min(last, first + _LONGEST_QUOTE)].split())


def first_accent(text: str) -> str:
    """What stands around the first character that is not ASCII; « » without one."""
    found = _STRANGERS.search(text)
    return sample(text, found.start()) if found else ""

"""Texts as they are stored and searched: one definition for what is kept and for what is typed."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[^a-z0-9]+")
_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}

#: Unicode's controls of writing direction: invisible, they make a text read otherwise than it is written.
_DIRECTION_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def without_direction_controls(text: str) -> str:
    """Return `text` without the invisible characters that change the order in which it is read."""
    return text.translate(_DIRECTION_CONTROLS)


def fold(text: str) -> str:
    """Return `text` in lower case, without accents or punctuation, with « st », « ste » written in full.

    >>> fold("L'Haÿ-les-Roses")
    'l hay les roses'
    """
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(_ABBREVIATIONS.get(word, word) for word in _SEPARATORS.split(plain) if word)

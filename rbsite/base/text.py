"""Folding of text for search: one definition for what is stored and what is typed."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[^a-z0-9]+")
_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}


def fold(text: str) -> str:
    """Return `text` in lower case, without accents or punctuation, with « st », « ste » written in full.

    >>> fold("L'Haÿ-les-Roses")
    'l hay les roses'
    """
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(_ABBREVIATIONS.get(word, word) for word in _SEPARATORS.split(plain) if word)

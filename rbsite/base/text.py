"""Texts as they are stored and searched: one definition for what is kept and for what is typed."""

import unicodedata

_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
#: Letters that Unicode does not take apart, as people type them without their keyboard; « º » is the « ° » of « n° ».
_SPELLED = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"}
_SIGNS = str.maketrans({"№": "n ", "º": " ", "ª": " "})
#: Apostrophes and strokes that Unicode counts as letters: they separate words as « ’ » does.
_STROKES = frozenset(map(chr, [*range(0x2B0, 0x300), 0xA78B, 0xA78C]))
#: Letters and marks without a shape: fillers of Hangul and Khmer, joiners, selectors of variants.
_FILLERS = (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)
_SHAPELESS = frozenset(map(chr, [*_FILLERS, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]))
#: What only stretches an Arabic word.
_STRETCH = "\u0640"
#: Ends of line other than « \n » and « \r »: spreadsheets and word processors put them in texts.
_BREAKS = frozenset("\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")
#: Dashes and apostrophes that keyboards and correctors put for « - » and « ' ».
_PLAIN_MARKS = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-") | dict.fromkeys(map(ord, "’‘ʼ′´`＇"), "'")


def _is_invisible(character: str) -> bool:
    """Whether nothing of it is seen: zero-width, soft hyphen, direction, control (ends of line stay), half a pair."""
    kind = unicodedata.category(character)
    return kind in {"Cf", "Cs"} or (kind == "Cc" and not character.isspace()) or character in _SHAPELESS


def _is_accent(character: str) -> bool:
    """Whether it is a mark that people leave out: accents, vowels of Arabic and Hebrew; vowels of India stay."""
    place = unicodedata.combining(character)
    return place == 1 or 10 <= place <= 36 or place >= 200


class _Folding(dict[int, str]):
    """Each character as it is folded, worked out once: small letters and digits without accents, else a space."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(character: str) -> str:
    if _is_invisible(character) or _is_accent(character) or character == _STRETCH:
        return ""
    if character in _STROKES or unicodedata.category(character)[0] not in "LNM":
        return " "
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    small = unicodedata.normalize("NFKD", character.casefold())
    return "".join(_SPELLED.get(letter, letter) for letter in small if not _is_accent(letter))


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, with « st », « ste » written in full.

    Letters of every script stay, and punctuation separates words, whatever its shape (« ' » is « ’ », « - » is « – »):
    what folds to nothing says nothing.

    >>> fold("L’Haÿ–les–Roses")
    'l hay les roses'
    """
    apart = unicodedata.normalize("NFKD", text.translate(_SIGNS))
    return " ".join(_ABBREVIATIONS.get(word, word) for word in apart.translate(_FOLDING).split())


def _is_clean(text: str) -> bool:
    """Whether a printable text has no letter without a shape, and its accents are one with their letters."""
    return _SHAPELESS.isdisjoint(text) and unicodedata.is_normalized("NFC", text)


def clean(text: str) -> str:
    """Return `text` without what nobody sees in it, and each accent made one with its letter.

    What two people see as one text is stored as one; every door calls it before a text is kept or compared.
    """
    if text.isprintable() and (text.isascii() or _is_clean(text)):
        return text
    visible = "".join("\n" if one in _BREAKS else one for one in text if not _is_invisible(one))
    return unicodedata.normalize("NFC", visible)


def identifier(text: str) -> str:
    """Return `text` as an identifier is stored and looked for: clean, one kind of space, of dash and of apostrophe.

    >>> identifier("CX\u00a0–\u200b22 ")
    'CX - 22'
    """
    if text.isalnum() and text.isascii():
        return text  # most of them, a hundred thousand times in a file
    return " ".join(clean(text).translate(_PLAIN_MARKS).split())

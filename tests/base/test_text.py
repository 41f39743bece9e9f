"""What a text says whatever its spelling: folding, and what nobody sees in it."""

import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbsite.base.text import fold

APOSTROPHES = "'’‘ʼʹʻˈ′`´＇ꞌ"
DASHES = "-‐‑‒–—―−﹣－"
OTHER_MARKS = '·.,;:/|_&+()[]{}«»“”„"!?¿…•*@$€§°\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\t\n'
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202e\u2066\u061c\u180e\ufe0f\u034f\x00\x07\u115f"


@pytest.mark.parametrize("mark", APOSTROPHES + DASHES + OTHER_MARKS)
def test_punctuation_separates_words_whatever_its_shape(mark: str) -> None:
    assert fold(f"L{mark}Haÿ{mark}les{mark}Roses") == "l hay les roses"


@pytest.mark.parametrize("character", INVISIBLE)
def test_what_nobody_sees_changes_no_word(character: str) -> None:
    assert fold(f"Hau{character}te-Garonne{character}") == "haute garonne"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Cœur d’Œuvre", "coeur d oeuvre"),
        ("Ægir", "aegir"),
        ("Straße", "strasse"),
        ("Søren", "soren"),
        ("Łódź", "lodz"),
        ("Đorđe", "dorde"),
        ("Şişli, Iğdır, İzmir", "sisli igdir izmir"),
        ("Ștefan Țepeș", "stefan tepes"),
        ("N° 12", "n 12"),
        ("Nº 12", "n 12"),
        ("№ 12", "n 12"),
        ("１２ ﬁn ②", "12 fin 2"),
        ("٣١٥٥٥", "31555"),
        ("Лагерь", "лагерь"),
        ("Й и й", "и и и"),
        ("Άγιος ΦΩΣ", "αγιοσ φωσ"),
        ("مُخَيَّم الجـسر", "مخيم الجسر"),
        ("ქართული", "ქართული"),
        ("שָׁלוֹם", "שלום"),
        ("नमस्ते", "नमस्ते"),
        ("St-Denis, Ste Marie, Sts-Pères", "saint denis sainte marie saints peres"),
        ("½ place", "1 2 place"),
        ("🏕️ — ’", ""),
    ],
)
def test_letters_of_every_script_are_kept(written: str, folded: str) -> None:
    assert fold(written) == folded


@settings(max_examples=500)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_folding_twice_or_from_another_form_of_the_same_text_is_folding_once(text: str) -> None:
    once = fold(text)

    assert fold(once) == once
    assert {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")} == {once}


def test_every_letter_and_digit_of_unicode_says_something_and_nothing_else_does() -> None:
    kinds: Counter[str] = Counter()
    for code in range(0x30000):
        character = chr(code)
        folded = fold(character)
        if character.isalpha() or character.isdecimal():
            kinds["kept" if folded else "lost"] += 1
        assert all(letter == " " or unicodedata.category(letter)[0] in "LNM" for letter in folded)

    assert kinds["kept"] > 100_000
    assert kinds["lost"] < 120, "modifier letters that are apostrophes, and fillers without a shape"

"""No text of ours is a formula in somebody's spreadsheet, and each comes back as it was."""

import pytest

from rbsite.spreadsheets.values import neutralise, plain_text, read_text

UNSEEN = [
    "",
    " ",
    "  ",
    "\n",
    "\xa0",
    "\u202f",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\xad",
    "\u2060",
    "\u200e",
    " \ufeff\xad ",
]
SIGNS = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
HARMLESS = ["rue du Pont", "l'Étang", "'Étang", "12-14 rue = n", "a=1", "« =1 »", ""]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", UNSEEN, ids=map(ascii, UNSEEN))
def test_a_sign_behind_what_is_not_seen_is_neutralised_and_comes_back(before, sign):
    for text in (f"{before}{sign}SOMME(A1)", f"'{before}{sign}1", f"{before}''{sign}1"):
        assert neutralise(text) == f"'{text}"
        assert read_text(neutralise(text)) == plain_text(text)


@pytest.mark.parametrize("text", ["\t1", "\r1", "'\t1"])
def test_a_tab_is_too(text):
    assert neutralise(text) == f"'{text}"
    assert read_text(neutralise(text)) == plain_text(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_are_written_as_they_are(text):
    assert neutralise(text) == text == read_text(text)

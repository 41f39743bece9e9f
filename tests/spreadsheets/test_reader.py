"""Any file is read as the table that it is, or refused with a sentence that is true; none kills, swells or holds."""

import io
import os
import random
import sys
import threading
import time
import zipfile
from collections import Counter
from datetime import date, datetime
from datetime import time as hour

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbsite.spreadsheets import readers
from rbsite.spreadsheets.books import Book, UnreadableFile
from rbsite.spreadsheets.cells import Fault
from rbsite.spreadsheets.checks import files_are_read_within_limits
from rbsite.spreadsheets.readers import read_book
from tests.sites_registry.messy import CASES, ods, with_members, workbook

from .killers import KILLERS, formulas_without_results, shared_text_in_every_cell, sheet_of
from .nursery import readings

#: How often each case and each killer is changed at random, and each killer on demand.
CHANGED_CASES, CHANGED_KILLERS, LONG_KILLERS = 100, 5, 100
#: How long a file may take, in seconds: of the processor, or of the clock when nothing else runs.
PATIENCE = 5
#: What a child leaves its parent to say: stopped, aborted, out of memory.
TOLD_BY_PARENT = readers.STOPPED | readers.ABORTED


def read(name: str) -> Book:
    return read_book((CASES / name).read_bytes())


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read_book(content)
    return str(refused.value)


def cells(book: Book) -> list[list]:
    [sheet] = book.sheets
    return sheet.rows


# --- csv


def test_a_quote_that_never_closes_is_named_by_the_row_where_it_opens():
    assert refusal((CASES / "04b-unbalanced-quote-last-column.csv").read_bytes()) == (
        'Ligne 2 : un guillemet (") s’ouvre et ne se ferme pas. Fermez-le, ou retirez-le.'
    )


def test_text_after_a_closing_quote_swallows_no_row():
    told = refusal(b'a;b\n"x\ny";1\n"deux" mots;2\nz;3\n')

    assert told.startswith('Ligne 4 : un texte entre guillemets (") est suivi d’autre chose.')


@pytest.mark.parametrize(
    ("name", "encoding", "address"),
    [
        ("06-macroman.csv", "Mac Roman", "1 chemin des Bécasses"),
        ("07-cp850.csv", "CP850 (DOS)", "1 chemin des Bécasses à côté"),
    ],
)
def test_an_old_encoding_is_found_by_its_accents_and_shown_with_a_sample(name, encoding, address):
    book = read(name)

    assert cells(book)[1][3] == address
    assert book.reading == [
        f"Texte lu en {encoding} d’après ses accents (« {address} »), séparateur « point-virgule »."
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "mac_roman", "cp850", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "words",
    [
        ["Évry", "Bécasses", "à côté", "L’Haÿ-les-Roses", "Château-Thierry", "où", "N° 12"],
        ["Muñoz", "São Paulo", "Köln", "Bécasses"],
        ["« cité »", "ÉVRY", "HÔPITAL", "forêt", "Œuilly"],
        ["déjà vu", "ça et là"],
    ],
    ids=["names", "foreign", "capitals", "few"],
)
def test_words_written_in_any_encoding_that_has_them_are_read_as_they_are(encoding, words):
    known = [word for word in words if word.encode(encoding, "replace").decode(encoding) == word]
    lines = [["Nom", "Lieu"], *([word, "Toulouse"] for word in known)]

    assert cells(read_book("\n".join(";".join(line) for line in lines).encode(encoding))) == lines


@pytest.mark.parametrize("name", ["08-utf8-with-one-latin1-byte.csv", "09-double-encoded.csv"])
def test_accents_in_pieces_are_refused_and_the_line_is_quoted(name):
    assert refusal((CASES / name).read_bytes()) == (
        "Les accents de ce fichier sont illisibles, ligne 2 : « 1 chemin des BÃ©casses ». "
        "Enregistrez-le en « CSV UTF-8 »."
    )


def test_another_alphabet_in_an_old_encoding_is_refused_rather_than_read_in_wrong_letters():
    assert "Les accents de ce fichier sont illisibles" in refusal("Nom;Lieu\nулица Ленина;Toulouse".encode("cp1251"))


def test_a_table_far_below_blank_lines_is_said_to_be_too_long():
    assert "plus de 20\u202f000 lignes" in refusal(b"\n" * 1_100_000 + b"a;b\n1;2")


def test_a_bar_separates_cells_like_the_others():
    book = read("13-pipe.csv")

    assert cells(book)[1] == ["CX-13", "Toulouse", "31555", "1 rue du Cas", "Terrain", "12"]
    assert book.reading == ["Texte lu en UTF-8, séparateur « barre verticale »."]


# --- what is no table


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ((CASES / "17-html-named-xls.xls").read_bytes(), "Ce fichier est une page web"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "un document XML"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "ancien format (.xls)"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "protégé par un mot de passe"),
        ((CASES / "62-ods-encrypted.ods").read_bytes(), "protégé par un mot de passe"),
        (b"%PDF-1.7", "un PDF"),
        (b"\x89PNG\r\n\x1a\n", "une image"),
        (b" \r\n ", "Le fichier est vide."),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_is_no_table_is_named_for_what_it_is(content, sentence):
    assert sentence in refusal(content)


# --- workbooks


@pytest.mark.parametrize(
    ("name", "key"), [("45-worksheet-in-other-folder.xlsx", "CX-45"), ("46b-case-of-parts.xlsx", "CX-46b")]
)
def test_a_sheet_is_found_wherever_its_part_is_and_however_it_is_written(name, key):
    assert cells(read(name))[1][0] == key


def test_a_blank_far_down_holds_nothing():
    assert [len(sheet.rows) for sheet in read("47-stray-cell-far-down.xlsx").sheets] == [2]


def test_a_sheet_too_wide_beside_an_empty_one_is_said_to_be_too_wide():
    told = refusal((CASES / "77-wide-sheet-beside-empty-one.xlsx").read_bytes())

    assert told == "Feuille « Feuil1 » non lue : Le tableau a plus de 300 colonnes."


@pytest.mark.parametrize("name", ["61-ods-hidden-sheet.ods", "61b-xlsx-twin.xlsx"])
def test_a_hidden_sheet_is_known_in_an_ods_as_in_an_xlsx(name):
    assert [(sheet.name, sheet.is_hidden) for sheet in read(name).sheets] == [("Visible", False), ("Archive", True)]


def test_merged_areas_reach_no_further_than_the_cells_and_never_overlap():
    [sheet] = read("48-many-merges.xlsx").sheets

    assert sheet.merged == []


@pytest.mark.parametrize("what", ["count", "date", "latitude", "unread-column"])
@pytest.mark.parametrize("number", ["inf", "nan"])
def test_a_number_that_is_not_finite_is_a_cell_in_error(number, what):
    faults = [cell for cell in cells(read(f"43-{number}-{what}.xlsx"))[1] if isinstance(cell, Fault)]

    assert faults == ["#NOMBRE!"]


def test_so_is_it_in_an_ods():
    assert [cell for row in cells(read("67-ods-nan.ods")) for cell in row if isinstance(cell, Fault)] != []


@pytest.mark.parametrize("what", ["address", "commune", "key"])
@pytest.mark.parametrize("character", ["nul", "vt"])
def test_no_control_character_gets_past_the_reader(what, character):
    book = read(f"75-{character}-in-{what}.xlsx")

    assert all(cell.replace("\n", "").isprintable() for row in cells(book) for cell in row if isinstance(cell, str))


def test_no_control_character_of_any_kind_is_kept():
    controls = map(chr, [*range(1, 9), 11, 12, *range(14, 32), 127, *range(128, 160)])
    lines = ["a;b", *(f"x{control}y;1" for control in controls)]
    [sheet] = read_book("\n".join(lines).encode()).sheets

    assert {row[0] for row in sheet.rows[1:]} == {"xy", "x\ny"}


def test_cells_come_as_they_were_typed():
    """Texts, numbers, dates, hours, truth, errors, formulas without results, hidden rows, merged areas."""

    def draw(sheet) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.merge_cells("A4:A5")

    day, moment = date(2026, 3, 14), datetime(2026, 3, 14, 9, 30)
    lines = [["Réf", "b"], ["x", 12.5], [day, moment], [hour(9, 30), True], [None, "#REF!"], ["=1+1", "fin"]]
    [sheet] = read_book(workbook(lines, draw)).sheets

    assert sheet.rows[:3] == [["Réf", "b"], ["x", 12.5], [day, moment]]
    assert sheet.rows[3][1] is True
    assert sheet.rows[4:] == [["", Fault("#REF!")], [Fault("=1+1"), "fin"]]
    assert (sheet.hidden, sheet.merged) == ({3}, [(4, 0, 5, 0)])


def test_errors_and_formulas_are_found_in_cells_without_address_and_in_any_prefix():
    inside = '<x:row><x:c><x:v>1</x:v></x:c><x:c><x:f>A1</x:f></x:c><x:c t="e"><x:v>#N/A</x:v></x:c></x:row>'
    [sheet] = read_book(sheet_of(inside, prefix="x:")).sheets

    assert sheet.rows == [[1.0, "=A1", "#N/A"]]


# --- killers


@pytest.mark.parametrize("killer", KILLERS, ids=lambda killer: killer.__name__)
def test_a_file_made_to_kill_its_reader_is_refused_or_read_in_seconds(killer):
    start = time.monotonic()
    try:
        book = read_book(killer())
    except UnreadableFile as error:
        assert str(error).rstrip().endswith((".", "!"))
    else:
        assert sum(len(row) for sheet in book.sheets for row in sheet.rows) < 100
    assert time.monotonic() - start < 2 * PATIENCE


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="limits are those of Linux")
def test_the_limits_of_memory_and_of_time_are_really_hit():
    assert "trop de mémoire" in refusal(shared_text_in_every_cell())
    assert "trop de temps" in refusal(formulas_without_results())


def test_a_system_without_these_limits_says_so(monkeypatch):
    told = [files_are_read_within_limits()]
    monkeypatch.setattr(sys, "platform", "darwin")
    told.append(files_are_read_within_limits())

    assert [[message.id for message in messages] for messages in told] == [[], ["rb.W001"]]


def test_a_file_cut_short_by_the_death_of_its_reader_is_never_taken_for_a_shorter_one(monkeypatch, tmp_path):
    dying = tmp_path / "child.py"
    dying.write_text('import sys\nsys.stdin.buffer.read()\nprint(\'{"Head": {"name": "a"}}\\n["x"]\')\n')
    monkeypatch.setattr(readers, "_CHILD", dying)

    assert "n’est pas un tableau lisible" in refusal(b"a;b\n1;2")


def test_others_are_served_while_a_killer_is_read():
    """The parent waits for its child without holding the interpreter: another thread works on."""
    killer = threading.Thread(target=lambda: pytest.raises(UnreadableFile, read_book, formulas_without_results()))
    killer.start()
    longest, last = 0.0, time.monotonic()
    while killer.is_alive():
        sum(range(20_000))
        longest, last = max(longest, time.monotonic() - last), time.monotonic()

    assert longest < 1


# --- any bytes


def cases() -> list[bytes]:
    """Each case, and a table of each kind of file that the cases are not."""
    made = [ods([["a", ("b", 2)], ["c", None]]), workbook([["a", 1], ["=A1", "#REF!"]]), "a;b\né;1".encode()]
    return [*(path.read_bytes() for path in sorted(CASES.iterdir())), *made]


def changed(content: bytes, draw: random.Random) -> bytes:
    """The same with bytes changed, cut, repeated, or a change inside one part of its archive."""
    if content[:2] == b"PK" and draw.random() < 0.7:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                name = draw.choice(archive.namelist())
                return with_members(content, {name: scrambled(archive.read(name), draw)})
        except zipfile.BadZipFile:
            pass
    return scrambled(content, draw)


def scrambled(content: bytes, draw: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        place, size = draw.randrange(len(data) + 1), draw.randint(1, 40)
        change = draw.choice(["flip", "cut", "repeat", "mark"])
        if change == "flip":
            data[place : place + 1] = bytes([draw.randrange(256)])
        elif change == "cut":
            del data[place : place + size]
        elif change == "repeat":
            data[place:place] = data[place : place + size] * draw.randint(1, 50)
        else:
            data[place:place] = draw.choice([b'"', b";", b"\0", b"<", b">", b"&", b"9" * 12, b"\xff", b"=", b"\n"])
    return bytes(data)


@pytest.mark.long
@pytest.mark.skipif(os.uname().sysname != "Linux", reason="limits are those of Linux")
def test_any_change_to_a_file_is_a_book_or_a_sentence_within_the_limits():
    draw = random.Random(8)
    of_killers = LONG_KILLERS if "RB_LONG" in os.environ else CHANGED_KILLERS
    outcomes: Counter[str] = Counter()
    for sources, times in ((cases(), CHANGED_CASES), ([killer() for killer in KILLERS], of_killers)):
        for source in sources:
            contents = [changed(source, draw) for _ in range(times)]
            for content, reading in zip(contents, readings(contents, readers.MEGABYTES, readers.SECONDS), strict=True):
                assert reading.seconds < PATIENCE
                assert reading.megabytes < readers.MEGABYTES
                assert reading.is_book or reading.sentence[:1].isupper() or reading.code in TOLD_BY_PARENT, content
                outcomes["a book" if reading.is_book else reading.sentence[:25] or str(reading.code)] += 1

    assert outcomes["a book"] >= 20
    assert len(outcomes) >= 10
    assert outcomes.total() - outcomes["a book"] >= 20


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.binary(max_size=2_000)
    | st.text(max_size=500).map(str.encode)
    | st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=5), max_size=8).map(
        lambda lines: "\n".join(";".join(cells) for cells in lines).encode("utf-16")
    )
)
def test_any_bytes_are_a_book_or_a_sentence(content):
    start = time.monotonic()
    try:
        read_book(content)
    except UnreadableFile as error:
        assert str(error)[:1].isupper()
        assert str(error).endswith((".", "!", "?", ")", "»"))
    assert time.monotonic() - start < PATIENCE

"""From a sheet as somebody drew it to a table: which row holds the titles, which rows speak of a site, which do not."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from rbsite.base.text import fold

from .books import MAX_ROWS, TOO_MANY_ROWS, Book, Sheet, UnreadableFile, held_cells
from .values import is_blank

#: The titles are looked for in the first rows.
_SEARCHED = 30
#: Titles from which a line of one cell is no line of the table.
_WIDE = 4
_WORD = re.compile(r"[^0-9\s.,]")
_TOTAL = re.compile(r"^(?:(?:sous )?(?:total|totaux)\b|(?:somme|ensemble)$)")
#: Letters that are enough to know these words.
_LONGEST_TOTAL = 40
_PERHAPS_NO_SITE = re.compile(
    r"(?:sous )?(?:total|totaux)\b|(?:somme|ensemble)(?: de[s ]|$)|soit \d|(?:nb|nota bene|source|note)\b"
)
_OVERFULL = "Cette ligne a {found} cases pour {titles} titres : un séparateur de trop décale ce qui le suit."
#: The column that the annotated copy adds: it may be sent back as it is.
UNDERSTOOD = "Ce que la plateforme a compris"
#: Why rows are set aside -> what is said of them.
ASIDE = {
    "total": "Totaux, non lus",
    "alone": "Lignes d’une seule case, non lues",
    "header": "Titres répétés, non lus",
    "hidden": "Lignes masquées, non lues",
    "filtered": "Lignes écartées par un filtre du tableur, non lues",
    "another": "Autre tableau sous le premier, non lu (envoyez-le à part)",
    "blank": "Lignes vides",
}
_UNDERSTOOD = fold(UNDERSTOOD)
#: Titles, folded, of what nobody may send.
_SECRETS = frozenset({"mot de passe", "mots de passe", "password", "passwords", "pass word", "passwd", "mdp"})
_LONGEST_SECRET = 30
_WITH_SECRETS = (
    "Ce fichier contient des mots de passe : il n’est ni lu ni gardé. Retirez cette colonne, puis envoyez-le."
)
_NO_ROWS = "Aucune ligne à lire sous les titres."
_UNTITLED = "Cases sans titre, non lues : {rows}."
_FILLED = "Cases fusionnées, recopiées vers le bas : {rows}."
_ONE_ROW, _ROWS, _MANY_ROWS = "ligne {row}", "lignes {rows} et {last}", "lignes {rows}… ({count} en tout)"
_NO_SHEET = "Ce classeur n’a pas de feuille « {sheet} » remplie : {sheets}."
Knows = Callable[[str], bool]
#: Whether a title is that of an identifier, or of a code, of what the row speaks of.
Identifies = Callable[[str], bool]


@dataclass
class Table:
    """Titles and rows (with their numbers in the file, as spreadsheets count them), and what was set aside."""

    sheet: Sheet
    header_row: int
    header_lines: int
    #: Titles as shown: those of two lines are joined.
    headers: list[str]
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)
    #: Reason -> rows.
    aside: dict[str, list[int]] = field(default_factory=dict)
    #: Row -> why it cannot be read as the titles say; its cells are blank.
    faults: dict[int, str] = field(default_factory=dict)
    #: (row, place of the column) of the cells that were blank under a merged one, and got its value.
    filled: set[tuple[int, int]] = field(default_factory=set)

    @property
    def notices(self) -> list[str]:
        """What was set aside, filled, or stands under no title, in French."""
        if not self.rows:
            return [_NO_ROWS, *self._told()]
        return self._told()

    def _told(self) -> list[str]:
        untitled = [number for number, line in self.rows if self._is_beyond_titles(line)]
        told = [_UNTITLED.format(rows=listed(untitled))] if untitled else []
        told += [f"{ASIDE[why]} : {listed(self.aside[why])}." for why in ASIDE if why in self.aside]
        if self.filled:
            rows = sorted({row for row, _column in self.filled})
            told.append(_FILLED.format(rows=listed(rows)))
        return told

    def _is_beyond_titles(self, line: list[Any]) -> bool:
        return any(not title and not is_blank(cell) for title, cell in zip(self.headers, line, strict=True))


def refuse_secrets(book: Book) -> None:
    """Raise UnreadableFile for a file with a column of passwords: it is neither read nor kept."""
    for sheet in book.sheets:
        for line in sheet.rows[:_SEARCHED]:
            if any(isinstance(cell, str) and len(cell) < _LONGEST_SECRET and fold(cell) in _SECRETS for cell in line):
                raise UnreadableFile(_WITH_SECRETS)


def listed(rows: Sequence[int], most: int = 12) -> str:
    """« ligne 4 », « lignes 4, 6 et 9 », « lignes 4, 6, 9… (25 en tout) »."""
    if len(rows) == 1:
        return _ONE_ROW.format(row=rows[0])
    if len(rows) > most:
        return _MANY_ROWS.format(rows=", ".join(map(str, rows[:most])), count=len(rows))
    return _ROWS.format(rows=", ".join(map(str, rows[:-1])), last=rows[-1])


def choose_sheet(book: Book, wanted: str, knows: Knows) -> Sheet:
    """The sheet that somebody chose, else the one whose titles are best known, then the fullest."""
    filled = [sheet for sheet in book.sheets if any(_is_filled(line) for line in sheet.rows)]
    if not filled:
        raise UnreadableFile("Le fichier est vide.")
    if wanted:
        found = next((sheet for sheet in filled if sheet.name == wanted), None)
        if found is None:
            names = ", ".join(f"« {sheet.name} »" for sheet in filled)
            raise UnreadableFile(_NO_SHEET.format(sheet=wanted, sheets=names))
        return found

    known = [(_score(sheet.rows[find_header(sheet, knows) - 1], knows), sheet) for sheet in filled]
    shown = [(score, sheet) for score, sheet in known if not sheet.is_hidden] or known
    best = max(score for score, _sheet in shown)
    tables = [sheet for score, sheet in shown if 2 * score >= best]
    return max(tables, key=lambda sheet: sum(1 for line in sheet.rows if _is_filled(line)))


def find_header(sheet: Sheet, knows: Knows) -> int:
    """The row (from 1) of the titles: the first with the most known words, else the first that is not blank."""
    best, best_score = 0, 0
    for number, line in enumerate(sheet.rows[:_SEARCHED], 1):
        score = _score(line, knows)
        if score > best_score:
            best, best_score = number, score
    if best_score >= 2:
        return best
    return next((number for number, line in enumerate(sheet.rows, 1) if _filled(line)), 1)


def lay_out(
    sheet: Sheet,
    knows: Knows,
    identifies: Identifies,
    *,
    header_row: int = 0,
    header_lines: int = 0,
    with_hidden: bool = False,
) -> Table:
    """Cut the sheet into titles and rows; a header row or a number of lines of 0 is looked for."""
    row = min(header_row or find_header(sheet, knows), len(sheet.rows))
    if not header_lines:
        row, header_lines = _header_lines(sheet, row, knows, is_chosen=bool(header_row))
    lines = sheet.rows[row - 1 : row - 1 + header_lines]
    width = max((len(line) for line in sheet.rows), default=0)
    table = Table(sheet, row, header_lines, _titles(sheet, row, lines, width, knows))
    _sort_rows(table, knows, identifies, with_hidden)
    _refuse_overfull(table, max(held_cells(line) for line in lines))
    if len(table.rows) > MAX_ROWS:
        raise UnreadableFile(TOO_MANY_ROWS)
    return table


def _header_lines(sheet: Sheet, row: int, knows: Knows, *, is_chosen: bool) -> tuple[int, int]:
    """(first row, number of rows) of the titles: a line of groups may stand over, or details under, the known words."""
    if row < len(sheet.rows) and _are_details(sheet, row, knows):
        return row, 2
    above = sheet.rows[row - 2] if row > 1 else []
    groups = len(_filled(above))
    if not is_chosen and groups >= 2 and groups < len(_filled(sheet.rows[row - 1])) and _are_words(above):
        return row - 1, 2
    return row, 1


def _are_details(sheet: Sheet, row: int, knows: Knows) -> bool:
    """Whether the row after `row` still holds titles, under merged or blank ones."""
    under = sheet.rows[row]
    if not _filled(under) or not _are_words(under):
        return False
    wide = [area for area in sheet.merged if area[0] == row == area[2] and area[3] > area[1]]
    joined = _titles(sheet, row, sheet.rows[row - 1 : row + 1], len(under), knows, only_under=True)
    known = sum(1 for title in joined if title and _is_known(title, knows))
    return known >= 1 if wide else known >= 2


def _titles(
    sheet: Sheet, row: int, lines: list[list[Any]], width: int, knows: Knows, only_under: bool = False
) -> list[str]:
    """One title a column: « Population – Femmes » where two lines say it."""
    tops = [_title(lines[0], column) for column in range(width)]
    for first, left, last, right in sheet.merged:
        if first <= row <= last and left < width:
            for column in range(left, min(right + 1, width)):
                tops[column] = _title(sheet.rows[first - 1], left)
    if len(lines) == 1:
        return tops
    group, titles = "", []
    for column in range(width):
        group = tops[column] or group
        under = _title(lines[1], column)
        if not under:
            titles.append("" if only_under else tops[column])
        elif under == group or not group or (not tops[column] and _is_known(under, knows)):
            titles.append(under)
        else:
            titles.append(f"{group} – {under}")
    return titles


def known_label(title: str, knows: Knows) -> str:
    """The known words of a title: all of it, else its last part (« Localisation – Commune »), else « »."""
    last = title.rpartition(" – ")[2]
    return next((words for words in (title, last) if words and knows(words)), "")


def _is_known(title: str, knows: Knows) -> bool:
    return bool(known_label(title, knows))


def _refuse_overfull(table: Table, titles: int) -> None:
    """In a text, a row with more cells than titles has a separator too many: what follows it is not under its title."""
    if not table.sheet.is_text:
        return
    for number, line in table.rows:
        if (found := held_cells(line)) > titles:
            line[:] = [None] * len(line)
            table.faults[number] = _OVERFULL.format(found=found, titles=titles)


def _sort_rows(table: Table, knows: Knows, identifies: Identifies, with_hidden: bool) -> None:
    """Fill merged cells down, then set aside what is no site."""
    sheet, width = table.sheet, len(table.headers)
    first = table.header_row + table.header_lines
    lines = {number: _fitted(line, width) for number, line in enumerate(sheet.rows[first - 1 :], first)}
    blank = {number for number, line in lines.items() if not _is_filled(line)}
    _fill_down(table, lines)
    titles = [fold(title.rpartition(" – ")[2]) for title in table.headers]
    identifying = [place for place, title in enumerate(table.headers) if title and identifies(title)]
    another = next((number for number, line in lines.items() if _are_other_titles(line, titles, knows)), None)
    for number, line in lines.items():
        if another is not None and number >= another and number not in blank:
            table.aside.setdefault("another", []).append(number)
        elif number in blank:
            table.aside.setdefault("blank", []).append(number)
        elif why := _why_aside(sheet, number, line, titles, identifying, with_hidden):
            table.aside.setdefault(why, []).append(number)
        else:
            table.rows.append((number, line))
    read = {number for number, _line in table.rows}
    table.filled = {place for place in table.filled if place[0] in read}
    _forget_trailing_blanks(table)


def _why_aside(
    sheet: Sheet, number: int, line: list[Any], titles: list[str], identifying: list[int], with_hidden: bool
) -> str:
    if not with_hidden and number in sheet.filtered:
        return "filtered"
    if not with_hidden and number in sheet.hidden:
        return "hidden"
    if _is_a_remark(line, titles, identifying):
        return "alone"
    ours = titles.index(_UNDERSTOOD) if _UNDERSTOOD in titles else -1
    texts = (
        (place, cell)
        for place, cell in enumerate(line)
        if isinstance(cell, str) and place != ours and _WORD.search(cell)
    )
    words = list(islice(texts, 2))  # folding all the cells of a large file would cost seconds
    if not words:
        return ""
    place, first = words[0][0], fold(words[0][1])
    # a total says nothing else: neither other words, nor which site, even in figures
    if (
        len(words) == 1
        and _TOTAL.match(first)
        and all(is_blank(line[other]) for other in identifying if other != place)
    ):
        return "total"
    known = [title for title in titles if title]
    if len(words) > 1 and first in known[:1] and [fold(str(cell)) for cell in _filled(line)] == known:
        return "header"
    return ""


def _are_other_titles(line: list[Any], titles: list[str], knows: Knows) -> bool:
    """Whether another table begins: a row of known titles alone, that are not those of this one in their places."""
    filled = _filled(line)
    if len(filled) < 2 or not _are_words(line) or not all(knows(_words(cell)) for cell in filled):
        return False
    return any(not is_blank(cell) and fold(str(cell)) != title for cell, title in zip(line, titles, strict=True))


def says_total(text: str) -> bool:
    """Whether the words begin like those of a total or a remark (« Sous-total Toulouse »), of a row that is read."""
    return bool(_PERHAPS_NO_SITE.match(fold(text[:_LONGEST_TOTAL])))


def _is_a_remark(line: list[Any], titles: list[str], identifying: list[int]) -> bool:
    """« Source : DDT » under a wide table, or a number under none of the totals: one cell, which names nothing."""
    filled = [place for place, cell in enumerate(line) if not is_blank(cell)]
    return len(filled) == 1 and filled[0] not in identifying and sum(map(bool, titles)) >= _WIDE


def _fill_down(table: Table, lines: dict[int, list[Any]]) -> None:
    for first, left, last, _right in table.sheet.merged:
        if last == first or first not in lines or left >= len(table.headers):
            continue
        value = lines[first][left]
        for row in range(first + 1, last + 1):
            if row in lines and is_blank(lines[row][left]) and not is_blank(value):
                lines[row][left] = value
                table.filled.add((row, left))


def _forget_trailing_blanks(table: Table) -> None:
    """Blank rows between two rows are told; those after the last one are nothing."""
    last = table.rows[-1][0] if table.rows else 0
    blanks = [number for number in table.aside.get("blank", []) if number < last]
    table.aside.pop("blank", None)
    if blanks:
        table.aside["blank"] = blanks


def _score(line: list[Any], knows: Knows) -> int:
    return sum(1 for cell in line if isinstance(cell, str) and cell.strip() and knows(_words(cell)))


def _are_words(line: list[Any]) -> bool:
    """Titles are words: neither numbers nor dates."""
    return all(isinstance(cell, str) and not re.fullmatch(r"[\d\s.,/]+", cell) for cell in _filled(line))


def _filled(line: list[Any]) -> list[Any]:
    return [cell for cell in line if not is_blank(cell)]


def _is_filled(line: list[Any]) -> bool:
    return any(not is_blank(cell) for cell in line)


def _title(line: list[Any], column: int) -> str:
    return _words(line[column]) if column < len(line) else ""


def _words(cell: Any) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _fitted(line: list[Any], width: int) -> list[Any]:
    return [*line[:width], *([None] * (width - len(line)))]

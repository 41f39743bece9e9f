"""Which column of the file is which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rbsite.base.text import fold
from rbsite.spreadsheets.layout import known_label
from rbsite.spreadsheets.likeness import similarity, trigrams

from .columns import COLUMN_BY_NAME, COLUMN_OF_HEADER, COLUMNS, Column, importable_columns
from .report import Problem

#: Likeness of trigrams (0 to 1) from which an unknown title is proposed, and from which it is surely a misspelt one.
_PROPOSED, _MISSPELT = 0.45, 0.6
#: The column that the annotated copy adds: it may be sent back as it is.
UNDERSTOOD = "Ce que la plateforme a compris"
#: A column that the person leaves out.
LEFT_OUT = ""


@dataclass
class Headers:
    """Columns found, by their place in the file, with what is wrong, what is doubtful and what is left aside."""

    columns: dict[int, Column] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    #: Places of unknown titles -> what they may mean.
    proposals: dict[int, Column] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)

    @property
    def are_sure(self) -> bool:
        """Whether nobody needs to look at the columns."""
        return not (self.problems or self.unknown)


def known_words(remembered: Mapping[str, str]):
    """A function that says whether a title is one of ours, or one that the organisation has explained."""

    def knows(title: str) -> bool:
        words = fold(title)
        return words in COLUMN_OF_HEADER or words in remembered

    return knows


def read_headers(
    titles: Sequence[str], chosen: Mapping[str, str] | None = None, remembered: Mapping[str, str] | None = None
) -> Headers:
    """Recognise the columns by their titles, whatever the case, accents and punctuation.

    `chosen` (place in the file -> name of a column, « » to leave it out) wins over our own headers, these over what the
    organisation has said before (`remembered`: folded title -> name), and that over the words that people use.
    """
    chosen, remembered = chosen or {}, remembered or {}
    headers, computed, seen = Headers(), list[str](), dict[str, str]()
    left_out: list[str] = []
    for place, title in enumerate(titles):
        name = chosen.get(str(place))
        column = _column_of(title, name, remembered)
        if (column is not None and column.read is None) or title == UNDERSTOOD:
            computed.append(title)
        elif column is not None and column.name in seen:
            headers.problems.append(_twice(title, seen[column.name], column))
        elif column is not None:
            seen[column.name] = title
            headers.columns[place] = column
        elif title and (name == LEFT_OUT or remembered.get(fold(title)) == LEFT_OUT):
            left_out.append(title)
        elif title:
            headers.unknown.append(place)
    _propose(headers, titles, seen)
    _tell(headers, titles, computed, left_out)
    if not {"key", "commune", "citycode"} & seen.keys():
        sentence = (
            "Cette colonne est nécessaire : elle dit de quel site parle chaque ligne (ou la commune et l’adresse)."
        )
        headers.problems.append(Problem(None, COLUMN_BY_NAME["key"].header, "", sentence))
    return headers


def _column_of(title: str, name: str | None, remembered: Mapping[str, str]) -> Column | None:
    if name is not None:
        return COLUMN_BY_NAME.get(name)
    words = fold(title)
    if words in remembered and words not in _OWN_HEADERS:
        return COLUMN_BY_NAME.get(remembered[words])
    return COLUMN_OF_HEADER.get(fold(known_label(title, known_words(remembered))))


def _twice(title: str, other: str, column: Column) -> Problem:
    if fold(title) == fold(other):
        return Problem(None, title, "", "Cette colonne figure deux fois dans le fichier.")
    sentence = f"« {other} » et « {title} » disent la même chose ({column.header}) deux fois : gardez-en une."
    return Problem(None, title, "", sentence)


def _propose(headers: Headers, titles: Sequence[str], seen: Mapping[str, str]) -> None:
    taken = set(seen)
    likest = {place: _likest(titles[place]) for place in headers.unknown}
    for place, (column, likeness) in sorted(likest.items(), key=lambda one: -one[1][1]):
        if column is None or likeness < _PROPOSED or column.name in taken:
            continue
        taken.add(column.name)
        headers.proposals[place] = column
        if likeness >= _MISSPELT:
            sentence = f"Colonne inconnue : voulez-vous dire « {column.header} » ?"
            headers.problems.append(Problem(None, titles[place], "", sentence))


def _likest(title: str) -> tuple[Column | None, float]:
    wanted = trigrams(title)
    best, likeness = None, 0.0
    for column, of_label in _LABELS:
        near = similarity(wanted, of_label)
        if near > likeness:
            best, likeness = column, near
    return best, likeness


_OWN_HEADERS = {fold(column.header) for column in COLUMNS}
_LABELS = [(column, trigrams(label)) for column in importable_columns() for label in sorted(column.names)]


def _tell(headers: Headers, titles: Sequence[str], computed: list[str], left_out: list[str]) -> None:
    if computed:
        headers.notices.append(f"Colonnes calculées par la plateforme, non lues : {_listed(computed)}.")
    unknown = [titles[place] for place in headers.unknown]
    if unknown:
        headers.notices.append(f"Colonnes inconnues, non lues : {_listed(unknown)}.")
    if left_out:
        headers.notices.append(f"Colonnes laissées de côté : {_listed(left_out)}.")


def _listed(titles: list[str]) -> str:
    return ", ".join(f"« {title} »" for title in titles)

"""Which column of the file is which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rbsite.base.text import fold

from .columns import Column, Columns
from .layout import UNDERSTOOD, Knows, known_label
from .likeness import similarity, trigrams
from .report import Problem

#: Likeness of trigrams (0 to 1) from which an unknown title is proposed, and from which it is surely a misspelt one.
_PROPOSED, _MISSPELT = 0.45, 0.6
#: A column that the person leaves out.
LEFT_OUT = ""
_DO_YOU_MEAN = "Colonne inconnue : voulez-vous dire « {header} » ?"
_SAID_TWICE = "« {other} » et « {title} » disent la même chose ({header}) deux fois : gardez-en une."


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


def known_words(columns: Columns, remembered: Mapping[str, str]) -> Knows:
    """A function that says whether a title is one of ours, or one that the organisation has explained."""

    def knows(title: str) -> bool:
        words = fold(title)
        return words in columns.by_title or words in remembered

    return knows


def read_headers(
    titles: Sequence[str],
    columns: Columns,
    chosen: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
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
        column = _column_of(title, columns, name, remembered)
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
    _propose(headers, columns, titles, seen)
    _tell(headers, titles, computed, left_out)
    if columns.identity and not set(columns.identity) & seen.keys():
        usual = columns.by_name[columns.identity[0]]
        headers.problems.append(Problem(None, usual.header, "", columns.identity_sentence))
    return headers


def _column_of(title: str, columns: Columns, name: str | None, remembered: Mapping[str, str]) -> Column | None:
    if name is not None:
        return columns.by_name.get(name)
    words = fold(title)
    if words in remembered and words not in columns.by_header:
        return columns.by_name.get(remembered[words])
    return columns.by_title.get(fold(known_label(title, known_words(columns, remembered))))


def _twice(title: str, other: str, column: Column) -> Problem:
    if fold(title) == fold(other):
        return Problem(None, title, "", "Cette colonne figure deux fois dans le fichier.")
    sentence = _SAID_TWICE.format(other=other, title=title, header=column.header)
    return Problem(None, title, "", sentence)


def _propose(headers: Headers, columns: Columns, titles: Sequence[str], seen: Mapping[str, str]) -> None:
    taken = set(seen)
    likest = {place: _likest(titles[place], columns) for place in headers.unknown}
    for place, (column, likeness) in sorted(likest.items(), key=lambda one: -one[1][1]):
        if column is None or likeness < _PROPOSED or column.name in taken:
            continue
        taken.add(column.name)
        headers.proposals[place] = column
        if likeness >= _MISSPELT:
            headers.problems.append(Problem(None, titles[place], "", _DO_YOU_MEAN.format(header=column.header)))


def _likest(title: str, columns: Columns) -> tuple[Column | None, float]:
    wanted = trigrams(title)
    best, likeness = None, 0.0
    for column, of_label in columns.labels:
        near = similarity(wanted, of_label)
        if near > likeness:
            best, likeness = column, near
    return best, likeness


def _tell(headers: Headers, titles: Sequence[str], computed: list[str], left_out: list[str]) -> None:
    unknown = [titles[place] for place in headers.unknown]
    for sentence, which in (
        ("Colonnes calculées par la plateforme, non lues : {titles}.", computed),
        ("Colonnes inconnues, non lues : {titles}.", unknown),
        ("Colonnes laissées de côté : {titles}.", left_out),
    ):
        if which:
            headers.notices.append(sentence.format(titles=_listed(which)))


def _listed(titles: list[str]) -> str:
    return ", ".join(f"« {title} »" for title in titles)

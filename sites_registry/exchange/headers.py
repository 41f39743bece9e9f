"""Which column of the file is which."""

from dataclasses import dataclass, field
from difflib import get_close_matches

from rbsite.base.text import fold

from .columns import COLUMN_BY_NAME, COLUMN_OF_HEADER, COLUMNS, Column
from .report import Problem

#: Likeness (0 to 1) from which an unknown header is a misspelt one.
_LIKENESS = 0.84


@dataclass
class Headers:
    """Columns found, by their place in the file, with what is wrong and what is left aside."""

    columns: dict[int, Column] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def read_headers(titles: list[str]) -> Headers:
    """Recognise the columns by their titles, whatever the case, accents and punctuation."""
    headers = Headers()
    unknown, computed, seen = [], [], set()
    for place, title in enumerate(titles):
        column = COLUMN_OF_HEADER.get(fold(title)) if title else None
        if column is None:
            unknown += [title] if title and not _is_misspelt(title, headers) else []
        elif column.name in seen:
            headers.problems.append(Problem(None, title, "", "Cette colonne figure deux fois dans le fichier."))
        elif column.read is None:
            computed.append(title)
        else:
            seen.add(column.name)
            headers.columns[place] = column
    if "key" not in seen:
        wanted = COLUMN_BY_NAME["key"].header
        headers.problems.append(
            Problem(None, wanted, "", "Cette colonne est nécessaire : elle dit de quel site parle chaque ligne.")
        )
    if computed:
        headers.notices.append(f"Colonnes calculées par la plateforme, non lues : {_listed(computed)}.")
    if unknown:
        headers.notices.append(f"Colonnes inconnues, non lues : {_listed(unknown)}.")
    return headers


def _is_misspelt(title: str, headers: Headers) -> bool:
    close = get_close_matches(fold(title), [fold(column.header) for column in COLUMNS], n=1, cutoff=_LIKENESS)
    if not close:
        return False
    meant = COLUMN_OF_HEADER[close[0]].header
    headers.problems.append(Problem(None, title, "", f"Colonne inconnue : voulez-vous dire « {meant} » ?"))
    return True


def _listed(titles: list[str]) -> str:
    return ", ".join(f"« {title} »" for title in titles)

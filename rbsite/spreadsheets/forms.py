"""What an import asks of any list: where the table is, what its columns and words mean."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.html import format_html

from rbsite.base.forms import RbForm, dress

from .columns import Columns
from .decisions import TableDecisions
from .opening import Opened
from .questions import Question, contradicted, proposals_of, samples
from .report import shown

#: The word stays an error, or the cell is left blank.
_ERROR, _BLANK = "!", "-"
_NOT_READ = ("", "Ne pas lire cette colonne")
_READ_TWICE = "« {other} » est déjà lue ainsi : gardez-en une."


class LayoutForm(RbForm):
    """The sheet, and the row of its titles."""

    sheet = forms.ChoiceField(label="Feuille", required=False)
    header_row = forms.IntegerField(label="Ligne des titres", min_value=1, max_value=1000)
    header_lines = forms.TypedChoiceField(
        label="Les titres tiennent sur", choices=[(1, "1 ligne"), (2, "2 lignes")], coerce=int, widget=forms.RadioSelect
    )
    with_hidden = forms.BooleanField(label="Lire aussi les lignes masquées ou filtrées", required=False)

    def __init__(self, data: Any, opened: Opened, decisions: TableDecisions):
        table = opened.table
        initial = {
            "sheet": table.sheet.name,
            "header_row": table.header_row,
            "header_lines": table.header_lines,
            "with_hidden": decisions.with_hidden,
        }
        super().__init__(data, initial=initial, prefix="lecture")
        names = [sheet.name for sheet in opened.book.sheets]
        if len(names) > 1:
            self.fields["sheet"].choices = [(name, name) for name in names]
        else:
            del self.fields["sheet"]
        if not any(sheet.hidden or sheet.filtered for sheet in opened.book.sheets):
            del self.fields["with_hidden"]


class ColumnsForm(RbForm):
    """One question for each title, one for each unknown word."""

    #: Said when no column tells what each row speaks of.
    no_identity = "Dites quelle colonne dit de quoi parle chaque ligne."

    def __init__(self, data: Any, opened: Opened, questions: list[Question]):
        super().__init__(data)
        self.opened, self.questions = opened, questions
        self._doubtful, self._sure = [], []
        self._ask_titles()
        for question in questions:
            self.fields[question.name] = _word_field(question)
        dress(self)

    def _ask_titles(self) -> None:
        opened, headers = self.opened, self.opened.headers
        choices = _column_choices(opened.columns)
        proposals, others = proposals_of(opened), contradicted(opened)
        doubtful = set(headers.unknown) | _claimed_twice(opened) | others.keys()
        for place, title in enumerate(opened.table.headers):
            if title:
                name = f"colonne-{place}"
                known = others.get(place) or headers.columns.get(place) or proposals.get(place)
                hint = samples(opened, place)
                self.fields[name] = forms.ChoiceField(
                    label=title,
                    choices=choices,
                    required=False,
                    initial=known.name if known else "",
                    help_text=format_html("Par exemple : {}", hint) if hint else "",
                )
                (self._doubtful if place in doubtful else self._sure).append(name)

    @property
    def doubtful(self) -> list[forms.BoundField]:
        """Titles that the platform does not know, or that say the same thing."""
        return [self[name] for name in self._doubtful]

    @property
    def sure(self) -> list[forms.BoundField]:
        """Titles that it knows."""
        return [self[name] for name in self._sure]

    @property
    def words(self) -> list[forms.BoundField]:
        """Unknown words."""
        return [self[question.name] for question in self.questions]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        seen: dict[str, str] = {}
        for name in self._titles():
            meant = cleaned.get(name)
            if meant and meant in seen:
                self.add_error(name, _READ_TWICE.format(other=self.fields[seen[meant]].label))
            elif meant:
                seen[meant] = name
        identity = self.opened.columns.identity
        if identity and not set(identity) & seen.keys():
            self.add_error(None, self.no_identity)
        return cleaned

    def columns(self) -> dict[str, str]:
        """Place -> name of the column."""
        return {name.partition("-")[2]: self.cleaned_data[name] for name in self._titles()}

    def titles(self) -> dict[str, str]:
        """Title -> name of the column: what the organisation will not be asked again. Titles in double are not kept."""
        titles = [self.fields[name].label for name in self._titles()]
        explained = {self.fields[name].label: self.cleaned_data[name] for name in self._titles()}
        return {title: name for title, name in explained.items() if titles.count(title) == 1}

    def meanings(self) -> dict[str, dict[str, str]]:
        """Column -> folded word -> meaning; a word said to be an error means nothing."""
        found: dict[str, dict[str, str]] = {}
        for question in self.questions:
            meant = self.cleaned_data[question.name]
            if meant != _ERROR:
                found.setdefault(question.column, {})[question.word] = "" if meant == _BLANK else meant
        return found

    def _titles(self) -> Iterable[str]:
        return (*self._sure, *self._doubtful)


def _word_field(question: Question) -> forms.ChoiceField:
    blank = [(_BLANK, "Laisser la case vide")] if question.may_be_blank else []
    return forms.ChoiceField(
        label=f"« {shown(question.said)} »",
        choices=[("", "Choisir"), *question.choices, *blank, (_ERROR, "C’est une erreur")],
        initial=question.proposal,
        help_text=format_html("{}, {} fois", question.header, question.rows),
        error_messages={"required": "Dites ce que ce mot veut dire, ou que c’est une erreur."},
    )


def _column_choices(columns: Columns) -> list:
    """The columns of the import, by part, as one select shows them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for column in columns.importable:
        groups.setdefault(columns.parts.get(column.part, columns.title), []).append((column.name, column.header))
    return [_NOT_READ, *groups.items()]


def _claimed_twice(opened: Opened) -> set[int]:
    """Places of titles that stand for a column which another one already gives."""
    told = {problem.column for problem in opened.headers.problems}
    return {place for place, title in enumerate(opened.table.headers) if title in told}

"""What the import asks: where the table is, what its columns and words mean, which site a row speaks of."""

from typing import Any

from django import forms
from django.utils.html import format_html

from rbsite.base.forms import RbForm, dress

from ..enums import SiteType
from .columns import PARTS, importable_columns
from .decisions import NEW_SITE, Decisions
from .importing import Opened
from .questions import Question, proposals_by_values, samples
from .report import SHOWN, Choice

#: The word stays an error, or the cell is left blank.
_ERROR, _BLANK = "!", "-"
_NOT_READ = ("", "Ne pas lire cette colonne")
_IDENTITY = {"key", "commune", "citycode"}


class LayoutForm(RbForm):
    """The sheet, and the row of its titles."""

    sheet = forms.ChoiceField(label="Feuille", required=False)
    header_row = forms.IntegerField(label="Ligne des titres", min_value=1, max_value=1000)
    header_lines = forms.TypedChoiceField(
        label="Les titres tiennent sur", choices=[(1, "1 ligne"), (2, "2 lignes")], coerce=int, widget=forms.RadioSelect
    )
    with_hidden = forms.BooleanField(label="Lire aussi les lignes masquées ou filtrées", required=False)

    def __init__(self, data: Any, opened: Opened, decisions: Decisions):
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

    def decisions(self) -> Decisions:
        """A fresh start: what was said of other columns means nothing in these."""
        return Decisions(**self.cleaned_data)


class ColumnsForm(RbForm):
    """One question for each title, one for each unknown word."""

    def __init__(self, data: Any, opened: Opened, questions: list[Question], decisions: Decisions):
        super().__init__(data)
        self.opened, self.questions = opened, questions
        headers, choices = opened.headers, _column_choices()
        proposals = {**proposals_by_values(opened), **headers.proposals}
        doubtful = set(headers.unknown) | _claimed_twice(opened)
        self._doubtful, self._sure = [], []
        for place, title in enumerate(opened.table.headers):
            if title:
                name = f"colonne-{place}"
                known = headers.columns.get(place) or proposals.get(place)
                hint = samples(opened, place)
                self.fields[name] = forms.ChoiceField(
                    label=title,
                    choices=choices,
                    required=False,
                    initial=known.name if known else "",
                    help_text=format_html("Par exemple : {}", hint) if hint else "",
                )
                (self._doubtful if place in doubtful else self._sure).append(name)
        if not any(column.name == "site_type" for column in headers.columns.values()):
            self.fields["site_type"] = forms.ChoiceField(
                label="Type des nouveaux sites",
                choices=[("", "Non précisé"), *SiteType.choices],
                required=False,
                initial=decisions.site_type,
                help_text="Le tableau ne semble pas le dire : il est nécessaire pour déclarer un site.",
            )
        for question in questions:
            options = [
                ("", "Choisir"),
                *question.choices,
                (_BLANK, "Laisser la case vide"),
                (_ERROR, "C’est une erreur"),
            ]
            if question.column == "commune":
                options = [option for option in options if option[0] != _BLANK]
            self.fields[question.name] = forms.ChoiceField(
                label=f"« {question.said} »",
                choices=options,
                initial=question.proposal,
                help_text=format_html("{}, {} fois", question.header, question.rows),
                error_messages={"required": "Dites ce que ce mot veut dire, ou que c’est une erreur."},
            )
        dress(self)

    @property
    def doubtful(self) -> list[forms.BoundField]:
        """Titles that the platform does not know, or that say the same thing."""
        return [self[name] for name in self._doubtful]

    @property
    def sure(self) -> list[forms.BoundField]:
        """Titles that it knows."""
        return [self[name] for name in self._sure]

    @property
    def for_all(self) -> list[forms.BoundField]:
        """What is said once for all the rows."""
        return [self["site_type"]] if "site_type" in self.fields else []

    @property
    def words(self) -> list[forms.BoundField]:
        """Unknown words."""
        return [self[question.name] for question in self.questions]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        seen: dict[str, str] = {}
        for name in (*self._sure, *self._doubtful):
            meant = cleaned.get(name)
            if meant and meant in seen:
                self.add_error(name, f"« {self.fields[seen[meant]].label} » est déjà lue ainsi : gardez-en une.")
            elif meant:
                seen[meant] = name
        if not _IDENTITY & seen.keys():
            self.add_error(None, "Dites quelle colonne donne l’identifiant du site, ou sa commune.")
        return cleaned

    def columns(self) -> dict[str, str]:
        """Place -> name of the column."""
        return {name.partition("-")[2]: self.cleaned_data[name] for name in (*self._sure, *self._doubtful)}

    def titles(self) -> dict[str, str]:
        """Title -> name of the column: what the organisation will not be asked again. Titles in double are not kept."""
        titles = [self.fields[name].label for name in (*self._sure, *self._doubtful)]
        said = {self.fields[name].label: self.cleaned_data[name] for name in (*self._sure, *self._doubtful)}
        return {title: name for title, name in said.items() if titles.count(title) == 1}

    def meanings(self) -> dict[str, dict[str, str]]:
        """Column -> folded word -> meaning; a word said to be an error means nothing."""
        found: dict[str, dict[str, str]] = {}
        for question in self.questions:
            meant = self.cleaned_data[question.name]
            if meant != _ERROR:
                found.setdefault(question.column, {})[question.word] = "" if meant == _BLANK else meant
        return found


class SitesForm(RbForm):
    """One question for each row that may speak of known sites."""

    def __init__(self, choices: list[Choice]):
        super().__init__()
        for choice in choices[:SHOWN]:
            known = [(candidate.code, f"C’est {candidate.label}") for candidate in choice.candidates]
            self.fields[f"site-{choice.row}"] = forms.ChoiceField(
                label=f"Ligne {choice.row} : {choice.said}",
                choices=[*known, (NEW_SITE, "C’est un nouveau site")],
                widget=forms.RadioSelect,
                required=False,
                initial=choice.decided,
            )
        dress(self)


def _column_choices() -> list:
    """The columns of the import, by part, as one select shows them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for column in importable_columns():
        groups.setdefault(PARTS[column.part].label, []).append((column.name, column.header))
    return [_NOT_READ, *groups.items()]


def _claimed_twice(opened: Opened) -> set[int]:
    """Places of titles that stand for a column which another one already gives."""
    told = {problem.column for problem in opened.headers.problems}
    return {place for place, title in enumerate(opened.table.headers) if title in told}

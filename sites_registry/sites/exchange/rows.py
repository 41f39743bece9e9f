"""The rows of a table made ready for the import: errors of the spreadsheet, words, identifiers, repetitions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from rbsite.base.text import fold
from rbsite.spreadsheets import values
from rbsite.spreadsheets.cells import fault_sentence, is_fault
from rbsite.spreadsheets.layout import Table

from .columns import COLUMN_BY_NAME, Column
from .decisions import NEW_SITE, Decisions
from .lookups import Communes, KnownSites, Origins, commune_said, names_a_commune, words_of_commune
from .matching import Candidate, Described, Matcher, described
from .report import Choice, Duplicates, Remark
from .resources import SiteResource
from .words import choices_of, translate

Meanings = Mapping[str, Mapping[str, str]]
_SUSPECT = frozenset("#=Ee")
_SAME_ADDRESS = "Un site ouvert existe déjà à cette adresse ({}). S’il s’agit de lui, mettez son code ici."


class Rows:
    """The cells that are read, with what they refer to."""

    def __init__(
        self,
        table: Table,
        columns: Mapping[int, Column],
        *,
        by: Any,
        decisions: Decisions,
        meanings: Meanings,
        without: Collection[int] = (),
    ):
        self.by, self.decisions = by, decisions
        self.places = list(columns)
        self.names = [columns[place].name for place in self.places]
        kept = [(number, cells) for number, cells in table.rows if number not in without]
        self.numbers = [number for number, _cells in kept]
        #: As the file has them, for what is told.
        self.said = [[cells[place] for place in self.places] for _number, cells in kept]
        self.cells = [list(cells) for cells in self.said]
        self.refused: dict[int, dict[str, str]] = defaultdict(dict)
        self.remarks: list[Remark] = []
        self.choices: list[Choice] = []
        self._meanings = meanings
        self._take_faults_out()
        self._translate()
        self._warn_of_filled_counts(table)
        if "key" not in self.names:
            self.names.append("key")
            for cells in (*self.cells, *self.said):
                cells.append(None)

    def resource(self, *, lock: bool) -> SiteResource:
        """The resource, with the sites and communes that the rows name already loaded."""
        codes = {values.read_text(code) for code in self.column("citycode")}
        communes = Communes(codes, by=self.by, meanings=self._meanings.get("commune"))
        rows = self.as_dicts()
        keyless = self._keyless(rows, communes)
        keys = [values.read_text(key) for key in self.column("key")]
        self.given_keys = {number for number, key in zip(self.numbers, keys, strict=True) if key}
        wanted = {*keys, *(said.key for said in keyless.values()), *self.decisions.sites.values()}
        known = KnownSites.load(self.by, filter(None, wanted), lock=lock)
        self._identify(rows, keyless, keys, known, communes)
        keys = [values.read_text(key) for key in self.column("key")]
        origin_keys = {key for cell in self.column("incoming_sites") for key in values.split_keys(cell)}
        self.repeated = self._repeated(keys, known)
        self.recognised = {
            number
            for number, key in zip(self.numbers, keys, strict=True)
            if key.lower() in known.by_slug or len(known.by_external_id.get(key, [])) == 1
        }
        return SiteResource(
            self.by,
            [COLUMN_BY_NAME[name] for name in self.names],
            numbers=self.numbers,
            known=known,
            communes=communes,
            origins=Origins(self.by, known.sites(), origin_keys),
            repeated=self.repeated,
            refused=self.refused,
            decisions=self.decisions,
            now=timezone.now(),
        )

    def as_dicts(self) -> list[dict[str, Any]]:
        """The rows by name of column; only the few columns that say which site a row speaks of."""
        wanted = {"key", "citycode", "commune", "departement", "postcode", "name", "address", "latitude", "longitude"}
        places = [(place, name) for place, name in enumerate(self.names) if name in wanted or name == "position"]
        return [{name: cells[place] for place, name in places} for cells in self.cells]

    def column(self, name: str) -> Iterable[Any]:
        """The cells of one column; nothing when the file has not got it."""
        if name not in self.names:
            return []
        place = self.names.index(name)
        return [cells[place] for cells in self.cells]

    # --- cells

    def _take_faults_out(self) -> None:
        for number, cells in zip(self.numbers, self.cells, strict=True):
            for place, cell in enumerate(cells):
                if isinstance(cell, str) and cell and cell[0] in _SUSPECT and is_fault(cell):
                    self.refused[number][self.names[place]] = fault_sentence(cell)
                    cells[place] = None

    def _translate(self) -> None:
        for place, name in enumerate(self.names):
            meanings = self._meanings.get(name)
            column = COLUMN_BY_NAME[name]
            if meanings and choices_of(column):
                for cells in self.cells:
                    cells[place] = translate(column, cells[place], meanings)

    def _warn_of_filled_counts(self, table: Table) -> None:
        """A number in a merged cell may be that of all its rows together: only a person knows."""
        counts = {
            place: COLUMN_BY_NAME[name]
            for place, name in zip(self.places, self.names, strict=False)
            if COLUMN_BY_NAME[name].is_count
        }
        cells = dict(zip(self.numbers, self.said, strict=True))
        for row, place in sorted(table.filled):
            if place in counts and row in cells:
                column = counts[place]
                said = values.as_text(cells[row][self.places.index(place)])
                sentence = "Case fusionnée : ce nombre est repris sur chaque ligne."
                self.remarks.append(Remark(row, column.header, said, sentence, column.name, True))

    # --- which site

    def _keyless(self, rows: list[dict[str, Any]], communes: Communes) -> dict[int, Described]:
        """Place of a row without an identifier -> what it says of its site."""
        found = {}
        for place, row in enumerate(rows):
            number = self.numbers[place]
            if values.is_blank(row["key"]) and "key" not in self.refused.get(number, ()):
                self.refused.setdefault(number, {})  # without a commune, that is what is wrong, not the identifier
                if said := described(number, row, communes):
                    found[place] = said
        return found

    def _identify(
        self,
        rows: list[dict[str, Any]],
        keyless: Mapping[int, Described],
        keys: list[str],
        known: KnownSites,
        communes: Communes,
    ) -> None:
        """Give an identifier to the rows that have none, or say among which sites the person must choose."""
        key_place = self.names.index("key")
        new = self._new_rows(rows, keys, known, communes)
        matcher = Matcher(self.by, {said.commune for said in (*keyless.values(), *new)})
        for place, said in keyless.items():
            self.cells[place][key_place] = self._key_of(said, known, matcher)
        for said in new:
            if code := matcher.at_the_same_address(said):
                sentence = _SAME_ADDRESS.format(code)
                self.remarks.append(Remark(said.number, COLUMN_BY_NAME["key"].header, said.name, sentence, "key", True))

    def _key_of(self, said: Described, known: KnownSites, matcher: Matcher) -> str | None:
        decided = self.decisions.sites.get(str(said.number), "")
        if said.key in known.by_external_id:
            return said.key  # the same row of the same file, imported before
        candidates = matcher.candidates(said)
        if decided not in {NEW_SITE, *(candidate.code for candidate in candidates)}:
            decided = ""
        if candidates:
            title = " – ".join(filter(None, (said.name, said.address, said.commune.label)))
            self.choices.append(Choice(said.number, title, candidates, decided))
        if candidates and not decided:
            self.refused[said.number]["key"] = _question(candidates)
            return None
        return said.key if decided in ("", NEW_SITE) else decided

    def _new_rows(
        self, rows: list[dict[str, Any]], keys: list[str], known: KnownSites, communes: Communes
    ) -> list[Described]:
        """Rows whose identifier nobody knows; `name` is that identifier."""
        found = []
        for number, row, key in zip(self.numbers, rows, keys, strict=True):
            if not key or key.lower() in known.by_slug or key in known.by_external_id:
                continue
            said = commune_said(row)
            try:
                commune = communes.of(said) if names_a_commune(said) else None
            except ValueError:
                continue
            if commune is not None:
                found.append(Described(number, commune, key, values.read_text(row.get("address")), None))
        return found

    # --- repetitions

    def _repeated(self, keys: Sequence[str], known: KnownSites) -> dict[str, list[int]]:
        """Code of a site, or key of a new one -> the rows of the file, when there are several."""
        lines: dict[str, list[int]] = defaultdict(list)
        for number, key in zip(self.numbers, keys, strict=True):
            named = known.by_external_id.get(key, [])
            if key.lower() in known.by_slug:
                lines[key.lower()].append(number)
            elif key and len(named) < 2:
                lines[named[0].slug if named else key].append(number)
        return {key: numbers for key, numbers in lines.items() if len(numbers) > 1}

    def duplicates(self) -> list[Duplicates]:
        """Rows that share an identifier, or a commune with an address or a name; each group once.

        Namesakes that are all known by their identifiers are what they say: other sites.
        """
        alike: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        shown: dict[tuple[str, str, str], str] = {}
        for number, row in zip(self.numbers, self.as_dicts(), strict=True):
            place = words_of_commune(commune_said(row))
            for name, words in (("address", "même adresse"), ("name", "même nom")):
                said = values.read_text(row.get(name))
                if place and fold(said):
                    key = (words, place, fold(said))
                    alike[key].append(number)
                    shown.setdefault(key, said)
        groups: dict[tuple[int, ...], str] = {}
        for code, numbers in self.repeated.items():
            if not self.given_keys.isdisjoint(numbers):
                groups[tuple(numbers)] = f"Même identifiant « {code} »"
        for key, numbers in alike.items():
            if len(numbers) > 1 and not self.recognised.issuperset(numbers):
                groups.setdefault(tuple(numbers), f"Même commune et {key[0]}, « {shown[key]} »")
        for numbers in self.repeated.values():
            groups.setdefault(tuple(numbers), "Même site")
        return [Duplicates(reason, list(numbers)) for numbers, reason in groups.items()]


def _question(candidates: Sequence[Candidate]) -> str:
    named = " ; ".join(f"{candidate.code} : {candidate.label}" for candidate in candidates)
    return f"Ce site est peut-être déjà connu : donnez son code, ou dites qu’il est nouveau. {named}."

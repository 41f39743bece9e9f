"""The rows of a table made ready for the import: errors of the spreadsheet, words, identifiers, repetitions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rbsite.base.text import fold
from rbsite.spreadsheets import values
from rbsite.spreadsheets.cells import fault_sentence, is_fault
from rbsite.spreadsheets.layout import Table
from rbsite.spreadsheets.loose import order_of
from rbsite.spreadsheets.opening import Opened
from rbsite.spreadsheets.report import Duplicates, Remark, remark_at
from rbsite.spreadsheets.words import translate

from .columns import SITE_COLUMNS
from .decisions import NEW_SITE, Decisions
from .likeness import OF_ROW, rows_alike
from .lookups import COMMUNE_COLUMNS, Communes, KnownSites, Origins, commune_key, commune_words
from .matching import Candidate, Described, Matcher, described
from .report import Choice
from .row_import import References
from .row_state import WHOLE_ROW

#: Columns that say which site a row speaks of.
_IDENTIFYING = {"key", *COMMUNE_COLUMNS, "name", "address", "latitude", "longitude", "position"}
_SUSPECT = frozenset("#=Ee")
_FILLED = "Case fusionnée : ce nombre est repris sur chaque ligne."
_WHICH_SITE = "Ce site est peut-être déjà connu, ou cité plus haut : dites lequel, ou qu’il est nouveau ({candidates})."
_MONTHS_FIRST = (
    "La ligne {row} de cette colonne dit « {said} », le mois d’abord : écrivez tous ses jours JJ/MM/AAAA, "
    "car celui-ci aurait deux sens."
)
_SAME_KEY = "Même identifiant « {key} »"
_ALIKE = "Même commune et {words}, « {value} »"
_SAME_ADDRESS = "Un site ouvert existe déjà à cette adresse ({code}). S’il s’agit de lui, mettez son code ici."


class Rows:
    """The cells that are read, with what they refer to."""

    def __init__(self, opened: Opened, *, by: Any, decisions: Decisions, without: Collection[int] = ()):
        self.by, self.decisions = by, decisions
        columns = opened.headers.columns
        self.places = list(columns)
        self.names = [columns[place].name for place in self.places]
        kept = [(number, cells) for number, cells in opened.table.rows if number not in without]
        self.numbers = [number for number, _cells in kept]
        self._rank = {number: rank for rank, number in enumerate(self.numbers)}
        #: As the file has them, for what is told.
        self.in_file = [[cells[place] for place in self.places] for _number, cells in kept]
        self.cells = [list(cells) for cells in self.in_file]
        self.refused: dict[int, dict[str, str]] = defaultdict(dict)
        self.remarks: list[Remark] = []
        self.choices: list[Choice] = []
        self._meanings = opened.meanings
        for number in self._rank.keys() & opened.table.faults.keys():
            self.refused[number][WHOLE_ROW] = opened.table.faults[number]
        self._take_faults_out()
        self._refuse_months_first()
        self._translate()
        self._warn_of_filled_counts(opened.table)
        if "key" not in self.names:
            self.names.append("key")
            for cells in (*self.cells, *self.in_file):
                cells.append(None)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row with its number: name of the column -> cell, in words that the column knows."""
        for number, cells in zip(self.numbers, self.cells, strict=True):
            yield number, dict(zip(self.names, cells, strict=True))

    def cells_in_file(self, number: int) -> dict[str, Any]:
        """The cells of one row as the file has them, by name of column."""
        return dict(zip(self.names, self.in_file[self._rank[number]], strict=True))

    def load(self, *, lock: bool) -> References:
        """The sites and communes that the rows name, with a handful of queries; rows then know their sites."""
        codes = {values.read_identifier(code).replace(" ", "") for code in self.column("citycode")}
        codes.add(self.decisions.commune)
        communes = Communes(codes, by=self.by, meanings=self._meanings.get("commune"))
        rows = self.as_dicts()
        keyless = self._keyless(rows, communes)
        keys = [values.read_identifier(key) for key in self.column("key")]
        self.given_keys = {number for number, key in zip(self.numbers, keys, strict=True) if key}
        wanted = {*keys, *(row.key for row in keyless.values()), *self.decisions.sites.values()}
        known = KnownSites.load(self.by, filter(None, wanted), lock=lock)
        self._identify(rows, keyless, keys, known, communes)
        keys = [values.read_identifier(key) for key in self.column("key")]
        origin_keys = {key for cell in self.column("incoming_sites") for key in values.split_keys(cell)}
        self.repeated = self._repeated(keys, known)
        self.recognised = {
            number
            for number, key in zip(self.numbers, keys, strict=True)
            if key.lower() in known.by_slug or len(known.by_external_id.get(key, [])) == 1
        }
        origins = Origins(self.by, known.sites(), origin_keys)
        return References(known, communes, origins, self.repeated, self.refused)

    def as_dicts(self) -> list[dict[str, Any]]:
        """The rows by name of column; only the few columns that say which site a row speaks of."""
        places = [(place, name) for place, name in enumerate(self.names) if name in _IDENTIFYING]
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

    def _refuse_months_first(self) -> None:
        """A column with « 01/25/2025 », and no day that comes first, may be American: nothing is guessed of it."""
        for place, name in enumerate(self.names):
            if SITE_COLUMNS.by_name[name].read is not values.read_date:
                continue
            texts = ((number, cells[place]) for number, cells in zip(self.numbers, self.cells, strict=True))
            orders = {number: order_of(cell) for number, cell in texts if isinstance(cell, str)}
            proof = next((number for number, order in orders.items() if order == "second"), None)
            if proof is not None and "first" not in orders.values():
                sentence = _MONTHS_FIRST.format(row=proof, said=self.cells[self._rank[proof]][place])
                for number in (number for number, order in orders.items() if order == "either"):
                    self.refused[number][name] = sentence
                    self.cells[self._rank[number]][place] = None

    def _translate(self) -> None:
        for place, name in enumerate(self.names):
            meanings = self._meanings.get(name)
            column = SITE_COLUMNS.by_name[name]
            if meanings and column.choices:
                for cells in self.cells:
                    cells[place] = translate(column, cells[place], meanings)

    def _warn_of_filled_counts(self, table: Table) -> None:
        """A number in a merged cell may be that of all its rows together: only a person knows."""
        counts = {
            place: SITE_COLUMNS.by_name[name]
            for place, name in zip(self.places, self.names, strict=True)
            if SITE_COLUMNS.by_name[name].is_count
        }
        cells = dict(zip(self.numbers, self.in_file, strict=True))
        for row, place in sorted(table.filled):
            if place in counts and row in cells:
                cell = cells[row][self.places.index(place)]
                self.remarks.append(remark_at(row, counts[place], cell, _FILLED, is_warning=True))

    # --- which site

    def _keyless(self, rows: list[dict[str, Any]], communes: Communes) -> dict[int, Described]:
        """Place of a row without an identifier -> what it says of its site."""
        found = {}
        for place, row in enumerate(rows):
            number = self.numbers[place]
            if values.is_blank(row["key"]) and "key" not in self.refused.get(number, ()):
                self.refused.setdefault(number, {})  # without a commune, that is what is wrong, not the identifier
                if named := described(number, row, communes):
                    found[place] = named
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
        matcher = Matcher(self.by, {row.commune for row in (*keyless.values(), *new)})
        alike = rows_alike(keyless.values())
        given: dict[str, str | None] = {}
        for place, row in keyless.items():
            key = self._key_of(row, known, [*alike.get(row.number, ()), *matcher.candidates(row)], given)
            self.cells[place][key_place] = given[f"{OF_ROW}{row.number}"] = key
        for row in new:
            if code := matcher.at_the_same_address(row):
                sentence, column = _SAME_ADDRESS.format(code=code), SITE_COLUMNS.by_name["key"]
                self.remarks.append(remark_at(row.number, column, row.name, sentence, is_warning=True))

    def _key_of(
        self, row: Described, known: KnownSites, candidates: list[Candidate], given: Mapping[str, str | None]
    ) -> str | None:
        """The identifier of a row without one; `given` are those of the rows before it."""
        decided = self.decisions.sites.get(str(row.number), "")
        if row.key in known.by_external_id:
            return row.key  # the same row of the same file, imported before
        if decided not in {NEW_SITE, *(candidate.code for candidate in candidates)}:
            decided = ""
        if candidates:
            title = " – ".join(filter(None, (row.name, row.address, row.commune.label)))
            self.choices.append(Choice(row.number, title, candidates, decided))
        if candidates and not decided:
            self.refused[row.number]["key"] = _question(candidates)
            return None
        return row.key if decided in ("", NEW_SITE) else given.get(decided, decided)

    def _new_rows(
        self, rows: list[dict[str, Any]], keys: list[str], known: KnownSites, communes: Communes
    ) -> list[Described]:
        """Rows whose identifier nobody knows; `name` is that identifier."""
        found = []
        for number, row, key in zip(self.numbers, rows, keys, strict=True):
            if not key or key.lower() in known.by_slug or key in known.by_external_id:
                continue
            if (commune := communes.named_in(row)) is not None:
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
            place = commune_key(commune_words(row))
            for name, words in (("address", "même adresse"), ("name", "même nom")):
                text = values.read_text(row.get(name))
                if place and fold(text):
                    key = (words, place, fold(text))
                    alike[key].append(number)
                    shown.setdefault(key, text)
        groups: dict[tuple[int, ...], str] = {}
        for code, numbers in self.repeated.items():
            if not self.given_keys.isdisjoint(numbers):
                groups[tuple(numbers)] = _SAME_KEY.format(key=code)
        for key, numbers in alike.items():
            if len(numbers) > 1 and not self.recognised.issuperset(numbers):
                groups.setdefault(tuple(numbers), _ALIKE.format(words=key[0], value=shown[key]))
        for numbers in self.repeated.values():
            groups.setdefault(tuple(numbers), "Même site")
        return [Duplicates(reason, list(numbers)) for numbers, reason in groups.items()]


def _question(candidates: Sequence[Candidate]) -> str:
    named = " ; ".join(
        candidate.label if candidate.code.startswith(OF_ROW) else f"{candidate.code} : {candidate.label}"
        for candidate in candidates
    )
    return _WHICH_SITE.format(candidates=named)

"""The rows of a table made into sites, one after the other: read, placed, checked, compared; then written in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from rbsite.spreadsheets import values
from rbsite.spreadsheets.layout import listed
from rbsite.spreadsheets.report import SHOWN, Change, remark_at
from sites_registry.versioned.moments import wrong_day

from ..models import SitePage
from ..models.state import DERIVED_FIELDS, STATE_COLUMNS, STATE_FIELDS
from ..rules import RELEVANT_WHEN
from ..wording import label_of, text_of
from . import bulk
from .answers import RowReader
from .checks import UNKNOWN_SITE, Checks
from .columns import SITE_COLUMNS
from .decisions import Decisions
from .lookups import Communes, KnownSites, Origins
from .report import SiteReport
from .row_state import WHOLE_ROW, Errors, RowState

_COMPARED = [name for name in STATE_COLUMNS if name not in DERIVED_FIELDS]
_DEFAULTS = {field.attname: field.get_default() for field in SitePage.state_fields()}
#: What the line of a new site says already.
_SAID_BY_ITS_NAME = {"commune_id", "name", "address"}
_MAX_KEY = 80
#: What partners write for a site that stands at no address.
NO_ADDRESS = "Pas d’adresse précise"
_WITHOUT_ADDRESS = "Sans adresse : le site est déclaré « {address} »."
_SEEN_LATER = "Ce site a été vu ouvert le {day}, après cette fermeture : les jours qui la suivent sont dits fermés."
_MANY_ROWS = "lignes {rows}… ({count} autres en tout)"
_TOO_LONG = "{max} caractères au plus."
_ALSO_AT = "Ce site figure aussi ailleurs dans le fichier : {lines}."
#: Other rows that an error names; beyond, their number is told.
_NAMED_ROWS = 3
#: What is said once for all rows -> where the rules miss it, column by column, before it is said.
_MISSED_IN = {
    "site_type": ("site_type",),
    "commune": ("commune",),
    "cause": ("status", "closed_at"),
    "resorbed": ("closed_with_solutions",),
}


@dataclass(frozen=True)
class References:
    """What the rows of a file refer to, loaded beforehand, and what is known to be wrong with them."""

    known: KnownSites
    communes: Communes
    origins: Origins
    #: Code or key -> the rows that share it.
    repeated: Mapping[str, list[int]]
    #: Row -> what is wrong with it before it is even read, by column.
    refused: Mapping[int, Mapping[str, str]]


class RowImport:
    """Imports the rows of one table for one person; `report` tells of them, `errors` of those that are wrong.

    When the author `is_there`, rows wait for what can be said once for all of them; otherwise lacking it is an error.
    """

    def __init__(
        self,
        user: Any,
        names: Sequence[str],
        references: References,
        decisions: Decisions,
        now: datetime,
        *,
        is_there: bool = False,
    ):
        self.user, self.now, self.references = user, now, references
        # Rows left aside are so for what they lack, too.
        self._waits = is_there and not decisions.skip_errors
        self.report = SiteReport()
        #: Row -> what is wrong with it.
        self.errors: dict[int, Errors] = {}
        #: Rows that create a site or change it.
        self.pending: list[RowState] = []
        self._checks = Checks(user, references.known, now)
        self._reader = RowReader(names, communes=references.communes, origins=references.origins, swap=decisions.swap)
        self._kind_of_new, self._said = decisions.site_type, decisions
        self._day = date.fromisoformat(decisions.day) if decisions.day else None
        self._conditional = [name for name in names if name in RELEVANT_WHEN and name in STATE_FIELDS]

    def take(self, number: int, cells: Mapping[str, Any]) -> None:
        """One row, from its cells to what would be written of it."""
        state = self._start(number, cells)
        self._reader.read(state)
        self._fill_what_is_said_once(state)
        self._add_early_errors(state)
        self._accept_no_address(state)
        self._tell_notes(state)
        if not self._find_changes(state) and not self._checks.guesses_of(state):
            self._keep_unchanged(state)
            return
        self._date_declaration(state)
        waited = {name for what in state.waits_for for name in _MISSED_IN[what]}
        errors = {name: found for name, found in self._checks.errors_of(state).items() if name not in waited}
        if not errors and not waited:
            errors = self._place_in_time(state)
        if errors:
            self.errors[number] = errors
        elif waited:
            self._wait(state)
        else:
            self._keep(state)

    def write(self) -> None:
        """Write the new sites, then the changed ones; the caller has seen that no row is wrong."""
        bulk.write_sites(self.pending, by=self.user, now=self.now)

    @property
    def swapped(self) -> int:
        """Rows whose latitude and longitude wait to be put back in order."""
        return self._reader.swapped

    # --- which site

    def _start(self, number: int, cells: Mapping[str, Any]) -> RowState:
        key, ambiguity = values.read_identifier(cells["key"]), ""
        try:
            site = self.references.known.find(key, self.references.communes.named_in(cells))
        except ValueError as error:
            site, ambiguity = None, str(error)
        is_new = site is None
        if site is None:
            new = {"site_type": self._kind_of_new, "owner": self.user, "is_approximate": True}
            site = SitePage(external_id=key[:_MAX_KEY], **new)
        origins = self.references.origins.of_site.get(site.pk, [])
        return RowState(
            number=number,
            cells=cells,
            site=site,
            key=key,
            before=None if is_new else site.state_values(),
            commune_before=None if is_new else site.commune,
            origins_before=origins,
            origins=origins,
            ambiguity=ambiguity,
            day_of_file=self._day,
        )

    # --- what is said once for the rows that do not say it

    def _fill_what_is_said_once(self, state: RowState) -> None:
        """The cause of a closing, whether it resorbed the site, the commune of a new one; what is not said is asked."""
        site, said = state.site, self._said
        if WHOLE_ROW in self.references.refused.get(state.number, ()):
            return
        if state.is_new and _is_blank(state, "site_type"):
            self._ask(state, "site_type", said.site_type)
        if state.is_new and not site.commune_id and "commune" not in state.errors:
            self._fill_commune(state)
        closes = not _is_blank(state, "closed_at") and site.closed_at is not None and "closed_at" not in state.errors
        if not closes or state.is_new or (state.before and state.before["status"] != "open"):
            return
        if site.is_open and _is_blank(state, "status"):
            self._ask(state, "cause", said.cause)
            site.status = said.cause or site.status
        if not site.is_open and site.closed_with_solutions is None and _is_blank(state, "closed_with_solutions"):
            self._ask(state, "resorbed", said.resorbed)
            site.closed_with_solutions = {"oui": True, "non": False}.get(said.resorbed)

    def _fill_commune(self, state: RowState) -> None:
        words = (self._said.commune, "", "", "")
        self._ask(state, "commune", self._said.commune)
        if self._said.commune:
            state.site.commune = self.references.communes.of(words)

    def _ask(self, state: RowState, what: str, said: str) -> None:
        self.report.unsaid[what] += 1
        if not said and self._waits:
            state.waits_for.add(what)

    # --- what is wrong before the rules are asked

    def _add_early_errors(self, state: RowState) -> None:
        found = {"key": self._key_problem(state), "closed_at": _half_closed(state)}
        early = {name: sentence for name, sentence in found.items() if sentence}
        for name, sentence in {**early, **self.references.refused.get(state.number, {})}.items():
            state.refuse(name, sentence)

    def _key_problem(self, state: RowState) -> str:
        if not state.key and state.number in self.references.refused:
            return ""
        if not state.key:
            return "L’identifiant est nécessaire : il dit de quel site parle la ligne."
        if len(state.key) > _MAX_KEY:
            return _TOO_LONG.format(max=_MAX_KEY)
        others = self.references.repeated.get(state.site.slug or state.key, [])
        if others:
            return _ALSO_AT.format(lines=_others(others, state.number))
        return state.ambiguity

    # --- what is told beside errors

    def _accept_no_address(self, state: RowState) -> None:
        """A new site that has a name or a position, and a blank address, is accepted and said to have none."""
        site = state.site
        if state.is_new and not site.address and (site.name or site.point) and _is_blank(state, "address"):
            site.address = NO_ADDRESS
            sentence = _WITHOUT_ADDRESS.format(address=NO_ADDRESS)
            self.report.remarks.append(
                remark_at(state.number, SITE_COLUMNS.by_name["address"], None, sentence, is_warning=True)
            )

    def _tell_notes(self, state: RowState) -> None:
        for name, noted in state.notes:
            column, cell = SITE_COLUMNS.by_name[name], state.cells.get(name)
            self.report.remarks.append(
                remark_at(state.number, column, cell, noted.sentence, is_warning=noted.is_warning)
            )

    def _tell_ignored(self, state: RowState) -> None:
        """Answers to questions that do not apply are left aside, and said to be."""
        for name in self._conditional:
            if getattr(state.site, name) in (None, "", []) and not _is_blank(state, name):
                column = SITE_COLUMNS.by_name[name]
                if not values.is_unknown(state.cells[name], is_text=column.is_text):
                    self.report.ignored.append((state.number, column.header))

    # --- changes

    def _find_changes(self, state: RowState) -> bool:
        """Put into `changed` what the row changes; False when a known site is already as its row says.

        Answers that do not apply are left aside first. Of a row that could not be read, nothing is compared.
        """
        if state.is_new:
            state.changed = _told_of_new(state)
            return True
        if state.errors:
            return True
        if not self._compare(state):
            return False
        try:
            state.site.derive()
        except ValidationError:
            return True  # told with the rules
        self._tell_ignored(state)
        return self._compare(state)

    def _compare(self, state: RowState) -> bool:
        """Put into `changed` what differs from the known site, and say whether there is anything to write."""
        self._leave_needless_origins(state)
        before = state.before or {}
        state.changed = [name for name in _COMPARED if getattr(state.site, name) != before.get(name)]
        if state.origins != state.origins_before:
            state.changed.append("incoming_sites")
        return bool(state.changed) or state.is_seen_later

    def _leave_needless_origins(self, state: RowState) -> None:
        """Only a resettlement has sites of origin: those of another site stay as they are, and it is told."""
        if state.site.is_reinstallation is not True and state.origins != state.origins_before:
            state.origins = state.origins_before
            self.report.ignored.append((state.number, SITE_COLUMNS.by_name["incoming_sites"].header))

    def _date_declaration(self, state: RowState) -> None:
        """A site of which nobody has said when it was declared is declared on the day of its situation."""
        if state.site.declared_at is None and "declared_at" not in state.errors:
            day = state.day or state.day_of_file
            is_told = day is not None and not wrong_day(day, self._checks.today)
            state.site.declared_at = day if is_told else self._checks.today

    def _place_in_time(self, state: RowState) -> Errors:
        """Say since when the new state holds; a day before the latest one is refused."""
        try:
            state.at = self._checks.moment_of(state)
        except ValueError as error:
            return {"situation_at": [str(error)]}
        if state.closes_before_what_is_known:
            self._tell_seen_later(state)
        return {}

    def _tell_seen_later(self, state: RowState) -> None:
        """Somebody saw the site open after the day of its closing: the closing wins, and it is told."""
        day = timezone.localdate(state.site.situation_at).strftime("%d/%m/%Y")
        column, cell = SITE_COLUMNS.by_name["closed_at"], state.cells.get("closed_at")
        sentence = _SEEN_LATER.format(day=day)
        self.report.remarks.append(remark_at(state.number, column, cell, sentence, is_warning=True))

    # --- what comes of the row

    def _keep_unchanged(self, state: RowState) -> None:
        self.report.unchanged += 1
        self.report.outcomes[state.number] = "Inchangé"

    def _wait(self, state: RowState) -> None:
        self._ask_day(state)
        self.report.unanswered |= state.waits_for
        self.report.waiting += 1
        self.report.outcomes[state.number] = "Attend une réponse"

    def _ask_day(self, state: RowState) -> None:
        """A day that is not said dates what the row changes all the same: it is told, and asked of who is there."""
        if state.day is None and state.site.is_open and "cause" not in state.waits_for:
            self.report.unsaid["day"] += 1
            if self._day is None:
                self.report.unanswered.add("day")

    def _keep(self, state: RowState) -> None:
        if state.is_new:
            self._tell_ignored(state)
        self._ask_day(state)
        self.report.created += state.is_new
        self.report.changed += not state.is_new
        self.pending.append(state)
        self.report.outcomes[state.number] = "À créer" if state.is_new else "À modifier"
        if len(self.report.changes) < SHOWN:
            self.report.changes.append(self._change_of(state))

    def _change_of(self, state: RowState) -> Change:
        site = state.site
        fields = list(self._differences(state, state.before) if state.before else self._told(state))
        if state.before is not None and state.is_seen_later:
            known = site.situation_at and timezone.localdate(site.situation_at)
            fields.append(("Situation au", values.as_text(known), values.as_text(state.day)))
        return Change(state.number, state.key, f"{site.usual_name}, {site.commune.label}", state.is_new, fields)

    def _told(self, state: RowState) -> Iterable[tuple[str, str, str]]:
        """(label, « », answer) of what a new site says: all of it, what follows from the row included."""
        for name in _COMPARED:
            if (value := getattr(state.site, name)) != _DEFAULTS[name] and name not in _SAID_BY_ITS_NAME:
                yield label_of(name), "", text_of(name, value, {})
        if state.origins:
            names = {("site", pk): title for pk, title in self.references.origins.titles.items()}
            yield label_of("incoming_sites"), "", text_of("incoming_sites", state.origins, names)

    def _differences(self, state: RowState, before: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
        """(label, before, after) of each answer that changes."""
        communes = filter(None, (state.site.commune, state.commune_before))
        names: dict[tuple[str, Any], str] = {("commune", place.pk): place.label for place in communes}
        names |= {("site", pk): title for pk, title in self.references.origins.titles.items()}
        for name in state.changed:
            old, new = before.get(name), getattr(state.site, name, None)
            if name == "incoming_sites":
                old, new = state.origins_before, state.origins
            yield label_of(name), text_of(name, old, names), text_of(name, new, names)


def _others(rows: Sequence[int], own: int) -> str:
    """« lignes 2, 3, 4… (999 en tout) », without reading more of a long list than is shown."""
    first = [row for row in rows[: _NAMED_ROWS + 1] if row != own][:_NAMED_ROWS]
    return (
        listed(first)
        if len(rows) - 1 <= _NAMED_ROWS
        else _MANY_ROWS.format(rows=", ".join(map(str, first)), count=len(rows) - 1)
    )


def _half_closed(state: RowState) -> str:
    """A closing that is said by its date only: leaving it aside would keep, or make, an open site."""
    if not state.site.is_open or (state.before and state.before["status"] != "open"):
        return ""
    if _is_blank(state, "closed_at") or values.is_unknown(state.cells["closed_at"]):
        return ""
    if not _is_blank(state, "status") and state.site.closed_at is None:
        return ""  # its own cell is wrong
    return UNKNOWN_SITE if state.is_new else "Dites aussi la cause de la fermeture."


def _told_of_new(state: RowState) -> list[str]:
    """The columns of a new site that its row tells."""
    told = [name for name in _COMPARED if getattr(state.site, name) != _DEFAULTS[name]]
    return [*told, "incoming_sites"] if state.origins else told


def _is_blank(state: RowState, name: str) -> bool:
    return values.is_blank(state.cells.get(name))

"""What the import refuses of a row that could be read: broken rules, missing rights, closed sites, times gone by."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.territories.models import Territory
from sites_registry.versioned.moments import moment, wrong_day

from ..enums import SiteStatus
from ..models import SitePage
from ..models.state import STATE_FIELDS
from .columns import COLUMN_BY_NAME
from .lookups import KnownSites

Errors = dict[str, list[str]]
UNKNOWN_SITE = "Site inconnu : on ne ferme pas un site que la plateforme ne connaît pas."
_CLOSED = "Ce site est fermé : rouvrez-le, ou corrigez sa fermeture, depuis sa fiche."


@dataclass
class RowState:
    """One row being imported: the site, what it was, and from when the new state holds."""

    site: SitePage
    number: int
    key: str
    before: dict[str, Any] | None
    commune_before: Territory | None
    origins_before: list[int]
    at: datetime | None = None
    problems: dict[str, list[str]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def origins(self) -> list[int]:
        return self.site.__dict__.get("imported_origins", self.origins_before)

    @property
    def day(self) -> date | None:
        return self.site.__dict__.get("imported_day")


@dataclass(frozen=True)
class _Place:
    """A commune, for the question « may I … there? »."""

    territory_lineage: list[int]


class Checks:
    """The checks of one run, for one person; errors are given by attribute of the site."""

    def __init__(self, user: Any, known: KnownSites, now: datetime):
        self.user, self.known, self.now = user, known, now
        self.today = timezone.localdate(now)
        self._rights: dict[tuple[str, int], bool] = {}

    def all_errors(self, state: RowState, unreadable: Errors) -> Errors:
        """What could not be read (`unreadable`), then what is missing, broken, in the future or not allowed."""
        errors = dict(unreadable)
        if state.is_new and not state.key and "key" in errors:
            return errors  # nobody knows yet which site it is: nothing more can be said of the row
        if state.is_new and not state.site.is_open and not errors:
            return {"status": [UNKNOWN_SITE]}
        if state.is_new and not state.site.commune_id and not {"citycode", "postcode"} & errors.keys():
            errors.setdefault("commune", ["La commune est nécessaire pour déclarer un site."])
        if wrong := wrong_day(state.day, self.today):
            errors.setdefault("imported_day", [wrong])
        for check in (self._missing_answers, self._broken_rules, self._refusals):
            for name, messages in check(state, errors).items():
                errors.setdefault(name, messages)
        return errors

    def _missing_answers(self, state: RowState, errors: Errors) -> Errors:
        site = state.site
        if site.declared_at is None and "declared_at" not in errors:
            site.declared_at = state.day or self.today
        return {
            name: [f"Cette information est nécessaire. {COLUMN_BY_NAME[name].expected}."]
            for name in ("address", "site_type")
            if not getattr(site, name)
        }

    def _broken_rules(self, state: RowState, unreadable: Errors) -> Errors:
        """Rules broken by what could be read; an old fault of the site is not the fault of the file."""
        site, before = state.site, state.before
        for name in unreadable:
            if name == "status":
                site.status = before["status"] if before else SiteStatus.OPEN
            elif name in STATE_FIELDS and name != "commune":
                setattr(site, name, "" if name == "point" else None)
        broken = _broken_rules(site)
        if broken and before:
            after, commune = site.state_values(), site.commune
            site.assign(before)
            site.commune = state.commune_before
            site.tolerate_known_errors()
            site.assign(after)
            site.commune = commune
            broken = _broken_rules(site)
        return broken

    def _refusals(self, state: RowState, errors: Errors) -> Errors:
        """What the person may not do, and what an import does not do."""
        if "commune" in errors or not state.site.commune_id:
            return {}
        if state.before is None:
            return self._refusals_of_creation(state)
        if state.before["status"] != SiteStatus.OPEN:
            return {} if errors else {"key": [_CLOSED]}  # a cell mended first: one error a fault
        refusals = self._refusals_of_update(state, state.before)
        return refusals if errors or refusals else self._place_in_time(state)

    def _refusals_of_update(self, state: RowState, before: dict[str, Any]) -> Errors:
        site, here = state.site, state.commune_before
        refusals: Errors = {}
        if not site.is_open and not self._may(Feature.SITE_CLOSE, here):
            refusals["status"] = ["Vous n’avez pas le droit de fermer ce site."]
        if site.commune_id != before["commune_id"]:
            if not self._may(Feature.SITE_UPDATE, site.commune):
                refusals["commune"] = ["Vous n’avez pas le droit d’actualiser un site dans cette commune."]
            elif self.known.taken.get((site.commune_id, site.external_id), site.pk) != site.pk:
                refusals["key"] = ["Un autre site de cette commune porte déjà cet identifiant."]
        if "access_notes" in state.changed and not self._may(Feature.SITE_READ_ACCESS_NOTES, here):
            refusals["access_notes"] = ["Vous n’avez pas le droit de modifier les informations d’accès."]
        for name, feature in SitePage.write_features.items():
            if name in state.changed and not self._may(feature, here):
                refusals[name] = [f"Vous n’avez pas le droit : {Feature(feature).label.lower()}."]
        return refusals

    def _refusals_of_creation(self, state: RowState) -> Errors:
        site = state.site
        if not self._may(Feature.SITE_CREATE, site.commune):
            return {"commune": ["Vous n’avez pas le droit de déclarer un site dans cette commune."]}
        if (site.commune_id, state.key) in self.known.taken:
            return {"key": ["Un autre site de cette commune porte déjà cet identifiant."]}
        if site.access_notes and not self._may(Feature.SITE_READ_ACCESS_NOTES, site.commune):
            return {"access_notes": ["Vous n’avez pas le droit d’écrire les informations d’accès."]}
        for name, feature in SitePage.write_features.items():
            if getattr(site, name) is not None and not self._may(feature, site.commune):
                return {name: [f"Vous n’avez pas le droit : {Feature(feature).label.lower()}."]}
        if state.day is None or state.day >= self.today:
            state.at = self.now
        else:
            state.at = moment(state.day)
        return {}

    def _place_in_time(self, state: RowState) -> Errors:
        """Say from when the new state of a known site holds; a day before the latest one is refused."""
        site = state.site
        known = site.situation_at
        day = state.day or (site.closed_at if not site.is_open else None) or self.today
        if day == self.today:
            state.at = self.now
        elif known is None or day > timezone.localdate(known):
            state.at = moment(day)
        elif day == timezone.localdate(known):
            # One moment for all the corrections of a day, so that a file of many costs one query.
            state.at = max(known, moment(day) + timedelta(hours=22))
        elif state.day is None:
            state.at = known  # closed on a day before the last update: as `close_site` does
        else:
            latest = timezone.localdate(known).strftime("%d/%m/%Y")
            return {
                "imported_day": [f"La dernière situation connue est du {latest} : ajoutez un état passé sur la fiche."]
            }
        return {}

    def _may(self, feature: str, commune: Territory | None) -> bool:
        """`can`, asked once for each commune."""
        asked = (feature, commune.pk if commune else 0)
        if asked not in self._rights:
            self._rights[asked] = commune is not None and can(self.user, feature, _Place(commune.lineage))
        return self._rights[asked]


def _broken_rules(site: SitePage) -> Errors:
    try:
        site.clean_state()
    except ValidationError as error:
        return {("key" if name == NON_FIELD_ERRORS else name): found for name, found in error.message_dict.items()}
    return {}

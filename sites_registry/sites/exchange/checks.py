"""What the import refuses of a row that could be read: broken rules, missing rights, closed sites, times gone by."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, writable_fields
from rbsite.spreadsheets import values
from rbsite.territories.models import Territory
from sites_registry.versioned.moments import moment, start_of, wrong_day

from ..enums import SiteStatus
from ..models import SitePage
from ..models.state import STATE_FIELDS
from .columns import SITE_COLUMNS
from .lookups import KnownSites
from .row_state import Errors, RowState

UNKNOWN_SITE = "Site inconnu : on ne ferme pas un site que la plateforme ne connaît pas."
_CLOSED = "Ce site est fermé : rouvrez-le, ou corrigez sa fermeture, depuis sa fiche."
_TAKEN = "Un autre site de cette commune porte déjà cet identifiant."
_NEEDED = "Cette information est nécessaire. {expected}."
_NO_RIGHT = "Vous n’avez pas le droit : {feature}."
_NO_FIELD = "Vous n’avez pas le droit d’écrire « {header} »."
_TOO_EARLY = "La dernière situation connue est du {day} : ajoutez un état passé sur la fiche."


class Checks:
    """The checks of one run, for one person."""

    def __init__(self, user: Any, known: KnownSites, now: datetime):
        self.user, self.known, self.now = user, known, now
        self.today = timezone.localdate(now)
        self._rights: dict[tuple[str, int], bool] = {}
        self._writable: dict[int, frozenset[str]] = {}

    def errors_of(self, state: RowState) -> Errors:
        """What could not be read, then what is missing, broken, in the future or not allowed."""
        errors = {name: list(messages) for name, messages in state.errors.items()}
        if state.is_new and not state.key and "key" in errors:
            return errors  # nobody knows yet which site it is: nothing more can be said of the row
        if state.is_new and not state.site.is_open and not errors:
            return {"status": [UNKNOWN_SITE]}
        if state.is_new and not state.site.commune_id and not {"citycode", "postcode"} & errors.keys():
            errors.setdefault("commune", ["La commune est nécessaire pour déclarer un site."])
        if wrong := wrong_day(state.day, self.today):
            errors.setdefault("situation_at", [wrong])
        for check in (_missing_answers, _broken_rules, self._refusals):
            for name, messages in check(state, errors).items():
                errors.setdefault(name, messages)
        return errors

    def moment_of(self, state: RowState) -> datetime:
        """From when the new state holds; raises ValueError for a known site that was seen on a later day."""
        site, known = state.site, state.site.situation_at
        if state.is_new:
            day = state.day or state.day_of_file
            return self.now if day is None or day >= self.today else moment(day, self.now)
        day = state.day or (site.closed_at if not site.is_open else None) or state.day_of_file or self.today
        if day == self.today:
            return self.now
        if known is None or day > timezone.localdate(known):
            return moment(day, self.now)
        if state.day is None and not site.is_open:
            return start_of(day)  # a closing holds from its day on
        if day == timezone.localdate(known):
            # One moment for all the corrections of a day, so that a file of many costs one query.
            return max(known, moment(day, self.now) + timedelta(hours=22))
        raise ValueError(_TOO_EARLY.format(day=timezone.localdate(known).strftime("%d/%m/%Y")))

    # --- rights

    def _refusals(self, state: RowState, errors: Errors) -> Errors:
        """What the person may not do, and what an import does not do."""
        if "commune" in errors or not state.site.commune_id:
            return {}
        if state.before is None:
            return self._refusals_of_creation(state)
        if state.before["status"] != SiteStatus.OPEN:
            return {} if errors else {"key": [_CLOSED]}  # a cell mended first: one error a fault
        return self._refusals_of_update(state, state.before)

    def _refusals_of_update(self, state: RowState, before: dict[str, Any]) -> Errors:
        site, here = state.site, state.commune_before
        refusals: Errors = {}
        if not site.is_open and not self._may(Feature.SITE_CLOSE, here):
            refusals["status"] = ["Vous n’avez pas le droit de fermer ce site."]
        if site.commune_id != before["commune_id"]:
            if not self._may(Feature.SITE_UPDATE, site.commune):
                refusals["commune"] = ["Vous n’avez pas le droit d’actualiser un site dans cette commune."]
            elif self.known.taken.get((site.commune_id, site.external_id), site.pk) != site.pk:
                refusals["key"] = [_TAKEN]
        there = self._refused_answers(state.changed, site.commune) if site.commune_id else {}
        return refusals | there | self._refused_answers(state.changed, here) | self.guesses_of(state)

    def _refusals_of_creation(self, state: RowState) -> Errors:
        site = state.site
        if not self._may(Feature.SITE_CREATE, site.commune):
            return {"commune": ["Vous n’avez pas le droit de déclarer un site dans cette commune."]}
        if (site.commune_id, state.key) in self.known.taken:
            return {"key": [_TAKEN]}
        return self._refused_answers(state.changed, site.commune)

    def guesses_of(self, state: RowState) -> Errors:
        """Cells about what the person may not read: accepting the true answer alone would tell it."""
        told = [name for name in SitePage.read_features if not values.is_blank(state.cells.get(name))]
        return self._refused_answers(told, state.commune_before)

    def _refused_answers(self, changed: Iterable[str], commune: Territory | None) -> Errors:
        """The changed columns that the person may not write in that commune."""
        if commune is None:
            return {}
        if commune.pk not in self._writable:
            self._writable[commune.pk] = writable_fields(self.user, commune, SitePage)
        writable = self._writable[commune.pk]
        names = (name.removesuffix("_id") for name in changed)
        return {name: [_refusal_of(name)] for name in names if name not in writable}

    def _may(self, feature: str, commune: Territory | None) -> bool:
        """`can`, asked once for each commune."""
        asked = (feature, commune.pk if commune else 0)
        if asked not in self._rights:
            self._rights[asked] = commune is not None and can(self.user, feature, commune)
        return self._rights[asked]


def _refusal_of(name: str) -> str:
    if name in SitePage.write_features:
        return _NO_RIGHT.format(feature=Feature(SitePage.write_features[name]).label.lower())
    return _NO_FIELD.format(header=SITE_COLUMNS.by_name[name].header)


def _missing_answers(state: RowState, errors: Errors) -> Errors:
    return {
        name: [_NEEDED.format(expected=SITE_COLUMNS.by_name[name].expected)]
        for name in ("address", "site_type")
        if not getattr(state.site, name)
    }


def _broken_rules(state: RowState, unreadable: Errors) -> Errors:
    """Rules broken by what could be read; an old fault of the site is not the fault of the file."""
    site, before = state.site, state.before
    for name in unreadable:
        if name == "status":
            site.status = before["status"] if before else SiteStatus.OPEN
        elif name in STATE_FIELDS and name != "commune":
            setattr(site, name, "" if name == "point" else None)
    broken = _rules_broken_by(site)
    if broken and before:
        after, commune = site.state_values(), site.commune
        site.assign(before)
        site.commune = state.commune_before
        site.tolerate_known_errors()
        site.assign(after)
        site.commune = commune
        broken = _rules_broken_by(site)
    return broken


def _rules_broken_by(site: SitePage) -> Errors:
    try:
        site.clean_state()
    except ValidationError as error:
        return {("key" if name == NON_FIELD_ERRORS else name): found for name, found in error.message_dict.items()}
    return {}

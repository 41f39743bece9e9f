"""The preparatory phases of a site: a checklist with dates, kept in its history like any answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import require
from sites_registry.versioned.publishing import Publication, record_publication

from ..enums import ChangeKind
from ..models import Phase, SitePage, SitePhase
from ..rules import wrong_day


class PhaseState(models.TextChoices):
    """Where a site is in a phase."""

    NOT_STARTED = "not_started", "Non démarrée"
    UNDER_WAY = "under_way", "En cours"
    COMPLETED = "completed", "Terminée"


@dataclass(frozen=True)
class PhaseOfSite:
    """One phase of the checklist, as a site stands in it."""

    phase: Phase
    state: PhaseState
    completed_on: date | None


def checklist(site: SitePage) -> list[PhaseOfSite]:
    """Every phase, in order, with what `site` has reached (one query)."""
    row = SitePhase.objects.filter(site=site, phase=OuterRef("pk"))
    phases = Phase.objects.annotate(is_entered=Exists(row), day=Subquery(row.values("completed_on")))
    return [PhaseOfSite(phase, _state(phase.is_entered, phase.day), phase.day) for phase in phases]


def _state(is_entered: bool, completed_on: date | None) -> PhaseState:
    if not is_entered:
        return PhaseState.NOT_STARTED
    return PhaseState.COMPLETED if completed_on else PhaseState.UNDER_WAY


@transaction.atomic
def start_resorption(site: SitePage, *, by: User) -> None:
    """Enter the starting phases that the site has not entered yet."""
    started = {entry.phase.slug: (entry.state, entry.completed_on) for entry in checklist(site)}
    for phase in Phase.objects.filter(is_starting=True):
        if started[phase.slug][0] == PhaseState.NOT_STARTED:
            started[phase.slug] = (PhaseState.UNDER_WAY, None)
    set_phases(site, started, by=by)


@transaction.atomic
def set_phases(site: SitePage, states: Mapping[str, tuple[str, date | None]], *, by: User) -> bool:
    """Set the phases named by their code to (state, day of completion); return whether anything changed.

    Raises PermissionDenied without `site.manage_phases`, ValidationError (by code of phase, in French) for a closed
    site, a completed phase without its day, a day to come.
    """
    site = SitePage.objects.with_places().select_for_update(of=("self",)).get(pk=site.pk, deleted_at__isnull=True)
    require(by, Feature.SITE_MANAGE_PHASES, site)
    if not site.is_open:
        raise ValidationError("Ce site est fermé : ses phases ne changent plus.")
    _check(states)
    known = checklist(site)
    changes = [
        (entry, *states[entry.phase.slug])
        for entry in known
        if entry.phase.slug in states and states[entry.phase.slug] != (entry.state, entry.completed_on)
    ]
    for entry, state, day in changes:
        if state == PhaseState.NOT_STARTED:
            SitePhase.objects.filter(site=site, phase=entry.phase).delete()
        else:
            SitePhase.objects.update_or_create(
                site=site,
                phase=entry.phase,
                defaults={"completed_on": day},
                create_defaults={"started_by": by, "completed_on": day},
            )
    if changes:
        record_publication(site, Publication(by, ChangeKind.UPDATED, timezone.now()))
    return bool(changes)


def _check(states: Mapping[str, tuple[str, date | None]]) -> None:
    today, errors = timezone.localdate(), {}
    for slug, (state, day) in states.items():
        if state == PhaseState.COMPLETED and day is None:
            errors[slug] = "Indiquez la date à laquelle la phase s’est terminée."
        elif state != PhaseState.COMPLETED and day is not None:
            errors[slug] = "Une date de fin suppose une phase terminée."
        elif sentence := wrong_day(day, today):
            errors[slug] = sentence
    if errors:
        raise ValidationError(errors)

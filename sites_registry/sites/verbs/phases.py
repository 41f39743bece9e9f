"""The preparatory phases of a site: a checklist with dates, kept in its history like any answer."""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import require
from rbsite.base.waiting import verb
from sites_registry.versioned.clock import instant
from sites_registry.versioned.moments import wrong_day
from sites_registry.versioned.publication import Publication
from sites_registry.versioned.publishing import record_publication

from ..enums import ChangeKind
from ..models import Phase, SitePage, SitePhase, SiteVersion
from ..phases import PhaseState, checklist


@verb
def start_resorption(site: SitePage, *, by: User) -> None:
    """Enter the starting phases that the site has not entered yet."""
    started = {entry.phase.slug: (entry.state, entry.completed_on) for entry in checklist(site)}
    for phase in Phase.objects.filter(is_starting=True):
        if started[phase.slug][0] == PhaseState.NOT_STARTED:
            started[phase.slug] = (PhaseState.UNDER_WAY, None)
    set_phases(site, started, by=by)


@verb
def set_phases(site: SitePage, states: Mapping[str, tuple[str, date | None]], *, by: User) -> bool:
    """Set the phases named by their code to (state, day of completion); return whether anything changed.

    Raises PermissionDenied without `site.manage_phases`, ValidationError (by code of phase, in French) for a closed
    site, a completed phase without its day, a day to come.
    """
    site = SitePage.objects.locked(site.pk)
    require(by, Feature.SITE_MANAGE_PHASES, site)
    if not site.is_open:
        raise ValidationError("Ce site est fermé : ses phases ne changent plus.")
    now = instant(SiteVersion, [site.pk])
    _check(states, timezone.localdate(now))
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
        record_publication(site, Publication(by, ChangeKind.FOLLOWED, now, now=now, is_observed=False))
    return bool(changes)


def _check(states: Mapping[str, tuple[str, date | None]], today: date) -> None:
    errors = {}
    for slug, (state, day) in states.items():
        if state == PhaseState.COMPLETED and day is None:
            errors[slug] = "Indiquez la date à laquelle la phase s’est terminée."
        elif state != PhaseState.COMPLETED and day is not None:
            errors[slug] = "Une date de fin suppose une phase terminée."
        elif sentence := wrong_day(day, today):
            errors[slug] = sentence
    if errors:
        raise ValidationError(errors)

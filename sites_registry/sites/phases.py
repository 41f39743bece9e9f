"""The preparatory phases of a site: a checklist with dates."""

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef, Subquery

from .models import Phase, SitePage, SitePhase


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

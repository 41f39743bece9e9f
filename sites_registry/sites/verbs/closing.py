"""Closing a site, correcting what was said of it, reopening."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import require
from sites_registry.versioned.history import Record, record_states
from sites_registry.versioned.moments import moment
from sites_registry.versioned.publication import Publication
from sites_registry.versioned.publishing import apply_and_publish

from ..enums import ChangeKind, SiteStatus
from ..models import SitePage, SiteVersion
from ..rules import excess_of_solutions


@transaction.atomic
def close_site(
    site: SitePage,
    *,
    by: User,
    status: str,
    closed_at: date,
    closed_with_solutions: bool | None,
    closing_context: str = "",
    solutions: list[dict] | None = None,
) -> SitePage:
    """Close an open site on the day `closed_at`, with its cause and the orientation of households."""
    site = SitePage.objects.locked(site.pk)
    require(by, Feature.SITE_CLOSE, site)
    if not site.is_open:
        raise ValidationError("Ce site est déjà fermé.")
    if status == SiteStatus.OPEN:
        raise ValidationError({"status": "Choisissez la cause de la fermeture."})
    _refuse_excess(solutions, site)
    closing = {
        "status": status,
        "closed_at": closed_at,
        "closing_context": closing_context,
        "closed_with_solutions": closed_with_solutions,
    }
    if solutions is not None:
        closing["closing_solutions"] = solutions
    when = max(moment(closed_at), site.situation_at or moment(closed_at))
    apply_and_publish(site, closing, Publication(by, ChangeKind.CLOSED, when))
    return site


@transaction.atomic
def correct_closing(site: SitePage, *, by: User, solutions: list[dict] | None = None, **closing) -> SitePage:
    """Correct what was said of a closing: `status`, `closed_at`, `closing_context`, `closed_with_solutions`, solutions.

    Raises TypeError for any other answer: those have a verb of their own.
    """
    if others := closing.keys() - SitePage.set_apart:
        raise TypeError(f"not about a closing: {sorted(others)}")
    site = SitePage.objects.locked(site.pk)
    require(by, Feature.SITE_CORRECT, site)
    if site.is_open or closing.get("status") == SiteStatus.OPEN:
        raise ValidationError("Ce site n’est pas fermé.")
    _refuse_excess(solutions, site)
    if solutions is not None:
        closing["closing_solutions"] = solutions
    apply_and_publish(site, closing, Publication(by, ChangeKind.UPDATED, timezone.now()))
    _date_closing_again(site, by)
    return site


@transaction.atomic
def reopen_site(site: SitePage, *, by: User) -> SitePage:
    """Reopen a site that was closed by mistake or that people live in again."""
    site = SitePage.objects.locked(site.pk)
    require(by, Feature.SITE_REOPEN, site)
    if site.is_open:
        raise ValidationError("Ce site est déjà ouvert.")
    apply_and_publish(
        site, {"status": SiteStatus.OPEN, "closing_solutions": []}, Publication(by, ChangeKind.REOPENED, timezone.now())
    )
    return site


def _date_closing_again(site: SitePage, by: User) -> None:
    """Write the days between the former day of a closing and the corrected one as they were: closed, or still open.

    As in `close_site`, a site is not closed before the latest day on which somebody saw it open.
    """
    believed = list(SiteVersion.objects.of_page(site.pk).believed_now().order_by("valid"))
    opened = [version for version in believed if version.is_open]
    if not opened or site.closed_at is None:
        return
    last_open, latest = opened[-1], believed[-1]
    former, corrected = last_open.valid.upper, max(moment(site.closed_at), last_open.valid.lower)
    records = []
    if corrected > former:
        records.append(Record(site.pk, former, last_open.state_values(), last_open.children))
    if corrected != former and corrected < latest.valid.lower:
        records.append(Record(site.pk, corrected, site.state_values(), site.children_now()))
    for record in records:
        record_states(SiteVersion, [record], author=by, kind=ChangeKind.PAST)


def _refuse_excess(solutions: list[dict] | None, site: SitePage) -> None:
    for _unit, _kind, sentence in excess_of_solutions(solutions or [], site):
        raise ValidationError(sentence)

"""Closing a site, correcting what was said of it, reopening."""

from datetime import date
from functools import partial

from django.core.exceptions import ValidationError

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import require
from rbsite.base.waiting import verb
from sites_registry.versioned.clock import instant
from sites_registry.versioned.moments import moment
from sites_registry.versioned.publication import Publication
from sites_registry.versioned.publishing import apply_and_publish
from sites_registry.versioned.state import comparable

from ..closings import beneath_closing, closed_again_from, closed_from
from ..enums import ChangeKind, SiteStatus
from ..models import SitePage, SiteVersion
from ..rules import excess_of_solutions


@verb
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
    """Close an open site on the day `closed_at`, with its cause and the orientation of households.

    Whatever was recorded of later days is closed too: forms ask first, when somebody saw the site open meanwhile.
    """
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
    now = instant(SiteVersion, [site.pk])
    start = moment(closed_at, now)
    rewrite = partial(closed_from, start)
    apply_and_publish(site, closing, Publication(by, ChangeKind.CLOSED, start, now=now, rewrite=rewrite))
    return site


@verb
def correct_closing(site: SitePage, *, by: User, solutions: list[dict] | None = None, **closing) -> SitePage:
    """Correct what was said of a closing: `status`, `closed_at`, `closing_context`, `closed_with_solutions`, solutions.

    The days between the former day and the corrected one become closed, or what they would be without this closing,
    whatever was recorded in between; one event tells it, none when nothing is corrected. Raises TypeError for any other
    answer: those have a verb of their own.
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
    if all(comparable(value) == site.answer_of(name) for name, value in closing.items()):
        return site
    now = instant(SiteVersion, [site.pk])
    start = None if closing.get("closed_at", site.closed_at) == site.closed_at else moment(closing["closed_at"], now)
    rewrite = partial(closed_again_from, start, beneath_closing(site))
    apply_and_publish(site, closing, Publication(by, ChangeKind.CORRECTED, now, now=now, rewrite=rewrite))
    return site


@verb
def reopen_site(site: SitePage, *, by: User) -> SitePage:
    """Reopen a site that was closed by mistake or that people live in again."""
    site = SitePage.objects.locked(site.pk)
    require(by, Feature.SITE_REOPEN, site)
    if site.is_open:
        raise ValidationError("Ce site est déjà ouvert.")
    now = instant(SiteVersion, [site.pk])
    reopened = {"status": SiteStatus.OPEN, "closing_solutions": []}
    apply_and_publish(site, reopened, Publication(by, ChangeKind.REOPENED, now, now=now))
    return site


def _refuse_excess(solutions: list[dict] | None, site: SitePage) -> None:
    for _unit, _kind, sentence in excess_of_solutions(solutions or [], site):
        raise ValidationError(sentence)

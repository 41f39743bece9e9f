"""Declaring a site, bringing it up to date, restoring an earlier state, deleting it.

Forms, the importer and commands validate what was typed; these functions hold the rules that no door may go round.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import require
from rbsite.base.waiting import verb
from sites_registry.tree import department_page_for
from sites_registry.versioned import clock, verbs
from sites_registry.versioned.moments import moment
from sites_registry.versioned.publication import Publication

from ..enums import ChangeKind
from ..models import SitePage, SiteVersion


@verb
def declare_site(values: Mapping[str, Any], *, by: User, at: date | None = None, code: str = "") -> SitePage:
    """Create and publish the site described by `values` (fields of `SitePage`), as it was on the day `at` (today).

    With a `code`, the same declaration sent twice, even at the same moment, gives the same site.
    """
    values = dict(values)
    children = {name: values.pop(name) for name in SitePage.child_answers if name in values}
    site = SitePage(**values)
    require(by, Feature.SITE_CREATE, site)
    if code:
        _one_at_a_time(code)
        if (same := SitePage.objects.filter(slug=code).first()) is None:
            site.slug = code
        elif same.owner_id == by.pk and same.deleted_at is None:
            return same
    now = clock.now()
    site.declared_at = site.declared_at or timezone.localdate(now)
    publication = Publication(by, ChangeKind.DECLARED, moment(at, now), now=now)
    return verbs.declare(site, parent=department_page_for(site.commune), publication=publication, children=children)


def update_site(
    site: SitePage, changes: Mapping[str, Any], *, by: User, at: date | None = None, source: str = ""
) -> SitePage:
    """Apply `changes` to an open site; see `versioned.verbs.update`."""
    return verbs.update(site, changes, by=by, feature=Feature.SITE_UPDATE, at=at, source=source)


def confirm_unchanged(site: SitePage, *, by: User, at: date | None = None, source: str = "") -> SitePage:
    """« Rien n'a changé » : somebody has seen that what is known is still true."""
    return update_site(site, {}, by=by, at=at, source=source)


def record_past_state(
    site: SitePage, changes: Mapping[str, Any], *, by: User, at: datetime, source: str = ""
) -> SitePage:
    """Record that at a past moment the site was as then known, with `changes`; later states stay as they are."""
    return verbs.record_past(site, changes, by=by, feature=Feature.SITE_UPDATE, at=at, source=source)


@verb
def restore_version(site: SitePage, version: SiteVersion, *, by: User) -> SitePage:
    """Make the site again what it was in `version`, from now on; the closing and the phases stay as they are."""
    site = SitePage.objects.locked(site.pk)
    if version.status != site.status:
        raise ValidationError("Cet état ne peut pas être rétabli : le site a été fermé ou rouvert depuis.")
    return verbs.restore(site, version, by=by, feature=Feature.SITE_UPDATE if site.is_open else Feature.SITE_CORRECT)


@verb
def delete_site(site: SitePage, *, by: User) -> None:
    """Take a site away from everybody's sight; its page and its whole history stay in the database."""
    site = SitePage.objects.locked(site.pk)
    require(by, Feature.SITE_DELETE, site)
    SitePage.objects.filter(pk=site.pk).update(deleted_at=clock.now(), updated_by=by)


def _one_at_a_time(code: str) -> None:
    """Whoever declares the same site waits here until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"declare {code}"])

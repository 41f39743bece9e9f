"""What people do to a site. Each action asks the right, changes the page, and leaves one event in the history.

Forms, the importer and commands validate what was typed; these functions hold the rules that no door may go round.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import can, require
from rbsite.territories.models import Territory
from sites_registry.tree import department_page_for
from sites_registry.versioned.drafts import carry_changes_to_draft, open_draft
from sites_registry.versioned.history import Record, children_of, record_states
from sites_registry.versioned.publishing import Publication, publishing

from ..enums import ChangeKind, SiteStatus
from ..models import ClosingSolution, SitePage, SiteVersion
from ..rules import excess_of_solutions, wrong_day
from ..sections import WRITE_FEATURES


@transaction.atomic
def declare_site(values: Mapping[str, Any], *, by: User, at: date | None = None, code: str = "") -> SitePage:
    """Create and publish the site described by `values` (fields of `SitePage`), as it was on the day `at` (today).

    With a `code`, the same declaration sent twice, even at the same moment, gives the same site.
    """
    values = dict(values)
    incoming_sites = values.pop("incoming_sites", [])
    site = SitePage(**values)
    require(by, Feature.SITE_CREATE, site)
    if code:
        _one_at_a_time(code)
        if (same := SitePage.objects.filter(slug=code).first()) is None:
            site.slug = code
        elif same.owner_id == by.pk and same.deleted_at is None:
            return same
    site.owner = by
    site.declared_at = site.declared_at or timezone.localdate()
    site.prepare()
    parent = department_page_for(site.commune)
    parent.add_child(instance=site)
    site.incoming_sites.set(incoming_sites)
    _publish(site, Publication(by, ChangeKind.DECLARED, moment(at)))
    return site


@transaction.atomic
def update_site(
    site: SitePage, changes: Mapping[str, Any], *, by: User, at: date | None = None, source: str = ""
) -> SitePage:
    """Apply `changes` to the live state, and to the open draft if there is one; the situation is that of the day `at`.

    A day before the latest known state records a state of the past and leaves the page alone. Raises ValidationError
    when a rule is broken, PermissionDenied without `site.update`, both in French.
    """
    site = _locked(site)
    require(by, Feature.SITE_UPDATE, site)
    if not site.is_open:
        raise ValidationError("Ce site est fermé : rouvrez-le, ou corrigez sa fermeture.")
    for name in WRITE_FEATURES.keys() & changes.keys():
        require(by, WRITE_FEATURES[name], site)
    when = _moment_known(site, at)
    if site.situation_at is not None and when < site.situation_at:
        return record_past_state(site, changes, by=by, at=when, source=source)
    if "commune" in changes:
        _move_to_commune(site, changes["commune"], by)
    kind = ChangeKind.UPDATED if changes else ChangeKind.UNCHANGED
    _apply_and_publish(site, changes, Publication(by, kind, when, source))
    return site


def confirm_unchanged(site: SitePage, *, by: User, at: date | None = None, source: str = "") -> SitePage:
    """« Rien n'a changé » : somebody has seen that what is known is still true."""
    return update_site(site, {}, by=by, at=at, source=source)


@transaction.atomic
def record_past_state(
    site: SitePage, changes: Mapping[str, Any], *, by: User, at: datetime, source: str = ""
) -> SitePage:
    """Record that at a past moment the site was as then known, with `changes`; later states stay as they are."""
    require(by, Feature.SITE_UPDATE, site)
    if "commune" in changes:
        require(by, Feature.SITE_UPDATE, SitePage(commune=changes["commune"]))
    known = SiteVersion.objects.believed_now().filter(site=site, valid__contains=at).first()
    state = known or SiteVersion.objects.believed_now().filter(site=site).order_by("valid").first()
    past = SiteVersion(**(state or site).state_values())
    children = dict(state.children) if state else children_of(site)
    if "incoming_sites" in changes:
        children["incoming_sites"] = sorted(incoming.pk for incoming in changes["incoming_sites"])
    past.tolerate_known_errors()
    past.assign({name: value for name, value in changes.items() if name != "incoming_sites"})
    past.clean_state()
    record = Record(site.pk, at, past.state_values(), children)
    record_states([record], author=by, kind=ChangeKind.PAST, source=source)
    return site


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
    site = _locked(site)
    require(by, Feature.SITE_CLOSE, site)
    if not site.is_open:
        raise ValidationError("Ce site est déjà fermé.")
    _set_solutions(site, solutions)
    closing = {
        "status": status,
        "closed_at": closed_at,
        "closing_context": closing_context,
        "closed_with_solutions": closed_with_solutions,
    }
    when = max(moment(closed_at), site.situation_at or moment(closed_at))
    _apply_and_publish(site, closing, Publication(by, ChangeKind.CLOSED, when))
    return site


@transaction.atomic
def correct_closing(site: SitePage, *, by: User, solutions: list[dict] | None = None, **closing) -> SitePage:
    """Correct what was said of a closing (cause, date, context, solutions)."""
    site = _locked(site)
    require(by, Feature.SITE_CORRECT, site)
    if site.is_open or closing.get("status") == SiteStatus.OPEN:
        raise ValidationError("Ce site n’est pas fermé.")
    _set_solutions(site, solutions)
    _apply_and_publish(site, closing, Publication(by, ChangeKind.UPDATED, timezone.now()))
    _date_closing_again(site, by)
    return site


@transaction.atomic
def reopen_site(site: SitePage, *, by: User) -> SitePage:
    """Reopen a site that was closed by mistake or that people live in again."""
    site = _locked(site)
    require(by, Feature.SITE_REOPEN, site)
    if site.is_open:
        raise ValidationError("Ce site est déjà ouvert.")
    _set_solutions(site, [])
    _apply_and_publish(site, {"status": SiteStatus.OPEN}, Publication(by, ChangeKind.REOPENED, timezone.now()))
    return site


@transaction.atomic
def restore_version(site: SitePage, version: SiteVersion, *, by: User) -> SitePage:
    """Make the page again what it was in `version`, from now on; what happened since stays in the history."""
    site = _locked(site)
    require(by, Feature.SITE_UPDATE if site.is_open else Feature.SITE_CORRECT, site)
    if version.site_id != site.pk or version.status != site.status:
        raise ValidationError("Cet état ne peut pas être rétabli : le site a été fermé ou rouvert depuis.")
    _move_to_commune(site, version.commune, by)
    kept = {name for name, feature in WRITE_FEATURES.items() if not can(by, feature, site)}
    changes = {name: getattr(version, name) for name in _restorable_fields() if name not in kept}
    changes["incoming_sites"] = SitePage.objects.filter(pk__in=version.children.get("incoming_sites", []))
    _apply_and_publish(site, changes, Publication(by, ChangeKind.RESTORED, timezone.now()))
    return site


@transaction.atomic
def delete_site(site: SitePage, *, by: User) -> None:
    """Take a site away from everybody's sight; its page and its whole history stay in the database."""
    site = _locked(site)
    require(by, Feature.SITE_DELETE, site)
    SitePage.objects.filter(pk=site.pk).update(deleted_at=timezone.now(), updated_by=by)


def moment(day: date | None) -> datetime:
    """The moment from which a situation « au » `day` holds: now for today, else the start of that day in Paris."""
    if day is None or day == timezone.localdate():
        return timezone.now()
    if wrong := wrong_day(day, timezone.localdate()):
        raise ValidationError({"at": wrong})
    return timezone.make_aware(datetime.combine(day, time.min))


def _date_closing_again(site: SitePage, by: User) -> None:
    """Write the days between the former day of a closing and the corrected one as they were: closed, or still open.

    As in `close_site`, a site is not closed before the latest day on which somebody saw it open.
    """
    believed = list(SiteVersion.objects.believed_now().filter(site=site).order_by("valid"))
    opened = [version for version in believed if version.is_open]
    if not opened or site.closed_at is None:
        return
    last_open, latest = opened[-1], believed[-1]
    former, corrected = last_open.valid.upper, max(moment(site.closed_at), last_open.valid.lower)
    records = []
    if corrected > former:
        records.append(Record(site.pk, former, last_open.state_values(), last_open.children))
    if corrected != former and corrected < latest.valid.lower:
        records.append(Record(site.pk, corrected, site.state_values(), children_of(site)))
    for record in records:
        record_states([record], author=by, kind=ChangeKind.PAST)


def _moment_known(site: SitePage, day: date | None) -> datetime:
    """As `moment`; a past day on which a state already starts is corrected from there, as people count in days."""
    when = moment(day)
    if day is None or day == timezone.localdate():
        return when
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    believed = SiteVersion.objects.believed_now().filter(site=site, valid__startswith__range=(when, end))
    starts = [start.valid.lower for start in believed.only("valid") if start.valid.lower < end]
    return max(starts, default=when)


def _one_at_a_time(code: str) -> None:
    """Whoever declares the same site waits here until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"declare {code}"])


def _restorable_fields() -> list[str]:
    closing = {"status", "closed_at", "closing_context", "closed_with_solutions"}
    return [field.name for field in SitePage.state_fields() if field.editable and field.name not in closing]


def _locked(site: SitePage) -> SitePage:
    """The live row of the site, locked: two people who save at once are served one after the other."""
    return SitePage.objects.with_places().select_for_update(of=("self",)).get(pk=site.pk, deleted_at__isnull=True)


def _move_to_commune(site: SitePage, commune: Territory, by: User) -> None:
    """A site follows its commune: the right is asked there too, and its parent page follows its département."""
    if commune.pk == site.commune_id:
        return
    require(by, Feature.SITE_UPDATE, SitePage(commune=commune))
    parent = department_page_for(commune)
    if parent.pk != site.get_parent().pk:
        site.move(parent, pos="last-child")
        site.refresh_from_db(fields=["path", "depth", "url_path"])


def _apply_and_publish(site: SitePage, changes: Mapping[str, Any], publication: Publication) -> None:
    draft = open_draft(site)
    site.tolerate_known_errors()
    incoming_sites = changes.get("incoming_sites")
    site.assign({name: value for name, value in changes.items() if name != "incoming_sites"})
    if incoming_sites is not None:
        site.incoming_sites.set(incoming_sites)
    site.full_clean()
    _publish(site, publication)
    if draft is not None:
        carry_changes_to_draft(site, draft, changes)


def _publish(site: SitePage, publication: Publication) -> None:
    with publishing(publication):
        revision = site.save_revision(user=publication.by, clean=True)
        revision.publish(user=publication.by, skip_permission_checks=True)
    site.refresh_from_db()


def _set_solutions(site: SitePage, solutions: list[dict] | None) -> None:
    for _unit, _kind, sentence in excess_of_solutions(solutions or [], site):
        raise ValidationError(sentence)
    if solutions is not None:
        site.closing_solutions.set([ClosingSolution(**solution) for solution in solutions])

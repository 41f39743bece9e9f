"""The history of a site as people read it: day by day, who, and what changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, readable_fields
from rbsite.territories.models import Territory
from sites_registry.versioned.history import changes_between, children_of

from ..enums import ChangeKind
from ..models import Phase, SitePage, SiteVersion
from ..models.state import STATE_COLUMNS
from ..sections import SECTION_OF_FIELD
from ..verbs import restore_version
from ..wording import label_of, text_of
from .access import site_or_404

#: Events shown on the site's page; the page « Historique » shows all of them.
RECENT = 5


@dataclass(frozen=True)
class Line:
    """One answer that changed."""

    label: str
    before: str
    after: str
    section: str


@dataclass(frozen=True)
class Event:
    """One time that somebody recorded a state of the site."""

    version: SiteVersion
    title: str
    lines: list[Line]
    may_restore: bool

    @property
    def states_past(self) -> bool:
        """Whether the state is of another day than the one on which it was written."""
        start = self.version.valid.lower
        return start is not None and localdate(start) != localdate(self.version.recorded_at)


def events_of(site: SitePage, user, limit: int | None = None) -> list[Event]:
    """The events of `site` that `user` may read, the latest first; five queries at most, whatever their number."""
    versions = SiteVersion.objects.filter(site=site).events().select_related("author__organisation")
    versions = list(
        versions.only(
            "id",
            "site_id",
            "kind",
            "recorded_at",
            "valid",
            "source",
            "changes",
            "status",
            "author__first_name",
            "author__last_name",
            "author__email",
            "author__organisation__name",
            "author__organisation__abbreviation",
        )[:limit]
    )
    names = _names([version.changes for version in versions], user)
    may_update = site.is_open and can(user, Feature.SITE_UPDATE, site)
    events = []
    for position, version in enumerate(versions):
        restorable = may_update and position > 0 and version.status == site.status
        lines = lines_of(version.changes, site, user, names)
        events.append(Event(version, ChangeKind(version.kind).label, lines, restorable))
    return events


def lines_of(changes: dict[str, list], site: SitePage, user, names: dict) -> list[Line]:
    """Changed answers in French, without those that `user` may not read (a site of origin elsewhere says nothing)."""
    readable = readable_fields(user, site)
    lines = [
        Line(label_of(name), text_of(name, before, names), text_of(name, after, names), _section_title(name))
        for name, (before, after) in sorted(changes.items(), key=_reading_order)
        if name.removesuffix("_id") in readable
    ]
    return [line for line in lines if line.before != line.after]


def _reading_order(change: tuple[str, list]) -> int:
    """JSON forgets the order of its keys: questions are read in the order in which they are asked."""
    name = change[0]
    return STATE_COLUMNS.index(name) if name in STATE_COLUMNS else len(STATE_COLUMNS)


def _section_title(name: str) -> str:
    section = SECTION_OF_FIELD.get(name.removesuffix("_id"))
    return section.title if section else "Fermeture"


def _names(all_changes: Iterable[dict], user) -> dict[tuple[str, Any], str]:
    """Names of the communes, phases and readable sites that changes point to (a query each, if there are any)."""
    communes, sites = set(), set()
    for changes in all_changes:
        communes.update(pk for pk in changes.get("commune_id", []) if pk)
        for pks in changes.get("incoming_sites", []):
            sites.update(pks or [])
    names: dict[tuple[str, Any], str] = {}
    if any("phases" in changes for changes in all_changes):
        names |= {("phase", slug): name for slug, name in Phase.objects.values_list("slug", "name")}
    if communes:
        names |= {("commune", territory.pk): territory.label for territory in Territory.objects.filter(pk__in=communes)}
    if sites:
        visible = SitePage.objects.visible_to(user, Feature.SITE_READ).filter(pk__in=sites)
        names |= {("site", site.pk): str(site) for site in visible}
    return names


@require_http_methods(["GET", "HEAD"])
def site_history(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """The whole history of a site."""
    site = site_or_404(request, departement, code)
    context = {"site": site, "events": events_of(site, request.user)}
    return render(request, "sites_registry/site_history.html", context)


@require_http_methods(["GET", "POST"])
def compare_version(request: HttpRequest, departement: str, code: str, version_id: int) -> HttpResponse:
    """Compare a past state with the present one; a POST restores it."""
    site = site_or_404(request, departement, code)
    version = get_object_or_404(SiteVersion.objects.filter(site=site, is_remainder=False), pk=version_id)
    may_restore = site.is_open and version.status == site.status and can(request.user, Feature.SITE_UPDATE, site)
    if request.method == "POST":
        if not may_restore:
            raise Http404
        return _restore(request, site, version)
    before = version.state_values() | version.children
    changes = changes_between(site.state_values() | children_of(site), before, site.derived_fields)
    changes.pop("phases", None)  # dated facts of their own, which restoring a state leaves alone
    lines = lines_of(changes, site, request.user, _names([changes], request.user))
    context = {"site": site, "version": version, "lines": lines, "may_restore": may_restore}
    return render(request, "sites_registry/site_compare.html", context)


def _restore(request: HttpRequest, site: SitePage, version: SiteVersion) -> HttpResponse:
    try:
        restore_version(site, version, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(request.path)
    messages.success(request, "L’état choisi est rétabli. L’historique garde tout ce qui a été écrit depuis.")
    return redirect(site.address_on_platform)

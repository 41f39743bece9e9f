"""The history of a site, and a past state beside the present one."""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, readable_fields
from rbsite.base.page_sections import open_tab
from sites_registry.versioned.history import changes_between, children_of

from ..models import SitePage, SiteVersion
from ..reads.page import KIND
from ..reads.timeline import communes, history_of, lines_of, names_of
from ..verbs import restore_version
from .access import act, site_or_404

_RESTORED = "L’état choisi est rétabli. L’historique garde tout ce qui a été écrit depuis."


@require_safe
def site_history(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """The tab « Historique » at its own address."""
    return open_tab(KIND, "historique", request, site_or_404(request, departement, code))


def history_screen(request: HttpRequest, site: SitePage) -> HttpResponse:
    """The whole history of a site."""
    context = {"site": site, "events": history_of(site, request.user)}
    return render(request, "sites_registry/site_history.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def compare_version(request: HttpRequest, departement: str, code: str, version_id: int) -> HttpResponse:
    """Compare a past state with the present one; a POST restores it."""
    site = site_or_404(request, departement, code)
    versions = (
        SiteVersion.objects.filter(site=site).events().select_related("author__organisation", "commune__departement")
    )
    version = get_object_or_404(versions, pk=version_id)
    may_restore = site.is_open and version.status == site.status and can(request.user, Feature.SITE_UPDATE, site)
    if request.method == "POST":
        if not may_restore:
            raise Http404
        verb = partial(restore_version, site, version, by=request.user)
        return act(request, verb, _RESTORED, then=site.address_on_platform, if_refused=request.path)
    context = {"site": site, "version": version, "may_restore": may_restore}
    context["lines"] = _differences(request.user, site, version)
    return render(request, "sites_registry/site_compare.html", context)


def _differences(user, site: SitePage, version: SiteVersion) -> list:
    """The answers of `version` that are not those of today, as lines of a history."""
    before = version.state_values() | version.children
    changes = changes_between(site.state_values() | children_of(site), before, site.derived_fields)
    changes.pop("phases", None)  # dated facts of their own, which restoring a state leaves alone
    return lines_of(changes, readable_fields(user, site), names_of([changes], user, communes([site, version])))

"""The page of a site and its tabs; both are built from their registry, which rooms above fill too."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.page_sections import Section, Tab, open_tab, parts_of, sections_of

from ..models import SitePage
from ..reads import page
from ..sections import SECTION_BY_SLUG
from .access import site_or_404
from .history import history_screen

_PARTIALS = "sites_registry/partials"
_SECTIONS = (
    Section(
        key="localisation",
        order=10,
        title="Localisation",
        template=f"{_PARTIALS}/place.html",
        context=page.place,
        queries=1,
    ),
    Section(
        key="fermeture",
        order=20,
        title="Fermeture",
        template=f"{_PARTIALS}/closing.html",
        context=page.closing,
        queries=1,
    ),
    Section(
        key="caracteristiques",
        order=30,
        title="Caractéristiques",
        template=f"{_PARTIALS}/characteristics.html",
        context=page.characteristics,
        queries=1,
    ),
    Section(
        key="habitants",
        order=40,
        title="Habitants",
        template=f"{_PARTIALS}/inhabitants.html",
        context=page.inhabitants,
        queries=1,
    ),
    Section(
        key="conditions",
        order=50,
        title="Conditions de vie",
        template=f"{_PARTIALS}/conditions.html",
        context=page.conditions,
    ),
    Section(
        key="intervenants",
        order=60,
        title="Intervenants",
        template=f"{_PARTIALS}/interveners.html",
        context=page.interveners,
        queries=1,
    ),
    Section(
        key="phases",
        order=70,
        title="Phases",
        template=f"{_PARTIALS}/phases.html",
        context=page.phases,
        queries=1,
    ),
    Section(
        key="pilotage",
        order=80,
        title="Pilotage",
        template=f"{_PARTIALS}/steering.html",
        context=page.steering,
    ),
    Tab(
        key="historique",
        order=90,
        title="Historique",
        template=f"{_PARTIALS}/history.html",
        context=page.recent_history,
        words=("évènement", "évènements", "le dernier"),
        line=page.history_line,
        screen=history_screen,
    ),
)


def register_sections() -> None:
    """Put the registry's own sections on the page of a site."""
    for section in _SECTIONS:
        sections_of(page.KIND).register(section)


@require_safe
def site_detail(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """A site, for those who may read it."""
    return show_site(request, site_or_404(request, departement, code))


def site_tab(request: HttpRequest, departement: str, code: str, tab: str) -> HttpResponse:
    """A tab of a site, for those who may read both; the methods that it takes are its own business."""
    return open_tab(page.KIND, tab, request, site_or_404(request, departement, code))


def show_site(request: HttpRequest, site: SitePage, form=None, section=None) -> HttpResponse:
    """Render the page of `site`, with the quick form of one section open when there is one."""
    if not can(request.user, Feature.SITE_READ, site):
        raise Http404
    context = page.head(request.user, site) | {
        "parts": parts_of(page.KIND, request.user, site),
        "form": form,
        "open_section": section,
        "just_declared": "declare" in request.GET,
        "just_saved": SECTION_BY_SLUG.get(request.GET.get("fait", "")),
        "following": SECTION_BY_SLUG.get(request.GET.get("suite", "")),
    }
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "sites_registry/site_page.html", context, status=status)

"""The page of a site."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rbsite.accounts.contacts import contacts_of
from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.territories.locator import locator_svg

from ..completeness import completeness_of
from ..conditions import theme_report
from ..enums import Theme
from ..models import SitePage, SiteVersion
from ..phases import PhaseState, checklist
from ..rules import is_relevant
from ..sections import DWELLING_FIELDS, POPULATION_FIELDS, SECTION_BY_SLUG
from ..wording import label_of
from .access import site_or_404
from .history import RECENT, events_of

#: Columns of the population table, the present one included.
POPULATION_COLUMNS = 8
#: How far « Sites proches » looks, in kilometres, and how many it shows.
NEARBY_KM, NEARBY_SHOWN = 3, 8
_THEME_SECTIONS = {
    Theme.WATER: "eau",
    Theme.SANITARY: "toilettes",
    Theme.ELECTRICITY: "electricite",
    Theme.TRASH: "dechets",
    Theme.PEST: "securite",
    Theme.FIRE: "securite",
}


@require_safe
def site_detail(request: HttpRequest, departement: str, code: str) -> HttpResponse:
    """A site, for those who may read it."""
    return show_site(request, site_or_404(request, departement, code))


def show_site(request: HttpRequest, site: SitePage, form=None, section=None) -> HttpResponse:
    """Render the page of `site`, with the quick form of one section open when there is one."""
    if not can(request.user, Feature.SITE_READ, site):
        raise Http404
    context = site_context(request.user, site) | {
        "form": form,
        "open_section": section,
        "just_declared": "declare" in request.GET,
        "following": SECTION_BY_SLUG.get(request.GET.get("suite", "")),
    }
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "sites_registry/site_page.html", context, status=status)


def site_context(user, site: SitePage) -> dict:
    """Everything that the page of a site shows to `user`."""
    values = {field.name: getattr(site, field.name) for field in site.state_fields() if field.name != "commune"}
    may_update = site.is_open and can(user, Feature.SITE_UPDATE, site)
    asks_reinstallation = is_relevant("reinstallation_comments", values)
    origins = site.incoming_sites.all() if asks_reinstallation else []
    reads_access_notes = can(user, Feature.SITE_READ_ACCESS_NOTES, site)
    return {
        "site": site,
        "page": site,
        "reports": [
            {"report": theme_report(theme, values), "section": _THEME_SECTIONS[theme], "details": _details(site, theme)}
            for theme in Theme
        ],
        "population": population_table(site),
        "incoming_sites": SitePage.objects.visible_to(user).filter(pk__in=[origin.pk for origin in origins]),
        "asks_reinstallation": asks_reinstallation,
        "completeness": completeness_of(site),
        "events": events_of(site, user, limit=RECENT),
        "locator": _locator(site),
        "sections": SECTION_BY_SLUG,
        "may_update": may_update,
        "may_edit": site.permissions_for_user(user).can_edit() and user.has_perm("wagtailadmin.access_admin"),
        "may_close": site.is_open and can(user, Feature.SITE_CLOSE, site),
        "may_correct": not site.is_open and can(user, Feature.SITE_CORRECT, site),
        "may_set_objective": site.is_open and can(user, Feature.SITE_SET_OBJECTIVE, site),
        "may_export": can(user, Feature.SITE_EXPORT, site),
        "may_delete": can(user, Feature.SITE_DELETE, site),
        "may_reopen": not site.is_open and can(user, Feature.SITE_REOPEN, site),
        "reads_access_notes": reads_access_notes,
        "solutions": site.closing_solutions.all() if not site.is_open else [],
        **_people_of(user, site),
        **_around(user, site),
    }


def _people_of(user, site: SitePage) -> dict:
    """Who works on the site, whom to write to about it, and what the reader may do among them."""
    interventions = list(site.interventions.current().select_related("user__organisation").order_by("since"))
    return {
        "interventions": interventions,
        "i_intervene": any(intervention.user_id == user.pk for intervention in interventions),
        "may_intervene": site.is_open and can(user, Feature.SITE_INTERVENE, site),
        "contacts": contacts_of(site.commune.lineage),
    }


def _around(user, site: SitePage) -> dict:
    """The phases of the site, and the open sites near it that the reader may read, the nearest first."""
    may_manage = site.is_open and can(user, Feature.SITE_MANAGE_PHASES, site)
    phases = checklist(site)
    nearby = []
    if site.latitude is not None and not site.is_approximate:
        readable = SitePage.objects.visible_to(user, Feature.SITE_READ).open().exclude(pk=site.pk).with_places()
        nearby = list(readable.near(site.latitude, site.longitude, NEARBY_KM)[:NEARBY_SHOWN])
    return {
        "phases": phases if any(entry.state != PhaseState.NOT_STARTED for entry in phases) else [],
        "may_manage_phases": may_manage,
        "nearby": nearby,
        "nearby_km": NEARBY_KM,
    }


def population_table(site: SitePage) -> dict:
    """Population and dwellings through time: present figures, then each past state in which one of them changed."""
    names = (*POPULATION_FIELDS, *DWELLING_FIELDS)
    versions = SiteVersion.objects.believed_now().filter(site=site).order_by("-valid").only("valid", *names)
    columns: list[dict] = []
    for version in versions:
        figures = {name: getattr(version, name) for name in names}
        if columns and columns[-1]["figures"] == figures:
            columns[-1]["since"] = version.valid.lower
        else:
            columns.append({"since": version.valid.lower, "figures": figures})
    columns = columns[:POPULATION_COLUMNS]
    shown = [name for name in names if any(column["figures"][name] is not None for column in columns)]
    rows = [(label_of(name), name, [column["figures"][name] for column in columns]) for name in shown]
    return {"columns": columns, "rows": rows}


def _details(site: SitePage, theme: Theme) -> list[tuple[str, str]]:
    """Free texts and sets that complete a theme's report."""
    texts = {
        Theme.WATER: (
            "water_access_type_details",
            "water_access_is_continuous_details",
            "water_access_is_unequal_details",
            "water_access_comments",
        ),
        Theme.PEST: ("pest_animals_details",),
    }
    details = [(label_of(name), getattr(site, name)) for name in texts.get(theme, ()) if getattr(site, name)]
    sets = {Theme.SANITARY: "sanitary_toilet_types", Theme.ELECTRICITY: "electricity_access_types"}
    if (name := sets.get(theme)) and getattr(site, name):
        labels = dict(SitePage._meta.get_field(name).base_field.choices)
        details.append((label_of(name), ", ".join(labels[key] for key in getattr(site, name))))
    return details


def _locator(site: SitePage) -> str:
    if site.latitude is None:
        return ""
    return locator_svg(site.latitude, site.longitude, site.commune.departement_code, approximate=site.is_approximate)

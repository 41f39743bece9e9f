"""The page of a site: what its head and each of its sections show to a reader."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from rbsite.accounts.contacts import people_about
from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, readable_fields
from rbsite.base.page_sections import Line
from rbsite.territories.locator import locator_svg
from sites_registry.versioned.wording import is_free_text

from ..closings import durable_share
from ..completeness import completeness_of
from ..conditions import theme_report
from ..enums import Theme
from ..models import Intervention, SitePage, SiteVersion
from ..phases import PhaseOfSite, PhaseState, checklist
from ..rules import is_relevant
from ..sections import DWELLING_FIELDS, POPULATION_FIELDS, SECTION_BY_SLUG, fields_of_theme, section_of_theme
from ..wording import label_of, text_of
from .timeline import Event, Names, communes, events_of, sites_named, versions_of

#: The kind of page that rooms name to add a section or a tab to the page of a site.
KIND = "site"
#: Events shown on the page; the tab « Historique » shows all of them.
RECENT = 5
#: Columns of the population table, the present one included.
POPULATION_COLUMNS = 8
#: How far « Sites proches » looks, in kilometres, and how many it shows.
NEARBY_KM, NEARBY_SHOWN = 3, 8
_FIGURES = (*POPULATION_FIELDS, *DWELLING_FIELDS)


class Reading:
    """What several sections of one page need: read once, and only when one of them asks for it."""

    def __init__(self, user, site: SitePage):
        self.user, self.site = user, site

    @cached_property
    def values(self) -> dict[str, Any]:
        """The answers of the site."""
        fields = self.site.state_fields()
        return {field.name: getattr(self.site, field.name) for field in fields if field.name != "commune"}

    @cached_property
    def asks_reinstallation(self) -> bool:
        """Whether the question of the sites of origin applies."""
        return is_relevant("incoming_sites", self.values)

    @cached_property
    def versions(self) -> list[SiteVersion]:
        """Every version of the site, the latest written first (one query)."""
        return list(versions_of(self.site, *_FIGURES))

    @property
    def written(self) -> list[SiteVersion]:
        """The versions that somebody wrote: one for each event."""
        return [version for version in self.versions if not version.is_remainder]

    @cached_property
    def phases(self) -> list[PhaseOfSite]:
        """The checklist of phases (one query)."""
        return checklist(self.site)

    @cached_property
    def sites(self) -> list[SitePage]:
        """Sites of origin, those where people went, those that recent events name: the readable ones (one query)."""
        named = sites_named(version.changes for version in self.written[:RECENT])
        origins = _origins_of(self.site) if self.asks_reinstallation else []
        is_origin = Case(When(pk__in=origins, then=Value(True)), default=Value(False))
        went_there = Exists(
            SitePage.incoming_sites.through.objects.filter(from_sitepage=OuterRef("pk"), to_sitepage=self.site.pk)
        )
        visible = SitePage.objects.visible_to(self.user, Feature.SITE_READ).with_places()
        visible = visible.annotate(is_origin=is_origin, is_destination=went_there)
        return list(visible.filter(Q(pk__in=_either(origins, named)) | Q(is_destination=True)).order_by("pk"))

    @cached_property
    def events(self) -> list[Event]:
        """The most recent events (no query of their own: their names are among what other sections read)."""
        return events_of(self.site, self.user, self.written[:RECENT], self._names())

    def _names(self) -> Names:
        names = dict(communes(self.versions))
        names |= {("site", site.pk): site.usual_name for site in self.sites}
        if any("phases" in version.changes for version in self.written[:RECENT]):
            names |= {("phase", entry.phase.slug): entry.phase.name for entry in self.phases}
        return names


def _origins_of(site: SitePage) -> Any:
    """The keys of the sites of origin: a sub-query; those that a draft holds itself, which the database ignores."""
    origins = site.incoming_sites.all()
    return origins.values("pk") if isinstance(origins, QuerySet) else [origin.pk for origin in origins]


def _either(origins: Any, named: set[int]) -> Any:
    """Both lists of keys as one, or as one sub-query."""
    if not named:
        return origins
    if isinstance(origins, QuerySet):
        return origins.union(SitePage.objects.filter(pk__in=named).values("pk"))
    return named.union(origins)


def reading_of(user, site: SitePage) -> Reading:
    """The reading of `site` by `user`; kept on the instance, hence for one request."""
    reading = site.__dict__.get("_reading")
    if reading is None or reading.user != user:
        reading = site.__dict__["_reading"] = Reading(user, site)
    return reading


def head(user, site: SitePage) -> dict[str, Any]:
    """What stands above the sections, and what all of them may use: no query."""
    is_open = site.is_open
    may_update = is_open and can(user, Feature.SITE_UPDATE, site)
    return {
        "site": site,
        "page": site,
        "sections": SECTION_BY_SLUG,
        "completeness": completeness_of(site),
        "may_update": may_update,
        "may_edit": site.permissions_for_user(user).can_edit() and user.has_perm("wagtailadmin.access_admin"),
        "may_close": is_open and can(user, Feature.SITE_CLOSE, site),
        "may_correct": not is_open and can(user, Feature.SITE_CORRECT, site),
        "may_set_objective": is_open and can(user, Feature.SITE_SET_OBJECTIVE, site),
        "may_export": can(user, Feature.SITE_EXPORT, site),
        "may_delete": can(user, Feature.SITE_DELETE, site),
        "may_reopen": not is_open and can(user, Feature.SITE_REOPEN, site),
    }


def place(user, site: SitePage) -> dict[str, Any]:
    """Where the site is, and the open sites near it that the reader may read, the nearest first (one query)."""
    nearby = []
    if site.latitude is not None and not site.is_approximate:
        readable = SitePage.objects.visible_to(user, Feature.SITE_READ).open().exclude(pk=site.pk).with_places()
        nearby = list(readable.near(site.latitude, site.longitude, NEARBY_KM)[:NEARBY_SHOWN])
    return {
        "locator": _locator(site),
        "reads_access_notes": "access_notes" in readable_fields(user, site),
        "nearby": nearby,
        "nearby_km": NEARBY_KM,
    }


def _locator(site: SitePage) -> str:
    if site.latitude is None:
        return ""
    return locator_svg(site.latitude, site.longitude, site.commune.departement_code, approximate=site.is_approximate)


def closing(user, site: SitePage) -> dict[str, Any] | None:
    """How a closed site closed (one query)."""
    if site.is_open:
        return None
    solutions = list(site.closing_solutions.all())
    people = {solution.kind: solution.people for solution in solutions}
    return {"solutions": solutions, "durable_share": durable_share(people, site.population_total)}


def characteristics(user, site: SitePage) -> dict[str, Any]:
    """What the site is; the sites that its people came from, or went to, that the reader may read (one query)."""
    reading = reading_of(user, site)
    asks = reading.asks_reinstallation
    origins = [origin for origin in reading.sites if origin.is_origin] if asks else []
    outgoing = [found for found in reading.sites if found.is_destination]
    return {"asks_reinstallation": asks, "incoming_sites": origins, "outgoing_sites": outgoing}


def inhabitants(user, site: SitePage) -> dict[str, Any]:
    """Who lives there, now and before (one query)."""
    readable = readable_fields(user, site)
    names = [name for name in _FIGURES if name in readable]
    return {"population": population_table(reading_of(user, site).versions, names)}


def population_table(versions: list[SiteVersion], names: Sequence[str]) -> dict[str, Any]:
    """The figures `names` through time: present ones, then each past state in which one of them changed."""
    columns: list[dict[str, Any]] = []
    for version in sorted((version for version in versions if version.recorded.upper_inf), key=_start, reverse=True):
        figures = {name: getattr(version, name) for name in names}
        if columns and columns[-1]["figures"] == figures:
            columns[-1]["since"] = version.valid.lower
        else:
            columns.append({"since": version.valid.lower, "figures": figures})
    columns = columns[:POPULATION_COLUMNS]
    shown = [name for name in names if any(column["figures"][name] is not None for column in columns)]
    rows = [(label_of(name), name, [column["figures"][name] for column in columns]) for name in shown]
    return {"columns": columns, "rows": rows}


def _start(version: SiteVersion) -> tuple:
    """When a state begins; a state that has always been comes before all others."""
    return (version.valid.lower is not None, version.valid.lower)


def conditions(user, site: SitePage) -> dict[str, Any]:
    """The six themes of living conditions."""
    values = reading_of(user, site).values
    return {
        "reports": [
            {
                "report": theme_report(theme, values),
                "section": section_of_theme(theme),
                "details": _details(user, site, theme),
            }
            for theme in Theme
        ]
    }


def _details(user, site: SitePage, theme: Theme) -> list[tuple[str, str]]:
    """The answers of a theme that complete its report: those in free words, and those of several choices."""
    values = reading_of(user, site).values
    asked = [name for name in fields_of_theme(theme) if name in readable_fields(user, site)]
    return [(label_of(name), text_of(name, values[name])) for name in asked if _completes(name, values)]


def _completes(name: str, values: Mapping[str, Any]) -> bool:
    """Whether an answer is shown: free words once written, several choices as soon as they are asked."""
    field = SitePage._meta.get_field(name)
    if isinstance(field, ArrayField):
        return is_relevant(name, values)
    return is_free_text(field) and bool(values[name])


def interveners(user, site: SitePage) -> dict[str, Any]:
    """Who works on the site, the first come first, and whom to write to about it (one query)."""
    since = Intervention.objects.filter(site=site, user=OuterRef("pk")).values("since")
    works = Q(pk__in=Intervention.objects.filter(site=site).values("user"))
    people = list(people_about(site.commune.lineage, works).annotate(since=Subquery(since)))
    working = sorted((person for person in people if person.since), key=attrgetter("since"))
    return {
        "interveners": working,
        "i_intervene": user in working,
        "may_intervene": site.is_open and can(user, Feature.SITE_INTERVENE, site),
        "contacts": [person for person in people if person.is_contact],
    }


def phases(user, site: SitePage) -> dict[str, Any] | None:
    """The checklist of phases once one is entered, or the way to start (one query); else nothing."""
    may_manage = site.is_open and can(user, Feature.SITE_MANAGE_PHASES, site)
    entries = reading_of(user, site).phases
    is_started = any(entry.state != PhaseState.NOT_STARTED for entry in entries)
    if not is_started and not may_manage:
        return None
    return {"phases": entries if is_started else [], "may_manage_phases": may_manage}


def steering(user, site: SitePage) -> dict[str, Any]:
    """Objective, alert and what is missing: all of it is in the head."""
    return {}


def recent_history(user, site: SitePage) -> dict[str, Any]:
    """The last events of the site (no query of its own)."""
    return {"events": reading_of(user, site).events}


def history_line(user, site: SitePage) -> Line:
    """How many events there are, and when the last one was written (no query of its own)."""
    written = reading_of(user, site).written
    return Line(len(written), written[0].recorded_at if written else None)

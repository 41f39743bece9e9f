"""The history of a site as people read it: day by day, who, and what changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.timezone import localdate

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, readable_fields
from rbsite.territories.models import Territory
from sites_registry.versioned.versions import VersionQuerySet
from sites_registry.versioned.wording import NOT_SAID, UNKNOWN

from ..enums import ChangeKind
from ..models import Phase, SitePage, SiteVersion
from ..models.state import STATE_COLUMNS, SiteState
from ..rules import RELEVANT_WHEN
from ..sections import SECTION_OF_FIELD
from ..wording import label_of, text_of

#: Said of a question that did not apply; « Ne sait pas » would be an answer that nobody gave.
NOT_ASKED = "Sans objet"
#: Names of the objects that values point to: (« commune », id), (« phase », code), (« site », id).
Names = Mapping[tuple[str, Any], str]

_EVENT = ("site_id", "kind", "recorded_at", "recorded", "valid", "is_remainder", "source", "changes", "status")
_AUTHOR = ("first_name", "last_name", "email", "organisation__name", "organisation__abbreviation")
_COMMUNE = ("kind", "name", "departement__code")


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


def versions_of(site: SitePage, *names: str) -> VersionQuerySet:
    """The versions of `site`, the latest written first, with their author, their commune and the columns `names`."""
    versions = SiteVersion.objects.filter(site=site).select_related("author__organisation", "commune__departement")
    authors = (f"author__{name}" for name in _AUTHOR)
    communes = (f"commune__{name}" for name in _COMMUNE)
    return versions.only(*_EVENT, *authors, *communes, *names).order_by("-recorded_at", "-pk")


def history_of(site: SitePage, user) -> list[Event]:
    """All the events of `site` that `user` may read, the latest first; three queries at most, whatever their number."""
    versions = list(versions_of(site).filter(is_remainder=False))
    return events_of(
        site, user, versions, names_of((version.changes for version in versions), user, communes(versions))
    )


def events_of(site: SitePage, user, versions: Sequence[SiteVersion], names: Names) -> list[Event]:
    """The events that `versions` are, given from the very latest on; no query."""
    readable = readable_fields(user, site)
    may_update = site.is_open and can(user, Feature.SITE_UPDATE, site)
    return [
        Event(
            version,
            ChangeKind(version.kind).label,
            lines_of(version.changes, readable, names),
            may_restore=may_update and position > 0 and version.status == site.status,
        )
        for position, version in enumerate(versions)
    ]


def lines_of(changes: Mapping[str, list], readable: Collection[str], names: Names) -> list[Line]:
    """Changed answers in French, those of `readable` alone (a site of origin that has no name here says nothing)."""
    lines = [
        Line(label_of(name), _told(name, changes, 0, names), _told(name, changes, 1, names), _section_title(name))
        for name in sorted(changes, key=_reading_order)
        if name.removesuffix("_id") in readable
    ]
    return [line for line in lines if line.before != line.after]


def communes(states: Iterable[SiteState]) -> Names:
    """The names of the communes where the site is, or was said to be."""
    return {("commune", state.commune_id): state.commune.label for state in states}


def sites_named(all_changes: Iterable[Mapping[str, list]]) -> set[int]:
    """The keys of the sites of origin that were added or taken away."""
    return {pk for changes in all_changes for pks in changes.get("incoming_sites", ()) for pk in pks or ()}


def names_of(all_changes: Iterable[Mapping[str, list]], user, known: Names) -> Names:
    """Names of the communes, phases and readable sites that changes point to: a query for each sort not all `known`."""
    all_changes = list(all_changes)
    names = dict(known)
    if any("phases" in changes for changes in all_changes):
        names |= {("phase", slug): name for slug, name in Phase.objects.values_list("slug", "name")}
    towns = {pk for changes in all_changes for pk in changes.get("commune_id", ()) if ("commune", pk) not in known}
    if towns:
        territories = Territory.objects.filter(pk__in=towns).select_related("departement")
        names |= {("commune", territory.pk): territory.label for territory in territories}
    if sites := sites_named(all_changes):
        visible = SitePage.objects.visible_to(user, Feature.SITE_READ).filter(pk__in=sites)
        names |= {("site", site.pk): site.usual_name for site in visible}
    return names


def _told(name: str, changes: Mapping[str, list], side: int, names: Names) -> str:
    """An answer before (0) or after (1) in French; « Sans objet » where another answer did not let it be asked.

    An answer that changed applied on one side at least: when what it depends on did not change, it applied on both.
    """
    words, condition = text_of(name, changes[name][side], names), RELEVANT_WHEN.get(name)
    if words not in (UNKNOWN, NOT_SAID) or condition is None or condition.field not in changes:
        return words
    other = changes[condition.field][side]
    is_answered = other not in (None, "", [])
    return NOT_ASKED if is_answered and not condition.holds({condition.field: other}) else words


def _reading_order(name: str) -> int:
    """JSON forgets the order of its keys: questions are read in the order in which they are asked."""
    return STATE_COLUMNS.index(name) if name in STATE_COLUMNS else len(STATE_COLUMNS)


def _section_title(name: str) -> str:
    section = SECTION_OF_FIELD.get(name.removesuffix("_id"))
    return section.title if section else "Fermeture"

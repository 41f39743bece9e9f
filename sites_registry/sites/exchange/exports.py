"""The rows that a person may export, and the file made of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, scope_q
from rbsite.base.report_sections import Table, extra_sheets
from rbsite.spreadsheets.columns import Columns
from rbsite.spreadsheets.values import Cell
from rbsite.spreadsheets.writers import WRITERS, write_xlsx

from ..models import ClosingSolution, SitePage, SiteVersion
from ..models.state import STATE_FIELDS
from ..reads.filters import ADDED_FILTERS, SiteFilter, sorted_sites
from .columns import EXPORT_COLUMNS, PARTS, SITE_COLUMNS, ExportColumn, exported_columns, is_in
from .lookups import origins_of

_POSITION = {"point", "latitude", "longitude", "is_approximate"}
#: Rows read from the database at a time.
_CHUNK = 500
_PLACE = ("code", "name", "departement__code", "departement__name", "region__name", "epci__name")
_TAB_WORDS = {
    "ouverts": "existants",
    "resorption": "en-cours-de-resorption",
    "fermes": "fermes",
    "mes-sites": "mes-sites",
}
#: Filters that speak of the page as it is today: they have no meaning on a past state.
_PRESENT_ONLY = ("onglet", "q", "actualisation", "tri", "page", "intervenants", "suivi")
#: Those among them that choose sites by what is known today, whatever the day of the state.
_CHOOSING_TODAY = ("q", "intervenants", "suivi")


_SEEN = SiteVersion.objects.believed_now().filter(site=OuterRef("site"), is_observed=True)
#: Of a state of the past: when somebody had last seen the site; what is only decided, or taken back, is no sighting.
_SEEN_LAST = Subquery(
    _SEEN.filter(valid__startswith__lte=OuterRef("valid__startswith"))
    .order_by("-valid")
    .values("valid__startswith")[:1]
)


@dataclass
class SiteExport:
    """An export asked by a person: filters of the list, parts, and the day whose state is wanted (today when None)."""

    user: Any
    params: QueryDict
    parts: frozenset[str] = field(default_factory=lambda: default_parts())
    as_of: date | None = None

    def __post_init__(self) -> None:
        if not can(self.user, Feature.SITE_EXPORT):
            raise PermissionDenied("Vous n’avez pas le droit d’exporter les sites.")
        if self.as_of is not None and self.as_of > timezone.localdate():
            raise ValidationError("La date ne peut pas être dans le futur.")
        if self.as_of == timezone.localdate():
            self.as_of = None
        if self.as_of is not None and not can(self.user, Feature.HISTORY_EXPORT):
            raise PermissionDenied("Vous n’avez pas le droit d’exporter l’état passé des sites.")

    @property
    def columns(self) -> Columns:
        """What the person may read in the parts that they want, and what rooms above add to them."""
        own = [column for column in exported_columns(self.parts) if column.name not in self._unreadable()]
        return SITE_COLUMNS.only((*own, *(entry.column for entry in self._added())))

    @property
    def file_stem(self) -> str:
        """« 2026-11-23-sites-existants-resorption-bidonvilles »."""
        tab = _TAB_WORDS.get(self.params.get("onglet", ""), "tous")
        return f"{self.as_of or timezone.localdate():%Y-%m-%d}-sites-{tab}-resorption-bidonvilles"

    def count(self) -> int:
        """Number of sites in the export."""
        return self._queryset().order_by().count()

    def write(self, file_format: str, output: IO[bytes]) -> int:
        """Write the file; return the number of sites. Raises ValidationError for what the format cannot hold."""
        if file_format == "geojson" and "gps" not in self.parts:
            raise ValidationError("Une carte a besoin des positions : cochez « Coordonnées GPS ».")
        if file_format == "xlsx":
            return write_xlsx(self.columns, self.rows(), output, self._more_sheets())
        return WRITERS[file_format](self.columns, self.rows(), output)

    def _more_sheets(self) -> list[Table]:
        """What rooms above tell of the same sites, as they are today; nothing beside a state of the past."""
        return extra_sheets(self.user, self._present_sites(self.params)) if self.as_of is None else []

    def rows(self) -> Iterator[dict[str, Any]]:
        """The sites, as the columns read them; sensitive values that may not be exported are not even read."""
        queryset = self._queryset()
        origins, solutions = self._children(queryset)
        readable_keys = self._readable_keys(origins)
        added, restricted = self._added_cells(queryset), self._restricted()
        names = [*self._values(), *map(_readable, restricted)]
        for row in queryset.values(*names).iterator(chunk_size=_CHUNK):
            site = row["site_key"]
            row["incoming_sites"] = [readable_keys[pk] for pk in origins.get(site, ()) if pk in readable_keys]
            row["solutions"] = solutions.get(site, {})
            path = reverse("sites:detail", args=[row["commune__departement__code"] or "0", row["slug"]])
            row["page"] = f"{settings.BASE_URL}{path}"
            row |= {name: row[_readable(name)] for name in restricted}
            row |= {key: cells.get(site) for key, cells in added.items()}
            yield row

    # --- what is read

    def _queryset(self) -> QuerySet:
        if self.as_of is None:
            return self._annotated(sorted_sites(self._present_sites(self.params), self.params.get("tri", "")), "")
        return self._annotated(self._past_states(), "site__")

    def _present_sites(self, params: QueryDict) -> QuerySet:
        sites = SitePage.objects.visible_to(self.user, Feature.SITE_READ).visible_to(self.user, Feature.SITE_EXPORT)
        return SiteFilter.forgiving(params, sites, self.user).qs

    def _past_states(self) -> QuerySet:
        """The states of the end of the day; the filters are about what the sites were then."""
        moment = timezone.make_aware(datetime.combine(self.as_of or timezone.localdate(), time.max))
        present = QueryDict(mutable=True)
        past = self.params.copy()
        for name in _PRESENT_ONLY:
            past.pop(name, None)
        for name in (*_CHOOSING_TODAY, *(entry.key for entry in ADDED_FILTERS)):
            present.setlist(name, self.params.getlist(name))
        tab = self.params.get("onglet")
        if tab in ("resorption", "mes-sites"):
            present["onglet"] = tab
        sites = self._present_sites(present).order_by().values("pk")
        states = SiteVersion.objects.as_of(moment).visible_to(self.user, Feature.HISTORY_EXPORT).filter(site__in=sites)
        states = SiteFilter.forgiving(past, states).qs
        if tab in ("ouverts", "resorption"):
            states = states.filter(status="open")
        elif tab == "fermes":
            states = states.exclude(status="open")
        return states.order_by("commune__name", "address", "site_id")

    def _annotated(self, queryset: QuerySet, site: str) -> QuerySet:
        """The same names for the page and for its past states."""
        queryset = queryset.annotate(site_key=F("site_id" if site else "pk"))
        for name in self._restricted():
            where = scope_q(self.user, SitePage.read_features[name], SitePage.standing.seen_from(site))
            queryset = queryset.annotate(**{_readable(name): _only_where(name, where)})
        if site:
            queryset = queryset.annotate(
                slug=F("site__slug"), external_id=F("site__external_id"), situation_at=_SEEN_LAST
            )
        return queryset

    def _values(self) -> list[str]:
        names = {"site_key", "slug", "external_id", "situation_at"}
        names |= {f"commune__{name}" for name in _PLACE}
        names |= set(STATE_FIELDS) - {"commune", *_POSITION, *SitePage.read_features}
        return sorted(names | (_POSITION if "gps" in self.parts else set()))

    def _unreadable(self) -> set[str]:
        """The answers that the person may read nowhere."""
        return {name for name, feature in SitePage.read_features.items() if not can(self.user, feature)}

    def _restricted(self) -> list[str]:
        """The wanted answers that take a right of their own, which is asked for each site."""
        wanted = {column.name for column in self.columns}
        return [name for name in SitePage.read_features if name in wanted]

    def _added(self) -> list[ExportColumn]:
        """The columns of rooms above that the person may see; they say what is so today."""
        entries = EXPORT_COLUMNS.open_to(self.user) if self.as_of is None else []
        return [entry for entry in entries if is_in(entry.part, self.parts)]

    def _added_cells(self, queryset: QuerySet) -> dict[str, Mapping[int, Cell]]:
        """Key of an added column -> its cells by site, loaded once."""
        return {entry.key: entry.values(self.user, queryset.order_by().values("pk")) for entry in self._added()}

    def _children(self, queryset: QuerySet) -> tuple[dict[int, list[int]], dict[int, dict[str, Mapping]]]:
        """Sites of origin and closing solutions, by site; from the versions for a past day."""
        if self.as_of is not None:
            rows = list(queryset.order_by().values_list("site_id", "children"))
            origins = {site: children.get("incoming_sites", []) for site, children in rows}
            solutions = {site: _by_kind(children.get("closing_solutions", [])) for site, children in rows}
            return origins, solutions
        sites = queryset.order_by().values("pk")
        found: dict[int, list[Mapping]] = defaultdict(list)
        for row in ClosingSolution.objects.filter(site__in=sites).values(
            "site_id", "kind", "people", "households", "message"
        ):
            found[row["site_id"]].append(row)
        return origins_of(sites), {site: _by_kind(rows) for site, rows in found.items()}

    def _readable_keys(self, origins: Mapping[int, Iterable[int]]) -> dict[int, str]:
        """Keys of the sites of origin that the person may read; their code where two share an identifier."""
        wanted = {pk for pks in origins.values() for pk in pks}
        readable = SitePage.objects.visible_to(self.user, Feature.SITE_READ).filter(pk__in=wanted).order_by()
        rows = list(readable.values_list("pk", "slug", "external_id"))
        uses = Counter(external_id for _pk, _slug, external_id in rows)
        return {pk: external_id if uses[external_id] == 1 and external_id else slug for pk, slug, external_id in rows}


def _readable(name: str) -> str:
    """The name under which an answer is read where the person may read it."""
    return f"readable_{name}"


def _only_where(name: str, readable: Q) -> Case:
    """An answer of the sites on which the person may read it, nothing elsewhere."""
    return Case(When(readable, then=F(name)), default=Value(None), output_field=SitePage._meta.get_field(name))


def _by_kind(rows: Iterable[Mapping]) -> dict[str, Mapping]:
    return {row["kind"]: row for row in rows}


def default_parts() -> frozenset[str]:
    """The parts that are ticked at first: neither positions nor access notes."""
    return frozenset(part.key for part in PARTS.values() if part.always or part.ticked)

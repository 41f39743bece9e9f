"""The import of sites as a resource of django-import-export, whose rows are written by the bulk path."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export import resources
from import_export.instance_loaders import BaseInstanceLoader

from rbsite.spreadsheets import values
from rbsite.territories.models import Territory

from ..models import SitePage
from ..models.state import DERIVED_FIELDS, STATE_COLUMNS, STATE_FIELDS
from ..rules import RELEVANT_WHEN
from ..wording import label_of, text_of
from . import bulk
from .checks import UNKNOWN_SITE, Checks, RowState
from .columns import COLUMN_BY_NAME, Column
from .decisions import Decisions
from .fields import CommuneField, KeyField, PointField, SiteField
from .lookups import Communes, KnownSites, Origins, commune_said, names_a_commune
from .report import SHOWN, Change, Remark, Report

_COMPARED = [name for name in STATE_COLUMNS if name not in DERIVED_FIELDS and name != "is_approximate"]
_MAX_KEY = 80
#: What partners write for a site that stands at no address.
NO_ADDRESS = "Pas d’adresse précise"
#: Columns that are read together with another one, or by the loader.
_READ_TOGETHER = {"key", "citycode", "commune", "departement", "postcode", "latitude", "longitude", "position"}
_ATTRIBUTES = {"situation_at": "imported_day", "incoming_sites": "imported_origins"}


class SiteLoader(BaseInstanceLoader):
    """Finds the site of a row among those that the resource has loaded."""

    def get_instance(self, row: Mapping[str, Any]) -> SitePage | None:
        return self.resource.site_of(row)


class SiteResource(resources.Resource):
    """Imports sites for one person; the report of the run is `report`."""

    class Meta:
        use_bulk = True
        batch_size = None
        skip_diff = True
        report_skipped = True
        use_transactions = True
        instance_loader_class = SiteLoader
        import_id_fields = ("key",)

    def __init__(
        self,
        user: Any,
        columns: Iterable[Column],
        *,
        numbers: list[int],
        known: KnownSites,
        communes: Communes,
        origins: Origins,
        repeated: Mapping[str, list[int]],
        refused: Mapping[int, Mapping[str, str]],
        decisions: Decisions,
        now: datetime,
    ):
        super().__init__()
        self.user, self.numbers, self.now = user, numbers, now
        self.known, self.communes, self.origins = known, communes, origins
        #: Code or key -> the rows that share it; row -> what is wrong with it before it is even read, by column.
        self.repeated, self.refused = repeated, refused
        self.report = Report()
        self.checks = Checks(user, known, now)
        self.pending: list[RowState] = []
        self.state: RowState
        self.fields = _fields([column.name for column in columns], communes)
        self._in_order = list(self.fields.values())
        if "point" in self.fields:
            self.fields["point"].swap = decisions.swap
        self._kind_of_new = decisions.site_type
        self._conditional = [name for name in self.fields if name in RELEVANT_WHEN and name in STATE_FIELDS]

    @property
    def swapped(self) -> int:
        """Rows whose latitude and longitude wait to be put back in order."""
        return self.fields["point"].swapped if "point" in self.fields else 0

    # --- what django-import-export asks, row by row

    def get_import_fields(self) -> list[SiteField]:
        return self._in_order

    def import_field(self, field: SiteField, instance: SitePage, row: Mapping[str, Any], *args: Any, **kw: Any) -> None:
        field.save(instance, row)  # the fields are those of the columns of the file

    def init_instance(self, row: Mapping[str, Any] | None = None) -> SitePage:
        key = values.read_text((row or {}).get("key"))
        new = {"site_type": self._kind_of_new, "owner": self.user, "is_approximate": True}
        return SitePage(external_id=key[:_MAX_KEY], **new)

    def site_of(self, row: Mapping[str, Any]) -> SitePage | None:
        """The site that the row is about, None for a new one (or an ambiguous key, which is reported)."""
        try:
            return self.known.find(values.read_text(row["key"]), self._commune_of(row))
        except ValueError:
            return None

    def _commune_of(self, row: Mapping[str, Any]) -> Territory | None:
        said = commune_said(row)
        try:
            return self.communes.of(said) if names_a_commune(said) else None
        except ValueError:
            return None

    def after_init_instance(self, instance: SitePage, new: bool, row: Mapping[str, Any], **kwargs: Any) -> None:
        if not new:  # the same site twice in a file is an error, and must not carry the first row's words
            for name in ("imported_day", "imported_origins", "imported_notes"):
                instance.__dict__.pop(name, None)
        self.state = RowState(
            site=instance,
            number=self.numbers[kwargs["row_number"] - 1],
            key=values.read_text(row["key"]),
            before=None if new else instance.state_values(),
            commune_before=None if new else instance.commune,
            origins_before=self.origins.of_site.get(instance.pk, []),
        )

    def import_instance(self, instance: SitePage, row: Mapping[str, Any], **kwargs: Any) -> None:
        errors = {}
        try:
            super().import_instance(instance, row, **kwargs)
            self._name_origins(instance)
        except ValidationError as error:
            errors = error.error_dict if hasattr(error, "error_dict") else {"incoming_sites": error.error_list}
        for name, sentence in {**self._early_problems(row), **self.refused.get(self.state.number, {})}.items():
            errors.setdefault(name, []).append(ValidationError(sentence))
        self._without_address(instance, row)
        self._tell_notes(instance, row)
        if errors:
            raise ValidationError(errors)

    def _early_problems(self, row: Mapping[str, Any]) -> dict[str, str]:
        found = {}
        if key_problem := self._key_problem(row):
            found["key"] = key_problem
        if half_closed := self._half_closed(row):
            found["closed_at"] = half_closed
        return found

    def _half_closed(self, row: Mapping[str, Any]) -> str | None:
        """A closing that is said by its date only: leaving it aside would keep, or make, an open site."""
        state = self.state
        if not state.site.is_open or (state.before and state.before["status"] != "open"):
            return None
        if values.is_blank(row.get("closed_at")) or values.is_unknown(row["closed_at"]):
            return None
        if "status" in self.fields and not values.is_blank(row["status"]) and state.site.closed_at is None:
            return None  # its own cell is wrong
        return UNKNOWN_SITE if state.is_new else "Dites aussi la cause de la fermeture."

    def _without_address(self, site: SitePage, row: Mapping[str, Any]) -> None:
        """A new site that has a name or a position, and a blank address, is accepted and said to have none."""
        if self.state.is_new and not site.address and (site.name or site.point) and values.is_blank(row.get("address")):
            site.address = NO_ADDRESS
            sentence = f"Sans adresse : le site est déclaré « {NO_ADDRESS} »."
            self.report.remarks.append(
                Remark(self.state.number, COLUMN_BY_NAME["address"].header, "", sentence, "address", True)
            )

    def _tell_notes(self, site: SitePage, row: Mapping[str, Any]) -> None:
        for column, noted in site.__dict__.pop("imported_notes", ()):
            header, said = COLUMN_BY_NAME[column].header, values.as_text(row.get(column))[:80]
            self.report.remarks.append(
                Remark(self.state.number, header, said, noted.sentence, column, noted.is_warning)
            )

    def _name_origins(self, site: SitePage) -> None:
        if "imported_origins" in site.__dict__:
            try:
                site.imported_origins = self.origins.after(site, site.imported_origins)
            except ValueError as error:
                site.imported_origins = self.state.origins_before
                raise ValidationError({"imported_origins": str(error)}) from None

    def _key_problem(self, row: Mapping[str, Any]) -> str | None:
        state = self.state
        if not state.key and state.number in self.refused:
            return None
        if not state.key:
            return "L’identifiant est nécessaire : il dit de quel site parle la ligne."
        if len(state.key) > _MAX_KEY:
            return f"{_MAX_KEY} caractères au plus."
        others = self.repeated.get(state.site.slug or state.key, [])
        if others:
            lines = ", ".join(str(number) for number in others if number != state.number)
            return f"Ce site figure aussi à la ligne {lines}."
        try:
            self.known.find(state.key, self._commune_of(row))
        except ValueError as error:
            return str(error)
        return None

    def skip_row(
        self, instance: SitePage, original: Any, row: Mapping[str, Any], import_validation_errors: Any = None
    ) -> bool:
        if import_validation_errors or self.state.is_new or not self._is_different():
            unchanged = not import_validation_errors and not self.state.is_new
        else:
            try:
                instance.derive()
            except ValidationError:
                return False
            self._tell_ignored(row)
            unchanged = not self._is_different()
        self.report.unchanged += unchanged
        if unchanged:
            self.report.outcomes[self.state.number] = "Inchangé"
        return unchanged

    def _is_different(self) -> bool:
        state = self.state
        before = state.before or {}
        state.changed = [name for name in _COMPARED if getattr(state.site, name) != before.get(name)]
        if state.site.is_reinstallation is not True and state.origins != state.origins_before:
            state.site.imported_origins = state.origins_before
            self.report.ignored.append((state.number, COLUMN_BY_NAME["incoming_sites"].header))
        if state.origins != state.origins_before:
            state.changed.append("incoming_sites")
        return bool(state.changed) or self._is_newer()

    def _is_newer(self) -> bool:
        """The row says of an open site that its situation was still so on a later day."""
        state = self.state
        known = state.site.situation_at
        return state.day is not None and state.site.is_open and (known is None or state.day > timezone.localdate(known))

    def _tell_ignored(self, row: Mapping[str, Any]) -> None:
        """Answers to questions that do not apply are left aside, and said to be."""
        for name in self._conditional:
            if getattr(self.state.site, name) in (None, "", []) and not values.is_blank(row[name]):
                column = COLUMN_BY_NAME[name]
                if not values.is_unknown(row[name], is_text=column.is_text):
                    self.report.ignored.append((self.state.number, column.header))

    def validate_instance(
        self, instance: SitePage, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        unreadable = {name: ValidationError(found).messages for name, found in (import_validation_errors or {}).items()}
        if errors := self.checks.all_errors(self.state, unreadable):
            raise ValidationError(errors)

    def save_instance(self, instance: SitePage, is_create: bool, row: Mapping[str, Any], **kwargs: Any) -> None:
        super().save_instance(instance, is_create, row, **kwargs)
        if is_create:
            self._tell_ignored(row)
        self.report.created += is_create
        self.report.changed += not is_create
        self.pending.append(self.state)
        self.report.outcomes[self.state.number] = "À créer" if is_create else "À modifier"
        if len(self.report.changes) < SHOWN:
            self.report.changes.append(self._change())

    def _change(self) -> Change:
        state, site = self.state, self.state.site
        fields = []
        if state.before is not None:
            communes = filter(None, (site.commune, state.commune_before))
            places = {("commune", place.pk): place.label for place in communes}
            sites = {("site", pk): title for pk, title in self.origins.titles.items()}
            names = places | sites
            for name in state.changed:
                old, new = state.before.get(name), getattr(site, name, None)
                if name == "incoming_sites":
                    old, new = state.origins_before, state.origins
                fields.append((label_of(name), text_of(name, old, names), text_of(name, new, names)))
            if self._is_newer():
                known = site.situation_at and timezone.localdate(site.situation_at)
                fields.append(("Situation au", values.as_text(known), values.as_text(state.day)))
        return Change(state.number, state.key, f"{site.usual_name}, {site.commune.label}", state.is_new, fields)

    # --- writing

    def bulk_create(self, using_transactions: bool, dry_run: bool, raise_errors: bool, **kwargs: Any) -> None:
        """Write the new sites of a run without error."""
        self._write([state for state in self.pending if state.is_new], bulk.create_sites, dry_run, kwargs["result"])

    def bulk_update(self, using_transactions: bool, dry_run: bool, raise_errors: bool, **kwargs: Any) -> None:
        """Write the changed sites of a run without error."""
        self._write([state for state in self.pending if not state.is_new], bulk.update_sites, dry_run, kwargs["result"])

    def _write(self, states: list[RowState], write: Callable, dry_run: bool, result: Any) -> None:
        if states and not (dry_run or result.has_errors() or result.has_validation_errors()):
            write(states, by=self.user, now=self.now)


def _messages(errors: Iterable[Any]) -> list[str]:
    return [message for error in errors for message in ValidationError(error).messages]


def _fields(columns: list[str], communes: Communes) -> dict[str, SiteField]:
    """The fields of the columns that the file has."""
    fields: dict[str, SiteField] = {"key": KeyField(COLUMN_BY_NAME["key"])}
    if place := next((name for name in ("citycode", "commune", "postcode") if name in columns), None):
        fields["commune"] = CommuneField(COLUMN_BY_NAME[place], "commune")
        fields["commune"].communes = communes
    if position := next((name for name in ("latitude", "longitude", "position") if name in columns), None):
        fields["point"] = PointField(COLUMN_BY_NAME[position], "point")
    for name in columns:
        if name not in _READ_TOGETHER:
            fields[name] = SiteField(COLUMN_BY_NAME[name], _ATTRIBUTES.get(name))
    return fields

"""The whole state of a site: what a page shows and what its history keeps, with the rules that hold for both."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.base.text import without_direction_controls
from rbsite.territories.geo import haversine_km, is_near_departement

from ..conditions import theme_statuses
from ..enums import Theme, ThemeStatus
from ..rules import errors_of, irrelevant_fields
from ..validators import parse_point
from . import mixins

#: A point this near the centre of its own commune is right, whatever a simplified contour says.
NEAR_ITS_COMMUNE_KM = 5
#: Longest free text, in characters: more than a cell of a spreadsheet or a page on a phone can bear.
MAX_TEXT = 5_000


class DerivedMixin(models.Model):
    """Columns computed from the answers by `derive()`, so that lists, maps and counts filter on one definition."""

    water_status = models.CharField("statut : eau", max_length=12, choices=ThemeStatus.choices, editable=False)
    sanitary_status = models.CharField("statut : toilettes", max_length=12, choices=ThemeStatus.choices, editable=False)
    electricity_status = models.CharField(
        "statut : électricité", max_length=12, choices=ThemeStatus.choices, editable=False
    )
    trash_status = models.CharField("statut : déchets", max_length=12, choices=ThemeStatus.choices, editable=False)
    pest_status = models.CharField("statut : nuisibles", max_length=12, choices=ThemeStatus.choices, editable=False)
    fire_status = models.CharField("statut : incendie", max_length=12, choices=ThemeStatus.choices, editable=False)

    class Meta:
        abstract = True


class SiteState(
    mixins.LocationMixin,
    mixins.CharacteristicsMixin,
    mixins.InhabitantsMixin,
    mixins.WaterMixin,
    mixins.SanitaryMixin,
    mixins.ElectricityMixin,
    mixins.TrashMixin,
    mixins.SafetyMixin,
    mixins.ClosingMixin,
    mixins.SteeringMixin,
    DerivedMixin,
):
    """Every column of a site's state. Child rows (sites of origin, solutions) are beside it, in `children_of`."""

    #: Fields that only some readers may see, and fields that take more than the right to update the site.
    read_features = {"access_notes": Feature.SITE_READ_ACCESS_NOTES}
    write_features = {"resorption_target": Feature.SITE_SET_OBJECTIVE}

    class Meta:
        abstract = True

    @classmethod
    def answer_names(cls) -> list[str]:
        """The answers of a site: columns that people type, sites of origin, closing solutions, phases."""
        typed = [field.name for field in cls.state_fields() if field.editable]
        return [*typed, "incoming_sites", "closing_solutions", "phases"]

    @classmethod
    def state_fields(cls) -> list[models.Field]:
        """The columns of the state, in reading order; the same for a page and for its versions."""
        return [cls._meta.get_field(name) for name in STATE_FIELDS]

    def state_values(self) -> dict[str, Any]:
        """Column name -> value (`commune_id` for the commune)."""
        return {name: getattr(self, name) for name in STATE_COLUMNS}

    def assign(self, values: dict[str, Any]) -> None:
        """Set the columns of the state that `values` names."""
        for name, value in values.items():
            setattr(self, name, value)

    def derive(self) -> None:
        """Clean the texts, empty the answers that no longer apply, then compute the derived columns."""
        self.clean_texts()
        values = {name: getattr(self, name) for name in STATE_FIELDS if name != "commune"}
        for name in irrelevant_fields(values):
            if name in STATE_FIELDS:
                setattr(self, name, self._meta.get_field(name).get_default())
                values[name] = getattr(self, name)
        for name, status in theme_statuses(values).items():
            setattr(self, name, status)
        self._derive_position()

    def clean_texts(self) -> None:
        """Take out of every text what would make it read otherwise than it is written."""
        for name in STATE_FIELDS:
            if name != "commune" and isinstance(value := getattr(self, name), str):
                setattr(self, name, without_direction_controls(value))

    def _derive_position(self) -> None:
        """A site that nobody has placed stands, flagged, at its commune's centre."""
        self.is_approximate = not self.point
        if self.point:
            self.latitude, self.longitude = parse_point(self.point)
        elif self.commune_id:
            self.latitude, self.longitude = self.commune.latitude, self.commune.longitude

    def state_errors(self) -> dict[str, list[str]]:
        """Field -> French sentences, for every rule that the state breaks (call after `derive`)."""
        errors: dict[str, list[str]] = {}
        values = {name: getattr(self, name) for name in STATE_FIELDS if name != "commune"}
        for name, sentence in errors_of(values, timezone.localdate()):
            errors.setdefault(name, []).append(sentence)
        for name, value in values.items():
            if isinstance(value, str) and len(value) > MAX_TEXT:
                errors.setdefault(name, []).append("Le texte est trop long (5 000 caractères au plus).")
        if misplaced := self._misplaced():
            errors.setdefault("point", []).append(misplaced)
        return errors

    def _misplaced(self) -> str | None:
        """A site may stand away from its commune's centre, not outside its département (contour + 2 km).

        The contours are coarse where départements are small: near its own commune's centre a point is never refused.
        """
        if self.is_approximate or not self.commune_id or self.latitude is None:
            return None
        if is_near_departement(self.latitude, self.longitude, self.commune.departement_code, km=2):
            return None
        centre = self.commune.centre
        if centre is not None and haversine_km(self.latitude, self.longitude, *centre[:2]) <= NEAR_ITS_COMMUNE_KM:
            return None
        return f"Ce point est hors du département de la commune choisie ({self.commune.label})."

    def clean_state(self) -> None:
        """Derive, then raise ValidationError (by field, in French) if a rule is broken."""
        try:
            self.derive()
        except ValidationError as error:
            raise ValidationError({"point": error.messages}) from error
        known = self.__dict__.get("_known_errors", set())
        errors = {
            name: new
            for name, sentences in self.state_errors().items()
            if (new := [text for text in sentences if (name, getattr(self, name, None), text) not in known])
        }
        if errors:
            known = {field.name for field in self._meta.get_fields()}
            raise ValidationError({name if name in known else NON_FIELD_ERRORS: text for name, text in errors.items()})

    def tolerate_known_errors(self, stored: "SiteState | None" = None) -> None:
        """From now on complain only of rules that `stored` (this state as it is now) does not break already.

        A planned diagnosis becomes overdue by itself: that must not stop anybody from telling that water has come. An
        answer that changes is judged anew.
        """
        known = stored or self
        self._known_errors = {
            (name, getattr(known, name, None), text) for name, texts in known.state_errors().items() for text in texts
        }

    @property
    def usual_name(self) -> str:
        """Address and own name, as partners call a site."""
        return f"{self.address} «\N{NO-BREAK SPACE}{self.name}\N{NO-BREAK SPACE}»" if self.name else self.address

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    def theme_status(self, theme: Theme) -> ThemeStatus:
        """The status column of one theme of living conditions."""
        return ThemeStatus(getattr(self, f"{theme.value}_status"))


STATE_FIELDS = [field.name for field in SiteState._meta.local_fields]
STATE_COLUMNS = [field.attname for field in SiteState._meta.local_fields]
#: Columns that follow from others: not shown as changes, never typed.
DERIVED_FIELDS = frozenset(
    {"latitude", "longitude", "is_approximate", *(field.name for field in DerivedMixin._meta.local_fields)}
)

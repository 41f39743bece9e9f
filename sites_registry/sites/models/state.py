"""The whole state of a site: what a page shows and what its history keeps, with the rules that hold for both."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.territories.geo import haversine_km, is_near_departement
from sites_registry.versioned.state import State

from ..answer_words import ANSWER_WORDS, CHILD_LABELS
from ..conditions import theme_statuses
from ..enums import Theme, ThemeStatus
from ..rules import RELEVANT_WHEN, errors_of
from ..validators import parse_point
from . import mixins

#: A point this near the centre of its own commune is right, whatever a simplified contour says.
NEAR_ITS_COMMUNE_KM = 5


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
    State,
):
    """Every column of a site's state, and what is said of its answers; child rows are beside it."""

    derived_fields = frozenset(
        {"latitude", "longitude", "is_approximate", *(field.name for field in DerivedMixin._meta.local_fields)}
    )
    child_answers = ("incoming_sites",)
    child_rows = {
        "closing_solutions": {name: name for name in ("kind", "people", "households", "message")},
        "phases": {"phase": "phase__slug", "completed_on": "completed_on"},
    }
    rare_rows = frozenset({"phases"})
    #: Closing, correcting, reopening and following phases have rights and screens of their own.
    set_apart = frozenset(
        {"status", "closed_at", "closing_context", "closed_with_solutions", "closing_solutions", "phases"}
    )
    followed = frozenset({"phases", "resorption_target", "heatwave_risk"})
    read_features = {"access_notes": Feature.SITE_READ_ACCESS_NOTES}
    write_features = {"resorption_target": Feature.SITE_SET_OBJECTIVE}
    relevant_when = RELEVANT_WHEN
    child_labels = CHILD_LABELS
    answer_words = ANSWER_WORDS

    class Meta:
        abstract = True

    def derive(self) -> None:
        """As `State.derive`, then compute the derived columns."""
        super().derive()
        for name, status in theme_statuses(self.answers()).items():
            setattr(self, name, status)
        self._derive_position()

    def _derive_position(self) -> None:
        """A site that nobody has placed stands, flagged, at its commune's centre."""
        self.is_approximate = not self.point
        if self.point:
            try:
                self.latitude, self.longitude = parse_point(self.point)
            except ValidationError as error:
                raise ValidationError({"point": error.messages}) from error
        elif self.commune_id:
            self.latitude, self.longitude = self.commune.latitude, self.commune.longitude

    def state_errors(self) -> dict[str, list[str]]:
        """As `State.state_errors`, with the rules of a site's answers and of its position."""
        errors = super().state_errors()
        for name, sentence in errors_of(self.answers(), timezone.localdate()):
            errors.setdefault(name, []).append(sentence)
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
        return "Ce point est hors du département de la commune choisie ({label}).".format(label=self.commune.label)

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
DERIVED_FIELDS = SiteState.derived_fields

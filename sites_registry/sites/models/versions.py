"""The typed history of sites, on two axes of time."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Deferrable, Q

from rbsite.accounts.permissions import Standing

from ..enums import ChangeKind
from .state import SiteState

if TYPE_CHECKING:
    from rbsite.accounts.models import User


class SiteVersionQuerySet(models.QuerySet["SiteVersion"]):
    """Reads of the history."""

    def believed_now(self) -> Self:
        """What the platform believes today, for every date."""
        return self.filter(recorded__upper_inf=True)

    def as_of(self, date: datetime, *, known_at: datetime | None = None) -> Self:
        """The state of each site at `date`, as believed now — or as it was believed at `known_at`."""
        believed = Q(recorded__upper_inf=True) if known_at is None else Q(recorded__contains=known_at)
        return self.filter(believed, valid__contains=date)

    def events(self) -> Self:
        """One row for each time that somebody recorded a state, the latest first."""
        return self.filter(is_remainder=False).order_by("-recorded_at", "-pk")

    def visible_to(self, user: "User", feature: str) -> Self:
        """Versions of the sites on which `user` holds `feature` today."""
        from .pages import SitePage  # the page composes the same state, and its module reads this one

        return self.filter(site__in=SitePage.objects.visible_to(user, feature).values("pk"))


class SiteVersion(SiteState):
    """One state of a site: `valid` is when the site was so, `recorded` when the platform believed it.

    Rows are written by `history.record_states` only; nothing is ever changed afterwards but the end of `recorded`.
    A remainder is the first part of a state that a later one has cut: it repeats what was already recorded.
    """

    site = models.ForeignKey("sites_registry.SitePage", models.PROTECT, related_name="versions", verbose_name="site")
    valid = DateTimeRangeField("valable")
    recorded = DateTimeRangeField("enregistré")
    #: When the state was first recorded, kept by its remainders.
    recorded_at = models.DateTimeField("enregistré le")
    kind = models.CharField("nature", max_length=12, choices=ChangeKind.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="auteur"
    )
    source = models.CharField("comment l’avez-vous su ?", max_length=20, blank=True, default="")
    event = models.UUIDField("évènement", default=uuid.uuid4, editable=False)
    is_remainder = models.BooleanField(default=False)
    #: {field: [before, after]} with the values that `serialise` gives, against the state believed until then.
    changes = models.JSONField("changements", default=dict)
    #: Child rows of the state: {"incoming_sites": [ids], "closing_solutions": [{kind, people, households, message}]}.
    children = models.JSONField("lignes liées", default=dict)

    objects = SiteVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "état d’un site"
        verbose_name_plural = "états des sites"
        constraints = [
            ExclusionConstraint(
                name="site_version_one_state_at_a_time",
                expressions=[
                    ("site", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("recorded", RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(valid__isempty=False), name="site_version_valid_is_not_empty"),
        ]
        indexes = [
            models.Index(fields=["site", "-recorded_at"], name="site_version_events"),
            models.Index(fields=["site"], condition=Q(recorded__upper_inf=True), name="site_version_believed_now"),
            GistIndex(fields=["valid"], condition=Q(recorded__upper_inf=True), name="site_version_as_of"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.recorded_at:%d/%m/%Y}"

    @property
    def territory_lineage(self) -> Iterable[int]:
        return self.site.territory_lineage

    @property
    def standing(self) -> Standing:
        return self.site.standing.seen_from("site__")

    @property
    def is_existing(self) -> bool:
        """A state of the past is as readable as its site is today."""
        return self.site.is_existing

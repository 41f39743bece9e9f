"""The typed history of a kind of page, on two axes of time: the columns and reads of every table of versions."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Deferrable, Q

from rbsite.accounts.permissions import Standing

from .state import State

if TYPE_CHECKING:
    from rbsite.accounts.models import User


class Kind(models.TextChoices):
    """Why a state was recorded; a kind of page may know others."""

    DECLARED = "declared", "Déclaration"
    UPDATED = "updated", "Actualisation"
    UNCHANGED = "unchanged", "Actualisation sans changement"
    PAST = "past", "Ajout d’un état passé"
    RESTORED = "restored", "Rétablissement d’un état antérieur"
    IMPORTED = "imported", "Import d’un tableau"
    FOLLOWED = "followed", "Pilotage"


class VersionQuerySet(models.QuerySet["Version"]):
    """Reads of a history."""

    def of_page(self, key: int) -> Self:
        """The versions of one page."""
        return self.filter(**{self.model.of: key})

    def believed_now(self) -> Self:
        """What the platform believes today, for every date."""
        return self.filter(recorded__upper_inf=True)

    def as_of(self, date: datetime, *, known_at: datetime | None = None) -> Self:
        """The state of each page at `date`, as believed now — or as it was believed at `known_at`."""
        believed = Q(recorded__upper_inf=True) if known_at is None else Q(recorded__contains=known_at)
        return self.filter(believed, valid__contains=date)

    def amended_at(self, when: datetime) -> "Version | None":
        """Of the versions of one page, the state that an answer about `when` amends: that of then, else the first."""
        believed = self.believed_now()
        return believed.filter(valid__contains=when).first() or believed.order_by("valid").first()

    def events(self) -> Self:
        """One row for each time that somebody recorded a state, the latest first."""
        return self.filter(is_remainder=False).order_by("-recorded_at", "-pk")

    def visible_to(self, user: "User", feature: str) -> Self:
        """Versions of the pages on which `user` holds `feature` today."""
        pages = self.model.page_model()._default_manager.visible_to(user, feature)
        return self.filter(**{f"{self.model.of}__in": pages.values("pk")})


class Version(State):
    """One state of a page: `valid` is when it was so, `recorded` when the platform believed it.

    Rows are written by `history.record_states` only; nothing is ever changed afterwards but the end of `recorded`.
    A remainder repeats on other days what an event tells: the first part of a state that a later one has cut, or the
    days that the same event writes again (a closing corrected).
    """

    #: Name of the relation to the page.
    of: ClassVar[str]

    valid = DateTimeRangeField("valable")
    recorded = DateTimeRangeField("enregistré")
    #: When the state was first recorded, kept by its remainders.
    recorded_at = models.DateTimeField("enregistré le")
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="auteur"
    )
    source = models.CharField("comment l’avez-vous su ?", max_length=20, blank=True, default="")
    event = models.UUIDField("évènement", default=uuid.uuid4, editable=False)
    is_remainder = models.BooleanField(default=False)
    #: Somebody saw the page so from there on. False for what is decided or done about it, and for days written again.
    is_observed = models.BooleanField("constaté", default=True)
    #: {field: [before, after]} with the values that `serialise` gives, against the state believed until then.
    changes = models.JSONField("changements", default=dict)
    #: Child answers and rows of the state: {child answer: [ids], kind of rows: [{column: value}]}.
    children = models.JSONField("lignes liées", default=dict)

    objects = VersionQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.recorded_at:%d/%m/%Y}"

    @classmethod
    def page_model(cls) -> Any:
        """The kind of page of which these are the versions."""
        return cls._meta.get_field(cls.of).related_model

    @property
    def page_id(self) -> int:
        """Key of the page, whatever its relation is called."""
        return getattr(self, f"{self.of}_id")

    @property
    def said(self) -> dict[str, Any]:
        """Columns and child rows together."""
        return self.state_values() | self.children

    @property
    def territory_lineage(self) -> Iterable[int]:
        return getattr(self, self.of).territory_lineage

    @property
    def standing(self) -> Standing:
        return self.page_model().standing.seen_from(f"{self.of}__")

    @property
    def is_existing(self) -> bool:
        """A state of the past is as readable as its page is today."""
        return getattr(self, self.of).is_existing

    def answer_of(self, name: str) -> Any:
        return self.children.get(name, []) if self.is_child(name) else getattr(self, name)

    def assign_children(self, name: str, values: Iterable[Any]) -> None:
        if name in self.child_answers:
            self.children[name] = sorted(value.pk for value in values)
        else:
            self.children[name] = [dict(value) for value in values]


def version_constraints(of: str, prefix: str) -> list[models.BaseConstraint]:
    """One state at a time, and never an empty one; `prefix` names the constraints of the table."""
    return [
        ExclusionConstraint(
            name=f"{prefix}_one_state_at_a_time",
            expressions=[
                (of, RangeOperators.EQUAL),
                ("valid", RangeOperators.OVERLAPS),
                ("recorded", RangeOperators.OVERLAPS),
            ],
            deferrable=Deferrable.DEFERRED,
        ),
        models.CheckConstraint(condition=Q(valid__isempty=False), name=f"{prefix}_valid_is_not_empty"),
    ]


def version_indexes(of: str, prefix: str) -> list[models.Index]:
    """What the reads of `VersionQuerySet` look in."""
    return [
        models.Index(fields=[of, "-recorded_at"], name=f"{prefix}_events"),
        models.Index(fields=[of], condition=Q(recorded__upper_inf=True), name=f"{prefix}_believed_now"),
        GistIndex(fields=["valid"], condition=Q(recorded__upper_inf=True), name=f"{prefix}_as_of"),
    ]

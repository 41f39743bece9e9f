"""Files on their way into the registry."""

import uuid
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from rbsite.accounts.models import User

#: How long a file waits for its author, in days.
KEPT_DAYS = 30


class ImportDraftQuerySet(models.QuerySet["ImportDraft"]):
    """Reads of the files sent."""

    def of(self, user: "User", now: datetime) -> Self:
        """The files of `user` that have not waited too long at `now`: nobody else ever sees them."""
        return self.filter(user=user, created_at__gte=now - timedelta(days=KEPT_DAYS))

    def outdated(self, now: datetime) -> Self:
        """Files that have waited too long at `now`."""
        return self.filter(created_at__lt=now - timedelta(days=KEPT_DAYS))


class ImportDraft(models.Model):
    """A table that somebody has sent, with what they have decided of it; kept for `KEPT_DAYS`, confirmed or not."""

    token = models.UUIDField("jeton", primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="auteur")
    file_name = models.CharField("nom du fichier", max_length=255)
    content = models.BinaryField("contenu")
    #: See `exchange.decisions.Decisions`.
    decisions = models.JSONField("décisions", default=dict)
    created_at = models.DateTimeField("envoyé le", auto_now_add=True)
    #: Why its check was given up, in French, « » when it was not: it is not tried again until something is decided.
    failure = models.CharField("échec de la vérification", max_length=255, blank=True)
    imported_at = models.DateTimeField("importé le", null=True, editable=False)
    #: {"created": n, "changed": n, "unchanged": n, "skipped": n} once imported.
    totals = models.JSONField("résultat", default=dict)

    objects = ImportDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "tableau à importer"
        verbose_name_plural = "tableaux à importer"
        indexes = [models.Index(fields=["created_at"], name="import_draft_created_at")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def kept_until(self) -> date:
        """The last day on which its author can open it."""
        return timezone.localdate(self.created_at + timedelta(days=KEPT_DAYS))


class ImportMapping(models.Model):
    """What a title, or a word of a column, means in the tables of an organisation."""

    organisation = models.ForeignKey(
        "accounts.Organisation", models.CASCADE, related_name="+", verbose_name="organisation"
    )
    #: Name of the column in which the word stands; nothing for a title.
    column = models.CharField("colonne", max_length=60, blank=True)
    said = models.CharField("mot", max_length=200)
    #: A column for a title, an answer for a word; nothing: left aside.
    meant = models.CharField("sens", max_length=200, blank=True)
    used_at = models.DateTimeField("dit le")

    class Meta:
        verbose_name = "mot des tableaux"
        verbose_name_plural = "mots des tableaux"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "column", "said"], name="import_mapping_said_once")
        ]

    def __str__(self) -> str:
        return f"{self.said} : {self.meant or '–'}"

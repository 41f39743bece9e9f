"""Files on their way into the registry."""

import uuid
from datetime import timedelta
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

    def of(self, user: "User") -> Self:
        """The files of `user`: nobody else ever sees them."""
        return self.filter(user=user)

    def outdated(self) -> Self:
        """Files that have waited too long."""
        return self.filter(created_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))


class ImportDraft(models.Model):
    """A table that somebody has sent and not yet confirmed; once imported only the totals are kept."""

    token = models.UUIDField("jeton", primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="auteur")
    file_name = models.CharField("nom du fichier", max_length=255)
    content = models.BinaryField("contenu")
    created_at = models.DateTimeField("envoyé le", auto_now_add=True)
    imported_at = models.DateTimeField("importé le", null=True, editable=False)
    #: {"created": n, "changed": n, "unchanged": n} once imported.
    totals = models.JSONField("résultat", default=dict)

    objects = ImportDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "tableau à importer"
        verbose_name_plural = "tableaux à importer"
        indexes = [models.Index(fields=["created_at"], name="import_draft_created_at")]

    def __str__(self) -> str:
        return self.file_name

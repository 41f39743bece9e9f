"""Who follows a site: people who have pinned it for themselves, people who work on it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from rbsite.accounts.enums import UserStatus

if TYPE_CHECKING:
    from rbsite.accounts.models import User


class PinQuerySet(models.QuerySet["Pin"]):
    """Reads of pins."""

    def of(self, user: "User") -> Self:
        """The pins of `user`: nobody else ever sees them."""
        return self.filter(user=user)


class Pin(models.Model):
    """A site that somebody keeps at hand, for themselves alone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="personne")
    site = models.ForeignKey("sites_registry.SitePage", models.CASCADE, related_name="pins", verbose_name="site")
    pinned_at = models.DateTimeField("épinglé le", auto_now_add=True)

    objects = PinQuerySet.as_manager()

    class Meta:
        verbose_name = "site épinglé"
        verbose_name_plural = "sites épinglés"
        constraints = [models.UniqueConstraint(fields=["user", "site"], name="pin_once")]

    def __str__(self) -> str:
        return f"{self.user} : {self.site}"


class InterventionQuerySet(models.QuerySet["Intervention"]):
    """Reads of the people who work on sites."""

    def of(self, user: "User") -> Self:
        return self.filter(user=user)

    def current(self) -> Self:
        """Those of people who still have an account: somebody who has left no longer works on the site."""
        return self.filter(user__status=UserStatus.ACTIVE)


class Intervention(models.Model):
    """Somebody says that they work on a site (« j'interviens »): every reader of the site may see it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="personne")
    site = models.ForeignKey(
        "sites_registry.SitePage", models.CASCADE, related_name="interventions", verbose_name="site"
    )
    since = models.DateTimeField("depuis le", auto_now_add=True)

    objects = InterventionQuerySet.as_manager()

    class Meta:
        verbose_name = "intervention"
        constraints = [models.UniqueConstraint(fields=["user", "site"], name="intervention_once")]

    def __str__(self) -> str:
        return f"{self.user} : {self.site}"

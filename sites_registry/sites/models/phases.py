"""The preparatory phases towards the resorption of a site: a checklist with dates."""

from django.conf import settings
from django.db import models


class Phase(models.Model):
    """One preparatory phase, as all sites may go through it; administrators may add others."""

    slug = models.SlugField("code", max_length=60, unique=True)
    name = models.CharField("nom", max_length=120)
    #: What its date says: « Réalisé », « Obtenue », « Le ».
    date_label = models.CharField("libellé de la date", max_length=40)
    #: The first ones, with which the resorption of a site starts.
    is_starting = models.BooleanField("phase initiale", default=False)
    position = models.PositiveSmallIntegerField("rang", unique=True)

    class Meta:
        verbose_name = "phase préparatoire"
        verbose_name_plural = "phases préparatoires"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class SitePhase(models.Model):
    """A phase that a site has entered: under way without a date, completed with one; no row: not started."""

    site = models.ForeignKey("sites_registry.SitePage", models.CASCADE, related_name="phases", verbose_name="site")
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="+", verbose_name="phase")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    started_at = models.DateTimeField("commencée le", auto_now_add=True)
    completed_on = models.DateField("terminée le", null=True, blank=True)

    class Meta:
        verbose_name = "phase d’un site"
        verbose_name_plural = "phases d’un site"
        ordering = ["phase__position"]
        constraints = [models.UniqueConstraint(fields=["site", "phase"], name="site_phase_once")]

    def __str__(self) -> str:
        return f"{self.site} : {self.phase}"

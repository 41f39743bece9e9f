"""The typed history of sites."""

from django.db import models

from sites_registry.versioned.versions import Version, version_constraints, version_indexes

from ..enums import ChangeKind
from .state import SiteState


class SiteVersion(SiteState, Version):
    """One state of a site: see `Version`."""

    of = "site"

    site = models.ForeignKey("sites_registry.SitePage", models.PROTECT, related_name="versions", verbose_name="site")
    kind = models.CharField("nature", max_length=12, choices=ChangeKind.choices)

    class Meta:
        verbose_name = "état d’un site"
        verbose_name_plural = "états des sites"
        constraints = version_constraints("site", "site_version")
        indexes = version_indexes("site", "site_version")

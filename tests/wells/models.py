"""Three answers, one of them a foreign key and one with a right of its own, and one kind of child rows."""

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.models import Page

from rbsite.accounts.enums import Feature
from rbsite.accounts.page_policy import NeverRouted
from rbsite.accounts.permissions import Standing
from rbsite.territories.models import Territory
from sites_registry.versioned.forms import VersionedPageForm
from sites_registry.versioned.pages import VersionedManager, VersionedPage
from sites_registry.versioned.state import State
from sites_registry.versioned.versions import Version, version_constraints, version_indexes


class WellState(State):
    name = models.CharField("nom du puits", max_length=250)
    commune = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="commune")
    litres = models.PositiveIntegerField("litres par jour", null=True, blank=True)

    child_rows = {"taps": {"kind": "kind"}}
    write_features = {"litres": Feature.SITE_SET_OBJECTIVE}

    class Meta:
        abstract = True


class Well(NeverRouted, WellState, VersionedPage, Page):
    standing = Standing(kind="well", lineage="commune__lineage")
    read_feature = Feature.SITE_READ
    objects = VersionedManager()
    content_panels = [FieldPanel("name"), FieldPanel("commune"), FieldPanel("litres"), InlinePanel("taps")]
    base_form_class = VersionedPageForm
    parent_page_types = ["knowledge.HomePage"]
    subpage_types: list[str] = []
    is_creatable = False

    @property
    def territory_lineage(self) -> list[int]:
        return self.commune.lineage

    def prepare(self) -> None:
        super().prepare()
        self.title = self.draft_title = self.name

    def editor_features(self) -> tuple[Feature, ...]:
        return (Feature.SITE_UPDATE,)

    def places_of(self, changes) -> list[Territory]:
        return [changes["commune"]] if "commune" in changes else []


class Tap(models.Model):
    well = ParentalKey(Well, on_delete=models.CASCADE, related_name="taps")
    kind = models.CharField("sorte", max_length=20)

    class Meta:
        ordering = ["pk"]


class WellVersion(WellState, Version):
    of = "well"
    well = models.ForeignKey(Well, models.PROTECT, related_name="versions")

    class Meta:
        constraints = version_constraints("well", "well_version")
        indexes = version_indexes("well", "well_version")

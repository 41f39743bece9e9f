"""The page of a site, and the rows that go with it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OrderBy
from django.urls import reverse
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, ObjectList, TabbedInterface
from wagtail.models import Orderable, Page

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.page_policy import NeverRouted
from rbsite.accounts.permissions import Standing
from rbsite.base.text import fold
from rbsite.territories.models import Territory
from sites_registry.tree import DepartmentPage, department_page_for, new_code
from sites_registry.versioned.pages import VersionedPage

from ..enums import ClosingSolutionKind, Theme
from ..panels import question
from ..sections import fields_of_theme
from .mixins import CharacteristicsMixin, InhabitantsMixin, LocationMixin, SteeringMixin, count_field, text_field
from .querysets import SiteManager, SiteQuerySet
from .state import SiteState

#: What Wagtail's editor, previews and comparisons of a site show without distinction.
EDITOR_READS = (Feature.SITE_READ, *SiteState.read_features.values())


def _questions(*themes: Theme) -> list[FieldPanel]:
    return [question(name) for theme in themes for name in fields_of_theme(theme)]


class SitePage(NeverRouted, SiteState, VersionedPage, Page):
    """A site: an informal settlement that partners follow from its declaration to its closing."""

    #: Key of the site in the spreadsheets of those who feed it; blank when they have none.
    external_id = models.CharField("identifiant externe", max_length=80, blank=True, default="")
    incoming_sites = ParentalManyToManyField(
        "self", symmetrical=False, blank=True, related_name="+", verbose_name="sites d’origine des habitants"
    )
    search_text = models.TextField(editable=False, default="")
    prepared_columns = ("search_text",)

    objects = SiteManager()
    standing = Standing(kind="site", lineage="commune__lineage")
    read_feature = Feature.SITE_READ

    edit_handler = TabbedInterface(
        [
            ObjectList(LocationMixin.location_panels, heading="Localisation"),
            ObjectList(CharacteristicsMixin.characteristics_panels, heading="Caractéristiques"),
            ObjectList(InhabitantsMixin.inhabitants_panels, heading="Habitants"),
            ObjectList(
                _questions(Theme.WATER, Theme.SANITARY, Theme.ELECTRICITY), heading="Eau, toilettes, électricité"
            ),
            ObjectList(_questions(Theme.TRASH, Theme.PEST, Theme.FIRE), heading="Déchets, nuisibles, incendie"),
            ObjectList([*SteeringMixin.steering_panels, FieldPanel("external_id")], heading="Pilotage"),
        ]
    )
    parent_page_types = ["sites_registry.DepartmentPage"]
    subpage_types: list[str] = []
    is_creatable = False  # declared on the site's own forms, where the commune decides of the right
    template = "sites_registry/site_page.html"
    page_description = "Un site : sa localisation, ses habitants, ses conditions de vie, son histoire."

    class Meta:
        verbose_name = "site"
        indexes = [
            GinIndex(OpClass("search_text", "gin_trgm_ops"), name="site_search_text_trgm"),
            # as the list sorts, so that its first page reads twenty rows
            models.Index(
                "status",
                OrderBy(F("situation_at"), descending=True, nulls_last=True),
                "page_ptr",
                name="site_status_situation",
            ),
            # which sites there are, and when each was last written, without reading their hundred columns
            models.Index(
                fields=["status", "commune", "page_ptr", "updated_at"],
                condition=models.Q(deleted_at__isnull=True),
                name="site_written",
            ),
            # not unique: a refusal would tell that a site which one may not read holds an identifier
            models.Index(fields=["external_id"], condition=~models.Q(external_id=""), name="site_external_id"),
        ]

    def __str__(self) -> str:
        return self.usual_name

    @property
    def code(self) -> str:
        """The opaque code that stands in the site's address."""
        return self.slug

    @property
    def key(self) -> str:
        """What identifies the site in a spreadsheet."""
        return self.external_id or self.slug

    @property
    def territory_lineage(self) -> Iterable[int]:
        return self.commune.lineage

    @property
    def address_on_platform(self) -> str:
        """The path of the site's page."""
        return reverse("sites:detail", args=[self.commune.departement_code, self.slug])

    def refuse_updates(self) -> None:
        if not self.is_open:
            raise ValidationError("Ce site est fermé : rouvrez-le, ou corrigez sa fermeture.")

    def places_of(self, changes: Mapping[str, Any]) -> Iterable[Territory]:
        commune = changes.get("commune")
        return [commune] if commune is not None and commune.pk != self.commune_id else []

    def parent_at(self, place: Territory) -> DepartmentPage:
        return department_page_for(place)

    def proposed_for(self, name: str, user: User) -> SiteQuerySet:
        """Sites of origin of the same département."""
        sites = super().proposed_for(name, user)
        if self.commune_id:
            sites = sites.filter(commune__departement=self.commune.departement_id)
        return sites.exclude(pk=self.pk).order_by("title")

    def prepare(self) -> None:
        """Fill in what Wagtail asks of every page and what searches read."""
        self.clean_texts()
        if not self.slug:  # type: ignore[has-type]  # Wagtail is not typed
            self.slug = new_code()
        if self.address:
            self.title = self.draft_title = self.usual_name
        if self.commune_id:
            self.search_text = fold(f"{self.name} {self.address} {self.commune.name} {self.slug} {self.external_id}")

    def editor_features(self) -> list[str]:
        """Editing an open site needs `site.update`; a closed one, the right to correct its closing.

        The editor shows every answer: it also takes the right to read every answer.
        """
        return [*EDITOR_READS, Feature.SITE_UPDATE if self.is_open else Feature.SITE_CORRECT]

    def get_url_parts(self, request=None):
        parts = super().get_url_parts(request)
        if parts is None or not self.commune_id:
            return parts
        return parts[0], parts[1], self.address_on_platform


class ClosingSolution(Orderable):
    """Where households went when a site closed: one row per solution, in persons and households."""

    site = ParentalKey(SitePage, on_delete=models.CASCADE, related_name="closing_solutions")
    kind = models.CharField("solution", max_length=20, choices=ClosingSolutionKind.choices)
    people = count_field("personnes")
    households = count_field("ménages")
    message = text_field("précisions")

    class Meta(Orderable.Meta):
        verbose_name = "orientation des ménages"
        verbose_name_plural = "orientations des ménages"
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind"],
                name="closing_solution_once_a_site",
                violation_error_message="Cette solution figure déjà dans la liste.",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

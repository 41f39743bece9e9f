"""One table of territories."""

from collections.abc import Iterable
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from .enums import TerritoryKind
from .search import folded_name, search_territories


class TerritoryQuerySet(models.QuerySet["Territory"]):
    """Reads of territories."""

    def communes(self) -> Self:
        """What a site may stand in: communes and municipal arrondissements."""
        return self.filter(kind__in=[TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT])

    def search(self, q: str, kinds: Iterable[str] | None = None, limit: int = 8) -> list["Territory"]:
        """The territories that `q` may name, the best first; see `search.search_territories`."""
        return search_territories(self, q, kinds=kinds, limit=limit)


class Territory(models.Model):
    """A place of INSEE's official geographic code, known by its kind and its code (a string: « 2A », « 01004 »)."""

    kind = models.CharField("niveau", max_length=20, choices=TerritoryKind.choices)
    code = models.CharField("code", max_length=12)
    name = models.CharField("nom", max_length=120)
    #: Folded name, codes and département, in which searches look: see `search.searchable`.
    search_text = models.TextField("texte de recherche", blank=True)
    postcodes = ArrayField(models.CharField(max_length=5), default=list, blank=True, verbose_name="codes postaux")
    former_codes = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name="anciens codes")
    #: Names of the communes that merged into this one.
    former_names = ArrayField(models.CharField(max_length=120), default=list, blank=True, verbose_name="anciens noms")
    population = models.PositiveIntegerField("population", null=True, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    #: True when the centre is the mean of neighbours, for want of an official one.
    centre_is_estimated = models.BooleanField("centre estimé", default=False)
    zone = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    region = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="région")
    departement = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="département"
    )
    epci = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="EPCI")
    commune = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    #: Keys of this territory and of everything that contains it: rights and filters overlap it.
    lineage = ArrayField(models.BigIntegerField(), default=list, verbose_name="lignée")
    millesime = models.CharField("millésime", max_length=4, blank=True)

    objects = TerritoryQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        verbose_name = "territoire"
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="territory_kind_code_unique")]
        indexes = [
            GinIndex(fields=["lineage"], name="territory_lineage"),
            GinIndex(OpClass("search_text", "gin_trgm_ops"), name="territory_search_text_trgm"),
            GinIndex(OpClass(folded_name(), "gin_trgm_ops"), name="territory_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def territory_lineage(self) -> list[int]:
        """Where it stands, as rights ask it of anything: « may I there? »."""
        return self.lineage

    @property
    def departement_code(self) -> str:
        """Code of the département that contains this territory, « » when there is none or several."""
        if self.kind == TerritoryKind.DEPARTEMENT:
            return self.code
        return self.departement.code if self.departement_id else ""

    @property
    def label(self) -> str:
        """The name with what tells it from its namesakes: « Toulouse (31) »."""
        if self.kind == TerritoryKind.EPCI:
            return f"{self.name} (EPCI)"
        return f"{self.name} ({self.departement_code})" if self.departement_code else self.name

    @property
    def context(self) -> str:
        """What contains it, from near to far: « Haute-Garonne, Occitanie »."""
        containers = [self.departement, self.region]
        if self.kind == TerritoryKind.ARRONDISSEMENT:
            containers.insert(0, self.commune)
        names = [container.name for container in containers if container is not None]
        return ", ".join(dict.fromkeys(name for name in names if name != self.name))

    @property
    def centre(self) -> tuple[float, float, bool] | None:
        """Latitude, longitude and whether they are sure (False: the mean of neighbours); None when nothing is known."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude, not self.centre_is_estimated

"""What is known of a site, topic by topic: each mixin carries its columns and its editor panels.

A page (`SitePage`) and its typed history (`SiteVersion`) are made of the same mixins, so that a state can be copied
from one to the other column by column. Labels and rules come from the existing platform's forms, which partners know.
Numbers of people are persons, dates are days; null always means « on ne sait pas ».
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel

from rbsite.base.fields import ChoiceSetField, TriStateField
from rbsite.territories.models import Territory

from ..enums import CensusStatus, ElectricitySource, Origin, SiteStatus, SiteType, ToiletType, WaterAccessType
from ..panels import AddressPanel, PointPanel, origins_panel, question
from ..validators import no_markup, valid_point


def count_field(label: str, minimum: int = 0, **kwargs) -> models.PositiveIntegerField:
    """A number of people or things, unknown when null."""
    validators = [
        MinValueValidator(
            minimum,
            "Le nombre doit être au moins {minimum}. Laissez vide si vous ne savez pas.".format(minimum=minimum),
        ),
        MaxValueValidator(99_999, "Le nombre est trop grand."),
    ]
    return models.PositiveIntegerField(label, null=True, blank=True, validators=validators, **kwargs)


def text_field(label: str, **kwargs) -> models.TextField:
    """A free text; blank when nothing is said."""
    return models.TextField(label, blank=True, default="", **kwargs)


class LocationMixin(models.Model):
    """Name, address, commune and point of a site."""

    name = models.CharField("appellation du site", max_length=35, blank=True, default="", validators=[no_markup])
    address = models.CharField("adresse", max_length=250, validators=[no_markup])
    commune = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="commune")
    #: What the map widget reads and writes; blank until somebody places the site.
    point = models.CharField("position sur la carte", max_length=80, blank=True, default="", validators=[valid_point])
    #: Derived from `point`, in degrees (WGS 84); the commune's centre when nobody has placed the site.
    latitude = models.FloatField("latitude", null=True, editable=False)
    longitude = models.FloatField("longitude", null=True, editable=False)
    #: True when the point is the commune's centre because nobody has given a better one.
    is_approximate = models.BooleanField("position approximative : centre de la commune", default=False, editable=False)
    access_notes = text_field("informations d’accès")

    location_panels = [
        MultiFieldPanel(
            [
                FieldPanel("name", help_text="Le nom d’usage, s’il en a un (35 caractères au plus)."),
                AddressPanel("address"),
                FieldPanel("commune"),
                PointPanel("point"),
            ],
            heading="Où se trouve le site ?",
        ),
        FieldPanel("access_notes"),
    ]

    class Meta:
        abstract = True


class CharacteristicsMixin(models.Model):
    """Kind of site, dates, reinstallation."""

    site_type = models.CharField("type de site", max_length=20, choices=SiteType.choices)
    built_at = models.DateField("date d’installation", null=True, blank=True)
    declared_at = models.DateField("date de signalement")
    is_reinstallation = TriStateField("la majorité des habitants était-elle déjà sur le territoire ?")
    reinstallation_comments = text_field("précisions sur la réinstallation")

    characteristics_panels = [
        FieldPanel("site_type"),
        FieldRowPanel([FieldPanel("built_at"), FieldPanel("declared_at")]),
        MultiFieldPanel(
            [
                FieldPanel("is_reinstallation"),
                question("reinstallation_comments"),
                origins_panel(),
            ],
            heading="Réinstallation",
        ),
    ]

    class Meta:
        abstract = True


class InhabitantsMixin(models.Model):
    """People, dwellings, origins, social diagnosis. Never anything about one person."""

    population_total = count_field("personnes", minimum=1)
    population_females = count_field("dont femmes et filles")
    population_households = count_field("ménages", minimum=1)
    population_minors = count_field("mineurs")
    population_minors_girls = count_field("dont filles")
    population_minors_0_3 = count_field("0 - 3 ans")
    population_minors_3_6 = count_field("3 - 6 ans")
    population_minors_6_12 = count_field("6 - 12 ans")
    population_minors_12_16 = count_field("12 - 16 ans")
    population_minors_16_18 = count_field("16 - 18 ans")
    minors_in_school = count_field("inscrits en établissement scolaire")
    caravans = count_field("caravanes")
    huts = count_field("habitats autoconstruits")
    tents = count_field("tentes")
    cars = count_field("voitures dortoir")
    mattresses = count_field("matelas")
    origins = ChoiceSetField(Origin, verbose_name="origine des habitants")
    census_status = models.CharField(
        "statut du diagnostic social", max_length=10, choices=CensusStatus.choices, blank=True, default=""
    )
    census_conducted_at = models.DateField("date du diagnostic social", null=True, blank=True)
    census_conducted_by = models.CharField(
        "intervenant en charge du diagnostic", max_length=250, blank=True, default="", validators=[no_markup]
    )

    inhabitants_panels = [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("population_total"), FieldPanel("population_females")]),
                FieldPanel("population_households"),
                FieldRowPanel([FieldPanel("population_minors"), FieldPanel("population_minors_girls")]),
                FieldRowPanel(
                    [FieldPanel(f"population_minors_{ages}") for ages in ("0_3", "3_6", "6_12", "12_16", "16_18")]
                ),
                FieldPanel("minors_in_school"),
            ],
            heading="Habitants",
        ),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel(kind) for kind in ("caravans", "huts", "tents", "cars", "mattresses")])],
            heading="Habitats",
        ),
        FieldPanel("origins", help_text="Rien de coché : on ne sait pas."),
        MultiFieldPanel(
            [
                FieldPanel("census_status"),
                question("census_conducted_at"),
                question("census_conducted_by"),
            ],
            heading="Diagnostic social",
        ),
    ]

    class Meta:
        abstract = True


class ClosingMixin(models.Model):
    """Whether the site is open; why, when and how it closed."""

    status = models.CharField("statut", max_length=25, choices=SiteStatus.choices, default=SiteStatus.OPEN)
    closed_at = models.DateField("date de fermeture", null=True, blank=True)
    closing_context = text_field("contexte de la fermeture")
    #: « Résorbé » : not to be confused with the cause « Résorption progressive ».
    closed_with_solutions = TriStateField("le site a-t-il été résorbé définitivement ?")

    class Meta:
        abstract = True


class SteeringMixin(models.Model):
    """What those who steer follow."""

    heatwave_risk = models.BooleanField("risque canicule", default=False)
    resorption_target = models.PositiveSmallIntegerField(
        "objectif de résorption (année)",
        null=True,
        blank=True,
        validators=[MinValueValidator(2012), MaxValueValidator(2100)],
    )

    steering_panels = [FieldPanel("heatwave_risk"), FieldPanel("resorption_target")]

    class Meta:
        abstract = True


class WaterMixin(models.Model):
    """Living conditions: water."""

    water_access_type = models.CharField(
        "comment les habitants ont-ils accès à l’eau ?",
        max_length=30,
        choices=WaterAccessType.choices,
        blank=True,
        default="",
    )
    water_access_type_details = text_field("modalités d’accès à l’eau")
    water_access_is_public = TriStateField("est-ce un point d’eau sur la voie publique ?")
    water_access_is_continuous = TriStateField("l’accès à l’eau est-il continu ?")
    water_access_is_continuous_details = text_field("détails sur l’accès qui n’est pas continu")
    water_access_is_local = TriStateField("le point d’eau est-il sur le site ?")
    water_access_is_close = TriStateField("le point d’eau est-il proche de l’habitation la plus éloignée ?")
    water_access_is_unequal = TriStateField("des inégalités d’accès à l’eau ont-elles été constatées ?")
    water_access_is_unequal_details = text_field("détails sur les inégalités d’accès à l’eau")
    water_access_has_stagnant_water = TriStateField("y a-t-il des eaux stagnantes autour du point d’eau ?")
    water_access_comments = text_field("informations complémentaires sur l’eau")

    class Meta:
        abstract = True


class SanitaryMixin(models.Model):
    """Living conditions: toilets."""

    sanitary_working_toilets = TriStateField("les habitants ont-ils accès à des toilettes fonctionnelles ?")
    sanitary_toilet_types = ChoiceSetField(ToiletType, verbose_name="types de toilettes installées")
    sanitary_toilets_are_inside = TriStateField("les toilettes sont-elles à l’intérieur du site ?")
    sanitary_toilets_are_lighted = TriStateField("sont-elles éclairées et verrouillables de l’intérieur ?")
    sanitary_hand_washing = TriStateField("y a-t-il un point de lavage des mains à proximité ?")
    sanitary_open_air_defecation = TriStateField("y a-t-il des marques de défécation à l’air libre ?")

    class Meta:
        abstract = True


class ElectricityMixin(models.Model):
    """Living conditions: electricity."""

    electricity_access = TriStateField("y a-t-il une installation électrique ?")
    electricity_access_types = ChoiceSetField(ElectricitySource, verbose_name="source de l’électricité")
    electricity_access_is_unequal = TriStateField("des inégalités d’accès à l’électricité ont-elles été constatées ?")

    class Meta:
        abstract = True


class TrashMixin(models.Model):
    """Living conditions: waste."""

    trash_is_piling = TriStateField("y a-t-il une accumulation d’ordures ménagères sur le site ou aux abords ?")
    trash_evacuation_is_close = TriStateField("y a-t-il des dispositifs de ramassage à moins de 100 m ?")
    trash_evacuation_is_safe = TriStateField("ces dispositifs sont-ils en bon état et sécurisés ?")
    trash_evacuation_is_regular = TriStateField("la collecte est-elle régulière ?")
    trash_bulky_is_piling = TriStateField("y a-t-il une accumulation d’encombrants ou de gravats ?")

    class Meta:
        abstract = True


class SafetyMixin(models.Model):
    """Living conditions: pests and fire."""

    pest_animals_presence = TriStateField("y a-t-il des nuisibles sur le site ou à proximité ?")
    pest_animals_details = text_field("précisions sur les nuisibles")
    fire_prevention_diagnostic = TriStateField("un diagnostic prévention incendie a-t-il été réalisé par le SDIS ?")

    class Meta:
        abstract = True

from django.apps import AppConfig


class TerritoriesConfig(AppConfig):
    """The places of the country: one table from the nation to municipal arrondissements, and the geocoder."""

    name = "rbsite.territories"
    label = "territories"
    verbose_name = "territoires"

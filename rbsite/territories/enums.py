"""Kinds of territories."""

from django.db import models


class TerritoryKind(models.TextChoices):
    """From the largest to the smallest, in INSEE's terms."""

    COUNTRY = "country", "Pays"
    ZONE = "zone", "Zone"
    REGION = "region", "Région"
    DEPARTEMENT = "departement", "Département"
    EPCI = "epci", "EPCI"
    COMMUNE = "commune", "Commune"
    ARRONDISSEMENT = "arrondissement", "Arrondissement municipal"

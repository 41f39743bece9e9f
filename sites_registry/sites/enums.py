"""The closed lists of a site: stored as strings, shown in French."""

from django.db import models


class SiteStatus(models.TextChoices):
    """Open, or the cause of the closing (« Cause de la fermeture »)."""

    OPEN = "open", "Ouvert"
    PROGRESSIVE_RESORPTION = "resorbed", "Résorption progressive du site"
    CLOSED_BY_JUSTICE = "closed_by_justice", "Décision de justice suite à une plainte du propriétaire"
    CLOSED_BY_PREFECTURE = "closed_by_pref_admin", "Décision administrative de la Préfecture"
    CLOSED_BY_CITY = "closed_by_city_admin", "Décision administrative de la Commune"
    OTHER = "other", "Autre"
    UNKNOWN = "unknown", "Raison inconnue"


CLOSING_CAUSES = [choice for choice in SiteStatus.choices if choice[0] != SiteStatus.OPEN]


class SiteType(models.TextChoices):
    LAND = "land", "Terrain"
    BUILDING = "building", "Immeuble bâti"
    OTHER = "other", "Autre"


class Origin(models.TextChoices):
    FRENCH = "french", "Français"
    EUROPEAN_UNION = "eu", "Union européenne"
    OUTSIDE_EUROPEAN_UNION = "outside_eu", "Hors Union européenne"


class CensusStatus(models.TextChoices):
    """Social diagnosis; a blank answer means « inconnu »."""

    NONE = "none", "Non prévu"
    SCHEDULED = "scheduled", "Prévu"
    DONE = "done", "Réalisé"


class WaterAccessType(models.TextChoices):
    NETWORK_TAP = "robinet_connecte_au_reseau", "Robinet connecté au réseau d’eau"
    PUBLIC_FOUNTAIN = "fontaine_publique", "Fontaine publique"
    FIRE_HYDRANT = "borne_incendie", "Borne incendie"
    TANK = "reservoir", "Réservoir, cuve ou citerne"
    BOTTLES_ONLY = "achat_bouteille", "Achat de bouteilles uniquement"
    OTHER = "autre", "Autre"


class ToiletType(models.TextChoices):
    LATRINES = "latrines", "Latrines construites par les habitants"
    CHEMICAL = "toilettes_chimiques", "Toilettes chimiques"
    DRY = "toilettes_seches", "Toilettes sèches installées par un prestataire ou une association"
    FLUSH = "toilettes_a_chasse", "Toilettes à chasse d’eau"


class ElectricitySource(models.TextChoices):
    GENERATOR = "electrogene", "Groupe électrogène"
    NETWORK = "reseau_urbain", "Raccordement au réseau urbain"
    BUILDING = "installation_du_bati", "Utilisation de l’installation du bâti (squat)"


class ClosingSolutionKind(models.TextChoices):
    """Where households went (« orientation des ménages »)."""

    TEMPORARY_SHELTER = "temporary_shelter", "Mise à l’abri temporaire (quelques jours ou semaines)"
    ADAPTED_HOUSING = (
        "adapted_housing",
        "Hébergement ou logement adapté longue durée avec accompagnement, dont espace temporaire d’accompagnement",
    )
    HOUSING = "housing", "Logement"
    NONE = "none", "Aucune"
    OTHER = "other", "Autre"


DURABLE_SOLUTIONS = (ClosingSolutionKind.ADAPTED_HOUSING, ClosingSolutionKind.HOUSING)


class Theme(models.TextChoices):
    """The six themes of living conditions."""

    WATER = "water", "Eau"
    SANITARY = "sanitary", "Toilettes"
    ELECTRICITY = "electricity", "Électricité"
    TRASH = "trash", "Évacuation des déchets"
    PEST = "pest", "Nuisibles"
    FIRE = "fire", "Prévention incendie"


class ThemeStatus(models.TextChoices):
    """What is known of a theme, from best to worst; « inconnu » is an answer of its own."""

    GOOD = "good", "oui"
    TO_IMPROVE = "to_improve", "à améliorer"
    BAD = "bad", "non"
    UNKNOWN = "unknown", "inconnu"


class ChangeKind(models.TextChoices):
    """Why a state of a site was recorded."""

    DECLARED = "declared", "Déclaration du site"
    UPDATED = "updated", "Actualisation"
    UNCHANGED = "unchanged", "Actualisation sans changement"
    PAST = "past", "Ajout d’un état passé"
    CLOSED = "closed", "Fermeture du site"
    CORRECTED = "corrected", "Correction de la fermeture"
    REOPENED = "reopened", "Réouverture du site"
    RESTORED = "restored", "Rétablissement d’un état antérieur"
    IMPORTED = "imported", "Import d’un tableau"
    FOLLOWED = "followed", "Pilotage"

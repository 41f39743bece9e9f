"""Words from which invented names, addresses and comments are made."""

from random import Random

_FIRST = (
    "Agnès Alain Amina Anaïs André Anne Antoine Aurélie Bastien Béatrice Benoît Bruno Camille Carole Catherine Cécile "
    "Chantal Christophe Claire Clément Corinne Damien Daniel David Delphine Denis Édith Élodie Émilie Éric Fabien "
    "Fatima Florence François Gaëlle Gérard Guillaume Hélène Henri Hugo Inès Isabelle Jacques Jean Jeanne Jérôme Joël "
    "Julie Karim Laurence Léa Lionel Louise Lucie Malika Manon Marc Marie Martine Mathieu Maxime Mélanie Michel Nadia "
    "Nathalie Nicolas Nora Odile Olivier Pascal Patrick Paul Pauline Philippe Pierre Rachid Régis Romain Sabine Samir "
    "Sandrine Sarah Sébastien Simon Solène Sophie Stéphane Sylvie Théo Thierry Valérie Véronique Vincent Yann Yasmine"
)
FIRST_NAMES = _FIRST.split()

_LAST = (
    "Alberty Amouroux Barbier Baudoin Belkacem Berthelot Besnard Bonnard Bordenave Bouvier Brunel Cadiou Calmels "
    "Carpentier Castaing Chabrol Chauvet Clavel Combes Cordier Courtade Dallet Daubigny Delmas Desmoulin Diallo Doucet "
    "Dufresne Dupin Escande Fabre Faucher Ferrand Fontanel Fourcade Gaillac Garrigue Gaubert Ghezal Gimenez Granger "
    "Guillot Hamelin Hervieu Humbert Jacquet Jourdain Kermarec Labadie Lacombe Lagarde Lamarque Larrieu Lebreton "
    "Lefort Lemoigne Loubet Maillard Mansouri Marquet Marty Mazeaud Mercadier Monnier Montagne Morvan Nadal Naudin "
    "Noguès Ollivier Ouali Pagès Pellegrin Perrault Peyre Pinson Poncet Pradal Prévost Quillien Rambaud Ravel Renaudin "
    "Rivoal Roca Rouquette Sabatier Salvy Sarrazin Servant Sicard Tahar Tardieu Teissier Tournier Tréguer Vaillant "
    "Vasseur Verdier Vialard Vidalenc Villard Zemmour"
)
LAST_NAMES = _LAST.split()

POSITIONS = {
    "state": ("chargée de mission résorption", "chef du service hébergement", "directrice adjointe", "sous-préfet"),
    "local": ("chargé de mission habitat", "directrice de la solidarité", "médiateur", "responsable tranquillité"),
    "association": ("coordinatrice", "travailleur social", "médiatrice en santé", "chef de service", "bénévole"),
    "other": ("référente départementale", "conseiller technique", "chargée d’études"),
}

_WAYS = ("chemin", "rue", "avenue", "route", "allée", "impasse", "quai", "boulevard", "sente")
_WAY_NAMES = (
    "du Moulin", "des Aubépines", "de la Gravière", "du Canal", "des Platanes", "de la Tuilerie", "du Pont Neuf",
    "des Maraîchers", "de la Plaine", "du Lavoir", "des Peupliers", "de l’Écluse", "des Briquetiers", "du Bac",
    "de la Fontaine", "des Forges", "du Stade", "de la Gare", "des Noyers", "du Petit Bois", "de la Sablière",
    "des Vignes", "du Port Sec", "de l’Abattoir", "des Ateliers", "de la Croix Verte", "du Grand Champ", "des Saules",
)  # fmt: skip
_SPOTS = ("derrière l’ancienne gare", "sous l’échangeur", "à côté de la déchèterie", "le long de la voie ferrée")
_NAMES = (
    "Les Tilleuls", "La Gravière", "Friche de la tuilerie", "Le Talus", "Ancienne scierie", "Bord de rocade",
    "Les Jardins du canal", "Le Grand Pré", "Ancien garage", "La Butte", "Les Ateliers", "Parking nord", "Le Verger",
    "La Halle aux grains", "Quai aval", "Le Bois carré", "L’Îlot", "Les Remblais", "Ancienne école", "La Sablière",
    "Hangar bleu", "Les Quatre Chemins", "Le Petit Pont", "Ancienne clinique", "La Carrière", "Les Acacias",
)  # fmt: skip

ACCESS_NOTES = (
    "Entrée par le portail vert, à pied seulement.",
    "Prévenir l’opérateur la veille d’une visite.",
    "Stationner sur le parking du gymnase ; chemin boueux par temps de pluie.",
    "Accès poids lourds impossible ; passage de 2 m de large.",
)
PEST_DETAILS = ("Rats observés près des bennes.", "Rats et moustiques.", "Cafards dans le bâtiment.")
WATER_DETAILS = ("Branchement sur le bâtiment voisin.", "Citerne remplie deux fois par semaine.", "Puits du terrain.")
CUT_WATER_DETAILS = ("Coupures chaque fin de semaine.", "Pression trop faible le soir.", "Gel du tuyau en hiver.")
UNEQUAL_WATER_DETAILS = ("Les habitations du fond sont à plus de 200 m.", "Un seul robinet pour deux groupes.")
REINSTALLATION_COMMENTS = ("Habitants d’un site fermé dans la commune voisine.", "Retour après un séjour à l’hôtel.")
CLOSING_CONTEXTS = (
    "Départ des derniers ménages, terrain sécurisé par son propriétaire.",
    "Jugement du tribunal judiciaire, concours de la force publique accordé.",
    "Arrêté de péril ; diagnostic social transmis avant la fermeture.",
    "Départ volontaire des habitants, sans adresse connue.",
)
CENSUS_AUTHORS = ("Opérateur mandaté par l’État", "Service social de la commune", "DDETS", "Équipe mobile")


def full_name(rng: Random) -> tuple[str, str]:
    """A first and a last name."""
    return rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)


def address(rng: Random) -> str:
    """« 12 chemin du Moulin », sometimes without a number, sometimes with a landmark."""
    street = f"{rng.choice(_WAYS)} {rng.choice(_WAY_NAMES)}"
    if rng.random() < 0.7:
        return f"{rng.randint(1, 180)} {street}"
    street = street[0].upper() + street[1:]
    return f"{street}, {rng.choice(_SPOTS)}" if rng.random() < 0.5 else street


def site_name(rng: Random) -> str:
    """The usual name of a site; many have none."""
    return rng.choice(_NAMES) if rng.random() < 0.6 else ""

"""The public pages of the demonstration."""

from .models import InfoPage
from .planting import has_home, plant_home

_LEAD = (
    "Un outil partagé par celles et ceux qui accompagnent les habitants des bidonvilles et des squats : connaître les "
    "sites, améliorer les conditions de vie, construire des solutions durables."
)
_IS = """
<ul>
<li>L’outil de travail quotidien des services de l’État, des collectivités et des associations : chaque site est décrit,
actualisé et suivi jusqu’à ce que ses habitants aient trouvé une solution.</li>
<li>Une mémoire : chaque état publié est gardé avec son auteur et sa date.</li>
<li>Un outil discret : chacun ne lit que les sites de ses territoires, selon son rôle.</li>
</ul>
"""
_IS_NOT = """
<ul>
<li>Un fichier de personnes : aucun nom d’habitant, aucune situation individuelle.</li>
<li>Un recensement ethnique : l’origine des habitants se dit par grands ensembles (France, Union européenne, hors Union
européenne), ou pas du tout.</li>
<li>Un outil d’expulsion : fermer un site n’est pas une réussite en soi ; ce qui compte est l’orientation des
ménages.</li>
<li>Une carte publique : sans compte, personne ne voit où sont les sites.</li>
</ul>
"""
_WHO_SEES = """
<p>Un site n’est jamais public. Chacun lit ceux de ses territoires, et rien des autres : ni nom, ni nombre.</p>
<ul>
<li><b>Correspondants de l’État et administrateurs locaux :</b> les sites de leurs territoires, procédures
comprises.</li>
<li><b>Collectivités, opérateurs et intervenants :</b> les sites de leurs territoires, sans les procédures ni les
propriétaires, sauf accès donné nommément.</li>
<li><b>Observateurs :</b> les sites de leurs territoires, sans les informations d’accès.</li>
<li><b>Acteurs nationaux :</b> les sites de tout le pays, sans les procédures ni les propriétaires.</li>
</ul>
<p>Chaque modification garde le nom de son auteur et sa date.</p>
"""
_LEGAL = """
<p>Cette installation est une démonstration. Les sites, les structures et les personnes y sont inventés ; seuls les noms
et les codes des territoires sont réels (INSEE, Licence Ouverte).</p>
<h2>Logiciel</h2>
<p>Résorption-bidonvilles est un logiciel libre, publié sous licence AGPL 3.0 ou ultérieure.</p>
<h2>Éditeur et hébergeur</h2>
<p>Une installation réelle indique ici son éditeur, son directeur de publication et son hébergeur.</p>
"""
_ACCESSIBILITY = """
<p>La plateforme vise la conformité au référentiel général d’amélioration de l’accessibilité (RGAA 4.1) : utilisation au
clavier et avec un lecteur d’écran, textes lisibles, cartes toujours doublées d’une liste.</p>
<p>Aucun audit de conformité n’a encore été mené : son résultat sera publié sur cette page.</p>
<h2>Signaler une difficulté</h2>
<p>Écrivez à l’adresse de contact de la page d’accueil : une réponse et une solution de remplacement vous seront
données.</p>
"""
_PERSONAL_DATA = """
<h2>Habitants</h2>
<p>La plateforme ne contient aucune donnée personnelle sur les habitants : des nombres, jamais des noms.</p>
<h2>Utilisateurs</h2>
<p>Nom, adresse électronique, téléphone professionnel, fonction et structure de chaque personne inscrite, pour lui
ouvrir les droits qui correspondent à ses missions. Le nom de l’auteur reste attaché à ce qu’il a publié.</p>
<h2>Traceurs</h2>
<p>Aucun traceur, aucune mesure d’audience : un seul témoin de connexion, nécessaire au fonctionnement.</p>
<h2>Vos droits</h2>
<p>Pour consulter, corriger ou faire effacer vos données, écrivez à l’adresse de contact de la page d’accueil.</p>
"""
_INFORMATION = (
    ("Mentions légales", "mentions-legales", _LEGAL),
    ("Accessibilité", "accessibilite", _ACCESSIBILITY),
    ("Données personnelles", "donnees-personnelles", _PERSONAL_DATA),
)


def plant_public_pages() -> None:
    """Create the home and the information pages in place of Wagtail's welcome page, once."""
    if has_home():
        return
    home = plant_home(
        lead=_LEAD,
        is_text=_IS,
        is_not_text=_IS_NOT,
        who_sees_text=_WHO_SEES,
        contact_email="contact@demo.test",
        search_description="L’outil partagé de celles et ceux qui accompagnent les habitants des bidonvilles.",
    )
    for title, slug, body in _INFORMATION:
        home.add_child(instance=InfoPage(title=title, slug=slug, body=body, show_in_menus=True))

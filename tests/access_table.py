"""Who may open each address: the test of the house rules fails on an address that is missing here.

A rule names who gets past the door; what they then see is the policy's business (`rbsite/accounts/permissions.py`).
"""

RULES = {
    "public": "anybody",
    "page": "the page decides: public unless it or a parent is restricted",
    "signed-in": "any active account",
    "own-door": "any active account; the view itself sends visitors to the sign-in page, keeping what they typed",
    "wagtail-admin": "accounts that may enter the editor",
}

#: Rules whose addresses the sign-in middleware lets anybody reach.
OPEN_RULES = {"public", "page", "own-door"}

#: Whole groups of addresses that belong to a library and share one rule.
PREFIXES: dict[str, str] = {
    "cms/": "wagtail-admin",
}

ACCESS: dict[str, str] = {
    # --- sites
    "tableau-de-bord/": "signed-in",
    "recherche/": "signed-in",
    "recherche/propositions": "signed-in",
    "sites/": "signed-in",
    "sites/actualiser/": "signed-in",
    "sites/carte/": "signed-in",
    "sites/carte/departements.svg": "signed-in",
    "sites/carte/donnees.json": "signed-in",
    "sites/declarer/": "own-door",
    "sites/importer/": "signed-in",
    "sites/importer/modele/": "signed-in",
    "sites/importer/<uuid:token>/": "signed-in",
    "sites/importer/<uuid:token>/annote/": "signed-in",
    "sites/importer/<uuid:token>/colonnes/": "signed-in",
    "sites/importer/<uuid:token>/fichier/": "signed-in",
    "sites/exporter/": "signed-in",
    "sites/<slug:departement>/<slug:code>/": "signed-in",
    "sites/<slug:departement>/<slug:code>/actualiser/<slug:section>/": "own-door",
    "sites/<slug:departement>/<slug:code>/apercu/": "signed-in",
    "sites/<slug:departement>/<slug:code>/canicule/": "signed-in",
    "sites/<slug:departement>/<slug:code>/demarrer-la-resorption/": "signed-in",
    "sites/<slug:departement>/<slug:code>/epingler/": "signed-in",
    "sites/<slug:departement>/<slug:code>/j-interviens/": "signed-in",
    "sites/<slug:departement>/<slug:code>/objectif/": "signed-in",
    "sites/<slug:departement>/<slug:code>/phases/": "signed-in",
    "sites/<slug:departement>/<slug:code>/supprimer/": "signed-in",
    "sites/<slug:departement>/<slug:code>/fermer/": "own-door",
    "sites/<slug:departement>/<slug:code>/historique/": "signed-in",
    "sites/<slug:departement>/<slug:code>/historique/<int:version_id>/": "signed-in",
    "sites/<slug:departement>/<slug:code>/<slug:tab>/": "signed-in",
    "sites/<slug:departement>/<slug:code>/rien-n-a-change/": "signed-in",
    "sites/<slug:departement>/<slug:code>/rouvrir/": "signed-in",
    "^sites/.*$": "signed-in",
    # --- for everybody
    "plan-du-site/": "public",
    # --- account
    "compte/connexion/": "public",
    "compte/deconnexion/": "public",
    "compte/inscription/": "public",
    "compte/desactive/": "public",
    "compte/confirmation/": "signed-in",
    "compte/mot-de-passe/": "signed-in",
    "compte/mot-de-passe/nouveau/": "signed-in",
    "compte/mot-de-passe/oublie/": "public",
    "compte/mot-de-passe/oublie/envoye/": "public",
    "compte/^mot-de-passe/oublie/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "public",
    "compte/mot-de-passe/change/": "public",
    # --- geography
    "geo/communes": "signed-in",
    "geo/reverse": "signed-in",
    "geo/search": "signed-in",
    "geo/fond/<int:z>/<int:x>/<int:y>.svg": "public",
    # --- Wagtail
    "cms/login/": "public",
    "cms/account/": "signed-in",
    "cms/logout/": "signed-in",
    "^((?:[\\w\\-]+/)*)$": "page",
}

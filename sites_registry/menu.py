"""Entries of the main menu and of « Saisir » that belong to the registry."""

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import whoever_may
from rbsite.base.menu import MENU, MenuEntry

_ENTRIES = (
    MenuEntry("Accueil", "/tableau-de-bord/", "home", order=10, on_phone_bar=True),
    MenuEntry("Sites", "/sites/", "site", order=20, on_phone_bar=True),
    MenuEntry("Carte", "/sites/carte/", "map", order=25, on_phone_bar=True, may=whoever_may(Feature.SITE_READ)),
    MenuEntry(
        "Déclarer",
        "/sites/declarer/",
        "plus",
        order=30,
        is_verb=True,
        is_in_main_menu=True,
        on_phone_bar=True,
        may=whoever_may(Feature.SITE_CREATE),
    ),
    MenuEntry(
        "Importer",
        "/sites/importer/",
        "upload",
        order=40,
        is_verb=True,
        is_in_main_menu=True,
        may=whoever_may(Feature.SITE_UPDATE),
    ),
    MenuEntry("Exporter", "/sites/exporter/", "download", order=50, may=whoever_may(Feature.SITE_EXPORT)),
)


def register_entries() -> None:
    """Add the registry's entries, each seen by whoever may use it somewhere."""
    for entry in _ENTRIES:
        MENU.register(entry)

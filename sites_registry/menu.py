"""Entries of the main menu that belong to the registry."""

from collections.abc import Callable

from django.http import HttpRequest

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.menu import MenuEntry, register


def _whoever_may(feature: Feature) -> Callable[[HttpRequest], bool]:
    return lambda request: can(request.user, feature)


def register_entries() -> None:
    """Add the registry's entries, each seen by whoever may use it somewhere."""
    register(
        MenuEntry("Carte", "/sites/carte/", "map", order=25, on_phone_bar=True, visible=_whoever_may(Feature.SITE_READ))
    )
    register(
        MenuEntry(
            "Déclarer",
            "/sites/declarer/",
            "plus",
            order=30,
            on_phone_bar=True,
            visible=_whoever_may(Feature.SITE_CREATE),
        )
    )
    register(MenuEntry("Importer", "/sites/importer/", "upload", order=40, visible=_whoever_may(Feature.SITE_UPDATE)))
    register(MenuEntry("Exporter", "/sites/exporter/", "download", order=50, visible=_whoever_may(Feature.SITE_EXPORT)))

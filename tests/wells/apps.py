from django.apps import AppConfig


class WellsConfig(AppConfig):
    """Wells: a second kind of page with a typed history, which exists only in the tests."""

    name = "tests.wells"

    def ready(self) -> None:
        from rbsite.accounts.enums import Feature
        from rbsite.accounts.page_policy import register_protected_pages
        from rbsite.base.page_screens import register_screen

        from . import models, views

        wells = models.Well.objects
        register_protected_pages(lambda user, actions: wells.visible_to(user, Feature.SITE_UPDATE), models.Well)
        register_screen(models.Well, views.show)

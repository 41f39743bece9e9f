from django.apps import AppConfig


class WellsConfig(AppConfig):
    """Wells: a second kind of page with a typed history, which exists only in the tests."""

    name = "tests.wells"

    def ready(self) -> None:
        from rbsite.accounts.page_policy import register_protected_pages
        from rbsite.base.page_screens import register_screen

        from . import models, views

        register_protected_pages(models.pages_open_to, models.Well)
        register_screen(models.Well, views.show)

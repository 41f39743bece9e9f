from django.apps import AppConfig


class SitesRegistryConfig(AppConfig):
    """Sites: their pages, history, quick updates, import and export."""

    name = "sites_registry"
    verbose_name = "registre des sites"

    def ready(self) -> None:
        from rbsite.accounts.page_policy import register_protected_pages
        from rbsite.spreadsheets.kinds import KINDS

        from . import menu
        from .models import DepartmentPage, RegistryPage, SitePage
        from .sites import page_rights
        from .sites.exchange.kind import SITES
        from .versioned import publishing

        publishing.connect()
        register_protected_pages(page_rights.pages_open_to, RegistryPage, DepartmentPage, SitePage)
        menu.register_entries()
        KINDS.register(SITES)

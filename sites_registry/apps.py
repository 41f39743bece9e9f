from django.apps import AppConfig


class SitesRegistryConfig(AppConfig):
    """Sites: their pages, history, quick updates, import and export."""

    name = "sites_registry"
    verbose_name = "registre des sites"

    def ready(self) -> None:
        from rbsite.accounts.page_policy import register_protected_pages
        from rbsite.base.page_screens import register_screen
        from rbsite.base.preparation import PREPARATIONS, Preparation
        from rbsite.spreadsheets.kinds import KINDS

        from . import menu
        from .models import DepartmentPage, RegistryPage, SitePage
        from .sites import metrics, page_rights, retention
        from .sites.exchange.kind import SITES
        from .sites.forms.editor import SitePageForm
        from .sites.reads import cards, home, search
        from .sites.views import dashboard, detail
        from .tree import plant_registry
        from .versioned import publishing

        publishing.connect()
        SitePage.base_form_class = SitePageForm  # said here, so that models and verbs know no form
        register_protected_pages(page_rights.pages_open_to, RegistryPage, DepartmentPage, SitePage)
        register_screen(SitePage, detail.show_site)
        menu.register_entries()
        detail.register_sections()
        cards.register_lines()
        metrics.register()
        home.register_tasks()
        dashboard.register_panels()
        search.register_finders()
        retention.register()
        KINDS.register(SITES)
        PREPARATIONS.register(
            Preparation(
                key="registry",
                order=30,
                label="Registre des sites",
                is_done=RegistryPage.objects.exists,
                do=plant_registry,
            )
        )

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """What is told to everybody: home, information pages, and later news, practices, trainings."""

    name = "knowledge"
    verbose_name = "connaissances"

    def ready(self) -> None:
        from rbsite.base.demo import register_planter
        from rbsite.base.menu import register_footer
        from rbsite.base.preparation import PREPARATIONS, Preparation

        from . import demo, footer, planting

        footer.connect()
        register_footer(footer.links)
        register_planter(demo.plant_public_pages)
        PREPARATIONS.register(
            Preparation(key="home", order=20, label="Page d’accueil", is_done=planting.has_home, do=planting.plant_home)
        )

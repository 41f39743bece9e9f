from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """What is told to everybody: home, information pages, and later news, practices, trainings."""

    name = "knowledge"
    verbose_name = "connaissances"

    def ready(self) -> None:
        from rbsite.base.menu import register_footer

        from . import footer

        footer.connect()
        register_footer(footer.links)

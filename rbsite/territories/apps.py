from django.apps import AppConfig


class TerritoriesConfig(AppConfig):
    """The places of the country: one table from the nation to municipal arrondissements, and the geocoder."""

    name = "rbsite.territories"
    label = "territories"
    verbose_name = "territoires"

    def ready(self) -> None:
        from django.core.management import call_command

        from rbsite.base.preparation import PREPARATIONS, Preparation

        from .models import Territory

        PREPARATIONS.register(
            Preparation(
                key="territories",
                order=10,
                label="Communes, départements et régions",
                is_done=Territory.objects.exists,
                do=lambda: call_command("import_territories", verbosity=0),
            )
        )

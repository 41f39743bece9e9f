from django.apps import AppConfig


class BaseConfig(AppConfig):
    """The kernel: fields, text folding, form and table components. Imports no room."""

    name = "rbsite.base"
    label = "base"
    verbose_name = "socle"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in
        from django.db.backends.signals import connection_created

        from .retention import purge_once_a_day
        from .waiting import limit

        connection_created.connect(limit, dispatch_uid="limit")
        user_logged_in.connect(purge_once_a_day, dispatch_uid="purge_once_a_day")

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """The kernel: fields, text folding, form and table components. Imports no room."""

    name = "rbsite.base"
    label = "base"
    verbose_name = "socle"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from .retention import purge_once_a_day

        user_logged_in.connect(purge_once_a_day, dispatch_uid="purge_once_a_day")

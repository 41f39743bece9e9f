from django.apps import AppConfig


class BaseConfig(AppConfig):
    """The kernel: fields, text folding, form and table components. Imports no room."""

    name = "rbsite.base"
    label = "base"
    verbose_name = "socle"

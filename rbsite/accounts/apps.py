from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, organisations, roles, grants and the permission policy that Wagtail asks."""

    name = "rbsite.accounts"
    label = "accounts"
    verbose_name = "comptes"

    def ready(self) -> None:
        from django.core import checks

        from rbsite.spreadsheets.checks import files_are_read_within_limits
        from rbsite.spreadsheets.kinds import KINDS

        from . import exchange, page_policy, people

        page_policy.register()
        people.register_finder()
        KINDS.register(exchange.ORGANISATIONS)
        checks.register(files_are_read_within_limits)

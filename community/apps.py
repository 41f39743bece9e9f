from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """What partners say to each other: journals, questions, directory, notifications."""

    name = "community"
    verbose_name = "communauté"

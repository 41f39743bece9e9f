"""The sites that a person may edit in Wagtail: the same answer as `SitePage.permissions_for_user`."""

from collections.abc import Collection

from django.db.models import QuerySet

from rbsite.accounts.enums import Feature

from .models import SitePage


def pages_open_to(user, actions: Collection[str]) -> QuerySet:
    """Sites that `user` may edit ("change", "publish"); nothing else is done to a site from Wagtail."""
    if not {"change", "publish"} & set(actions):
        return SitePage.objects.none()
    updatable = SitePage.objects.visible_to(user, Feature.SITE_UPDATE).open()
    return updatable | SitePage.objects.visible_to(user, Feature.SITE_CORRECT).closed()

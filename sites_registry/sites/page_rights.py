"""The sites that a person may edit in Wagtail: the same answer as `SitePage.permissions_for_user`."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import scope_q

from .enums import SiteStatus
from .models import SitePage
from .models.pages import EDITOR_READS


def pages_open_to(user, actions: Collection[str]) -> QuerySet:
    """Sites that `user` may edit ("change", "publish"); nothing else is done to a site from Wagtail."""
    if not {"change", "publish"} & set(actions):
        return SitePage.objects.none()
    readable = SitePage.objects.existing()
    for feature in EDITOR_READS:
        readable = readable.filter(scope_q(user, feature, SitePage.standing))
    return readable.filter(
        (Q(status=SiteStatus.OPEN) & scope_q(user, Feature.SITE_UPDATE, SitePage.standing))
        | (~Q(status=SiteStatus.OPEN) & scope_q(user, Feature.SITE_CORRECT, SitePage.standing))
    )

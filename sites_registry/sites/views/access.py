"""Finding the site that an address names, for somebody who may see it."""

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can

from ..models import Pin, SitePage


def site_or_404(request: HttpRequest, departement: str, code: str, feature: str = Feature.SITE_READ) -> SitePage:
    """The site at /sites/<departement>/<code>/; one that may not be seen answers as one that does not exist."""
    pinned = Exists(Pin.objects.of(request.user).filter(site=OuterRef("pk")))
    sites = SitePage.objects.visible_to(request.user, Feature.SITE_READ).with_places().annotate(is_pinned=pinned)
    site = sites.select_related("updated_by__organisation").filter(slug=code).first()
    if site is None or site.commune.departement_code.lower() != departement.lower():
        raise Http404
    if feature != Feature.SITE_READ and not can(request.user, feature, site):
        raise Http404
    return site

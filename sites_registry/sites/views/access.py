"""Finding the site that an address names, for somebody who may see it, and doing what they ask to it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

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


def open_site_or_404(request: HttpRequest, departement: str, code: str, feature: str) -> SitePage:
    """The same for what is done to open sites only: a closed one answers as one that does not exist."""
    site = site_or_404(request, departement, code, feature)
    if not site.is_open:
        raise Http404
    return site


def act(
    request: HttpRequest, verb: Callable[[], Any], words: str, *, then: str, if_refused: str | None = None
) -> HttpResponse:
    """Do what `verb` does, say `words`, and go to `then`; what the verb refuses is said instead.

    `if_refused`: where to go in that case, when it is elsewhere.
    """
    try:
        verb()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(if_refused or then)
    messages.success(request, words)
    return redirect(then)

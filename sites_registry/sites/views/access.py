"""Finding the site that an address names, for somebody who may see it, and doing what they ask to it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can

from ..models import Pin, SitePage


class Moved(Http404):
    """The site stands in another département than its address says, and the person may read it."""

    def __init__(self, departement: str):
        super().__init__()
        self.departement = departement


def at_todays_address(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lead from the address that a site had in another département to the one that it has today.

    What is sent from a form that was open meanwhile is done: only what is read is led elsewhere.
    """

    @wraps(view)
    def answer(request: HttpRequest, departement: str, code: str, **rest: Any) -> HttpResponse:
        try:
            return view(request, departement, code, **rest)
        except Moved as moved:
            match = request.resolver_match
            names = {**match.kwargs, "departement": moved.departement} if match else {}
            address = reverse(match.view_name, kwargs=names) if match else "/"
            query = request.META.get("QUERY_STRING", "")
            return redirect(f"{address}?{query}" if query else address)

    return answer


def site_or_404(request: HttpRequest, departement: str, code: str, feature: str = Feature.SITE_READ) -> SitePage:
    """The site of that code; one that may not be seen answers as one that does not exist.

    Raises Moved for somebody who reads it under the address of another département (`at_todays_address`).
    """
    pinned = Exists(Pin.objects.of(request.user).filter(site=OuterRef("pk")))
    sites = SitePage.objects.visible_to(request.user, Feature.SITE_READ).with_places().annotate(is_pinned=pinned)
    site = sites.select_related("updated_by__organisation").filter(slug=code).first()
    if site is None:
        raise Http404
    if request.method in ("GET", "HEAD") and site.commune.departement_code.lower() != departement.lower():
        raise Moved(site.commune.departement_code)
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

"""One search field over sites, territories and people, and the choice of the site to bring up to date."""

from dataclasses import asdict
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, scope_q
from rbsite.base.finders import FINDERS

from ..models import SitePage
from ..models.following import mine
from ..reads import search as searching

_MAX_TEXT = 200
_PAGE_SIZE = 20


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Answers for `q`, or the sites around the point `lat`, `lon`."""
    text = _text(request)
    point = _point(request)
    context: dict[str, Any] = {"q": text, "around": None, "found": None, "around_km": searching.AROUND_KM}
    if point:
        context["around"] = searching.around(*point, request.user)
    elif text:
        context["found"] = FINDERS.search(text, request.user, searching.SHOWN)
    return render(request, "sites_registry/search.html", context)


@require_safe
def suggestions(request: HttpRequest) -> JsonResponse:
    """The first answers, for the field that proposes while somebody types."""
    text = _text(request)
    proposed = FINDERS.proposals(text, request.user, searching.PROPOSED) if text else []
    return JsonResponse({"results": [asdict(proposal) for proposal in proposed]})


@require_safe
def choose_site(request: HttpRequest) -> HttpResponse:
    """Which site to bring up to date: one's own first, then those that one wrote on, then the others by freshness."""
    text = _text(request)
    readable = SitePage.objects.visible_to(request.user, Feature.SITE_READ).open().with_places()
    sites = readable.filter(scope_q(request.user, Feature.SITE_UPDATE, SitePage.standing))
    if text:
        sites = sites.matching(text)
    page = Paginator(_mine_first(sites, request.user), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "q": text,
        "page": page,
        "may_declare": can(request.user, Feature.SITE_CREATE),
    }
    return render(request, "sites_registry/choose_site.html", context)


def _mine_first(sites: QuerySet, user) -> QuerySet:
    rank = Case(When(mine(user), then=Value(0)), When(updated_by=user, then=Value(1)), default=Value(2))
    return sites.alias(rank=rank).order_by("rank", "-updated_at", "pk")


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:_MAX_TEXT]


def _point(request: HttpRequest) -> tuple[float, float] | None:
    """The point of the address; one that cannot be understood asks for nothing."""
    try:
        latitude, longitude = float(request.GET["lat"]), float(request.GET["lon"])
    except (KeyError, ValueError):
        return None
    return (latitude, longitude) if -90 <= latitude <= 90 and -180 <= longitude <= 180 else None

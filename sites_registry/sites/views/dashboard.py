"""Home after sign-in, and the panels that sites put there."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rbsite.accounts.contacts import local_admins_of
from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import can, grants_for, whoever_may
from rbsite.accounts.visits import note_visit
from rbsite.base.home_panels import PANELS, TASKS, HomePanel, Place

from ..reads import home
from ..reads.home import home_of

_PARTIALS = "sites_registry/partials"


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The panels of home that the reader may see: what they are about is said where they are registered."""
    shared = home_of(request)
    if request.method == "GET":
        shared.since = note_visit(request.user, shared.now)
    return render(request, "sites_registry/dashboard.html", {"panels": PANELS.shown_to(request)})


def _head(request: HttpRequest) -> dict[str, Any]:
    shared, user = home_of(request), request.user
    return {
        "ground": shared.ground,
        "figures": shared.figures(),
        "may_update": can(user, Feature.SITE_UPDATE),
        "may_declare": can(user, Feature.SITE_CREATE),
    }


def _follows_nation(user: User, obj: Any = None) -> bool:
    return grants_for(user).scope(Feature.SITE_READ).nation


def _regions(request: HttpRequest) -> dict[str, Any] | None:
    shared = home_of(request)
    regions = [] if shared.ground.territories else home.regions_for(shared.user, shared.now)
    return {"regions": regions} if regions else None


def _has_tasks(user: User, obj: Any = None) -> bool:
    return bool(TASKS.open_to(user))


def _to_do(request: HttpRequest) -> dict[str, Any]:
    return {"to_do": home_of(request).to_do()}


def _mine(request: HttpRequest) -> dict[str, Any]:
    at_hand = home.sites_at_hand(request.user)
    return {"at_hand": at_hand[: home.SITES_SHOWN], "has_more_at_hand": len(at_hand) > home.SITES_SHOWN}


def _news(request: HttpRequest) -> dict[str, Any]:
    shared = home_of(request)
    days, has_more_news = home.news_for(shared.user, shared.since, shared.now)
    return {"days": days, "has_more_news": has_more_news, "since": shared.since}


def _export(request: HttpRequest) -> dict[str, Any]:
    return {}


def _local_admins(request: HttpRequest) -> dict[str, Any] | None:
    ground = home_of(request).ground
    people = list(local_admins_of(ground.lineage)) if ground.territories else []
    return {"local_admins": people} if people else None


def register_panels() -> None:
    """Add the panels of sites. Each declares what it would cost alone: the ground and the counts are read once."""

    def add(key: str, context: Any, order: int, **options: Any) -> None:
        template = f"{_PARTIALS}/home_{key}.html"
        PANELS.register(HomePanel(key=key, template=template, context=context, order=order, **options))

    add("head", _head, 10, place=Place.TOP, queries=2)
    add("regions", _regions, 20, place=Place.WIDE, queries=3, may=_follows_nation)
    add("to_do", _to_do, 30, queries=2, may=_has_tasks)
    add("mine", _mine, 40, queries=1, may=home.may_act)
    add("news", _news, 50, queries=1)
    add("export", _export, 60, place=Place.STACK, may=whoever_may(Feature.SITE_EXPORT))
    add("local_admins", _local_admins, 70, place=Place.STACK, queries=2)

"""Home after sign-in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from rbsite.accounts.contacts import local_admins_of
from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, grants_for
from rbsite.accounts.visits import note_visit

from ..reads import home


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Search, the figures of one's territories, what waits, one's sites, and what has changed since the last visit."""
    user, now = request.user, timezone.now()
    ground = home.ground_of(user)
    sites = home.open_sites(user, ground)
    since = note_visit(user, now) if request.method == "GET" else user.previous_visit_at
    acts = can(user, Feature.SITE_UPDATE) or can(user, Feature.SITE_INTERVENE)
    at_hand = home.sites_at_hand(user)
    days, has_more_news = home.news_for(user, since, now)
    steers_nation = not ground.territories and grants_for(user).scope(Feature.SITE_READ).nation
    context = {
        "ground": ground,
        "figures": home.figures_of(sites),
        "acts": acts,
        "at_hand": at_hand[: home.SITES_SHOWN],
        "has_more_at_hand": len(at_hand) > home.SITES_SHOWN,
        "days": days,
        "has_more_news": has_more_news,
        "since": since,
        "regions": home.regions_for(user, now) if steers_nation else [],
        "local_admins": local_admins_of(ground.lineage) if ground.territories else [],
        "may_update": can(user, Feature.SITE_UPDATE),
        "may_declare": can(user, Feature.SITE_CREATE),
        "may_export": can(user, Feature.SITE_EXPORT),
    }
    return render(request, "sites_registry/dashboard.html", context)

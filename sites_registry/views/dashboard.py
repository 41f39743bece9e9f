"""Home after sign-in."""

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can, own_territory_ids
from rbsite.base.wording import STALE_MONTHS
from rbsite.territories.models import Territory

from ..enums import ThemeStatus
from ..filters import seen_since
from ..models import SitePage


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Search, the figures of one's territories, what is to be done, and the sites to bring up to date first."""
    sites = SitePage.objects.visible_to(request.user, Feature.SITE_READ).open()
    figures = sites.order_by().aggregate(
        sites=Count("pk"),
        people=Sum("population_total"),
        without_figure=Count("pk", filter=Q(population_total__isnull=True)),
        stale=Count("pk", filter=Q(situation_at__lt=seen_since(STALE_MONTHS))),
        dry=Count("pk", filter=Q(water_status__in=[ThemeStatus.BAD, ThemeStatus.TO_IMPROVE])),
        water_unknown=Count("pk", filter=Q(water_status=ThemeStatus.UNKNOWN)),
    )
    context = {
        "figures": figures,
        "territories": Territory.objects.filter(pk__in=own_territory_ids(request.user)),
        "to_do": _to_do(figures),
        "oldest": sites.with_places().order_by("situation_at")[:5],
        "may_update": can(request.user, Feature.SITE_UPDATE),
        "may_declare": can(request.user, Feature.SITE_CREATE),
        "may_export": can(request.user, Feature.SITE_EXPORT),
    }
    return render(request, "sites_registry/dashboard.html", context)


def _to_do(figures: dict) -> list[dict]:
    """What waits for somebody, each line with its number and the list that it counts; nothing at zero."""
    lines = [
        ("stale", "sans actualisation depuis 6 mois", "actualisation=ancien"),
        ("dry", "sans eau, ou dont l’accès est à améliorer", "conditions=water"),
        ("water_unknown", "dont l’accès à l’eau est mal connu", "inconnues=water"),
        ("without_figure", "sans nombre de personnes", "personnes=inconnu"),
    ]
    return [{"count": figures[key], "words": words, "query": query} for key, words, query in lines if figures[key]]

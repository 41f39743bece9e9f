"""Tags of the registry's screens: `{% load sites %}`."""

from django import template
from django.urls import reverse
from django.utils.html import format_html

from rbsite.accounts.enums import AdminRole, Role
from rbsite.accounts.models import User
from rbsite.base.templatetags.rb import when

from ..models import SitePage
from ..sites.conditions import STATUS_WORDS
from ..sites.enums import Theme
from ..sites.wording import label_of, text_of

register = template.Library()


@register.simple_tag
def site_themes(site: SitePage) -> list[dict]:
    """The six themes of a site, from the columns that its answers gave."""
    return [
        {
            "theme": theme.value,
            "label": theme.label,
            "status": (status := site.theme_status(theme)).value,
            "word": STATUS_WORDS[theme][status],
        }
        for theme in Theme
    ]


@register.filter
def answer(site: SitePage, name: str) -> str:
    """The answer of a field in French words."""
    return text_of(name, getattr(site, name))


@register.filter
def question(name: str) -> str:
    """The label of a field."""
    return label_of(name)


@register.filter
def timeline_changes(lines: list) -> list[dict]:
    """Lines of an event as the timeline component takes them."""
    return [{"label": line.label, "old": line.before, "new": line.after} for line in lines]


@register.simple_tag
def seen_or_changed(site: SitePage) -> str:
    """« Vu il y a 2 jours, rien n'avait changé · modifié il y a 4 mois », or when it was last brought up to date."""
    if site.situation_at is None:
        return "Jamais actualisé"
    if not site.is_confirmed:
        return format_html("Actualisé {}", when(site.situation_at))
    return format_html("Vu sans changement {} · modifié {}", when(site.situation_at), when(site.changed_at))


@register.filter
def km(distance: float) -> str:
    """« 800 m », « 2,4 km », « 12 km »."""
    if distance < 0.95:
        return f"{max(round(distance, 1), 0.1) * 1000:.0f}\N{NO-BREAK SPACE}m"
    shown = f"{distance:.0f}" if distance >= 9.95 else f"{distance:.1f}".replace(".", ",")
    return f"{shown}\N{NO-BREAK SPACE}km"


@register.simple_tag
def evolution(count: int) -> str:
    """« + 3 », « − 2 », « stable »: a number of sites more or fewer; neither is good or bad in itself."""
    if not count:
        return "stable"
    return f"{'+' if count > 0 else '−'}\N{NO-BREAK SPACE}{abs(count)}"


@register.simple_tag
def site_trail(site: SitePage, here: str = "") -> list[tuple[str, str | None]]:
    """Breadcrumb of a site's screens."""
    trail: list[tuple[str, str | None]] = [("Accueil", reverse("dashboard")), ("Sites", reverse("sites:list"))]
    departement = site.commune.departement
    if departement is not None:
        trail.append((departement.label, f"{reverse('sites:list')}?territoire=departement-{departement.code}"))
    return (
        [*trail, (site.usual_name, site.address_on_platform), (here, None)]
        if here
        else [*trail, (site.usual_name, None)]
    )


@register.simple_tag
def site_figures(site: SitePage) -> list[dict]:
    """The key figures of a site's head; unknown is said."""
    return [
        {"label": "personnes", "value": site.population_total, "icon": "people"},
        {"label": "mineurs", "value": site.population_minors, "icon": "child"},
        {"label": "ménages", "value": site.population_households, "icon": "home"},
        {"label": "enfants scolarisés", "value": site.minors_in_school, "icon": "school"},
        {"label": "eau", "value": STATUS_WORDS[Theme.WATER][site.theme_status(Theme.WATER)], "icon": "water"},
    ]


@register.simple_tag
def contact_duty(person: User) -> str:
    """What somebody is for the partners of a place."""
    return "Administrateur local" if person.admin_role == AdminRole.LOCAL else Role(person.role).label


@register.simple_tag
def form_list(*forms) -> list:
    """Several forms as one list, for the error summary."""
    return list(forms)


@register.simple_tag
def event_author(event) -> str:
    """Who recorded an event."""
    return event.version.author.name_and_organisation if event.version.author else "Reprise de données"

"""The first page of a platform: the home, which its editors then fill in."""

from urllib.parse import urlsplit

from django.conf import settings
from wagtail.models import Page, Site

from .models import HomePage

_PORTS = {"http": 80, "https": 443}


def has_home() -> bool:
    """Whether the platform has its home."""
    return HomePage.objects.exists()


def plant_home(**texts: str) -> HomePage:
    """Create the home in place of Wagtail's welcome page, at the platform's address; texts not given are blank."""
    Page.objects.get(depth=1).get_children().delete()
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=HomePage(title="Agir pour résorber les bidonvilles", slug="accueil", **texts))
    address = urlsplit(settings.BASE_URL)
    Site.objects.create(
        hostname=address.hostname,
        port=address.port or _PORTS[address.scheme],
        root_page=home,
        is_default_site=True,
        site_name=settings.WAGTAIL_SITE_NAME,
    )
    return home

"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from .menu import footer_links


def platform(request: HttpRequest) -> dict:
    """The platform's name and look."""
    return {
        "platform_name": settings.WAGTAIL_SITE_NAME,
        "state_brand": settings.STATE_BRAND,
        "is_demo": settings.DEMO,
        "footer_links": footer_links,
    }

"""Public pages that every page links to in its footer."""

from django.core.cache import cache
from django.db import transaction
from wagtail.signals import page_published, page_slug_changed, page_unpublished

from .models import InfoPage

_KEY = "knowledge.footer"
_MINUTES = 10


def links() -> list[tuple[str, str]]:
    """Published information pages that are meant for menus: (title, path)."""
    found = cache.get(_KEY)
    if found is None:
        pages = InfoPage.objects.live().public().in_menu().order_by("path")
        found = [(page.title, page.get_url()) for page in pages]
        cache.set(_KEY, found, _MINUTES * 60)
    return found


def connect() -> None:
    """Forget the links when a page appears, moves or goes."""
    for signal in (page_published, page_unpublished, page_slug_changed):
        signal.connect(_forget, sender=InfoPage, dispatch_uid="knowledge.footer")


def _forget(**kwargs) -> None:
    cache.delete(_KEY)
    transaction.on_commit(lambda: cache.delete(_KEY))  # somebody else may have read the page of before meanwhile

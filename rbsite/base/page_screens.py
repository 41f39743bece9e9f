"""Which screen shows a page that Wagtail serves or previews: rooms of views fill it in, models only ask."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

Screen = Callable[[HttpRequest, Any], HttpResponse]
_screens: dict[type, Screen] = {}


def register_screen(page_type: type, screen: Screen) -> None:
    """Show pages of `page_type` by `screen(request, page)`, which asks the reader's rights itself."""
    _screens[page_type] = screen


def show_page(request: HttpRequest, page: Any) -> HttpResponse:
    """The screen of `page`; raises LookupError for a type that has none."""
    return _screens[type(page)](request, page)

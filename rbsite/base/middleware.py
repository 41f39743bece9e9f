"""Small steps around every request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

#: What a browser or a robot is told to wait, in seconds.
_COME_BACK_IN = "600"


class Maintenance:
    """While `RB_MAINTENANCE` is on, every address answers 503 and a page that needs neither database nor session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.MAINTENANCE:
            return self.get_response(request)
        look = {"platform_name": settings.WAGTAIL_SITE_NAME, "state_brand": settings.STATE_BRAND, "hide_sign_in": True}
        page = render_to_string("maintenance.html", look)
        return HttpResponse(page, status=503, headers={"Retry-After": _COME_BACK_IN, "Cache-Control": "no-store"})


class EditorContentPolicy:
    """Let Wagtail's editor, and it alone, run the inline scripts and styles that it is made of."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/cms/"):
            response._csp_update = settings.WAGTAIL_ADMIN_CSP
        return response

"""Small steps around every request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class EditorContentPolicy:
    """Let Wagtail's editor, and it alone, run the inline scripts and styles that it is made of."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/cms/"):
            response._csp_update = settings.WAGTAIL_ADMIN_CSP
        return response

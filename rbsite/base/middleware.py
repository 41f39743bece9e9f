"""Small steps around every request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

#: What a browser or a robot is told to wait, in seconds.
_COME_BACK_IN = "600"
#: What pages may use of the device: its position, when somebody asks for what is around them; nothing else.
_POWERS_REFUSED = (
    "accelerometer autoplay bluetooth browsing-topics camera display-capture encrypted-media fullscreen gamepad"
    " gyroscope hid idle-detection local-fonts magnetometer microphone midi payment picture-in-picture"
    " publickey-credentials-create publickey-credentials-get screen-wake-lock serial usb web-share"
    " window-management xr-spatial-tracking"
)
PERMISSIONS_POLICY = ", ".join(["geolocation=(self)", *(f"{power}=()" for power in _POWERS_REFUSED.split())])


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


class PermissionsPolicy:
    """Every answer, static files included, says which features of the device its page may use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        return response


class OnlyUtf8:
    """What is sent in another encoding is answered by 400, in French.

    Django refuses it when the form is read, which its own pages of errors do too: they would fail in turn.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        encoding = (request.content_params or {}).get("charset", "utf-8")
        if encoding.lower() != "utf-8":
            return HttpResponse(render_to_string("400.html"), status=400)
        return self.get_response(request)


class KeptNowhere:
    """No cache and no disk keeps what a signed-in person was answered, whatever the view said of it.

    A shared computer or a proxy would give it to the next one. `settings.KEPT_ON_PURPOSE` lists what browsers may keep.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if not (match and match.view_name in settings.KEPT_ON_PURPOSE) and request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response


class EditorContentPolicy:
    """Let Wagtail's editor, and it alone, run the inline scripts and styles that it is made of.

    Pages of ours met there keep the policy of public pages: a preview brings its own, and we tell what is refused.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/cms/") and response.status_code < 400:
            response._csp_update = settings.WAGTAIL_ADMIN_CSP
        return response

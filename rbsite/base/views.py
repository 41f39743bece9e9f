"""Screens that belong to no room."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from django.views.defaults import server_error

from .gallery import sample_context
from .menu import MENU
from .waiting import Busy, is_held

#: Seconds after which a browser or a program may ask again: the time of a restart, or for somebody to have saved.
_ASK_AGAIN_IN = "10"
_BUSY = ("Quelqu’un modifie ce site en ce moment", "Rien n’a été enregistré.")
_AWAY = ("La plateforme ne peut pas répondre pour l’instant", "Rien n’a été enregistré, rien n’est perdu.")


@login_not_required
@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """The map of the platform: what the reader may open, and nothing else."""
    entries = MENU.entries_for(request)
    context = {
        "places": [entry for entry in entries if not entry.is_verb],
        "verbs": [entry for entry in entries if entry.is_verb],
    }
    return render(request, "site_map.html", context)


def components(request: HttpRequest) -> HttpResponse:
    """Every component of the interface on one page (development and demo only)."""
    return render(request, "components/gallery.html", sample_context(request))


def failed(request: HttpRequest) -> HttpResponse:
    """What is answered when a view fails: 503 and what was typed while the database is away or held, else 500.

    It asks nothing of the database. No password is sent back.
    """
    error = sys.exception()
    if not isinstance(error, OperationalError | InterfaceError | Busy):
        return server_error(request)
    title, lead = _BUSY if is_held(error) else _AWAY
    typed = request.POST
    secret = [name for name in typed if "password" in name]
    context = {
        "title": title,
        "lead": lead,
        "where": request.get_full_path(),
        "is_form": request.method == "POST",
        "kept": [(name, value) for name in typed if name not in secret for value in typed.getlist(name)],
        "loses_password": bool(secret),
        "loses_files": request.method == "POST" and bool(request.FILES),
        "platform_name": settings.WAGTAIL_SITE_NAME,
        "state_brand": settings.STATE_BRAND,
    }
    page = render_to_string("503.html", context)
    return HttpResponse(page, status=503, headers={"Retry-After": _ASK_AGAIN_IN, "Cache-Control": "no-store"})

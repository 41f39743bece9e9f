"""Screens that belong to no room."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .gallery import sample_context
from .menu import MENU


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

"""Screens that belong to no room."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .gallery import sample_context
from .menu import entries_for


@login_not_required
@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """The map of the platform: what the reader may open, and nothing else."""
    return render(request, "site_map.html", {"entries": entries_for(request)})


def components(request: HttpRequest) -> HttpResponse:
    """Every component of the interface on one page (development and demo only)."""
    return render(request, "components/gallery.html", sample_context(request))

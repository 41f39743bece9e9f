"""Screens that belong to no room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .gallery import sample_context


def components(request: HttpRequest) -> HttpResponse:
    """Every component of the interface on one page (development and demo only)."""
    return render(request, "components/gallery.html", sample_context(request))

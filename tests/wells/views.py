"""A list, a page, and a quick form."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from rbsite.accounts.enums import Feature
from sites_registry.versioned import verbs
from sites_registry.versioned.concurrent import latest_state, state_seen
from sites_registry.versioned.forms import answers_form

from .models import Well, WellVersion


def well_list(request: HttpRequest) -> HttpResponse:
    return render(request, "wells/list.html", {"wells": Well.objects.visible_to(request.user).order_by("name")})


def show(request: HttpRequest, well: Well) -> HttpResponse:
    return render(request, "wells/well.html", {"well": well})


def update(request: HttpRequest, pk: int) -> HttpResponse:
    well = get_object_or_404(Well.objects.visible_to(request.user, Feature.SITE_UPDATE).read_whole(), pk=pk)
    data = request.POST or None
    base = state_seen(WellVersion, pk, data and data.get("base")) or latest_state(WellVersion, pk)
    form = answers_form(well, ["name", "commune", "litres"], request.user)(
        data, page=well, user=request.user, base=base
    )
    if form.is_bound and form.is_valid():
        verbs.update(well, form.changes(), by=request.user, feature=Feature.SITE_UPDATE)
        return redirect("wells")
    return render(request, "wells/well.html", {"well": well, "form": form})


urlpatterns = [path("puits/", well_list, name="wells"), path("puits/<int:pk>/", update, name="well")]

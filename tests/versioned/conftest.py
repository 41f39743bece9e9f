"""A second kind of page with a typed history: wells, in Haute-Garonne and elsewhere."""

import pytest
from django.urls import include, path
from django.utils import timezone

from rbsite.urls import urlpatterns as platform_urls
from sites_registry.versioned import verbs
from sites_registry.versioned.publication import Publication
from tests.wells import views
from tests.wells.models import Well

#: The platform with the addresses of wells: `@pytest.mark.urls("tests.versioned.conftest")`.
urlpatterns = [path("", include(views.urlpatterns)), *platform_urls]


@pytest.fixture
def make_well(site_tree, territories):
    """`make_well(by, name=…, code="31555", taps=["robinet"])`: declared now, by `by`."""

    def made(by, *, code: str = "31555", taps=(), **answers) -> Well:
        well = Well(commune=territories[code], **{"name": "Puits du moulin"} | answers)
        well.slug = f"puits-{Well.objects.count()}"
        rows = {"taps": [{"kind": kind} for kind in taps]}
        publication = Publication(by, "declared", timezone.now())
        return verbs.declare(well, parent=site_tree.home, publication=publication, children=rows)

    return made

"""The platform with the addresses of wells: `@pytest.mark.urls("tests.versioned.conftest")`."""

from django.urls import include, path

from rbsite.urls import urlpatterns as platform_urls
from tests.wells import views

urlpatterns = [path("", include(views.urlpatterns)), *platform_urls]

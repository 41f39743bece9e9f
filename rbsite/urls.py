"""Every address of the platform, grouped by who may knock; `tests/access_table.py` says the rule of each."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns

from rbsite.base import views as base_views
from sites_registry import urls as sites_urls
from sites_registry.views import dashboard


def _missing(request, *args, **kwargs):
    raise Http404


#: Signed-in people; the middleware sends everybody else to the sign-in page, whatever the address names.
urlpatterns = [
    path("tableau-de-bord/", dashboard.dashboard, name="dashboard"),
    path("sites/", include(sites_urls)),
    re_path(r"^sites/.*$", _missing),  # a visitor learns nothing of what exists below
    path("geo/", include("rbsite.territories.urls")),
]

#: Doors of the account: allauth alone signs people in.
urlpatterns += [
    path("compte/", include("rbsite.accounts.urls")),
]

#: Wagtail's admin, behind its own `access_admin` (the permission home); its sign-in page is ours.
urlpatterns += [
    path(
        "cms/login/",
        login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True)),
    ),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
]

if settings.DEBUG or settings.DEMO:
    urlpatterns += [path("composants/", base_views.components, name="components")]

#: Public pages.
urlpatterns += [path("", include(decorate_urlpatterns(wagtail_urls.urlpatterns, login_not_required)))]

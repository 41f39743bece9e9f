"""Every address of the platform, grouped by who may knock; `tests/access_table.py` says the rule of each."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns

from rbsite.accounts.admin_doors import behind_door
from rbsite.base import views as base_views
from sites_registry import urls as sites_urls
from sites_registry.sites.views import dashboard, search


def _missing(request, *args, **kwargs):
    raise Http404


handler500 = "rbsite.base.views.failed"

#: Signed-in people; the middleware sends everybody else to the sign-in page, whatever the address names.
urlpatterns = [
    path("tableau-de-bord/", dashboard.dashboard, name="dashboard"),
    path("recherche/", search.search, name="search"),
    path("recherche/propositions", search.suggestions, name="search_suggestions"),
    path("sites/", include(sites_urls)),
    re_path(r"^sites/.*$", _missing),  # a visitor learns nothing of what exists below
    path("geo/", include("rbsite.territories.urls")),
]

#: The map of the platform: public, and longer for those who may open more.
urlpatterns += [path("plan-du-site/", base_views.site_map, name="site_map")]

#: Doors of the account: allauth alone signs people in.
urlpatterns += [
    path("compte/", include("rbsite.accounts.urls")),
]

#: Wagtail's admin: `rbsite/accounts/admin_doors.py` says which of its screens exist, and for whom. The account is ours.
urlpatterns += [
    path(
        "cms/login/",
        login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True)),
    ),
    path("cms/account/", RedirectView.as_view(pattern_name="account_change_password")),
    path("cms/logout/", RedirectView.as_view(pattern_name="account_logout")),
    path("cms/", include(decorate_urlpatterns(wagtailadmin_urls.urlpatterns, behind_door))),
]

if settings.DEBUG or settings.DEMO:
    urlpatterns += [path("composants/", base_views.components, name="components")]

#: Public pages. Wagtail's passwords on pages are left out: their form answers about any page that one names.
_serve = [pattern for pattern in wagtail_urls.urlpatterns if pattern.name == "wagtail_serve"]
urlpatterns += [path("", include(decorate_urlpatterns(_serve, login_not_required)))]

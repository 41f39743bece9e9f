"""Wagtail's admin as `admin_doors` leaves it: no menu, column, filter or search area leads to a closed door."""

from django.urls import reverse
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables.pages import BulkActionsColumn
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.admin.views.pages.search import SearchView
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import Page

from .page_policy import content_pages


class NoFilter(WagtailFilterSet):
    """Wagtail's own filters list the authors of every page of the tree."""

    class Meta:
        model = Page
        fields: list[str] = []


class QuietExplorer(ExplorableIndexView):
    """The explorer without bulk actions, which check rights after having told titles."""

    base_columns = [column for column in ExplorableIndexView.base_columns if not isinstance(column, BulkActionsColumn)]


class QuietSearch(SearchView):
    """The search without bulk actions."""

    base_columns = QuietExplorer.base_columns


class QuietPageViewSet(PageViewSet):
    """The screens of every page type."""

    index_view_class = QuietExplorer
    search_view_class = QuietSearch
    filterset_class = NoFilter


@hooks.register("register_admin_viewset")
def quiet_pages() -> PageViewSet:
    """Take the place of Wagtail's own screens of pages, registered before."""
    return QuietPageViewSet()


@hooks.register("construct_main_menu", order=1000)
def only_pages(request, menu_items: list[MenuItem]) -> None:
    """Two entries; the tree of pages is a plain link, for its fly-out reads a closed API."""
    menu_items[:] = [
        MenuItem("Pages", reverse("wagtailadmin_explore_root"), icon_name="folder-open-inverse", order=10),
        MenuItem("Retour à la plateforme", "/tableau-de-bord/", icon_name="arrow-left", order=20),
    ]


@hooks.register("construct_search", order=1000)
def only_page_search(request, areas: list) -> None:
    areas[:] = [area for area in areas if area.name == "pages"]


@hooks.register("construct_page_chooser_queryset", order=1000)
def only_content_pages(pages, request):
    """Public pages link to public pages."""
    return pages.filter(pk__in=content_pages().values("pk"))

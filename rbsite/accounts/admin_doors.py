"""Which screens of Wagtail's admin are open, to whom, and on which pages: whatever is not listed here does not exist.

Wagtail checks rights view by view, and not all of them: reports, choosers, usages and bulk actions tell titles, names
and counts of pages that the person may not read. So this door stands before all of them, and asks the page policy about
every page that a request names. Whoever may not pass gets the page of an address that does not exist.
"""

from collections.abc import Callable
from functools import wraps

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail.admin.views.chooser import page_models_from_string
from wagtail.models import AbstractPage, Page
from wagtail.permissions import policy_registry

from .enums import Feature
from .page_policy import GrantsPagePolicy, content_pages, holds_protected_pages, is_protected
from .permissions import can

#: For whoever may edit something: these name no page, or only list pages that the policy lets them edit.
EVERY_EDITOR = frozenset(
    {
        "wagtailadmin_home",
        "wagtailadmin_explore_root",
        "wagtailadmin_pages:search",
        "wagtailadmin_pages:search_results",
        "wagtailadmin_editing_sessions:release",
        "wagtailadmin_dismissibles",
        "wagtailadmin_sprite",
        "wagtailadmin_javascript_catalog",
    }
)
#: They list what is below the page that they name.
EXPLORER = frozenset({"wagtailadmin_explore", "wagtailadmin_explore_results"})
#: They show or change the page that they name, for whoever may edit it.
EDITOR = frozenset(
    f"wagtailadmin_pages:{name}"
    for name in (
        "edit",
        "preview_on_edit",
        "view_draft",
        "history",
        "history_results",
        "revisions_index",
        "revisions_view",
        "revisions_revert",
        "revisions_compare",
    )
)
#: What is done to public pages, with `content.edit`; never to a protected page, by anybody.
CONTENT = frozenset(
    {
        *(
            f"wagtailadmin_pages:{name}"
            for name in ("add", "preview_on_add", "add_subpage", "set_page_position", "lock", "unlock")
        ),
        *(f"wagtailadmin_pages:{name}" for name in ("revisions_unschedule", "usage")),
        *(
            f"wagtailadmin_choose_page{name}"
            for name in ("", "_child", "_search", "_chosen_multiple")
            + ("_external_link", "_email_link", "_phone_link", "_anchor_link")
        ),
    }
)
#: The same, but what they do reaches everything below the page: refused on a page that holds protected ones.
CONTENT_SUBTREE = frozenset(
    f"wagtailadmin_pages:{name}" for name in ("delete", "unpublish", "move", "move_confirm", "copy")
)
PING = "wagtailadmin_editing_sessions:ping"
_LISTED = EVERY_EDITOR | EXPLORER | EDITOR | CONTENT | CONTENT_SUBTREE | {PING}
#: Parameters of addresses, of queries and of forms that hold keys of pages.
_PAGE_KWARGS = ("page_id", "parent_page_id", "page_to_move_id", "destination_id", "pk")
_PAGE_PARAMETERS = ("id", "target_pages[]", "parent_page_id", "parent_page", "new_parent_page")


def behind_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a view of Wagtail's admin: it exists only for those to whom this module opens it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        name = request.resolver_match.view_name
        if not _is_open(request, name, kwargs):
            raise Http404
        if name == "wagtailadmin_home":  # its panels and counts speak of pages beyond the reader's rights
            return redirect("wagtailadmin_explore_root")
        return view(request, *args, **kwargs)

    return guarded


def _is_open(request: HttpRequest, name: str, kwargs: dict) -> bool:
    user = request.user
    if name not in _LISTED or not user.has_perm("wagtailadmin.access_admin"):
        return False
    policy: GrantsPagePolicy = policy_registry.get_by_type(Page)
    editable = policy.editable(user)
    if name in EVERY_EDITOR:
        return editable.exists()
    if name in EXPLORER:
        return policy.explorable_instances(user).filter(pk=kwargs["parent_page_id"]).exists()
    if name in EDITOR:
        return editable.filter(pk=_page_of(kwargs)).exists()
    if name == PING:
        return _is_page(kwargs) and editable.filter(pk=kwargs["object_id"]).exists()
    return can(user, Feature.CONTENT_EDIT) and _is_about_content(request, name, kwargs)


def _page_of(kwargs: dict) -> int:
    """The page that an address is about; it may be 0, which is no page."""
    return next(kwargs[key] for key in ("page_id", "page_to_move_id", "pk") if key in kwargs)


def _is_page(kwargs: dict) -> bool:
    model = f"{kwargs['app_label']}.{kwargs['model_name']}"
    return kwargs["object_id"].isdigit() and _models_of(model) != ()


def _is_about_content(request: HttpRequest, name: str, kwargs: dict) -> bool:
    """Whether every page and page type that the request names is public content."""
    types = request.GET.get("page_type") or ""
    if "content_type_model_name" in kwargs:
        types = f"{kwargs['content_type_app_name']}.{kwargs['content_type_model_name']}"
    if types and not all(_is_content_type(model) for model in _models_of(types) or (None,)):
        return False
    named = {str(kwargs[key]) for key in _PAGE_KWARGS if key in kwargs}
    for parameters in (request.GET, request.POST):
        named.update(value for key in _PAGE_PARAMETERS for value in parameters.getlist(key) if value)
    if not all(value.isdigit() for value in named):
        return False
    pages = Page.objects.filter(Q(depth=1) | Q(pk__in=content_pages().values("pk"))).in_bulk(map(int, named))
    if len(pages) != len(named):
        return False
    if name not in CONTENT_SUBTREE:
        return True
    return not holds_protected_pages(pages[_page_of(kwargs)])


def _is_content_type(model: type[AbstractPage] | None) -> bool:
    return model is not None and not is_protected(model)


def _models_of(types: str) -> tuple[type[AbstractPage], ...]:
    """The page models that « app.model,app.model » names; none when one of them is not a page."""
    try:
        return page_models_from_string(types)
    except (ValueError, LookupError):
        return ()

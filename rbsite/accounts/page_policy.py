"""How Wagtail asks the permission home about pages.

Upper rooms register their protected page models, with the pages on which a person may do something
(`register_protected_pages`); content pages (information, news…) belong to whoever holds `content.edit`. Superusers have
no short cut: what the grants refuse, Wagtail refuses. Page sets stay sub-queries: an explorer page costs the same with
ten sites and with ten thousand.
"""

from collections.abc import Callable, Collection
from types import SimpleNamespace

from django.contrib.auth import get_user_model
from django.db.models import Max, Min, Q, QuerySet
from django.db.models.functions import Left
from django.http import Http404
from wagtail.models import AbstractPage, Page, PagePermissionTester
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permissions import policy_registry, register_permission_policy

from .enums import Feature
from .permissions import can

#: A permission without a place: opens the admin's menus without granting any page by its path.
_NOWHERE = SimpleNamespace(path="!", depth=0)
_EDITOR_CODENAMES = ("add_page", "change_page", "publish_page", "bulk_delete_page", "lock_page", "unlock_page")
_EDITING = frozenset({"add", "change", "publish"})

PageSet = Callable[[object, Collection[str]], QuerySet]
_page_sets: list[PageSet] = []
_protected_models: list[type[Page]] = []


def register_protected_pages(page_set: PageSet, *models: type[Page]) -> None:
    """Protect `models`; `page_set(user, actions)`: those of their pages on which `user` may do any of `actions`."""
    _page_sets.append(page_set)
    _protected_models.extend(models)


def is_protected(model: type) -> bool:
    """Whether pages of `model` are private: absent from choosers, links, public serving and the public API."""
    return issubclass(model, tuple(_protected_models))


def content_pages() -> QuerySet:
    """The pages that are not protected: home, information…"""
    return Page.objects.filter(depth__gt=1).not_type(*_protected_models)


def holds_protected_pages(page: Page) -> bool:
    """Whether `page` is, or contains, a protected page: such a page is never deleted, moved or copied."""
    return page.get_descendants(inclusive=True).type(*_protected_models).exists()


class NeverRouted:
    """A page that Wagtail serves at no address: its own screens show it, at theirs, to those who may read it.

    Without this an existing page would redirect visitors to the sign-in page where a missing one answers 404, and the
    link chooser would turn a guessed address into a title.
    """

    def route(self, request, path_components):
        raise Http404


class OwnVerbsTester(PagePermissionTester):
    """What may be done to a page of the registry: what `verbs` says ("change", "publish"), and never more.

    Deleting, copying, moving, unpublishing and restricting go through our own actions or nowhere, for superusers too:
    a site is never lost and never stands in two places.
    """

    def __init__(self, user, page, verbs: Collection[str] = ()):
        self.user = user
        self.page = page
        self.page_is_root = False
        self.permission_policy = policy_registry.get(page)
        self.permissions = set(verbs) if user.is_active else set()

    def can_edit(self):
        return "change" in self.permissions

    def can_publish(self):
        return "publish" in self.permissions

    def can_add_subpage(self):
        return False

    def can_publish_subpage(self):
        return False

    def can_delete(self, ignore_bulk=False):
        return False

    def can_unpublish(self):
        return False

    def can_set_view_restrictions(self):
        return False

    def can_reorder_children(self):
        return False

    def can_move(self):
        return False

    def can_move_to(self, destination):
        return False

    def can_copy(self):
        return False

    def can_copy_to(self, destination, recursive=False):
        return False

    def can_lock(self):
        return False

    def can_unlock(self):
        return False

    def can_unschedule(self):
        return False

    def can_submit_for_moderation(self):
        return False

    def can_view_revisions(self):
        return self.can_edit()


class PillarTester(PagePermissionTester):
    """What may be done to a page that holds protected ones (the home page): edited, given children, and no more."""

    def can_delete(self, ignore_bulk=False):
        return False

    def can_unpublish(self):
        return False

    def can_set_view_restrictions(self):
        return False

    def can_move(self):
        return False

    def can_move_to(self, destination):
        return False

    def can_copy(self):
        return False


class GrantsPagePolicy(PagePermissionPolicy):
    """Wagtail's page policy, answered by the grants; registered for every page model."""

    def granted(self, user, actions: Collection[str]) -> QuerySet:
        """Pages on which `user` may do any of `actions`."""
        allowed = Q(pk__in=[])
        if can(user, Feature.CONTENT_EDIT):
            allowed |= Q(pk__in=content_pages().values("pk"))
        for page_set in _page_sets:
            allowed |= Q(pk__in=page_set(user, actions).values("pk"))
        return Page.objects.filter(allowed)

    def editable(self, user) -> QuerySet:
        """Pages that `user` may open in the editor."""
        return self.granted(user, _EDITING)

    def get_all_permissions_for_user(self, user):
        if can(user, Feature.CONTENT_EDIT):
            root = Page.objects.filter(depth=1).first()
            return [_permission(root, codename) for codename in _EDITOR_CODENAMES]
        if self.editable(user).exists():
            return [_permission(_NOWHERE, codename) for codename in ("change_page", "publish_page")]
        return []  # else the admin would offer an explorer without a root

    def _base_user_has_permission(self, user):
        return None if user.is_active else False

    def _base_queryset_for_user(self, user):
        return None if user.is_active else self.model._default_manager.none()

    def user_has_any_permission_for_instance(self, user, actions, instance):
        return self.granted(user, actions).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user, actions):
        return self.model._default_manager.filter(pk__in=self.granted(user, actions).values("pk"))

    def users_with_any_permission(self, actions, include_superusers=True):
        """Nobody but superusers: Wagtail asks it for mails of workflows, which are off."""
        users = get_user_model().objects.filter(is_active=True)
        return users.filter(is_superuser=True) if include_superusers else users.none()

    def users_with_any_permission_for_instance(self, actions, instance, include_superusers=True):
        return self.users_with_any_permission(actions, include_superusers)

    def explorable_instances(self, user):
        granted = self.editable(user)
        explorable = Q(pk__in=granted.values("pk"))
        for depth in (2, 3, 4):  # home, registry, département: the ancestors of what is granted
            ancestors = granted.annotate(above=Left("path", depth * Page.steplen)).values("above")
            explorable |= Q(depth=depth, path__in=ancestors.distinct())
        return self.model._default_manager.filter(explorable)

    def explorable_root_instance(self, user):
        """The deepest page that contains everything that `user` may edit; None when there is nothing."""
        ends = self.editable(user).aggregate(first=Min("path"), last=Max("path"))
        if not ends["first"]:
            return None
        path = _common_path(ends["first"], ends["last"])
        if len(path) > 2 * Page.steplen and ends["first"] == ends["last"]:
            path = path[: -Page.steplen]  # a list of one page, rather than the empty list of what it contains
        return self.model.base_page_model.objects.filter(path=path).first()


def register() -> None:
    """Make Wagtail ask this policy for every page model (called once the apps are ready)."""
    register_permission_policy(AbstractPage, GrantsPagePolicy())


def _permission(page, codename: str) -> SimpleNamespace:
    return SimpleNamespace(page=page, page_id=None, permission=SimpleNamespace(codename=codename))


def _common_path(first: str, last: str) -> str:
    size = Page.steplen
    for start in range(0, len(first), size):
        if first[start : start + size] != last[start : start + size]:
            return first[:start]
    return first

"""How Wagtail asks the permission home about pages.

Upper rooms register, for each protected page model, the pages on which a person may do something
(`register_protected_pages`); content pages (information, news…) belong to whoever holds `content.edit`. Page sets stay
sub-queries: an explorer page costs the same with ten sites and with ten thousand.
"""

from collections.abc import Callable, Collection
from types import SimpleNamespace

from django.db.models import Max, Min, Q, QuerySet
from django.db.models.functions import Left
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
_protected_pages: list[PageSet] = []


def register_protected_pages(page_set: PageSet) -> None:
    """Register `page_set(user, actions)`: the pages of one protected model on which `user` may do any of `actions`."""
    _protected_pages.append(page_set)


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

    def can_view_revisions(self):
        return self.can_edit()


class GrantsPagePolicy(PagePermissionPolicy):
    """Wagtail's page policy, answered by the grants; registered for every page model."""

    def granted(self, user, actions: Collection[str]) -> QuerySet:
        """Pages on which `user` may do any of `actions`."""
        pages = Page.objects.all()
        if can(user, Feature.CONTENT_EDIT):
            return pages
        allowed = Q(pk__in=[])
        for page_set in _protected_pages:
            allowed |= Q(pk__in=page_set(user, actions).values("pk"))
        return pages.filter(allowed)

    def get_all_permissions_for_user(self, user):
        if not user.is_active or user.is_anonymous:
            return []
        if can(user, Feature.CONTENT_EDIT):
            root = Page.objects.filter(depth=1).first()
            return [_permission(root, codename) for codename in _EDITOR_CODENAMES]
        if self.granted(user, _EDITING).exists():
            return [_permission(_NOWHERE, codename) for codename in ("change_page", "publish_page")]
        return []

    def user_has_any_permission_for_instance(self, user, actions, instance):
        base = self._base_user_has_permission(user)
        return base if base is not None else self.granted(user, actions).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user, actions):
        base = self._base_queryset_for_user(user)
        if base is not None:
            return base
        return self.model._default_manager.filter(pk__in=self.granted(user, actions).values("pk"))

    def users_with_any_permission(self, actions, include_superusers=True):
        """Nobody: Wagtail asks it for workflow mails, and workflows are off on the registry."""
        from django.contrib.auth import get_user_model

        users = get_user_model().objects.filter(is_active=True)
        return users.filter(is_superuser=True) if include_superusers else users.none()

    def explorable_instances(self, user):
        base = self._base_queryset_for_user(user)
        if base is not None:
            return base
        granted = self.granted(user, _EDITING)
        explorable = Q(pk__in=granted.values("pk"))
        for depth in (2, 3, 4):  # home, registry, département: the ancestors of what is granted
            ancestors = granted.annotate(above=Left("path", depth * Page.steplen)).values("above")
            explorable |= Q(depth=depth, path__in=ancestors.distinct())
        return self.model._default_manager.filter(explorable)

    def explorable_root_instance(self, user):
        """The deepest page that contains everything that `user` may edit; None when there is nothing."""
        pages = self.model.base_page_model.objects
        if user.is_superuser:
            return pages.filter(depth=1).first()
        ends = self.granted(user, _EDITING).aggregate(first=Min("path"), last=Max("path"))
        if not ends["first"]:
            return None
        return pages.filter(path=_common_path(ends["first"], ends["last"])).first()


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

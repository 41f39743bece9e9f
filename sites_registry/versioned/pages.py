"""A page whose every published state is kept: its stamps, its child rows, and what a revision may not bring back."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from modelcluster.models import get_all_child_relations
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from rbsite.accounts.models import User
from rbsite.accounts.page_policy import OwnVerbsTester
from rbsite.accounts.permissions import Standing, can, scope_q, writable_fields
from rbsite.base.page_screens import show_page
from rbsite.base.waiting import patient

from .history import serialise
from .publication import publication_of
from .state import State, once_a_model
from .versions import Version

#: Columns that tell of the page as a whole: no draft and no old revision says anything of them.
STAMPS = ("situation_at", "changed_at", "updated_at", "updated_by_id", "deleted_at")

_Page: Any = models.Model if TYPE_CHECKING else object


class VersionedQuerySet(PageQuerySet):
    """Reads of pages of one kind."""

    def existing(self) -> Self:
        """Published pages that nobody has deleted."""
        return self.filter(live=True, deleted_at__isnull=True)

    def visible_to(self, user: User, feature: str = "") -> Self:
        """The pages to which `user` may do `feature` (read them); the twin of `permissions.can`."""
        return self.existing().filter(scope_q(user, feature or self.model.read_feature, self.model.standing))

    def read_whole(self) -> Self:
        """With what their rules and their place are told from, in the same query."""
        return self

    def locked(self, key: int) -> Any:
        """The live row of the page, locked: two people who save at once are served one after the other.

        Raises DoesNotExist for a deleted page.
        """
        return self.read_whole().select_for_update(of=("self",)).get(pk=key, deleted_at__isnull=True)


VersionedManager = PageManager.from_queryset(VersionedQuerySet)


class VersionedPage(State):
    """To be put between a state and Wagtail's `Page`, in this order, in the bases of a kind of page."""

    #: How rights know and place its rows, and the right to read one.
    standing: ClassVar[Standing]
    read_feature: ClassVar[str]
    #: The editor shows the answers alone: no address, no date, no menu.
    promote_panels: ClassVar[list] = []
    settings_panels: ClassVar[list] = []
    #: Columns beside the state that `prepare` fills.
    prepared_columns: ClassVar[tuple[str, ...]] = ()

    #: When the situation shown was so (start of the latest state), and by whom it was last brought up to date.
    situation_at = models.DateTimeField("situation au", null=True, editable=False)
    #: When an answer last changed; earlier than `situation_at` when somebody has since seen that nothing had.
    changed_at = models.DateTimeField("modifié le", null=True, editable=False)
    updated_at = models.DateTimeField("actualisé le", null=True, editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="actualisé par",
    )
    deleted_at = models.DateTimeField("supprimé le", null=True, editable=False)

    #: Kept in lists of ours; ten thousand of them have no place in a table of references.
    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True

    @classmethod
    def version_model(cls) -> type[Version]:
        """The table of its history."""
        return _version_model_of(cls)

    @property
    def is_existing(self: _Page) -> bool:
        """Whether it is published, and nobody has deleted it."""
        return self.live and self.deleted_at is None

    @property
    def is_confirmed(self) -> bool:
        """Whether the latest word on the page is « rien n'a changé »."""
        return self.situation_at is not None and self.changed_at is not None and self.changed_at < self.situation_at

    @classmethod
    def children_of(cls, keys: Iterable[int]) -> dict[int, dict[str, list]]:
        """Page -> its stored child answers and rows, as versions keep them; one query for each kind."""
        keys = list(keys)
        found: dict[int, dict[str, list]] = {
            key: {name: [] for name in (*cls.child_answers, *cls.child_rows) if name not in cls.rare_rows}
            for key in keys
        }
        for name in cls.child_answers:
            for page, other in _linked(cls, name, keys):
                found[page][name].append(other)
        for name, columns in cls.child_rows.items():
            for page, *values in _child_values(cls, name, columns, keys):
                found[page].setdefault(name, []).append(dict(zip(columns, map(serialise, values), strict=True)))
        return found

    def children_now(self) -> dict[str, list]:
        """As `children_of`, of this page."""
        return type(self).children_of([self.pk])[self.pk]

    def answer_of(self, name: str) -> Any:
        return self.children_now().get(name, []) if self.is_child(name) else getattr(self, name)

    def assign_children(self, name: str, values: Iterable[Any]) -> None:
        if name in self.child_rows:
            row = self._meta.get_field(name).related_model
            values = [row(**value) if isinstance(value, Mapping) else value for value in values]
        getattr(self, name).set(values)

    def refuse_updates(self) -> None:
        """Raise ValidationError, in French, when the page is in no state to be updated."""

    def places_of(self, changes: Mapping[str, Any]) -> Iterable[Any]:
        """The places to which `changes` would move the page: the right to update it is asked there too."""
        return ()

    def parent_at(self: _Page, place: Any) -> Any:
        """The page under which it stands at that place."""
        return self.get_parent()

    def editor_features(self) -> Iterable[str]:
        """The rights that editing the page in Wagtail takes."""
        raise NotImplementedError  # no default: a kind of page that forgets its rights must not be open

    def permissions_for_user(self, user: User) -> OwnVerbsTester:
        """A draft or an old revision gives and takes no right: the page as it is stored is asked."""
        stored = self.__dict__.get("stored", self)
        needed = {*stored.editor_features(), *stored.read_features.values()}  # it shows every answer
        may_edit = all(can(user, feature, stored) for feature in needed)
        return OwnVerbsTester(user, self, {"change", "publish"} if may_edit else ())

    def proposed_for(self, name: str, user: User) -> models.QuerySet:
        """What the child answer `name` may name, among what `user` may read; what they may not read stays."""
        return self._meta.get_field(name).related_model._default_manager.visible_to(user)

    def prepare(self) -> None:
        """Fill in what Wagtail asks of every page; called before it is validated."""
        self.clean_texts()

    def full_clean(self: _Page, *args, **kwargs):
        self.prepare()
        super().full_clean(*args, **kwargs)

    def clean(self: _Page):
        super().clean()
        if self.pk and "_known_errors" not in self.__dict__ and self.state_errors():
            self.tolerate_known_errors(type(self)._default_manager.read_whole().filter(pk=self.pk).first())
        self.clean_state()

    def serve(self, request, *args, **kwargs):
        return show_page(request, self)

    def serve_preview(self, request, mode_name):
        return self.serve(request)

    def save_revision(self: _Page, user=None, **kwargs):
        """A revision says nothing of what its author may not write: publishing it later must not bring that back."""
        self._withheld = self._not_writable_by(user) if user is not None else set()
        try:
            return super().save_revision(user=user, **kwargs)
        finally:
            del self._withheld

    def _not_writable_by(self, user: User) -> set[str]:
        stored = self.__dict__.get("stored", self)
        return {*self.write_features, *self.read_features} - writable_fields(user, stored)

    def serializable_data(self: _Page):
        data = super().serializable_data()
        return {name: value for name, value in data.items() if name not in self.__dict__.get("_withheld", ())}

    def with_content_json(self: _Page, content):
        """A draft says its answers; stamps, and what only verbs of their own change, stay those of the live row.

        Else publishing an old revision, by hand or by schedule, would bring back a deleted page or reopen a closed one.
        """
        drafted = super().with_content_json(content)
        drafted.stored = self
        live = type(self)._base_manager.get(pk=self.pk)
        for name in STAMPS:
            setattr(drafted, name, getattr(live, name))
        if publication_of(self.pk) is None:
            keep_set_apart(drafted, live)
        for name in {*live.write_features, *live.read_features} - content.keys():
            if not live.is_child(name):
                setattr(drafted, name, getattr(live, name))
        return drafted


def keep_set_apart(drafted: Any, live: Any) -> None:
    """Put in `drafted` what only verbs of their own change, as `live` has it."""
    for name in live.set_apart:
        if not live.is_child(name):
            setattr(drafted, name, getattr(live, name))
        elif name in clusters_of(live):
            getattr(drafted, name).set(getattr(live, name).all())


def clusters_of(page: Any) -> list[str]:
    """The kinds of child rows that a page holds in memory, drafts included, until it is saved."""
    held = {relation.get_accessor_name() for relation in get_all_child_relations(type(page))}
    return [name for name in page.child_rows if name in held]


@once_a_model
def _version_model_of(page: Any) -> type[Version]:
    related = (relation.related_model for relation in page._meta.related_objects)
    return next(model for model in related if issubclass(model, Version) and model.page_model() is page)


def _linked(page: type[VersionedPage], name: str, keys: list[int]) -> Iterable[tuple[int, int]]:
    field = page._meta.get_field(name)
    source, target = (f"{side}_id" for side in (field.m2m_field_name(), field.m2m_reverse_field_name()))
    links = field.remote_field.through._base_manager.filter(**{f"{source}__in": keys})
    return links.order_by(target).values_list(source, target)


def _child_values(page: type[VersionedPage], name: str, columns: Mapping[str, str], keys: list[int]) -> Iterable[tuple]:
    relation = page._meta.get_field(name)
    rows = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": keys})
    return rows.values_list(relation.field.attname, *columns.values())


def standing_still(*keys: int) -> dict[int, Page]:
    """The pages `keys`, as they are once nobody else adds pages under them or moves some away, until we have saved.

    Wagtail numbers pages under a parent from the last one: two who read the same last one would take the same place.
    Locked in the order of their keys, and after the objects that move.
    """
    with patient():
        return {page.pk: page for page in Page.objects.filter(pk__in=keys).order_by("pk").select_for_update()}

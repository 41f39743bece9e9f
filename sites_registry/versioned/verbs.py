"""What is done to any page with a typed history: each verb asks the rights, changes the page, leaves one event.

A kind of page gives its own verbs their names, their right (`feature`) and what else must hold, and calls these. All of
them raise PermissionDenied without the right, or for an answer that its author may not write when it would change, and
ValidationError when a rule is broken, both in French; nothing is then stored.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from rbsite.accounts.permissions import readable_fields, require, writable_fields
from rbsite.base.waiting import verb

from .clock import instant
from .history import Record, record_states
from .moments import moment_known
from .pages import clusters_of, standing_still
from .publication import Publication
from .publishing import apply_and_publish, publish
from .state import comparable
from .versions import Kind, Version
from .wording import label_of

NOT_YOURS = "Vous n’avez pas le droit de modifier : {field}."
_NOT_PAST = "Cet état n’est pas passé : la page en connaît un aussi récent."
_SET_APART = "Cette réponse a un formulaire à elle : {field}."


@verb
def declare(page: Any, *, parent: Any, publication: Publication, children: Mapping[str, Iterable] | None = None) -> Any:
    """Create and publish a new `page` under `parent`, with its child answers and rows.

    The caller has asked the right to declare it there. What only verbs of their own change
    starts as it is by default.
    """
    children = children or {}
    _refuse_answers(page, _said_at_first(page, children), publication.by)
    page.owner = publication.by
    page.prepare()
    standing_still(parent.pk)[parent.pk].add_child(instance=page)
    for name, values in children.items():
        page.assign_children(name, values)
    publish(page, publication)
    return page


@verb
def update(
    page: Any, changes: Mapping[str, Any], *, by: Any, feature: str, at: date | None = None, source: str = ""
) -> Any:
    """Apply `changes` to the live state, and to the open draft if there is one; the situation is that of the day `at`.

    A day before the latest known state records a state of the past and leaves the page alone. No change at all says
    that what is known is still true; changes of what is decided or done (`State.followed`) alone do not say that
    somebody saw it. Returns the page as it now is.
    """
    page = type(page)._default_manager.locked(page.pk)
    require(by, feature, page)
    page.refuse_updates()
    _refuse_changes(page, page, changes, by, page.places_of(changes))
    now = instant(page.version_model(), [page.pk])
    when = moment_known(page, at, now)
    if page.situation_at is not None and when < page.situation_at:
        return record_past(page, changes, by=by, feature=feature, at=when, source=source)
    _take_place(page, changes, by, feature)
    kind = _kind_of(page, changes)
    is_observed = kind != Kind.FOLLOWED
    apply_and_publish(page, changes, Publication(by, kind, when, source, now, is_observed))
    return page


def _kind_of(page: Any, changes: Mapping[str, Any]) -> Kind:
    """No change at all says that what is known is still true; what is only decided or done says nothing of that."""
    if not changes:
        return Kind.UNCHANGED
    return Kind.FOLLOWED if changes.keys() <= page.followed else Kind.UPDATED


@verb
def record_past(page: Any, changes: Mapping[str, Any], *, by: Any, feature: str, at: datetime, source: str = "") -> Any:
    """Record that at a past moment the page was as then known, with `changes`; later states stay as they are."""
    page = type(page)._default_manager.locked(page.pk)
    require(by, feature, page)
    if page.situation_at is not None and at >= page.situation_at:
        raise ValidationError({"at": _NOT_PAST})
    model = page.version_model()
    state = model.objects.of_page(page.pk).amended_at(at)
    children = dict(state.children) if state else page.children_now()
    past = model(**(state or page).state_values(), children=children)
    stood = {field.name: getattr(past, field.name) for field in page.state_fields() if field.is_relation}
    places = page.places_of(stood | dict(changes))  # where it stood then, or is said to have
    for place in places:
        require(by, feature, place)
    _refuse_changes(page, past, changes, by, places)
    past.tolerate_known_errors()
    past.assign(changes)
    past.clean_state()
    names = [page.column_of(name) for name in changes]
    record = Record(page.pk, at, past.state_values(), past.children, names=names)
    record_states(model, [record], author=by, kind=Kind.PAST, source=source)
    return page


@verb
def restore(page: Any, version: Version, *, by: Any, feature: str) -> Any:
    """Make the page again what it was in `version`, from now on; what happened since stays in the history.

    Answers that `by` may not write stay as they are.
    """
    page = type(page)._default_manager.locked(page.pk)
    require(by, feature, page)
    if version.page_id != page.pk:
        raise ValidationError("Cet état est celui d’une autre page.")
    writable = writable_fields(by, page) - page.set_apart
    changes = {name: _answer_again(version, name) for name in page.answer_names() if name in writable}
    _take_place(page, changes, by, feature)
    now = instant(page.version_model(), [page.pk])
    apply_and_publish(page, changes, Publication(by, Kind.RESTORED, now, now=now))
    return page


def _said_at_first(page: Any, children: Mapping[str, Iterable]) -> list[str]:
    """The answers of a new page that are not what they are by default."""
    blank = type(page)()
    columns = [field for field in page.state_fields() if field.editable]
    said = [field.name for field in columns if getattr(page, field.attname) != getattr(blank, field.attname)]
    staged = [name for name in clusters_of(page) if getattr(page, name).all()]
    return [*said, *staged, *(name for name, values in children.items() if values)]


def _refuse_changes(page: Any, state: Any, changes: Mapping[str, Any], by: Any, places: Iterable[Any]) -> None:
    """Refuse the changes of `state` (the page, or one of the past) that `by` may not make, or not in this way."""
    readable = readable_fields(by, page)  # accepting the true answer alone would tell what one may not read
    changed = [
        name
        for name, value in changes.items()
        if name not in readable or comparable(value) != comparable(state.answer_of(name))
    ]
    for place in (page, *places):
        _refuse_answers(page, changed, by, place)


def _refuse_answers(page: Any, changed: Iterable[str], by: Any, place: Any = None) -> None:
    """Raise for the first of the answers `changed` that has verbs of its own, or that `by` may not write.

    `place` is where the page stands, or where a change puts it: rights are asked in both.
    """
    writable = writable_fields(by, place or page, type(page))
    for name in changed:
        field = label_of(type(page), name)
        if name in page.set_apart:
            raise ValidationError(_SET_APART.format(field=field))
        if name not in writable:
            raise PermissionDenied(NOT_YOURS.format(field=field))


def _take_place(page: Any, changes: Mapping[str, Any], by: Any, feature: str) -> None:
    """A page follows its answers: the right is asked where they put it, and its parent page is the one of there."""
    for place in page.places_of(changes):
        require(by, feature, place)
        parent, former = page.parent_at(place), page.get_parent()
        if parent.pk != former.pk:
            page.move(standing_still(parent.pk, former.pk)[parent.pk], pos="last-child")
            page.refresh_from_db(fields=["path", "depth", "url_path"])


def _answer_again(version: Version, name: str) -> Any:
    """An answer of a version as a page takes it."""
    if name not in version.child_answers:
        return version.answer_of(name)
    related = version.page_model()._meta.get_field(name).related_model
    return related._default_manager.filter(pk__in=version.answer_of(name))

"""Two people who answer at once: each form remembers the state that its author saw, and compares three answers.

What only the other one has changed is theirs; what both have changed is asked; nothing that was typed is lost.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from django.forms import BaseForm
from django.utils.text import Truncator

from rbsite.base.wording import moment_in_words

from .state import comparable
from .versions import Version
from .wording import text_of

V = TypeVar("V", bound=Version)
_Form: Any = BaseForm if TYPE_CHECKING else object
#: Longest answer of somebody else that a warning repeats, in characters.
_LONGEST_ANSWER = 200
_CONFLICT = "{who} a {said} le {when}. Vérifiez, puis enregistrez de nouveau pour garder la vôtre."


def latest_state(model: type[V], key: int, *, lock: bool = False) -> V | None:
    """The state of a page that holds today; with `lock`, whoever saves after us waits until we have saved."""
    if lock:
        pages = model.page_model()._default_manager.filter(pk=key)
        list(pages.select_for_update(of=("self",)).values_list("pk"))
    return model.objects.of_page(key).believed_now().filter(valid__upper_inf=True).first()


def state_seen(model: type[V], key: int, typed: str | None) -> V | None:
    """The state that a form was opened on, from the number that it sends back; None for anything else."""
    if not typed or not typed.isascii() or not typed.isdigit():
        return None
    return model.objects.of_page(key).filter(pk=typed).first()


class ConcurrentAnswersMixin(_Form):
    """For a form on a page with a hidden field `base`; `base_version` is the state on which it was opened.

    Call `heed_others(cleaned, page)` at the end of `clean`.
    """

    base_version: Version | None = None

    def is_mine(self, name: str, cleaned: dict) -> bool:
        """Whether the person has answered otherwise than the state they saw."""
        raise NotImplementedError  # a quick form compares with what it showed, the editor with the published state

    def columns(self, page: Any) -> dict[str, str]:
        """Field of the form -> answer of the state."""
        answers = {field.name for field in page.state_fields()} | set(page.child_answers)
        return {name: name for name in self.fields if name in answers}

    def theirs(self, name: str, column: str, latest: Version) -> tuple[Any, Any]:
        """The others' answer as a cleaned value, and as the field shows it."""
        if column not in latest.child_answers:
            return getattr(latest, column), getattr(latest, column)
        related = latest.page_model()._meta.get_field(column).related_model
        found = list(related._default_manager.filter(pk__in=latest.answer_of(column)))
        return found, [one.pk for one in found if one in self.fields[name].queryset]

    def heed_others(self, cleaned: dict, page: Any) -> None:
        latest = latest_state(page.version_model(), page.pk, lock=True)
        if self.base_version is None or latest is None or latest.pk == self.base_version.pk:
            return
        columns = self.columns(page)
        mine = {name: self.is_mine(name, cleaned) for name in columns}
        self.data = self.data.copy()  # type: ignore[has-type]  # Django is not typed
        for name, column in columns.items():
            theirs = latest.answer_of(column)
            if theirs == self.base_version.answer_of(column):
                continue
            if not mine[name]:
                self._show(name, column, cleaned, latest)
            elif name not in cleaned or comparable(cleaned[name]) != theirs:  # an answer that cannot be read too
                self.add_error(name, conflict(column, latest))
        # Saving again means that the person has read what the others wrote: from now on that is what they saw.
        self.data[self.add_prefix("base")] = latest.pk

    def _show(self, name: str, column: str, cleaned: dict, latest: Version) -> None:
        """Put the others' answer where the person has not answered, on the screen and in what is saved."""
        cleaned[name], value = self.theirs(name, column, latest)
        if name in self.errors:
            del self.errors[name]
        field = self.fields[name]
        shown = field.widget.format_value(field.prepare_value(value))
        several = isinstance(shown, (list, tuple))
        self.data.setlist(self.add_prefix(name), list(shown) if several else ["" if shown is None else shown])


def conflict(column: str, latest: Version) -> str:
    """Who has answered, when and what, and how to go on."""
    who = latest.author.name_and_organisation if latest.author else "Quelqu’un"
    said = "changé cette réponse"  # the names of a child answer may not be for this person
    if not latest.is_child(column):
        value = getattr(latest, column)
        names = {(column, value.pk): str(value)} if hasattr(value, "pk") else {}
        answered = Truncator(text_of(type(latest), column, value, names)).chars(_LONGEST_ANSWER)
        said = f"répondu « {answered} »"
    return _CONFLICT.format(who=who, said=said, when=moment_in_words(latest.recorded_at))

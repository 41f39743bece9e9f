"""Two people who answer at once: each form remembers the state that its author saw, and compares three answers.

What only the other one has changed is theirs; what both have changed is asked; nothing that was typed is lost.

Answers about a past day amend the state of that day, which the form did not show: what it shows and what was known then
are told apart before anything is stored, and what the person leaves is what they say.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django.forms import BaseForm
from django.utils import timezone
from django.utils.text import Truncator

from rbsite.base.waiting import or_busy
from rbsite.base.wording import day_in_words, moment_in_words

from .moments import is_today, moment_known
from .questions import is_relevant
from .state import comparable
from .versions import Version
from .wording import UNKNOWN, text_of

V = TypeVar("V", bound=Version)
_Form: Any = BaseForm if TYPE_CHECKING else object
#: Longest answer of somebody else that a warning repeats, in characters.
_LONGEST_ANSWER = 200
_ON_THAT_DAY = (
    "Le {day}, d’après l’historique : « {known} ». Vous enregistrez « {mine} ». "
    "Corrigez, ou enregistrez de nouveau pour confirmer."
)
_CONFLICT = "{who} a {said} le {when}. Vérifiez, puis enregistrez de nouveau pour garder la vôtre."


def latest_state(model: type[V], key: int, *, lock: bool = False) -> V | None:
    """The state of a page that holds today; with `lock`, whoever saves after us waits until we have saved."""
    if lock:
        pages = model.page_model()._default_manager.filter(pk=key)
        with or_busy():
            list(pages.select_for_update(of=("self",)).values_list("pk"))
    return model.objects.of_page(key).believed_now().filter(valid__upper_inf=True).first()


def state_amended(page: Any, day: date | None, *, lock: bool = False) -> Any:
    """The state that answers about `day` (None: today) amend; `lock` as in `latest_state`."""
    model = page.version_model()
    latest = latest_state(model, page.pk, lock=lock)
    if is_today(day):
        return latest
    return model.objects.of_page(page.pk).amended_at(moment_known(page, day))


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
    #: Whether the person must read, and save again.
    has_asked = False

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

    def heed_others(self, cleaned: dict, page: Any, day: date | None = None, *, take_theirs: bool = False) -> None:
        """Compare with the state that the answers amend; `take_theirs`: show its answers where none was typed."""
        seen, amended = self.base_version, state_amended(page, day, lock=True)
        if seen is None or amended is None or amended.pk == seen.pk:
            return
        columns = self.columns(page)
        mine = {name: self.is_mine(name, cleaned) for name in columns}
        answers = amended.answers() | cleaned
        other_day = None if _is_of_that_day(seen, page, day) else day or timezone.localdate()
        self.data = self.data.copy()  # type: ignore[has-type]  # Django is not typed
        for name, column in columns.items():
            if amended.answer_of(column) == seen.answer_of(column):
                continue
            if not mine[name] and (take_theirs or other_day is None):
                self._show(name, column, cleaned, amended)
            elif other_day is not None and not is_relevant(column, answers, amended.relevant_when):
                continue  # emptied by another answer, which is asked
            elif asked := self._question(name, column, cleaned, amended, other_day):
                self.add_error(name, asked)
                self.has_asked = True
        # Saving again means that the person has read what the others wrote: from now on that is what they saw.
        self.data[self.add_prefix("base")] = amended.pk
        self.amends(amended)

    def amends(self, state: Version) -> None:
        """Told once the answers have been compared with `state`, which they amend."""

    def _question(self, name: str, column: str, cleaned: dict, amended: Version, other_day: date | None) -> str:
        """What to ask before the answer of `amended` is replaced; « » when there is nothing to ask."""
        if name in cleaned and self._readable(name, column, cleaned[name]) == self._readable(
            name, column, amended.answer_of(column)
        ):
            return ""
        if other_day is None:
            return conflict(column, amended)
        known, _shown = self.theirs(name, column, amended)
        words = {"known": self._words(column, known, amended), "mine": self._words(column, cleaned.get(name), amended)}
        return _ON_THAT_DAY.format(day=day_in_words(other_day), **words)

    def _readable(self, name: str, column: str, answer: Any) -> Any:
        """An answer as `answer_of` gives it, without the objects that the person may not read."""
        answer = comparable(answer)
        if not isinstance(answer, list) or not hasattr(self.fields[name], "queryset"):
            return answer
        proposed = set(self.fields[name].queryset.filter(pk__in=answer).values_list("pk", flat=True))
        return [key for key in answer if key in proposed]

    def _words(self, column: str, answer: Any, state: Version) -> str:
        if column in state.child_answers:
            proposed = self.fields[column].queryset
            return ", ".join(str(one) for one in answer or () if one in proposed) or UNKNOWN
        return answer_in_words(type(state), column, answer)

    def _show(self, name: str, column: str, cleaned: dict, latest: Version) -> None:
        """Put the others' answer where the person has not answered, on the screen and in what is saved."""
        cleaned[name], value = self.theirs(name, column, latest)
        if name in self.errors:
            del self.errors[name]
        field = self.fields[name]
        shown = field.widget.format_value(field.prepare_value(value))
        several = isinstance(shown, (list, tuple))
        self.data.setlist(self.add_prefix(name), list(shown) if several else ["" if shown is None else shown])


def _is_of_that_day(seen: Version, page: Any, day: date | None) -> bool:
    """Whether the state that the person saw was then believed to hold on the day of which they speak."""
    if is_today(day):
        return seen.valid.upper is None
    return moment_known(page, day) in seen.valid


def answer_in_words(model: Any, column: str, value: Any) -> str:
    """An answer as a warning repeats it, shortened."""
    names: Mapping = {(column, value.pk): str(value)} if hasattr(value, "pk") else {}
    return Truncator(text_of(model, column, value, names)).chars(_LONGEST_ANSWER)


def conflict(column: str, latest: Version) -> str:
    """Who has answered, when and what, and how to go on."""
    who = latest.author.name_and_organisation if latest.author else "Quelqu’un"
    said = "changé cette réponse"  # the names of a child answer may not be for this person
    if not latest.is_child(column):
        said = "répondu « {answer} »".format(answer=answer_in_words(type(latest), column, getattr(latest, column)))
    return _CONFLICT.format(who=who, said=said, when=moment_in_words(latest.recorded_at))

"""What `/recherche/` looks into and its field proposes: a finder for each kind of thing that a text may name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .registry import Entry, Part, Registry


@dataclass(frozen=True)
class Answers:
    """What a finder found, the best first, cut at the limit; `has_more` says whether that hides some."""

    items: Sequence[Any]
    has_more: bool = False


@dataclass(frozen=True)
class Proposal:
    """A line under the field while somebody types."""

    label: str
    context: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Finder(Entry):
    """A kind of thing that a text may name; its key is the id of its section on the page."""

    title: str
    #: Called with the text, the reader and how many to show at most.
    find: Callable[[str, Any, int], Answers]
    #: Shows `items`; also gets `has_more` and the text `q`.
    template: str
    #: How an item is proposed; without it the kind is found on the page only, and the field does not look for it.
    propose: Callable[[Any], Proposal] | None = None


@dataclass(frozen=True)
class Found:
    """The answers of one finder to one text: a section of the page."""

    finder: Finder
    answers: Answers
    text: str

    @property
    def part(self) -> Part:
        context = {"items": self.answers.items, "has_more": self.answers.has_more, "q": self.text}
        return Part(self.finder.template, context)


class Finders(Registry[Finder]):
    """The finders of the platform."""

    def search(self, text: str, user: Any, limit: int) -> list[Found]:
        """What `text` names among what `user` may read: the finders that found something, in order."""
        return [
            Found(finder, answers, text)
            for finder in self.open_to(user)
            if (answers := finder.find(text, user, limit)).items
        ]

    def proposals(self, text: str, user: Any, limit: int) -> list[Proposal]:
        """The first answers, as the field shows them while somebody types."""
        return [
            finder.propose(item)
            for finder in self.open_to(user)
            if finder.propose
            for item in finder.find(text, user, limit).items
        ]


FINDERS = Finders()

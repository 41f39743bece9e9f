"""Questions that apply only after a certain answer to another: one table per kind of page, read by every door.

Forms, editor, import and `State.derive` all read the table `relevant_when` of the state, so that a hidden question
never keeps an answer and no door asks otherwise than another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class When:
    """A question applies when `field` has (or, for a set of choices, includes) one of `answers`."""

    field: str
    answers: tuple

    def holds(self, values: Mapping[str, Any]) -> bool:
        value = values.get(self.field)
        if isinstance(value, (list, tuple, set)):
            return any(answer in value for answer in self.answers)
        return value in self.answers

    @property
    def spec(self) -> str:
        """The same for the browser (`data-rb-when`): « field=answer|answer »."""
        return f"{self.field}={'|'.join(str(answer).lower() for answer in self.answers)}"


#: Question -> the answer of another one that makes it apply. A parent stands before its children.
RelevantWhen = Mapping[str, When]


def is_relevant(field: str, values: Mapping[str, Any], table: RelevantWhen) -> bool:
    """Whether the question applies, given the answers on which it depends (and those on which these depend)."""
    condition = table.get(field)
    return condition is None or (condition.holds(values) and is_relevant(condition.field, values, table))


def irrelevant_fields(values: Mapping[str, Any], table: RelevantWhen) -> list[str]:
    """The questions that the other answers make irrelevant: their answer must be emptied."""
    return [field for field in table if not is_relevant(field, values, table)]

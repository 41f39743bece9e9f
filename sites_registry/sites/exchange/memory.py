"""What an organisation has said of the words of its tables, so that nobody is asked twice."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils import timezone

from rbsite.base.text import fold

from ..models import ImportMapping

_MAX_LENGTH = 200


@dataclass
class Memory:
    """Folded titles -> names of columns (« » when left out), and by column folded words -> what they mean."""

    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, user: Any) -> Self:
        """The memory of the organisation of a person (one query); empty for those who have none."""
        memory = cls()
        if user.organisation_id is None:
            return memory
        rows = ImportMapping.objects.filter(organisation=user.organisation_id)
        for column, said, meant in rows.values_list("column", "said", "meant"):
            if column:
                memory.values[column][said] = meant
            else:
                memory.columns[said] = meant
        return memory

    def meanings(self, decided: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
        """What words mean, by column: what was decided of this file wins over what was said before."""
        names = {*self.values, *decided}
        return {name: {**self.values.get(name, {}), **decided.get(name, {})} for name in names}


def remember(user: Any, columns: Mapping[str, str], words: Mapping[str, Mapping[str, str]]) -> None:
    """Keep what a person has said of titles (as written) and words (folded), for their organisation; two queries."""
    if user.organisation_id is None:
        return
    said = {("", fold(title)): name for title, name in columns.items()}
    said |= {(column, word): meant for column, meanings in words.items() for word, meant in meanings.items()}
    now = timezone.now()
    ImportMapping.objects.bulk_create(
        [
            ImportMapping(organisation_id=user.organisation_id, column=column, said=word, meant=meant, used_at=now)
            for (column, word), meant in said.items()
            if word and len(word) <= _MAX_LENGTH
        ],
        update_conflicts=True,
        unique_fields=["organisation", "column", "said"],
        update_fields=["meant", "used_at"],
    )

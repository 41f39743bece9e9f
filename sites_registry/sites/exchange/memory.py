"""What an organisation has said of the words of its tables, so that nobody is asked twice."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from rbsite.base.text import fold
from rbsite.spreadsheets.decisions import Meanings, Memory

from ..models import ImportMapping

_MAX_LENGTH = 200


def memory_of(user: Any) -> Memory:
    """The memory of the organisation of a person (one query); empty for those who have none."""
    memory = Memory()
    if user.organisation_id is None:
        return memory
    rows = ImportMapping.objects.filter(organisation=user.organisation_id)
    for column, word, meant in rows.values_list("column", "said", "meant"):
        if column:
            memory.values[column][word] = meant
        else:
            memory.columns[word] = meant
    return memory


def remember(user: Any, columns: Mapping[str, str], words: Meanings) -> None:
    """Keep what a person has said of titles (as written) and words (folded), for their organisation; two queries."""
    if user.organisation_id is None:
        return
    explained = {("", fold(title)): name for title, name in columns.items()}
    explained |= {(column, word): meant for column, meanings in words.items() for word, meant in meanings.items()}
    now = timezone.now()
    ImportMapping.objects.bulk_create(
        [
            ImportMapping(organisation_id=user.organisation_id, column=column, said=word, meant=meant, used_at=now)
            for (column, word), meant in explained.items()
            if word and len(word) <= _MAX_LENGTH
        ],
        update_conflicts=True,
        unique_fields=["organisation", "column", "said"],
        update_fields=["meant", "used_at"],
    )

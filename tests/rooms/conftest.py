"""What a room registers for one test, and what a page costs."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rbsite.base.registry import Entry, Registry

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture
def added() -> Iterator[Callable[[Registry, Entry], Entry]]:
    """`added(registry, entry)`: as a room above does in `ready()`; taken away at the end."""
    entries: list[tuple[Registry, Entry]] = []

    def add(registry: Registry, entry: Entry) -> Entry:
        entries.append((registry, registry.register(entry)))
        return entry

    yield add
    for registry, entry in entries:
        registry.remove(entry.key)


@pytest.fixture
def page_for(client_for) -> Callable:
    """`page_for(user, address)`: the bytes of a page but for its form token, and how many queries they cost."""

    def page(user, address: str) -> tuple[bytes, int]:
        client = client_for(user)
        client.get(address)  # a first visit is written down
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        assert answer.status_code == 200
        return _TOKEN.sub(b"", answer.content), len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    return page

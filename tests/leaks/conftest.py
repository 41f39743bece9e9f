"""One world for each module of these tests: thousands of questions are asked to it, none changes it."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from . import world as worlds


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[worlds.World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)

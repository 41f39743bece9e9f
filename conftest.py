"""The tests' database: migrated once into a template, then copied for each process and after each transactional test.

A template lives as long as no migration and no locked version changes, so that only the first run pays for migrations.
Without DATABASE_URL the tests have an embedded server of their own, shared by all processes of all runs.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
ROOMS = ("rbsite", "sites_registry", "knowledge", "community", "tests")


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Give this process its copy of the template; drop it at the end."""
    from django.conf import settings
    from django.test import TransactionTestCase

    from rbsite import devdb

    if not os.environ.get("DATABASE_URL"):
        devdb.ensure(settings.TEST_POSTGRES, fast=True)
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    copy = f"test_rb_{worker}_{os.getpid()}"
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        template = _template()
        _copy(template, copy)
        # Django would empty every table, the rows written by migrations included: the root page, the site, the groups.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: _copy(template, copy))
        yield
        _drop(copy)
    devdb.release(getattr(settings, "TEST_POSTGRES", ROOT))


def _template() -> str:
    """Name of the migrated database, built first if need be; one process builds while the others wait."""
    from django.conf import settings
    from django.db import connection

    name = f"test_rb_template_{_fingerprint()}"
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "test-template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _test_databases()
        for other in found:
            if _is_stale(other, name):
                _drop(other)
        if name not in found:
            connection.settings_dict["TEST"]["NAME"] = f"{name}_draft"
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            connection.close()
            _execute(f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
    return name


def _fingerprint() -> str:
    """Changes with whatever the migrated database is made from."""
    digest = hashlib.sha256((ROOT / "requirements.lock.txt").read_bytes())
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".sql"}]
    for path in sorted(sources):
        if path.parent.name == "migrations" or path.name == "apps.py":
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    digest.update((ROOT / "rbsite/settings/base.py").read_bytes())
    return digest.hexdigest()[:12]


def _is_stale(database: str, template: str) -> bool:
    """Templates of other migrations, drafts and copies whose process died."""
    if "_template_" in database:
        return database != template
    pid = database.rpartition("_")[2]
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return True
    except PermissionError:
        return False
    return False


def _copy(template: str, copy: str) -> None:
    from django.db import connection

    connection.close()
    _execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')  # FORCE: a live server's threads hold connections
    _execute(f'CREATE DATABASE "{copy}" TEMPLATE "{template}"')
    connection.settings_dict["NAME"] = copy


def _drop(database: str) -> None:
    from django.db import OperationalError, connection

    connection.close()
    with contextlib.suppress(OperationalError):  # another run may still read a template of other migrations
        _execute(f'DROP DATABASE IF EXISTS "{database}"')


def _test_databases() -> list[str]:
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'test\_rb\_%%'")
        return [name for (name,) in cursor.fetchall()]


def _execute(statement: str) -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)

"""The embedded server: shared, stopped by its last user, and started again over whatever a crash left."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rbsite import devdb
from rbsite.settings.env import BASE_DIR

HOLD = """
import pathlib, sys
from rbsite import devdb
devdb.ensure(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
input()
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "données d'essai" / "postgres"
    yield folder
    devdb.release(folder)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_server_answers_at_the_url_known_beforehand_and_stops_with_its_user(data: Path) -> None:
    url = devdb.server_url(data)

    assert devdb.ensure(data, fast=True) == url
    assert answers(url)

    devdb.release(data)
    assert not answers(url)


def test_server_outlives_a_user_while_another_remains(data: Path) -> None:
    url = devdb.ensure(data, fast=True)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)], cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    other.stdout.readline()

    devdb.release(data)
    assert answers(url)

    other.communicate(b"\n", timeout=60)
    assert not answers(url)


def test_killed_server_is_started_again(data: Path) -> None:
    url = devdb.ensure(data, fast=True)
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    devdb.ensure(data, fast=True)

    assert answers(url)


def test_pid_file_that_names_another_living_program_is_forgotten(data: Path) -> None:
    url = devdb.ensure(data, fast=True)
    devdb.release(data)
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    devdb.ensure(data, fast=True)

    assert answers(url)


def test_folder_in_the_way_is_refused_with_a_sentence(data: Path) -> None:
    data.mkdir(parents=True)
    (data / "thesis.odt").touch()

    with pytest.raises(SystemExit, match="in the way"):
        devdb.ensure(data, fast=True)


def test_nothing_is_started_when_a_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user@db.example/name")
    monkeypatch.setattr(devdb, "ensure", lambda *_, **__: pytest.fail("started a server"))

    devdb.ensure_default_database()

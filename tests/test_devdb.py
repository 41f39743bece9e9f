"""The embedded server: shared, stopped by its last user, and started again over whatever a crash left."""

import os
import shutil
import signal
import subprocess
import sys
import time
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

KEEP = """
from rbsite import devdb
devdb.ensure_default_database()
devdb.keep_default_database(0.1)
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


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_data_that_was_moved_or_copied_starts_where_it_is(data: Path, tmp_path: Path, how) -> None:
    devdb.ensure(data, fast=True)
    with psycopg.connect(devdb.server_url(data)) as known:
        known.execute("CREATE TABLE kept (word text)")
    devdb.release(data)
    there = tmp_path / "ailleurs" / "postgres"
    there.parent.mkdir()

    how(data, there)

    try:
        with psycopg.connect(devdb.ensure(there)) as found:
            assert found.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        devdb.release(there)


def test_a_server_that_dies_is_started_again_by_who_keeps_it_and_stops_with_them(data: Path) -> None:
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEP],
        cwd=BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        | {"RB_DATA_DIR": str(data.parent), "DJANGO_SETTINGS_MODULE": "rbsite.settings.dev"},
    )
    assert keeper.stdout.readline() == b"ready\n"
    url = devdb.server_url(data)

    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    ends = time.monotonic() + 60
    while not answers(url) and time.monotonic() < ends:
        pass
    assert answers(url)
    keeper.communicate(b"\n", timeout=60)
    assert not answers(url)


def test_two_first_starts_on_one_folder_wait_for_each_other(data: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(data)], cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]

    assert [one.stdout.readline() for one in both] == [b"ready\n"] * 2
    assert [one.communicate(b"\n", timeout=60) and one.returncode for one in both] == [0, 0]

"""The first start, before any package is there."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rbsite.settings.env import BASE_DIR


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A clone in which nothing is installed."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(BASE_DIR / "scripts/bootstrap.py", tmp_path / "scripts")
    (tmp_path / "requirements.lock.txt").touch()
    return tmp_path


def start(clone: Path, port: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/bootstrap.py", "scripts/demo.py"],
        cwd=clone,
        env={**os.environ, "RB_PORT": port},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_taken_port_is_told_before_anything_is_installed(fresh: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        started = start(fresh, str(port))

    assert f"Le port {port} est déjà pris" in started.stderr
    assert started.returncode == 1
    assert not (fresh / ".venv").exists()


@pytest.mark.parametrize("port", ["", "huit mille", "-1", "70000"])
def test_a_port_that_is_none_is_told_before_anything_is_installed(fresh: Path, port: str) -> None:
    started = start(fresh, port)

    assert "RB_PORT doit être un numéro de port" in started.stderr
    assert not (fresh / ".venv").exists()

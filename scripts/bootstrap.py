#!/usr/bin/env python3
"""Create .venv from the lock when it is missing or old, then run the given script in it: bootstrap.py [SCRIPT [ARG…]].

Needs no package. Any Python 3 may start it: it looks itself for one that is recent enough.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock.txt"
HOST = "127.0.0.1"
STAMP = VENV / "lock.sha256"
NEEDED = (3, 11)
CANDIDATES = ("python3", "python3.13", "python3.12", "python3.11", "python3.14")
NO_PYTHON = (
    "Il faut Python 3.11 ou plus récent : aucun n'a été trouvé parmi {}.\n"
    "Python 3.11 or later is needed: none was found among {}."
)
NO_VENV = (
    "Ce Python ne sait pas créer d'environnement (module ensurepip absent) : sous Debian ou Ubuntu, installez "
    "python3-venv.\nThis Python cannot create environments (no ensurepip): on Debian or Ubuntu, install python3-venv."
)
NO_INSTALL = (
    "L'installation des dépendances a échoué : voir le message de pip ci-dessus, puis relancez la même commande.\n"
    "Installing the dependencies failed: see pip's message above, then run the same command again."
)

WAITING = "→ Une autre commande installe les dépendances : attente"
PORT_TAKEN = (
    "Le port {port} est déjà pris par un autre programme : arrêtez-le, ou choisissez-en un autre, "
    "par exemple « RB_PORT={other} make demo »."
)
NO_PORT = (
    "RB_PORT doit être un numéro de port, de 1 à 65535, et non « {given} » : par exemple « RB_PORT=8001 make demo »."
)


def check_port(given):
    """End the program with a sentence when the port cannot be had; known before minutes of installing."""
    if not (given.isdecimal() and 0 < int(given) < 65536):
        sys.exit(NO_PORT.format(given=given))
    port = int(given)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            sys.exit(PORT_TAKEN.format(port=port, other=port + 1 if port < 65535 else 8001))


def find_python():
    """Path of the first Python that is recent enough; ends the program with an explanation when there is none."""
    question = f"import sys; sys.exit(sys.version_info < {NEEDED!r})"
    for name in (sys.executable, *CANDIDATES):
        path = shutil.which(name or "")
        if path and subprocess.run([path, "-c", question], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return path
    names = ", ".join(CANDIDATES)
    sys.exit(NO_PYTHON.format(names, names))


def works(python):
    """Whether this environment was created to the end and its Python is still on the machine."""
    question = [str(python), "-c", "import pip"]
    return python.exists() and subprocess.run(question, stderr=subprocess.DEVNULL, check=False).returncode == 0


def wanted_stamp():
    """What .venv must have been made from."""
    return hashlib.sha256(LOCK.read_bytes() + str(VENV).encode()).hexdigest()


@contextlib.contextmanager
def alone(path, sentence):
    """While this lasts, whoever else comes for the same file waits, and is told so."""
    with open(str(path), "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(sentence, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install():
    """Make .venv hold exactly the lock; costs nothing when it does already."""
    with alone(LOCK, WAITING):
        _install()


def _install():
    python = VENV / "bin" / "python"
    stamp = wanted_stamp()
    if STAMP.exists() and STAMP.read_text() == stamp and python.exists():
        return
    if not works(python):
        shutil.rmtree(VENV, ignore_errors=True)
        source = find_python()
        print("→ Création de l'environnement Python (.venv)", flush=True)
        if subprocess.run([source, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL, check=False).returncode:
            sys.exit(NO_VENV)
        subprocess.run([source, "-m", "venv", str(VENV)], check=True)
    print("→ Installation des dépendances verrouillées (une à deux minutes la première fois)", flush=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "--requirement", str(LOCK)]
    if subprocess.run([str(python), "-m", "pip", "install", *options], check=False).returncode:
        sys.exit(NO_INSTALL)
    STAMP.write_text(stamp)


def main():
    """Install, then become the script asked for."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that pip is stopped with us
    if len(sys.argv) > 1 and pathlib.Path(sys.argv[1]).name == "demo.py":
        check_port(os.environ.get("RB_PORT", "8000"))
    try:
        install()
    except KeyboardInterrupt:
        sys.exit(130)
    if len(sys.argv) > 1:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        python = str(VENV / "bin" / "python")
        os.execv(python, [python, *sys.argv[1:]])


if __name__ == "__main__":
    main()

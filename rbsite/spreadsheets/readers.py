"""From the bytes of a file to sheets of cells: workbooks (xlsx, xlsm, ods) and csv, whatever the extension says.

The file is read by a child process (`child`), which it may kill but not swell, nor hold longer than a few seconds.
"""

import json
import logging
import subprocess
import sys
from pathlib import Path

from .books import MAX_BYTES, READABLE, TOO_HEAVY, Book, UnreadableFile
from .child import NO_MEMORY
from .wire import book_of

#: What a child may take: megabytes of address space, seconds of processor, seconds of the clock.
MEGABYTES, SECONDS, WAIT = 400, 4, 20
_CHILD = Path(__file__).with_name("child.py")
_TOO_MUCH = "Ce fichier demande trop de mémoire pour être lu : partagez-le en plusieurs, ou enregistrez-le à nouveau."
_TOO_SLOW = "Ce fichier demande trop de temps pour être lu : partagez-le en plusieurs, ou enregistrez-le à nouveau."
_UNREADABLE = f"Ce fichier n’est pas un tableau lisible. {READABLE}"
#: How Linux stops who used up their time: SIGXCPU, and SIGKILL just after.
STOPPED = {-24, -9}
#: A failed allocation aborts; a stack that cannot grow is a fault.
ABORTED = {-6, -11, -7, NO_MEMORY}

logger = logging.getLogger(__name__)


def read_book(content: bytes) -> Book:
    """Read a file; raises UnreadableFile."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(TOO_HEAVY)
    command = [sys.executable, "-I", str(_CHILD), str(MEGABYTES), str(SECONDS)]
    try:
        child = subprocess.run(command, input=content, capture_output=True, timeout=WAIT, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(_TOO_SLOW) from error
    lines = child.stdout.decode("utf-8").split("\n")
    if child.returncode or not lines[-1]:
        raise UnreadableFile(_reason(child))
    if lines[-1].startswith('{"refused"'):
        raise UnreadableFile(json.loads(lines[-1])["refused"])
    return book_of(lines)


def _reason(child: "subprocess.CompletedProcess[bytes]") -> str:
    """Why a child said nothing, or not everything."""
    if child.returncode in STOPPED:
        return _TOO_SLOW
    if child.returncode in ABORTED or b"MemoryError" in child.stderr:
        return _TOO_MUCH
    logger.error("The reader of a file failed: %s %s", child.returncode, child.stderr[-2_000:].decode(errors="replace"))
    return _UNREADABLE

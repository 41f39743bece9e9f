"""Many files read by the reader's own child, each in a copy of it that has started already: 10 ms a file, not 150.

As a script, `python -I nursery.py FOLDER`: reads each file of the folder, one JSON line each.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":  # isolated, as the child is
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rbsite.spreadsheets import child


@dataclass(frozen=True)
class Reading:
    """How a file was read: exit code (minus a signal), seconds of processor, megabytes held, last line said."""

    code: int
    seconds: float
    megabytes: float
    last: str

    @property
    def is_book(self) -> bool:
        return self.code == 0 and self.last == json.dumps(child.wire.END)

    @property
    def sentence(self) -> str:
        """Why it was refused, when the child could still say so."""
        return json.loads(self.last)["refused"] if self.last.startswith('{"refused"') else ""


def readings(contents: Iterable[bytes], megabytes: int, seconds: int) -> Iterator[Reading]:
    """Each file as the child reads it under these limits, in order."""
    with tempfile.TemporaryDirectory() as folder:
        for rank, content in enumerate(contents):
            Path(folder, f"{rank:06}").write_bytes(content)
        command = [sys.executable, "-I", __file__, str(megabytes), str(seconds), folder]
        said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    for line in said.splitlines():
        yield Reading(**json.loads(line))


def _read(path: Path) -> Reading:
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(os.open(path, os.O_RDONLY), 0)
        os.dup2(writes, 1)
        os.close(reads)
        os.close(writes)
        child.main()
        sys.stdout.flush()
        os._exit(0)
    os.close(writes)
    tail = b""
    while piece := os.read(reads, 2**20):
        tail = (tail + piece)[-100_000:]
    os.close(reads)
    _, status, used = os.wait4(pid, 0)
    return Reading(
        code=os.waitstatus_to_exitcode(status),
        seconds=used.ru_utime + used.ru_stime,
        megabytes=used.ru_maxrss / 1024,
        last=tail.decode().split("\n")[-1],
    )


if __name__ == "__main__":
    for path in sorted(Path(sys.argv.pop()).iterdir()):
        sys.stdout.write(f"{json.dumps(vars(_read(path)))}\n")
        sys.stdout.flush()

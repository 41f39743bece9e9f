"""Read one file in a process of its own: `python -I child.py MEGABYTES SECONDS`, the file in, JSON lines out.

Whatever a file makes its reader do, it does it here: no memory beyond the limit, no time, no file, no network, no other
process. A refusal is the line `{"refused": sentence}`; a death without a last line is the parent's to explain. Limits
are those of Linux (`resource`); `is_limited` says whether this system sets them. No Django here: it starts in 60 ms.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":  # isolated: the product is found from here
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import json

from rbsite.spreadsheets import wire
from rbsite.spreadsheets.books import UnreadableFile
from rbsite.spreadsheets.delimited import read_text
from rbsite.spreadsheets.foreign import refuse_foreign
from rbsite.spreadsheets.workbooks import read_workbook

try:
    import resource
except ImportError:  # not a Unix
    resource = None  # type: ignore[assignment]  # asked of everywhere below

#: Characters written at most: what the largest file allowed needs, and no more for the parent to hold.
MAX_OUTPUT = 60 * 2**20
TOO_LARGE = "Ce tableau est trop volumineux une fois ouvert : partagez-le en plusieurs."
#: How the child says that the memory or the output was not enough.
NO_MEMORY = 3


def is_limited() -> bool:
    """Whether this system limits the memory and the time of a child."""
    return sys.platform == "linux" and resource is not None


def limit(megabytes: int, seconds: int) -> None:
    """Limit this process for good; called once all that it needs is imported, as it then opens no file."""
    if not is_limited():
        return
    for what, soft in (
        (resource.RLIMIT_AS, megabytes << 20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (soft, soft))


def read(content: bytes) -> Iterator[wire.Line]:
    """What the file holds; raises UnreadableFile."""
    refuse_foreign(content)
    return read_workbook(content) if content[:2] == b"PK" else read_text(content)


def main() -> None:
    """Write what the file holds, then the mark of the end."""
    megabytes, seconds = map(int, sys.argv[1:])
    content = sys.stdin.buffer.read()
    limit(megabytes, seconds)
    written = 0
    try:
        for line in read(content):
            text = wire.written(line)
            written += len(text)
            if written > MAX_OUTPUT:
                raise UnreadableFile(TOO_LARGE)
            sys.stdout.write(f"{text}\n")
        sys.stdout.write(json.dumps(wire.END))
    except UnreadableFile as error:
        sys.stdout.write(json.dumps({"refused": str(error)}))
    except MemoryError:
        sys.exit(NO_MEMORY)


if __name__ == "__main__":
    main()

"""Reads one table file that a stranger sent: bytes on the standard input, JSON on the standard output.

It is a process of its own, whose memory and time the system limits and which can write no file, so that nothing a
file does to it matters. `mail.inbound.sheets` starts it: `python -m mail.inbound.sheet_reader`.
"""

import json
import resource
import sys
from typing import Any, Final

MEMORY: Final = 128 * 2**20
"""Bytes of address space."""
SECONDS: Final = 2
"""Of processor time."""


def main() -> None:
    """Read the file and tell its sheets, or the problem that it has."""
    limit()
    # Only now: what reads files from strangers is within the limits from its first line on.
    from mail.inbound.sheet_formats.file import read_file
    from mail.inbound.sheet_formats.grid import NotRead

    told: dict[str, Any]
    try:
        told = {"sheets": [vars(grid) for grid in read_file(sys.stdin.buffer.read())]}
    except NotRead as refusal:
        told = {"problem": refusal.problem}
    except MemoryError:
        told = {"problem": "too_large"}
    json.dump(told, sys.stdout)


def limit() -> None:
    """Ask the system to hold this process to its limits; there is no way back."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()

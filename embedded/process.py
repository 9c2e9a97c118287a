"""What every process of the embedded stack has in common: how it is started, and what is said when it fails.

Promise: a process started with `launch_options` and `leashed` is in a process group of its own (Ctrl-C in
the terminal reaches the supervisor alone), reads nothing, writes to its log, creates files for its owner
only, and ends with the thread that started it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_LEASH = Path(__file__).with_name("leash.py")
_LOG_LIMIT = 10 * 1024 * 1024
_TAIL_LINES = 12
_TAIL_BYTES = 16 * 1024


class StackError(Exception):
    """The embedded stack cannot run; the message is a sentence for the operator that says what to do."""


def leashed(
    command: Sequence[str], *, user: str = "", death_signal: signal.Signals = signal.SIGKILL
) -> tuple[str, ...]:
    """The command line that runs `command` so that it ends when the calling thread ends.

    Args:
        command: absolute path of the program, then its arguments.
        user: login name to become (the caller is root), or empty to stay.
        death_signal: what the kernel sends when the caller dies (Linux).

    """
    leash = (sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), str(int(death_signal)), user)
    return (*leash, *command)


def launch_options(log: IO[bytes], *, environment: Mapping[str, str], cwd: Path) -> dict[str, Any]:
    """Keyword arguments that `subprocess.Popen` and `asyncio.create_subprocess_exec` share."""
    return {
        "stdin": subprocess.DEVNULL,
        "stdout": log,
        "stderr": subprocess.STDOUT,
        "env": dict(environment),
        "cwd": cwd,
        "process_group": 0,
        "umask": 0o077,
    }


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; one that has grown past 10 MB is set aside as `.1` first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")


def last_lines(log: Path, *, since: int = 0) -> str:
    """The last lines written to a log after byte `since`, indented; a word of its own when there are none."""
    with log.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(since, end - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(f"    {line}" for line in lines) or "    (nothing)"


def how_it_ended(returncode: int) -> str:
    """An exit status in words: `exit code 1`, or `signal SIGKILL`."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return f"signal {signal.Signals(-returncode).name}"
    except ValueError:
        return f"signal {-returncode}"

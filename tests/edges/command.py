"""The `focal` command as tests call it: in this process, or as one of its own."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Select, func, select

import cli
from commands import shared
from settings import load_settings
from store.database import Database

HOUSE = Path(cli.__file__).parent
ROSTER = [
    str(HOUSE / "catalogue" / "demonstration" / f"{kind}.csv")
    for kind in ("units", "persons", "focal_points", "absences")
]
KEY = "a key for tests, long enough to be accepted"


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


Focal = Callable[..., Said]


def command(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Focal:
    monkeypatch.setenv("FOCAL_DATABASE_URL", url)
    monkeypatch.setenv("FOCAL_SECRET_KEY", KEY)
    monkeypatch.setenv("FOCAL_DATA_DIR", str(folder))
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{unused_port()}")
    monkeypatch.setattr(shared, "REST_SECONDS", 0)  # this interpreter goes on

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["focal", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Said(int(end.value.code or 0), *capsys.readouterr())

    return run


def outside(environment: dict[str, str], *arguments: str) -> Said:
    """The command as a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FOCAL_", "TEMPORAL_"))}
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=HOUSE,
        env={**clean, "FOCAL_DATA_DIR": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def rows_of(statement: Select[int]) -> int:
    """Ask the command's database for a number."""
    database = Database(load_settings().database_url.get_secret_value())
    async with database.reading() as session:
        number = await session.scalar(statement)
    await database.close()
    return number or 0


def count(table: type) -> int:
    return asyncio.run(rows_of(select(func.count()).select_from(table)))

"""The parts of a running Focal, started in order and stopped in reverse.

Promise: a part counts as started when it answers; `stop` leaves no process; the settings by which the parts
find each other are the ones in `focal.env`.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from embedded import environment
from embedded.keeper import Child, Keeper
from embedded.ports import LOOPBACK, Ports
from embedded.postgres import EmbeddedPostgres
from embedded.process import StackError
from embedded.temporal import EmbeddedTemporal, without_temporal
from readiness import READY_FILE_VARIABLE
from settings import Settings

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Part:
    """A part of Focal itself: a command, and how it is known to be ready.

    `health`: ports on which GET /health must answer 200. Without any, the part writes `ready` into the file
    named by `FOCAL_READY_FILE`.
    """

    name: str
    command: tuple[str, ...]
    health: tuple[Literal["answer", "office"], ...] = ()


MAILBOX = Part("mailbox", (sys.executable, "-m", "embedded.mailbox"))
PARTS = (
    Part("worker", (sys.executable, "-m", "cli", "worker")),
    Part("scheduler", (sys.executable, "-m", "cli", "scheduler")),
    Part("web", (sys.executable, "-m", "cli", "web"), health=("answer", "office")),
)


def migrate_to_this_release(url: str) -> None:
    """Bring the database at a SQLAlchemy address to the schema this release expects."""
    # Loading the migrations takes longer than starting PostgreSQL; a start that is refused must not wait for it.
    from store.migrate import migrate

    migrate(url)


@dataclass(frozen=True)
class Options:
    """What one stack differs in from another."""

    data_dir: Path = Path(".focal")
    ports: Ports = field(default_factory=Ports)
    """`Ports.free()` for tests and the demonstration."""
    answer_host: str = LOOPBACK
    """Where the answer pages listen; everything else listens on loopback only."""
    fast: bool = False
    """PostgreSQL need not survive a power cut: for tests and the demonstration."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Further `FOCAL_...` settings for the parts and for `focal.env`."""
    mailbox: Part = MAILBOX
    migrate: Callable[[str], None] = migrate_to_this_release
    parts: tuple[Part, ...] = PARTS


class Stack:
    """A running stack: where everything is, and a way to hurt it."""

    def __init__(self, options: Options, say: Callable[[str], None], hurry: asyncio.Event) -> None:
        self.data_dir = options.data_dir.absolute()
        self._options = options
        self._say = say
        self._ports = ports = options.ports
        self.postgres = EmbeddedPostgres(self.data_dir / "postgres", fast=options.fast)
        self.temporal = EmbeddedTemporal(self.data_dir / "temporal.db", ports.temporal, ports.temporal_ui)
        settings = environment.stack_settings(
            data_dir=self.data_dir,
            ports=ports,
            answer_host=options.answer_host,
            database_url=self.postgres.url(),
            temporal=self.temporal,
            extra=options.settings,
        )
        self.settings = environment.with_secret_key(settings, self.data_dir)
        """Every setting of the stack by its variable; contains the secret key."""
        self.database_url = self.postgres.url()
        self.answer_url = self.settings["FOCAL_ANSWER_URL"]
        self.office_url = self.settings["FOCAL_OFFICE_URL"]
        self.mailbox_url = f"http://{LOOPBACK}:{ports.mailbox}"
        self.temporal_address = self.temporal.address
        self.temporal_ui_url = f"http://{LOOPBACK}:{ports.temporal_ui}"
        self._hurry = hurry
        self._stages: list[list[Keeper]] = []
        """Started first to last, stopped last to first; the keepers of one stage side by side."""

    def pid(self, part: str) -> int | None:
        """The process id of a part (`postgres`, `temporal`, `mailbox`, `worker`, ...) while it runs."""
        return self._keeper(part).pid

    def kill(self, part: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a part, to see how the rest takes it; a part that dies is started again."""
        self._keeper(part).send(number)

    async def given_up(self) -> None:
        """Wait until a part died too often, which may never happen.

        Raises:
            StackError: which part, and the end of its log.

        """
        waits = [asyncio.create_task(keeper.given_up()) for stage in self._stages for keeper in stage]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_EXCEPTION)
            for wait in done:
                wait.result()
        finally:
            for wait in waits:
                wait.cancel()

    async def start(self) -> None:
        """Start everything in order.

        Raises:
            StackError: something did not start. The rest may be running: `stop` in any case.

        """
        _check(self.settings)
        self.temporal.check()
        environment.write(self.settings, self.data_dir)
        await self._start_stage([self._postgres()])
        self.postgres.create_database()
        await self._start_stage([self._temporal(), self._part(self._options.mailbox)])
        await self._migrate()
        await self._start_stage([self._part(part) for part in self._options.parts])

    async def stop(self) -> None:
        """Stop everything that was started, last first; by force once `hurry` is set. No process is left."""
        for stage in reversed(self._stages):
            await asyncio.gather(*(keeper.stop(self._hurry) for keeper in stage))

    async def _start_stage(self, children: list[Child]) -> None:
        keepers = [Keeper(child, self._say) for child in children]
        self._stages.append(keepers)

        async def start(keeper: Keeper) -> None:
            await keeper.start()
            self._say(f"  {keeper.child.name} is ready")

        problems: list[str] = []
        try:
            async with asyncio.TaskGroup() as group:
                for keeper in keepers:
                    group.create_task(start(keeper))
        except* (StackError, OSError) as several:
            # Raised from here it would be wrapped by some releases of Python 3.11 and not by others.
            problems = [str(error) for error in several.exceptions]
        if problems:
            raise StackError("\n".join(problems))

    async def _migrate(self) -> None:
        try:
            await asyncio.to_thread(self._options.migrate, self.database_url)
        except Exception as error:  # whatever a migration raises, nothing of it was kept
            raise StackError(f"The database could not be brought to this release: {error}") from error
        self._say("  database is up to date")

    def _postgres(self) -> Child:
        async def ready() -> bool:
            return await asyncio.to_thread(self.postgres.answers)

        return Child(
            name="postgres",
            command=self.postgres.command,
            environment=os.environ,
            folder=Path("/"),
            log=self._log("postgres"),
            ready=ready,
            prepare=self.postgres.prepare,
            user=self.postgres.user,
            stop_signal=signal.SIGINT,
            force_signal=signal.SIGQUIT,
            death_signal=signal.SIGINT,
        )

    def _temporal(self) -> Child:
        return Child(
            name="temporal",
            command=self.temporal.command,
            environment=without_temporal(os.environ),
            folder=self.data_dir,
            log=self._log("temporal"),
            ready=self.temporal.ready,
        )

    def _part(self, part: Part) -> Child:
        ready_file = self.data_dir / f"{part.name}.ready"
        settings = {**self.settings, READY_FILE_VARIABLE: str(ready_file)}

        async def ready() -> bool:
            if part.health:
                return all([await _healthy(self._address(name)) for name in part.health])
            return ready_file.exists() and ready_file.read_text().strip() == "ready"

        return Child(
            name=part.name,
            command=part.command,
            environment=environment.process_environment(settings),
            folder=PROJECT,
            log=self._log(part.name),
            ready=ready,
            prepare=lambda: ready_file.unlink(missing_ok=True),
        )

    def _address(self, name: Literal["answer", "office"]) -> tuple[str, int]:
        if name == "office":
            return LOOPBACK, self._ports.office
        everywhere = self._options.answer_host in {"", "0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        return LOOPBACK if everywhere else self._options.answer_host, self._ports.answer

    def _log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

    def _keeper(self, part: str) -> Keeper:
        return next(keeper for stage in self._stages for keeper in stage if keeper.child.name == part)


def _check(settings: Mapping[str, str]) -> None:
    """Make sure that the parts can read their settings, before any of them is started.

    Raises:
        StackError: something in them or in the environment is wrong; names each.

    """
    try:
        Settings(**{name.removeprefix("FOCAL_").lower(): value for name, value in settings.items()})  # type: ignore[arg-type]
    except ValidationError as error:
        faults = "; ".join(map(_in_words, error.errors()))
        raise StackError(f"{faults}. Correct this in the environment, or leave it out.") from error


def _in_words(fault: ErrorDetails) -> str:
    name = str(fault["loc"][0])
    variable = name if name.isupper() else f"FOCAL_{name.upper()}"
    if fault["type"] == "too_short":
        return f"{variable} must have at least {fault['ctx']['min_length']} characters"
    return f"{variable}: {fault['msg'].lower()}"


async def _healthy(address: tuple[str, int]) -> bool:
    """Whether GET /health answers 200 there."""
    host, port = address
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    try:
        writer.write(f"GET /health HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
        await writer.drain()
        return (await reader.readline()).split()[1:2] == [b"200"]
    except OSError:
        return False
    finally:
        writer.close()

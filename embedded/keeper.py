"""Keeps one process of the stack running: starts it, waits until it is ready, starts it again when it dies.

Promise: `start` returns when the process is ready or raises with the end of its log; after five deaths within
a minute it is given up; after `stop` the process is gone. Nothing here knows what the process does.
"""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from embedded.process import StackError, how_it_ended, last_lines, launch_options, leashed, open_log

MOST_DEATHS = 5
WITHIN = 60.0
"""Seconds. Five deaths within a minute: starting it again does not help."""

_FIRST_PAUSE = 0.25
_GLANCE = 0.05


def _nothing_to_prepare() -> None:
    pass


@dataclass(frozen=True)
class Child:
    """How one process is started, when it counts as ready, and how it is stopped. Times are in seconds."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    """Where the process runs."""
    log: Path
    ready: Callable[[], Awaitable[bool]]
    prepare: Callable[[], None] = _nothing_to_prepare
    """Called before each start."""
    user: str = ""
    stop_signal: signal.Signals = signal.SIGTERM
    force_signal: signal.Signals = signal.SIGKILL
    death_signal: signal.Signals = signal.SIGKILL
    """What it is sent when the supervisor itself is killed."""
    ready_within: float = 60.0
    stop_within: float = 15.0


class Keeper:
    """Keeps one child running. `say` is told, in a sentence, whatever an operator should know."""

    def __init__(self, child: Child, say: Callable[[str], None]) -> None:
        self.child = child
        self._say = say
        self._process: Process | None = None
        self._log_start = 0
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, or none while the child is not running."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(self) -> None:
        """Start the child and wait until it is ready.

        Raises:
            StackError: it died or was not ready in time; carries the end of its log.

        """
        await self._launch()
        self._keeping = asyncio.create_task(self._keep(), name=f"keep {self.child.name}")

    async def given_up(self) -> None:
        """Wait until the child is given up, which may never happen.

        Raises:
            StackError: it died too often.

        """
        if self._keeping is not None:
            await asyncio.shield(self._keeping)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the child if it is running."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):  # it died just now
                self._process.send_signal(number)

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ask the child to stop and wait; by force after `stop_within` seconds or once `hurry` is set."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        self.send(self.child.stop_signal)
        gone, hurried = asyncio.create_task(process.wait()), asyncio.create_task(hurry.wait())
        await asyncio.wait({gone, hurried}, timeout=self.child.stop_within, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if not gone.done():
            self._say(f"{self.child.name} did not stop by itself: ended by force.")
            self._force()
        await gone

    async def _launch(self) -> None:
        """Start the process and wait until it is ready; it is not running when this raises."""
        child = self.child
        child.prepare()
        command = leashed(child.command, user=child.user, death_signal=child.death_signal)
        with open_log(child.log) as log:
            self._log_start = log.tell()
            options = launch_options(log, environment=child.environment, cwd=child.folder)
            self._process = process = await asyncio.create_subprocess_exec(*command, **options)
        died = asyncio.create_task(process.wait())
        try:
            async with asyncio.timeout(child.ready_within):
                while not died.done() and not await child.ready():
                    await asyncio.wait({died}, timeout=_GLANCE)
        except TimeoutError:
            self._force()
            await died
            raise self._failure(f"was not ready within {child.ready_within:.0f} seconds") from None
        finally:
            died.cancel()
        if process.returncode is not None:
            raise self._failure(f"ended at once with {how_it_ended(process.returncode)}")

    async def _keep(self) -> None:
        """Wait for deaths and undo them, until there were too many."""
        clock = asyncio.get_running_loop().time
        deaths: deque[float] = deque(maxlen=MOST_DEATHS)
        while self._process is not None:
            how = how_it_ended(await self._process.wait())
            deaths.append(clock())
            recent = sum(1 for death in deaths if death > clock() - WITHIN)
            if recent == MOST_DEATHS:
                raise self._failure(f"died {MOST_DEATHS} times within a minute, last with {how}")
            self._say(f"{self.child.name} died ({how}); starting it again.")
            await asyncio.sleep(_FIRST_PAUSE * 2 ** (recent - 1))
            try:
                await self._launch()
            except (StackError, OSError) as error:
                self._say(str(error))
            else:
                self._say(f"{self.child.name} is back.")

    def _force(self) -> None:
        """End the child, and with SIGKILL all it started."""
        if self.child.force_signal == signal.SIGKILL and self._process is not None:
            with suppress(ProcessLookupError):  # it died just now
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self.send(self.child.force_signal)

    def _failure(self, what: str) -> StackError:
        said = last_lines(self.child.log, since=self._log_start)
        return StackError(f"{self.child.name} {what}. The end of {self.child.log}:\n{said}")

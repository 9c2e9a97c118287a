"""One supervisor for the whole of Focal on one machine: `focal up`, the demonstration, and tests.

Promise: one stack per data directory; what dies is started again; stopping leaves no process and loses
nothing; a start that fails says in a sentence what to do, and stops what it had started.
"""

import asyncio
import fcntl
import os
import signal
from asyncio.events import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import click

from embedded.process import StackError
from embedded.stack import Options, Stack


@asynccontextmanager
async def running(
    options: Options, say: Callable[[str], None] = click.echo, *, hurry: asyncio.Event | None = None
) -> AsyncIterator[Stack]:
    """A whole stack for the length of the block. `say` is told each step in a sentence.

    Enter it from the main thread: the processes end with the thread that started them. Once `hurry` is set,
    stopping no longer waits for work in progress.

    Raises:
        StackError: the stack cannot start; nothing of it is left running.

    """
    with _only_one(options.data_dir.absolute()):
        options.ports.check(answer_host=options.answer_host)
        stack = Stack(options, say, hurry or asyncio.Event())
        try:
            await stack.start()
            yield stack
        finally:
            await stack.stop()


async def up(options: Options, say: Callable[[str], None] = click.echo) -> int:
    """Run the stack until SIGINT or SIGTERM; a second signal hastens the stop. Gives the exit code.

    0 after an orderly stop; 1 when the stack could not start or a part died too often, after saying why on
    the error output.
    """
    hurry = asyncio.Event()

    async def run() -> None:
        say(f"Focal is starting in {options.data_dir.absolute()}")
        async with running(options, say, hurry=hurry) as stack:
            say(_where(stack))
            await stack.given_up()

    task = asyncio.create_task(run())

    def on_signal() -> None:
        if task.cancelling():
            hurry.set()
        else:
            say("Focal is stopping. Press Ctrl-C again not to wait for work in progress.")
            task.cancel()

    with _signals(asyncio.get_running_loop(), on_signal):
        try:
            await task
        except StackError as error:
            click.echo(str(error), err=True)
            return 1
        except asyncio.CancelledError:
            say("Focal has stopped. Its data is kept.")
    return 0


def _where(stack: Stack) -> str:
    return f"""
Focal is running.
  Answer pages   {stack.answer_url}
  Office pages   {stack.office_url}
  Mailbox        {stack.mailbox_url}
  Temporal       {stack.temporal_ui_url}
The office asks who you are: `focal staff grant PERSON --role operator`, then `focal staff link PERSON`.
Everything is kept in {stack.data_dir}; `focal up` goes on from there.
Press Ctrl-C to stop."""


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data directory; the system lets go of it when this process ends, however it ends."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("a+")
    except OSError as error:
        reason = "it is a file" if isinstance(error, FileExistsError) else str(error.strerror).lower()
        raise StackError(
            f"Focal cannot keep its data in {data_dir}: {reason}. Choose a directory with --data-dir."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            raise StackError(
                f"Focal is already running in {data_dir} (process {holder}). "
                "Stop it there with Ctrl-C, or choose another directory with --data-dir."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


@contextmanager
def _signals(loop: AbstractEventLoop, handler: Callable[[], None]) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)

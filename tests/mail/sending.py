"""Senders in processes of their own: each line on the standard input forks one off and writes its process id.

Everything is loaded once, before the first fork, so that a sender is at work at once and can be killed at once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mail.sender import Sender
from mail.transport import Transport
from operations.bounces import note_long_stop, note_rejection
from settings import Settings, load_settings
from store.database import Database


def fast_clock(since: datetime, speed: int) -> Callable[[], datetime]:
    """A clock that was right at an instant and runs faster from then on, in every process alike."""
    return lambda: since + speed * (datetime.now(UTC) - since)


def build_sender(settings: Settings, database: Database, clock: Callable[[], datetime]) -> tuple[Sender, Transport]:
    """A sender and its transport."""
    transport, lease = Transport(settings), timedelta(seconds=settings.mail_lease_seconds)
    sender = Sender(database, transport, clock, lease, on_rejected=note_rejection, on_long_stop=note_long_stop)
    return sender, transport


def main(since: str, speed: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever is killed leaves nothing behind
    settings, clock = load_settings(), fast_clock(datetime.fromisoformat(since), int(speed))
    for _ in sys.stdin:
        process = os.fork()
        if not process:
            sender, _ = build_sender(settings, Database(settings.database_url.get_secret_value()), clock)
            asyncio.run(sender.run())
            os._exit(0)
        print(process, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])

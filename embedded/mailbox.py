"""The mailbox of the embedded stack: takes every mail that leaves Focal, shows it, and brings replies back.

Promise: runs until SIGTERM or SIGINT; listens on loopback only; mail for Focal's own domain goes through the
real inbound operation before it is acknowledged. Started as `python -m embedded.mailbox`; settings come from the
environment.
"""

import asyncio
import logging
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from doors.keeping import keep
from embedded.mailbox_pages import build_pages
from embedded.mailbox_smtp import Acceptance, Receive, listen
from embedded.mailbox_store import MailStore
from embedded.ports import LOOPBACK
from embedded.serving import served
from readiness import announce_ready
from settings import Settings, load_settings
from store.database import Database


@dataclass(frozen=True)
class Mailbox:
    """Where a running mailbox listens."""

    smtp_port: int
    url: str


@asynccontextmanager
async def open_mailbox(
    folder: Path, *, reply_domain: str, receive: Receive, smtp_port: int = 0, page_port: int = 0
) -> AsyncIterator[Mailbox]:
    """A mailbox for the length of the block; port 0 takes a free one.

    `receive` is awaited for every recipient within `reply_domain`, before the mail is acknowledged. Replies written on
    the pages are vouched for: only they know the password of the moment.

    Raises:
        OSError: a port is taken or the folder cannot be used.

    """
    store = MailStore(folder)
    store.load()
    password = secrets.token_urlsafe()
    with _listener(smtp_port) as smtp, _listener(page_port) as pages:
        mailbox = Mailbox(smtp.getsockname()[1], f"http://{LOOPBACK}:{pages.getsockname()[1]}")
        app = build_pages(store, smtp_port=mailbox.smtp_port, password=password)
        acceptance = Acceptance(store, reply_domain=reply_domain, receive=receive, password=password)
        incoming_mail = await listen(acceptance, smtp)
        try:
            async with served(app, pages):
                yield mailbox
        finally:
            incoming_mail.close()


@contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    """A listening socket on loopback; whoever connects before it is served waits."""
    with socket.create_server((LOOPBACK, port)) as listener:
        yield listener


def into_focal(database: Database, settings: Settings) -> Receive:
    """Hands mail to the inbound operation, one transaction each."""

    async def receive(raw: bytes, envelope_from: str, envelope_to: str) -> None:
        await keep(database, settings, raw=raw, envelope_from=envelope_from, envelope_to=envelope_to)

    return receive


async def main() -> None:
    """Run the mailbox of the stack that the environment describes."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = load_settings()
    database = Database(settings.database_url.get_secret_value(), pool_size=4)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with open_mailbox(
            settings.data_dir / "mailbox",
            reply_domain=settings.mail_domain,
            receive=into_focal(database, settings),
            smtp_port=settings.smtp_port,
            page_port=settings.mailbox_port,
        ):
            announce_ready()
            await stop.wait()
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())

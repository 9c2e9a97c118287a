"""Empties the outbox: takes mails under a lease, sends their frozen bytes, writes down what became of them."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from mail.transport import Outcome, Transport
from models.tables.mail import OutgoingMail
from store.database import Database
from store.outbox import lease_mails, settle_mail

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
BATCH = 64
FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(minutes=30)
AFTER_UNKNOWN = timedelta(minutes=15)
"""A mail that may have been taken is sent once more, with the same bytes, after the server had time to show it."""
GIVE_UP = timedelta(days=5)
"""RFC 5321, 4.5.4.1: four to five days. A server that is down for a long weekend loses nothing."""
UNKNOWN_ATTEMPTS = 2
SENDING_PART = 0.95
"""Of the lease: whatever a server does, the mail is settled before another sender may take it."""


class Sender:
    """Sends while there is something to send. Several may run beside each other."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        clock: Callable[[], datetime],
        lease: timedelta,
    ) -> None:
        self._database = database
        self._transport = transport
        self._clock = clock
        self._lease = lease
        self._stopping = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send until `stop` is called; what is being sent then is finished first."""
        while not self._stopping.is_set():
            try:
                await self.send_waiting()
            except Exception:
                log.exception("The outbox could not be read; trying again")
            try:
                await asyncio.wait_for(self._stopping.wait(), IDLE_SECONDS)
            except TimeoutError:
                continue
        await asyncio.gather(*self._sending)
        await self._transport.close()

    def stop(self) -> None:
        """Finish what is being sent, then end."""
        self._stopping.set()

    async def send_waiting(self) -> int:
        """Send until nothing waits and nothing is being sent; gives how many mails were tried.

        Mails are taken while others are still being sent, so that one on which a server hangs holds up no other.
        """
        tried = 0
        while True:
            mails = () if self._stopping.is_set() else await self._take(BATCH - len(self._sending))
            tried += len(mails)
            for mail in mails:
                task = asyncio.create_task(self._send(mail))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            if not self._sending:
                return tried
            if not mails:
                await asyncio.wait(self._sending, timeout=IDLE_SECONDS)
            while len(self._sending) > BATCH // 2:
                await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)

    async def _take(self, limit: int) -> Sequence[OutgoingMail]:
        async with self._database.transaction() as session:
            return await lease_mails(session, now=self._clock(), length=self._lease, limit=limit)

    async def _send(self, mail: OutgoingMail) -> None:
        within = SENDING_PART * self._lease.total_seconds()
        outcome = await self._transport.send(mail.mail_from, mail.recipient, mail.rfc822, within=within)
        now = self._clock()
        unknowns = mail.unknowns + (outcome.state == "unknown")
        state, not_before = after(outcome, mail.attempts, unknowns, now, written=mail.created_at)
        if state != "accepted":
            # The server's words may repeat the address: they stay in the row.
            log.warning("Mail %s: %s (%s), now %s", mail.id, outcome.state, outcome.scope, state)
        await self._settle(mail, state=state, reply=outcome.reply, unknowns=unknowns, now=now, not_before=not_before)

    async def _settle(self, mail: OutgoingMail, **became: Any) -> None:
        """Write down what became of a mail; while the database is away, try again for as long as the mail is ours."""
        while True:
            try:
                async with self._database.transaction() as session:
                    return await settle_mail(session, mail, **became)
            except SQLAlchemyError:
                if mail.leased_until is None or self._clock() >= mail.leased_until:
                    log.exception("What became of mail %s could not be written down: %s", mail.id, became["state"])
                    return None
                await asyncio.sleep(IDLE_SECONDS)


def after(
    outcome: Outcome, attempts: int, unknowns: int, now: datetime, *, written: datetime
) -> tuple[str, datetime | None]:
    """The state an outcome leads to, and for one that is tried again the instant of the next attempt.

    `attempts` and `unknowns` count this one: how often the mail was tried, and how often nobody knows what of it.
    A mail that is put off is tried until `GIVE_UP` after it was `written`.
    """
    match outcome.state:
        case "accepted" | "rejected":
            return outcome.state, None
        case "unknown" if unknowns < UNKNOWN_ATTEMPTS:
            return "ready", now + AFTER_UNKNOWN
        case "deferred" if now - written < GIVE_UP:
            return "ready", now + min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LAST_RETRY)
        case "deferred":
            return "rejected", None
        case _:
            return "unknown", None

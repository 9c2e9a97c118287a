"""Empties the outbox: takes mails under a lease, sends their frozen bytes, writes down what became of them."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from mail.transport import Outcome, Transport
from models.tables.mail import OutgoingMail
from store.database import Database
from store.outbox import lease_mails, settle_mail

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
LEASE = timedelta(minutes=12)
"""Longer than a mail server may take to acknowledge a text (ten minutes), so that two never send one mail."""
BATCH = 64
FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(minutes=30)
AFTER_UNKNOWN = timedelta(minutes=15)
"""A mail that may have been taken is sent once more, with the same bytes, after the server had time to show it."""
ATTEMPTS = 48
UNKNOWN_ATTEMPTS = 2


class Sender:
    """Sends while there is something to send. Several may run beside each other."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        clock: Callable[[], datetime],
        *,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._transport = transport
        self._clock = clock
        self._lease = lease
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Send until `stop` is called; what is being sent then is finished first."""
        while not self._stopping.is_set():
            try:
                sent = await self.send_batch()
            except Exception:
                log.exception("The outbox could not be read; trying again")
                sent = 0
            if not sent:
                try:
                    await asyncio.wait_for(self._stopping.wait(), IDLE_SECONDS)
                except TimeoutError:
                    continue
        await self._transport.close()

    def stop(self) -> None:
        """Finish what is being sent, then end."""
        self._stopping.set()

    async def send_batch(self) -> int:
        """Send what waits, up to `BATCH` mails; gives how many were tried."""
        async with self._database.transaction() as session:
            mails = await lease_mails(session, now=self._clock(), length=self._lease, limit=BATCH)
        await asyncio.gather(*(self._send(mail) for mail in mails))
        return len(mails)

    async def _send(self, mail: OutgoingMail) -> None:
        outcome = await self._transport.send(mail.mail_from, mail.recipient, mail.rfc822)
        now = self._clock()
        state, not_before = after(outcome, mail.attempts, now)
        async with self._database.transaction() as session:
            await settle_mail(session, mail, state=state, reply=outcome.reply, now=now, not_before=not_before)
        if state != "accepted":
            log.warning("Mail %s is %s after %d attempts: %s", mail.id, state, mail.attempts, outcome.reply)


def after(outcome: Outcome, attempts: int, now: datetime) -> tuple[str, datetime | None]:
    """The state an outcome leads to, and for one that is tried again the instant of the next attempt."""
    match outcome.state:
        case "accepted" | "rejected":
            return outcome.state, None
        case "unknown" if attempts < UNKNOWN_ATTEMPTS:
            return "ready", now + AFTER_UNKNOWN
        case "deferred" if attempts < ATTEMPTS:
            return "ready", now + min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LAST_RETRY)
        case "deferred":
            return "rejected", None
        case _:
            return "unknown", None

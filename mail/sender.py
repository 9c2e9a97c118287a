"""Empties the outbox: takes mails under a lease, sends their frozen bytes, writes down what became of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from mail.line import LAST_PAUSE, Line
from mail.transport import NO_PLACE, Outcome, Transport
from models.tables.mail import OutgoingMail
from store.database import Database, WriteSession
from store.outbox import lease_mails, settle_mail

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
BATCH = 64
FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(minutes=30)
AFTER_UNKNOWN = timedelta(minutes=15)
"""A mail that may have been taken is sent once more, with the same bytes, after the server had time to show it."""
GIVE_UP = timedelta(days=5)
"""RFC 5321, 4.5.4.1: four to five days. What concerns the whole line is no reason to give a mail up, however long."""
FEWEST_ATTEMPTS = 12
"""Three hours of them, before a mail is given up: one that a pause held back for weeks may meet a greylist, too."""
UNKNOWN_ATTEMPTS = 2
SENDING_PART = 0.95
"""Of the lease: whatever a server does, the mail is settled before another sender may take it."""
LONG_STOP = timedelta(hours=1)
"""After this long, people are told that nothing gets through."""


class OnRejected(Protocol):
    """What follows when a mail is rejected for good, in the transaction that settles it."""

    def __call__(
        self, session: WriteSession, mail: OutgoingMail, outcome: Outcome, *, now: datetime
    ) -> Awaitable[None]:
        """Write it down."""


class OnLongStop(Protocol):
    """What follows, after each vain attempt, when nothing got through for long."""

    def __call__(self, session: WriteSession, *, since: datetime, reply: str, now: datetime) -> Awaitable[None]:
        """Write it down; the same stop only once."""


Measure = Callable[[Outcome, timedelta], None]
"""Takes each outcome, and how long after it was due the mail had it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of a mail's row, and since when the line has been stopped where that is to be told."""

    state: str
    not_before: datetime | None
    unknowns: int
    counted: bool
    stopped_since: datetime | None


class Sender:
    """Sends while there is something to send. Several may run beside each other."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        clock: Callable[[], datetime],
        lease: timedelta,
        *,
        on_rejected: OnRejected,
        on_long_stop: OnLongStop,
        measure: Measure = lambda _outcome, _after_due: None,
    ) -> None:
        self._database = database
        self._transport = transport
        self._clock = clock
        self._lease = lease
        self._on_rejected = on_rejected
        self._on_long_stop = on_long_stop
        self._measure = measure
        self._line = Line()
        self._stopping = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send until `stop` is called; what is being sent then is finished first."""
        while not self._stopping.is_set():
            try:
                await self.send_waiting()
                await self._transport.tidy()
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
        """Send until nothing waits, or the line is stopped, and nothing is being sent; gives how many mails were tried.

        Mails are taken while others are still being sent, so that one on which a server hangs holds up no other.
        """
        tried = 0
        while True:
            taken = 0 if self._stopping.is_set() else await self._take(BATCH - len(self._sending))
            tried += taken
            if not self._sending:
                return tried
            if not taken:
                await asyncio.wait(self._sending, timeout=IDLE_SECONDS)
            while len(self._sending) > BATCH // 2:
                await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)

    async def _take(self, wanted: int) -> int:
        """Take mails and begin to send them, as many as the line allows; gives how many."""
        now = self._clock()
        limit = self._line.room(now, wanted)
        if not limit:
            return 0
        async with self._database.transaction() as session:
            mails = await lease_mails(session, now=now, length=self._lease, limit=limit)
        if mails:
            self._line.took(now)
        for mail in mails:
            task = asyncio.create_task(self._send(mail, taken_at=now))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return len(mails)

    async def _send(self, mail: OutgoingMail, *, taken_at: datetime) -> None:
        within = SENDING_PART * self._lease.total_seconds()
        outcome = await self._transport.send(
            mail.mail_from, mail.recipient, mail.rfc822, envelope_id=mail.id.hex, within=within
        )
        now = self._clock()
        settled = self._judge(mail, outcome, taken_at, now)
        if outcome.state != "accepted" and (outcome.scope != "system" or outcome.state == "unknown"):
            # The server's words may repeat the address: they stay in the row.
            log.warning("Mail %s: %s (%s), now %s", mail.id, outcome.state, outcome.scope, settled.state)
        self._measure(outcome, now - mail.due_at)
        await self._settle(mail, outcome, settled, now)

    def _judge(self, mail: OutgoingMail, outcome: Outcome, taken_at: datetime, now: datetime) -> Settled:
        """What an outcome means for the mail, and for the line.

        A mail that was under way when the line broke, or found no connection because others had them all, was not
        really tried: it goes back as it was.
        """
        own, stopped_since = True, None
        if outcome.scope != "system":
            if self._line.works(taken_at, now):
                log.info("The mail server takes mail again")
        elif outcome == NO_PLACE and self._line.worked_since(taken_at):
            own = False
        elif not self._line.stop(taken_at, now):
            own = outcome.state == "unknown"
        elif self._line.since == now:
            log.warning("The mail server takes no mail: no more is taken for a while, then one by one until it does")
        elif self._line.since is not None and now - self._line.since >= LONG_STOP:
            stopped_since = self._line.since
        unknowns = mail.unknowns + (outcome.state == "unknown")
        state, not_before = "ready", None
        if own:
            state, not_before = after(outcome, mail.attempts, unknowns, now, due=mail.due_at)
        return Settled(state, not_before, unknowns, counted=own, stopped_since=stopped_since)

    async def _settle(self, mail: OutgoingMail, outcome: Outcome, settled: Settled, now: datetime) -> None:
        """Write down what became of a mail; while the database is away, try again for as long as the mail is ours."""
        while True:
            try:
                async with self._database.transaction() as session:
                    written = await settle_mail(
                        session,
                        mail,
                        state=settled.state,
                        reply=outcome.reply,
                        unknowns=settled.unknowns,
                        now=now,
                        not_before=settled.not_before,
                        counted=settled.counted,
                    )
                    if written and settled.state == "rejected":
                        await self._on_rejected(session, mail, outcome, now=now)
                    if settled.stopped_since is not None:
                        await self._on_long_stop(session, since=settled.stopped_since, reply=outcome.reply, now=now)
                    return
            except SQLAlchemyError:
                if mail.leased_until is None or self._clock() >= mail.leased_until:
                    log.exception("What became of mail %s could not be written down: %s", mail.id, settled.state)
                    return
                await asyncio.sleep(IDLE_SECONDS)


def after(
    outcome: Outcome, attempts: int, unknowns: int, now: datetime, *, due: datetime
) -> tuple[str, datetime | None]:
    """The state an outcome leads to, and for one that is tried again the instant of the next attempt.

    `attempts` and `unknowns` count this one: how often the mail was tried, and how often nobody knows what of it.
    `due`: when it should have left.
    """
    match outcome.state:
        case "accepted" | "rejected":
            return outcome.state, None
        case "unknown" if unknowns < UNKNOWN_ATTEMPTS:
            return "ready", now + AFTER_UNKNOWN
        case "unknown":
            return "unknown", None
        case "deferred":
            of_the_line = outcome.scope == "system"
            if not of_the_line and attempts >= FEWEST_ATTEMPTS and now - due >= GIVE_UP:
                return "rejected", None
            growing = FIRST_RETRY * 2 ** min(attempts - 1, 10)
            return "ready", now + min(growing, LAST_PAUSE if of_the_line else LAST_RETRY)

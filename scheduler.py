"""The sweeps at the edge, on APScheduler: repeatable, idempotent, and nothing is lost when one is missed.

Temporal owns every clock that must not be missed; here only what waits in a table is carried on.
"""

import asyncio
import logging
import signal
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from doors.call_feed import CallFeed
from doors.imap import FAULTS, ImapDoor
from mail.own_words import use_own_words
from models.tables.process import Dispatch, Process
from operations.calendars import warn_of_missing_days
from operations.call_digest import write_digest
from operations.incoming import begin_reading, put_off, take_in
from operations.manager_digest import write_manager_digests
from operations.telling import tell_matters
from readiness import announce_ready
from settings import Settings
from store.database import Database, is_away
from store.incoming import waiting_mails
from temporal import connect_when_there

log = logging.getLogger(__name__)

RELAY_SECONDS = 0.5
REVIVE_SECONDS = 10
READ_SECONDS = 0.5
TELL_SECONDS = 60
WARN_SECONDS = 3600
"""A warning is written once a month; each hour it is looked for anew, so that none is missed."""
DIGEST_SECONDS = 600
"""The weekly mails about calls and of the board are written once a week; every ten minutes: is it time?"""
FEED_HOUR = 3
"""Local hour of the night about which calls are read from the portal."""
FEED_SPREAD = 3600
"""Seconds by which that moves from one night to the next, so that not all cities ask at the same time."""
SETTLED = timedelta(seconds=30)
"""A start that was relayed this long ago is known to Temporal, or was lost with it."""
AT_ONCE = 200


class Relay:
    """Carries starts and pokes from the database to Temporal until they are acknowledged."""

    def __init__(self, database: Database, client: Client, task_queue: str, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._clock = clock

    async def sweep(self) -> int:
        """Relay what waits, oldest first; gives how many were acknowledged.

        Starting twice joins the first, a poke is only a hint: so no transaction is held over the network, and two
        relays that carry the same thing do no harm.
        """
        async with self._database.reading() as session:
            waiting = (
                await session.scalars(
                    select(Dispatch).where(Dispatch.relayed_at.is_(None)).order_by(Dispatch.id).limit(AT_ONCE)
                )
            ).all()
        by_target: dict[tuple[str, str], list[Dispatch]] = defaultdict(list)
        for dispatch in waiting:
            by_target[(dispatch.kind, dispatch.workflow_id)].append(dispatch)
        relayed = 0
        for dispatches in by_target.values():
            try:
                await self._carry(dispatches[-1])
            except RPCError as fault:
                await self._write_down(dispatches, error=str(fault))
                log.warning("Temporal did not take %s: %s", dispatches[-1].workflow_id, fault)
                if fault.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED):
                    break
            else:
                await self._write_down(dispatches, error=None)
                relayed += len(dispatches)
        return relayed

    async def revive(self) -> int:
        """Start again what runs by the rows and is unknown to Temporal; gives how many were found.

        That happens when Temporal's own storage was lost. Rows are the truth: a process that is started again finds
        its tasks made and goes on with them.
        """
        before = self._clock() - SETTLED
        async with self._database.reading() as session:
            running = (
                await session.scalars(
                    select(Dispatch)
                    .join(Process, Process.reference == Dispatch.workflow_id)
                    .where(Dispatch.kind == "start", Dispatch.relayed_at < before, Process.state == "open")
                )
            ).all()
        lost = [dispatch for dispatch in running if not await self._is_known(dispatch.workflow_id)]
        if lost:
            log.warning("Temporal does not know %s; starting again", ", ".join(each.workflow_id for each in lost))
            async with self._database.transaction() as session:
                ids = [dispatch.id for dispatch in lost]
                await session.execute(update(Dispatch).where(Dispatch.id.in_(ids)).values(relayed_at=None))
        return len(lost)

    async def _is_known(self, workflow_id: str) -> bool:
        try:
            await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as fault:
            if fault.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def _carry(self, dispatch: Dispatch) -> None:
        try:
            if dispatch.kind == "start":
                await self._client.start_workflow(
                    dispatch.workflow,
                    dispatch.order,
                    id=dispatch.workflow_id,
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                )
            else:
                await self._client.get_workflow_handle(dispatch.workflow_id).signal("poke")
        except WorkflowAlreadyStartedError:
            log.info("%s ran before; nothing to start", dispatch.workflow_id)
        except RPCError as fault:
            # A follow-up that has ended, or has not begun, needs no poke: it looks at the rows by itself.
            if dispatch.kind != "poke" or fault.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _write_down(self, dispatches: Sequence[Dispatch], *, error: str | None) -> None:
        async with self._database.transaction() as session:
            await session.execute(
                update(Dispatch)
                .where(Dispatch.id.in_([dispatch.id for dispatch in dispatches]))
                .values(
                    attempts=Dispatch.attempts + 1,
                    last_error=error,
                    relayed_at=None if error else self._clock(),
                )
            )


class ReplyReader:
    """Reads the mails that wait, in the order in which they came, each in a transaction of its own."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def read_replies(self) -> int:
        """Read what waits; gives how many mails that were. One that cannot be read holds up no other."""
        async with self._database.reading() as session:
            waiting = await waiting_mails(session, now=self._clock(), limit=AT_ONCE)
        for mail_id in waiting:
            await self._read(mail_id)
        return len(waiting)

    async def _read(self, mail_id: UUID) -> None:
        async with self._database.transaction() as session:
            # Counted before it is read: whatever a mail does to this process, it is not read for ever.
            if not await begin_reading(session, mail_id, now=self._clock()):
                return
        try:
            async with self._database.transaction() as session:
                await take_in(session, self._settings, mail_id, now=self._clock())
        except Exception as fault:  # whatever a mail does, the next one is read
            if is_away(fault):
                raise
            # What a mail says may stand in the fault's words: they stay in the row.
            log.warning("Mail %s could not be read: %s", mail_id, type(fault).__name__)
            async with self._database.transaction() as session:
                await put_off(session, mail_id, f"{type(fault).__name__}: {fault}", now=self._clock())


def matter_watch(database: Database, settings: Settings, clock: Callable[[], datetime]) -> Callable[[], Awaitable[int]]:
    """The sweep that tells the coordinator what is to be settled; gives of how many matters it told."""

    async def tell_of_matters() -> int:
        async with database.transaction() as session:
            return await tell_matters(session, settings, now=clock())

    return tell_of_matters


def calendar_watch(
    database: Database, settings: Settings, clock: Callable[[], datetime]
) -> Callable[[], Awaitable[int]]:
    """The sweep that warns of calendars which lack a year's local days; gives how many mails it wrote."""

    async def watch_calendars() -> int:
        async with database.transaction() as session:
            return await warn_of_missing_days(session, settings, now=clock())

    return watch_calendars


def call_watch(database: Database, settings: Settings, clock: Callable[[], datetime]) -> Callable[[], Awaitable[int]]:
    """The sweep that writes the weekly mail about European calls; gives of how many calls it told."""

    async def tell_of_calls() -> int:
        async with database.transaction() as session:
            return await write_digest(session, settings, now=clock())

    return tell_of_calls


def board_watch(database: Database, settings: Settings, clock: Callable[[], datetime]) -> Callable[[], Awaitable[int]]:
    """The sweep that writes the weekly mail to managers; gives to how many it wrote."""

    async def tell_managers() -> int:
        async with database.transaction() as session:
            return await write_manager_digests(session, settings, now=clock())

    return tell_managers


def patient(sweep: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[None]]:
    """A sweep that outlives what it needs: told once when it fails, told once when it works again."""
    failing = False

    async def attempt() -> None:
        nonlocal failing
        try:
            await sweep()
        except (SQLAlchemyError, RPCError, *FAULTS) as fault:
            if not failing:
                log.warning("A sweep failed and is tried again: %s", type(fault).__name__)
            failing = True
        else:
            if failing:
                log.info("The sweep works again")
            failing = False

    return attempt


def clock() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


async def run(settings: Settings) -> None:
    """Sweep until SIGTERM or SIGINT.

    Raises:
        Refused: see `use_own_words`.

    """
    use_own_words(settings.words_dir)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database = Database(settings.database_url.get_secret_value())
    client = await connect_when_there(settings, stopping)
    if client is not None:
        relay = Relay(database, client, settings.task_queue, clock)
        watch = calendar_watch(database, settings, clock)
        scheduler = AsyncIOScheduler(timezone=UTC)
        reader = ReplyReader(database, settings, clock)
        jobs = [
            (relay.sweep, RELAY_SECONDS),
            (relay.revive, REVIVE_SECONDS),
            (reader.read_replies, READ_SECONDS),
            (matter_watch(database, settings, clock), TELL_SECONDS),
            (watch, WARN_SECONDS),
            (call_watch(database, settings, clock), DIGEST_SECONDS),
            (board_watch(database, settings, clock), DIGEST_SECONDS),
        ]
        if settings.imap_host is not None:
            jobs.append((ImapDoor(database, settings, clock).fetch_replies, settings.imap_seconds))
        for job, seconds in jobs:
            scheduler.add_job(
                patient(job),
                "interval",
                seconds=seconds,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                id=job.__name__,
            )
        if settings.calls_portal_address is not None:
            scheduler.add_job(
                patient(CallFeed(database, settings, clock).read_calls),
                "cron",
                hour=FEED_HOUR,
                jitter=FEED_SPREAD,
                timezone=settings.office_zone,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                id="read_calls",
            )
        scheduler.start()
        announce_ready()
        await stopping.wait()
        scheduler.shutdown(wait=False)
    await database.close()

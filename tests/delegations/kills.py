"""Delegations whose worker is killed while it acts, and the account of what became of them."""

import asyncio
import re
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import select
from temporalio.api.testservice.v1 import UnlockTimeSkippingRequest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from models.tables.delegation_reception import Host, Visit, VisitRecord
from models.tables.mail import OutgoingMail
from models.tables.process import Process
from models.tables.task import Task
from scheduler import Relay
from settings import Settings
from store.database import Database
from tests.delegations.mortal_worker import Mortality, When
from tests.delegations.town import Town, announce
from tests.workflows.conftest import TEST_SERVER, House

REFERENCE = re.compile(r":[0-9A-Z]{4}-[0-9A-Z]{4}$")
HOUSE = Path(__file__).resolve().parents[2]
REMINDERS = frozenset({"task_reminder", "task_reminders"})
"""Whether somebody is reminded hangs on how long they take, and days pass here while a dead worker's act is awaited."""


@dataclass(frozen=True)
class Account:
    """All that a delegation has come to, without what differs from run to run: ids, references, instants."""

    visit: dict[str, Any]
    hosts: Counter[Any]
    tasks: Counter[Any]
    mails: Counter[Any]
    record: dict[str, Any] | None


async def account(database: Database) -> Account:
    """What the rows say; days are counted from the first of the visit."""
    async with database.reading() as session:
        visit, process = (await session.scalars(select(Visit))).one(), (await session.scalars(select(Process))).one()
        tasks, hosts = list(await session.scalars(select(Task))), list(await session.scalars(select(Host)))
        mails = list(await session.scalars(select(OutgoingMail)))
        record = await session.scalar(select(VisitRecord.content))
    first = visit.first_day
    return Account(
        visit={
            "process": process.state,
            "state": visit.state,
            "version": visit.version,
            "sequence": visit.sequence,
            "agenda": (visit.agenda_version, visit.approved_version, visit.confirmed_version),
            "thanked": visit.thanked_at is not None,
        },
        hosts=Counter((host.unit_code, host.state, host.asked_version, host.told_version) for host in hosts),
        tasks=Counter(
            (
                task.kind,
                task.unit_code,
                task.assignee_code,
                task.occasion,
                task.state,
                task.outcome_reason,
                (task.due_on - first).days if task.kind == "assignment" else None,
            )
            for task in tasks
        ),
        mails=Counter(
            (mail.name, mail.recipient, REFERENCE.sub("", mail.key) if mail.task_id is None else "")
            for mail in mails
            if mail.name not in REMINDERS
        ),
        record=record and {name: value for name, value in record.items() if name != "commitments"},
    )


class PatientHouse(House):
    """A house in which time passes a day at a time: the server skips none while it waits for a dead worker's act."""

    looks: ClassVar[int] = 2000

    async def pass_time(self, length: timedelta) -> datetime:
        """Let time pass, however long that takes."""
        ends = await self.now() + length
        while (now := await self.now()) < ends:
            try:
                await self.environment.sleep(min(ends - now, timedelta(days=1)))
            except RPCError:
                # A sleep that is given up leaves the clock locked: nothing would be skipped any more.
                with suppress(RPCError):
                    await self.client.service_client.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())
                await asyncio.sleep(1)
        return now


@asynccontextmanager
async def mortal(house: House, graves: Path, acts: Sequence[str], when: When) -> AsyncIterator[None]:
    """While a worker works that is killed at acts, and is followed by another each time."""
    config = house.client.service_client.config
    mortality = Mortality(
        database_url=house.settings.database_url.get_secret_value(),
        secret_key=house.settings.secret_key.get_secret_value(),
        address=config.target_host,
        task_queue=house.settings.task_queue,
        acts=tuple(acts),
        when=when,
        graves=graves,
    )
    command = (sys.executable, "-m", "tests.delegations.mortal_worker", mortality.model_dump_json())
    running: list[asyncio.subprocess.Process] = []

    async def keep() -> None:
        while True:
            running[:] = [await asyncio.create_subprocess_exec(*command, cwd=HOUSE)]
            await running[0].wait()

    async def carry() -> None:
        while True:
            await house.relay.sweep()
            await asyncio.sleep(0.1)

    keeping, carrying = asyncio.create_task(keep()), asyncio.create_task(carry())
    try:
        yield
    finally:
        keeping.cancel()
        carrying.cancel()
        for process in running:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def tell(
    url: str,
    settings: Settings,
    graves: Path,
    acts: Sequence[str],
    when: When,
    story: Callable[[Town], Awaitable[Any]],
) -> Account:
    """Have a story told in a database of its own by workers that are killed at acts; gives what came of it."""
    graves.mkdir()
    database = Database(url)
    own = settings.model_copy(
        update={"database_url": type(settings.database_url)(url), "task_queue": f"focal-{uuid.uuid4().hex[:8]}"}
    )
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=str(TEST_SERVER)
    )
    relay = Relay(database, environment.client, own.task_queue, lambda: datetime.now().astimezone())
    house = PatientHouse(environment, database, own, relay)
    try:
        async with mortal(house, graves, acts, when):
            await story(await announce(house))
        return await account(database)
    finally:
        await environment.shutdown()
        await database.close()

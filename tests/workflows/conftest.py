"""The real workflows and activities on Temporal's time-skipping test server, with the real database."""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest_asyncio
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from models.contracts.orders import CollectionOrder, Outcome, ProcessOrder
from scheduler import Relay
from settings import Settings
from store.database import Database
from worker import build_worker

TEST_SERVER = Path(sys.executable).parent / "temporal-test-server"


@dataclass
class House:
    """Everything a process needs, with a clock that skips."""

    looks: ClassVar[int] = 200
    """How often people look whether something has happened, before they give up."""

    environment: WorkflowEnvironment
    database: Database
    settings: Settings
    relay: Relay

    @property
    def client(self) -> Client:
        return self.environment.client

    async def now(self) -> datetime:
        return await self.environment.get_current_time()

    async def pass_time(self, length: timedelta) -> datetime:
        """Let time pass and tell what time it is then."""
        await self.environment.sleep(length)
        return await self.now()

    async def start(self, order: CollectionOrder | ProcessOrder) -> WorkflowHandle[Any, Any]:
        """Let the relay start a process; gives its handle."""
        await self.relay.sweep()
        return self.client.get_workflow_handle(order.reference, result_type=Outcome)

    async def finish(self, handle: WorkflowHandle[Any, Outcome]) -> Outcome:
        """Let the quarter pass and give what became of it."""
        await self.pass_time(timedelta(days=70))
        return await handle.result()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """While a worker is there, and the relay carries what waits."""

        async def carry() -> None:
            while True:
                await self.relay.sweep()
                await asyncio.sleep(0.1)

        async with build_worker(self.client, self.database, self.settings):
            carrying = asyncio.create_task(carry())
            yield
            carrying.cancel()


@pytest_asyncio.fixture
async def unstaffed(database: Database, settings: Settings) -> AsyncIterator[House]:
    """A test server of its own (its clock is global, and what another test left would move it), without a worker."""
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=str(TEST_SERVER)
    )
    own = settings.model_copy(update={"task_queue": f"focal-{uuid.uuid4().hex[:8]}"})

    def clock() -> datetime:
        return datetime.now().astimezone()

    relay = Relay(database, environment.client, own.task_queue, clock)
    yield House(environment, database, own, relay)
    await environment.shutdown()


@pytest_asyncio.fixture
async def house(unstaffed: House) -> AsyncIterator[House]:
    """A server with a worker at work."""
    async with unstaffed.working():
        yield unstaffed

"""The relay between the real database and a real Temporal server."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RetryConfig

from models.tables.process import Dispatch
from scheduler import Relay
from settings import Settings
from store.database import Database
from tests.edges.conftest import start_temporal

NOW = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def name() -> str:
    """A workflow id of the test's own."""
    return f"collection/TST/{uuid.uuid4().hex[:8]}"


def relay(database: Database, client: Client, settings: Settings, now: datetime = NOW) -> Relay:
    return Relay(database, client, settings.task_queue, lambda: now)


async def announce(database: Database, *dispatches: tuple[str, str]) -> None:
    """Write dispatches (kind, workflow id) as a change writes them."""
    async with database.transaction() as session:
        for kind, workflow_id in dispatches:
            workflow = "IndicatorCollection" if kind == "start" else "FollowUp"
            row = Dispatch(kind=kind, workflow=workflow, workflow_id=workflow_id, order={"a": 1}, created_at=NOW)
            session.add(row)
            await session.flush()


async def rows(database: Database) -> list[Dispatch]:
    async with database.reading() as session:
        return list(await session.scalars(select(Dispatch).order_by(Dispatch.id)))


async def forget(database: Database) -> None:
    """As after a crash between carrying and writing down."""
    async with database.transaction() as session:
        await session.execute(update(Dispatch).values(relayed_at=None))


async def signals(handle: WorkflowHandle[Any, Any]) -> int:
    """How many pokes a workflow received."""
    events = [event async for event in handle.fetch_history_events()]
    return sum(event.HasField("workflow_execution_signaled_event_attributes") for event in events)


async def test_a_start_is_carried_with_its_order_and_acknowledged(
    database: Database, temporal: Client, own: Settings, name: str
):
    await announce(database, ("start", name))
    assert await relay(database, temporal, own).sweep() == 1
    (row,) = await rows(database)
    assert (row.relayed_at, row.attempts, row.last_error) == (NOW, 1, None)
    handle = temporal.get_workflow_handle(name)
    described = await handle.describe()
    assert (described.workflow_type, described.task_queue) == ("IndicatorCollection", own.task_queue)
    begun = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    assert begun.input.payloads[0].data == b'{"a":1}'
    assert await relay(database, temporal, own).sweep() == 0


async def test_a_start_that_is_carried_twice_starts_once(
    database: Database, temporal: Client, own: Settings, name: str
):
    await announce(database, ("start", name))
    sweeper = relay(database, temporal, own)
    await sweeper.sweep()
    handle = temporal.get_workflow_handle(name)
    first = (await handle.describe()).run_id
    await forget(database)
    assert await sweeper.sweep() == 1
    assert (await handle.describe()).run_id == first
    await handle.terminate()
    await forget(database)
    assert await sweeper.sweep() == 1, "one that is over is not begun again"
    assert (await handle.describe()).run_id == first
    assert [row.relayed_at for row in await rows(database)] == [NOW]


async def test_two_relays_at_once_start_once(database: Database, temporal: Client, own: Settings, name: str):
    await announce(database, ("start", name))
    await asyncio.gather(*(relay(database, temporal, own).sweep() for _ in range(4)))
    events = (await temporal.get_workflow_handle(name).fetch_history()).events
    assert sum(event.HasField("workflow_execution_started_event_attributes") for event in events) == 1
    assert (await rows(database))[0].relayed_at == NOW


async def test_pokes_that_waited_are_carried_as_one(database: Database, temporal: Client, own: Settings, name: str):
    await announce(database, ("start", name), ("poke", name), ("poke", name), ("poke", name))
    assert await relay(database, temporal, own).sweep() == 4
    assert all(row.relayed_at == NOW for row in await rows(database))
    assert await signals(temporal.get_workflow_handle(name)) == 1


async def test_a_poke_for_a_workflow_that_has_ended_or_never_was_is_acknowledged(
    database: Database, temporal: Client, own: Settings, name: str
):
    await announce(database, ("start", name))
    sweeper = relay(database, temporal, own)
    await sweeper.sweep()
    await temporal.get_workflow_handle(name).terminate()
    await announce(database, ("poke", name), ("poke", f"{name}/never"))
    assert await sweeper.sweep() == 2
    assert all(row.relayed_at == NOW and row.last_error is None for row in await rows(database))


async def test_what_waits_is_carried_oldest_first(database: Database, temporal: Client, own: Settings, name: str):
    names = [f"{name}/{letter}" for letter in "cabed"]
    await announce(database, *(("start", each) for each in names))
    assert await relay(database, temporal, own).sweep() == 5
    begun = [(await temporal.get_workflow_handle(each).describe()).start_time for each in names]
    assert begun == sorted(begun)
    assert len(set(begun)) == 5


async def test_what_temporal_refuses_keeps_its_error_and_holds_up_nothing(
    database: Database, temporal: Client, own: Settings, name: str
):
    await announce(database, ("start", "x" * 2000), ("start", name))
    assert await relay(database, temporal, own).sweep() == 1
    refused, carried = await rows(database)
    assert refused.relayed_at is None
    assert refused.attempts == 1
    assert refused.last_error is not None
    assert "exceeds maximum" in refused.last_error
    assert carried.relayed_at == NOW


async def test_without_temporal_everything_waits_with_the_error_and_leaves_when_it_is_back(
    database: Database, own: Settings, name: str
):
    environment = await start_temporal()
    address = environment.client.service_client.config.target_host
    # A client that gives up soon: the relay itself comes back every half second.
    client = await Client.connect(
        address,
        data_converter=pydantic_data_converter,
        retry_config=RetryConfig(initial_interval_millis=10, max_retries=1, max_elapsed_time_millis=100),
    )
    await announce(database, ("start", name), ("start", f"{name}/2"))
    await environment.shutdown()
    assert await relay(database, client, own).sweep() == 0
    first, second = await rows(database)
    assert first.relayed_at is None
    assert first.attempts == 1
    assert first.last_error
    assert second.attempts == 0, "what cannot be reached is asked once per sweep"
    again = await start_temporal(port=int(address.rpartition(":")[2]))
    try:
        assert await relay(database, client, own, LATER).sweep() == 2
        assert [(row.relayed_at, row.last_error) for row in await rows(database)] == [(LATER, None)] * 2
        assert (await client.get_workflow_handle(name).describe()).workflow_type == "IndicatorCollection"
    finally:
        await again.shutdown()

"""A follow-up that lives for months begins a new history when Temporal suggests it, and goes on as if nothing were."""

import asyncio
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from models.contracts.orders import FollowUpOrder, Outcome
from models.tables.process import Process
from settings import Settings
from store.database import Database
from tests.questions import open_visit
from tests.world import OPENING, build_world
from worker import build_worker
from workflows.follow_up import FollowUp

DEV_SERVER = Path(sys.executable).parent / "temporal"
SUGGESTED_AFTER = 20
"""Events of a history; Temporal's own limit is 4096."""


async def test_a_follow_up_goes_on_in_a_new_history(database: Database, settings: Settings):
    await build_world(database)
    async with database.transaction() as session:
        task_set = await open_visit(session, OPENING)
    order = FollowUpOrder(set_id=task_set.id, workflow_id=task_set.workflow_id)
    limit = f"limit.historyCount.suggestContinueAsNew={SUGGESTED_AFTER}"
    async with await WorkflowEnvironment.start_local(
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(DEV_SERVER),
        dev_server_log_level="never",
        dev_server_extra_args=["--dynamic-config-value", limit],
    ) as environment:
        own = settings.model_copy(update={"task_queue": f"focal-{uuid.uuid4().hex[:8]}"})
        async with build_worker(environment.client, database, own):
            handle = await environment.client.start_workflow(
                FollowUp.run, order, id=order.workflow_id, task_queue=own.task_queue
            )
            latest = environment.client.get_workflow_handle(order.workflow_id)
            for _ in range(100):
                await latest.signal(FollowUp.poke)
                await asyncio.sleep(0.1)
                if (await latest.describe()).run_id != handle.first_execution_run_id:
                    break
            assert (await latest.describe()).run_id != handle.first_execution_run_id, "it began no new history"
            async with database.transaction() as session:
                process = await session.get_one(Process, task_set.process_id)
                process.state, process.closed_at = "closed", datetime.now(UTC)
            await latest.signal(FollowUp.poke)
            assert await handle.result() == Outcome(), "who waits for the first history hears of the last one's end"

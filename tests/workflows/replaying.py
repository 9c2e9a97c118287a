"""Every workflow that a test ran must replay: a free proof that it is deterministic."""

import json
import os
import re
from pathlib import Path

from sqlalchemy import select
from temporalio.client import WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from models.tables.process import TaskSet
from tests.workflows.conftest import House
from workflows.registry import WORKFLOWS

HISTORIES = Path(__file__).parent / "histories"


async def follow_ups(house: House) -> list[WorkflowHandle]:
    """The follow-ups of every set there is."""
    async with house.database.reading() as session:
        ids = await session.scalars(select(TaskSet.workflow_id).order_by(TaskSet.number))
        return [house.client.get_workflow_handle(workflow_id) for workflow_id in ids]


async def replay_all(*handles: WorkflowHandle, record_as: str) -> None:
    """Replay what ran. With FOCAL_RECORD_HISTORIES set, it is kept under a name, for later code to be replayed."""
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter)
    for handle in handles:
        history = await handle.fetch_history()
        await replayer.replay_workflow(history)
        if "FOCAL_RECORD_HISTORIES" in os.environ:
            kind = "follow_up" if "/follow-up/" in handle.id else "process"
            # Who ran it is of no interest, and says the name of a machine.
            anonymous = re.sub(r'"identity": "[^"]*"', '"identity": "worker"', json.dumps(history.to_json_dict()))
            content = {"workflow_id": handle.id, "history": json.loads(anonymous)}
            (HISTORIES / f"{record_as}-{kind}.json").write_text(json.dumps(content, indent=1) + "\n")

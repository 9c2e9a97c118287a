"""A worker that is killed with -9 at given acts, once at each: `python -m tests.delegations.mortal_worker ORDER`.

It dies before an act or after it, when the rows are committed and Temporal has not heard of it. The acts at which
it has died are files in a folder, so that the next worker goes on.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from temporalio import activity
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    Worker,
)

from settings import Settings
from store.database import Database
from worker import activities
from workflows.options import MANY_ROWS, ROWS
from workflows.registry import WORKFLOWS

When = Literal["before", "after"]


class Mortality(BaseModel):
    """Where a worker works, and at which acts it dies."""

    database_url: str
    secret_key: str
    address: str
    task_queue: str
    acts: tuple[str, ...]
    when: When
    graves: Path


class Reaper(Interceptor):
    """Kills the process at each act of the order once."""

    def __init__(self, mortality: Mortality) -> None:
        self.mortality = mortality

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Acting(next, self.mortality)


class _Acting(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, mortality: Mortality) -> None:
        super().__init__(following)
        self.mortality = mortality

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        name = activity.info().activity_type
        doomed = name in self.mortality.acts and not (self.mortality.graves / name).exists()
        if doomed and self.mortality.when == "before":
            self.die(name)
        result = await super().execute_activity(input)
        if doomed:
            self.die(name)
        return result

    def die(self, name: str) -> None:
        (self.mortality.graves / name).touch()
        os.kill(os.getpid(), signal.SIGKILL)


async def work(mortality: Mortality) -> None:
    """Work until killed."""
    # Temporal gives a dead worker's act up after this long; in earnest it is minutes.
    ROWS["start_to_close_timeout"] = MANY_ROWS["start_to_close_timeout"] = timedelta(seconds=12)
    MANY_ROWS["heartbeat_timeout"] = timedelta(seconds=12)
    settings = Settings(database_url=mortality.database_url, secret_key=mortality.secret_key)
    client = await Client.connect(mortality.address, data_converter=pydantic_data_converter)
    worker = Worker(
        client,
        task_queue=mortality.task_queue,
        workflows=WORKFLOWS,
        activities=activities(Database(mortality.database_url), settings),
        interceptors=[Reaper(mortality)],
        # The test server would go on asking the dead worker that knew the workflow.
        max_cached_workflows=0,
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(work(Mortality.model_validate_json(sys.argv[1])))

"""The worker: runs workflows and activities, and sends what is in the outbox.

It is the one place that wires everything together. Without Temporal it waits for it and keeps sending: receipts
and answers do not need it.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.follow_up import FollowUpActivities
from activities.indicator_collection import IndicatorCollectionActivities
from mail.sender import Sender
from mail.transport import Transport
from readiness import announce_ready
from settings import Settings
from store.database import Database
from temporal import connect_when_there
from workflows.registry import WORKFLOWS

log = logging.getLogger(__name__)

CONCURRENT_ACTIVITIES = 8
"""As many as two cores can render mails for; the database pool is as large."""
DRAIN = timedelta(seconds=10)


def activities(database: Database, settings: Settings) -> Sequence[Callable[..., Any]]:
    """Every activity, bound to its database."""
    follow_up = FollowUpActivities(database, settings)
    collection = IndicatorCollectionActivities(database, settings)
    return [
        follow_up.fire_due,
        collection.open_quarter,
        collection.create_tasks,
        collection.close,
        collection.write_report,
    ]


def build_worker(client: Client, database: Database, settings: Settings) -> Worker:
    """A worker that knows every workflow and activity."""
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=activities(database, settings),
        workflow_runner=SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default),
        max_concurrent_activities=CONCURRENT_ACTIVITIES,
        graceful_shutdown_timeout=DRAIN,
        # After a crash the next worker gets a workflow's task after this long instead of ten seconds.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
    )


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what was begun."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database = Database(settings.database_url.get_secret_value(), pool_size=CONCURRENT_ACTIVITIES)
    lease = timedelta(seconds=settings.mail_lease_seconds)
    sender = Sender(database, Transport(settings), lambda: datetime.now(UTC), lease)
    sending = asyncio.create_task(sender.run())
    client = await connect_when_there(settings, stopping)
    if client is not None:
        async with build_worker(client, database, settings):
            announce_ready()
            await stopping.wait()
    sender.stop()
    await sending
    await database.close()

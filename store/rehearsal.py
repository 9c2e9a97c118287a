"""What a rehearsal needs beside the people: the pauses of everything, and what a finished collection leaves."""

from uuid import UUID

from sqlalchemy import select

from models.policies.plan import Quiet
from models.tables.process import Pause, TaskSet
from models.tables.task import Task
from store.database import ReadSession

REPLAYED = ("indicator_request", "focal_point_naming")


async def pauses_of_everything(session: ReadSession) -> tuple[Quiet, ...]:
    """The pauses that hold for every process, also for one that is still to be opened."""
    pauses = await session.scalars(select(Pause).where(Pause.process_id.is_(None)).order_by(Pause.since))
    return tuple(Quiet(pause.since, pause.until) for pause in pauses)


async def tasks_in_order(session: ReadSession, process_id: UUID) -> list[Task]:
    """What a collection asked, in the order of its sets and, within a set, of the units."""
    return list(
        await session.scalars(
            select(Task)
            .join(TaskSet, TaskSet.id == Task.set_id)
            .where(Task.process_id == process_id, Task.kind.in_(REPLAYED))
            .order_by(TaskSet.number, Task.unit_code, Task.kind)
        )
    )

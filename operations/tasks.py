"""Making tasks: the row, its items, its planned steps, all at once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from models.policies.calendar import Calendar
from models.policies.indicator_collection import Asked
from models.policies.plan import TaskDays, TaskPolicy, plan
from models.tables.process import TaskSet
from models.tables.task import Item, Step, Task
from operations.references import new_reference
from store.database import WriteSession


def spread_of(set_id: UUID) -> timedelta:
    """The part of an hour by which a set's steps are moved: the same for all its tasks, and always the same."""
    return timedelta(minutes=int.from_bytes(hashlib.sha256(set_id.bytes).digest()[:2]) % 50)


async def add_tasks(
    session: WriteSession,
    task_set: TaskSet,
    tasks: Sequence[Asked],
    *,
    policy: TaskPolicy,
    days: TaskDays,
    calendar: Calendar,
) -> list[UUID]:
    """Add tasks of one kind to a set; all live by the same days. Gives their ids, in order."""
    steps = plan(policy, days, calendar, spread=spread_of(task_set.id))
    rows, items, planned = [], [], []
    for new in tasks:
        task_id = uuid4()
        rows.append(
            Task(
                id=task_id,
                reference=new_reference(),
                process_id=task_set.process_id,
                set_id=task_set.id,
                kind=new.kind,
                unit_code=new.unit_code,
                assignee_code=new.person_code,
                state="scheduled",
                policy=policy.name,
                policy_version=policy.version,
                opens_on=days.opens_on,
                due_on=days.due_on,
                due_at=days.due_at,
                closes_on=days.closes_on,
            )
        )
        items += [
            Item(id=uuid4(), task_id=task_id, position=position, indicator_code=code)
            for position, code in enumerate(new.indicators)
        ]
        planned += [
            Step(
                id=uuid4(),
                task_id=task_id,
                set_id=task_set.id,
                kind=step.kind,
                level=step.level,
                on=step.on,
                at=step.at,
                reason=step.reason,
                state="planned",
            )
            for step in steps
        ]
    for layer in (rows, items, planned):
        session.add_all(layer)
        await session.flush()
    return [row.id for row in rows]


def opening_instant(calendar: Calendar, now: datetime, policy: TaskPolicy, *, at_once: bool) -> datetime:
    """When requests leave: now, if a coordinator wants that; else at the policy's hour of a working day.

    Opened within the hours of sending but after the policy's hour, they leave right away.
    """
    if at_once:
        return now
    return max(
        calendar.sending_instant(now),
        calendar.at(calendar.day(calendar.sending_instant(now)), policy.sends_at),
    )

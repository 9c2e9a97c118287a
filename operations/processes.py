"""What every process does beside its own story: it starts, asks, gives other days, takes back what it asked, closes."""

from collections.abc import Callable, Container, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from models.contracts.mail import Language
from models.contracts.orders import ProcessOrder
from models.policies.asking import Asked
from models.policies.plan import opening_instant
from models.tables.process import Dispatch, Process, TaskSet
from models.tables.task import Task
from operations.audit import record
from operations.ending import drop_decisions, end_tasks
from operations.notices import Desk, brief
from operations.tasks import Taken, add_tasks, calendars_of_units, settle
from settings import Settings
from store.calendars import load_calendar
from store.database import WriteSession
from store.policies import latest_policy
from store.task import OPEN_STATES, poke_if_needed


async def start_process(
    session: WriteSession, process: Process, workflow: str, action: str, *, by: str, now: datetime, **told: Any
) -> ProcessOrder:
    """Put the opening of a process on record, and its start where the relay finds it."""
    order = ProcessOrder(process_id=process.id, reference=process.reference)
    start = {"kind": "start", "workflow": workflow, "workflow_id": process.reference, "created_at": now}
    session.add(Dispatch(**start, order=order.model_dump(mode="json")))
    record(session, action, by=by, now=now, process_id=process.id, **told)
    await session.flush()
    return order


async def ask(
    session: WriteSession,
    task_set: TaskSet,
    process: Process,
    tasks: Sequence[Asked],
    now: datetime,
    *,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> None:
    """Add those of some tasks that are not there yet to a process, and wake its follow-up.

    `opens_at`: when their requests leave; None: as soon as mail may leave. `closes_at`: when they end at the latest;
    None: with the process. What could be asked for only after that is asked for now.
    """
    rows = await session.execute(
        select(Task.kind, Task.unit_code, Task.occasion).where(Task.process_id == process.id, Task.about_id.is_(None))
    )
    there = {tuple(row) for row in rows}
    new = [task for task in tasks if (task.kind, task.unit_code, task.occasion) not in there]
    if not new:
        return
    calendar = await load_calendar(session, process.calendar_code)
    calendars = await calendars_of_units(session, {task.unit_code for task in new}, process.calendar_code)
    closes_at = closes_at or process.closes_at
    for kind in sorted({task.kind for task in new}):
        policy = await latest_policy(session, kind)
        leaves_at = opens_at or opening_instant(calendar, now, policy, at_once=False)
        await add_tasks(
            session,
            task_set,
            [task for task in new if task.kind == kind],
            policy=policy,
            calendar=calendar,
            calendars=calendars,
            opens_at=now if closes_at is not None and leaves_at >= closes_at else leaves_at,
            closes_at=closes_at,
        )
    await poke_if_needed(session, task_set, now)


async def reschedule(
    session: WriteSession,
    settings: Settings,
    taken: Taken,
    due_on: date,
    now: datetime,
    *,
    reason: str = "",
    by: str = "focal",
    closes_at: datetime | None = None,
    known: date | None = None,
) -> None:
    """Give an open task another due day, and tell whoever was asked already: old day, new day, why.

    `closes_at`: when it ends at the latest. `known`: the old day, where the person knows another than it had.
    """
    task = taken.task
    before = task.due_on
    taken.planning.move_due(due_on)
    if closes_at is not None and closes_at < task.closes_at:
        task.closes_at, task.closes_on = closes_at, taken.calendar.day(closes_at)
    told = {"before": before.isoformat(), "after": task.due_on.isoformat()} | ({"reason": reason} if reason else {})
    await settle(session, taken, "rescheduled", by=by, now=now, **told)
    known = known or before
    if task.asked_at is None or task.due_on == known:
        return
    about = (await brief(session, [task.id], taken.calendar.day(now)))[task.id]
    desk = Desk(session, settings, now)
    desk.change(about, about.assignee, "rescheduled", by="coordinator", reason=reason, old_due_on=known)
    await desk.hand_over()


async def withdraw(session: WriteSession, tasks: Sequence[Task], why: str, now: datetime) -> None:
    """End some open tasks without a mail; `why` is for the record."""
    if not tasks:
        return
    for task in tasks:
        task.state, task.closed_at, task.outcome_reason = "cancelled", now, why
        told = {"process_id": task.process_id, "task_id": task.id}
        record(session, "task.cancelled", by="focal", now=now, reason=why, **told)
    await session.flush()
    await drop_decisions(session, [task.id for task in tasks], now)


async def take_back(
    desk: Desk,
    tasks: Sequence[Task],
    why: str,
    today: date,
    reason: Callable[[Language], str],
    *,
    by: str = "focal",
    told: Container[str] = (),
) -> None:
    """Withdraw some open tasks, and tell whoever was asked, in their language, why.

    `told`: the codes of those who have heard already.
    """
    await withdraw(desk.session, tasks, why, desk.now)
    asked = [task.id for task in tasks if task.asked_at is not None and task.assignee_code not in told]
    for about in (await brief(desk.session, asked, today)).values() if asked else ():
        desk.change(about, about.assignee, "waived", by=by, reason=reason(about.assignee.language))
    await desk.hand_over()


async def close_process(desk: Desk, process: Process, tasks: Sequence[Task]) -> None:
    """Close a process whose set is locked: nothing more is taken, what is still open expires."""
    session = desk.session
    process.state, process.closed_at = "closed", desk.now
    left = [task.id for task in tasks if task.state in OPEN_STATES]
    await session.execute(
        update(Task)
        .where(Task.id.in_(left))
        .values(state="expired", closed_at=desk.now, outcome_reason="the process closed")
    )
    await end_tasks(desk, left)
    record(session, "process.closed", by="focal", now=desk.now, process_id=process.id, expired=len(left))
    await session.flush()

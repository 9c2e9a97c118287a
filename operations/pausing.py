"""No mail for a while: of one process, or of everything. Nothing is lost, and nothing comes in a burst afterwards."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from models.contracts.refusal import Refused, said
from models.tables.process import Pause, Process, TaskSet
from operations.audit import record
from operations.planning import load_plannings, replan
from operations.tasks import words
from store.database import ReadSession, WriteSession
from store.task import lock_set, open_tasks_of_set, poke_if_needed


async def pause(
    session: WriteSession,
    process_id: UUID | None,
    *,
    since: datetime,
    until: datetime,
    reason: str,
    by: str,
    now: datetime,
) -> Pause:
    """Let no request, reminder, warning or escalation leave from an instant to an instant (not included).

    `process_id` None: of any process. From here on nothing of it is sent; afterwards `replan_set` brings the plans
    of the sets that `paused_sets` names up to date. What people do (answers, receipts, changes) goes on as ever.

    Raises:
        Refused: it ends before it begins or in the past, it overlaps another one, its process is closed, no reason.

    """
    if until <= max(since, now):
        raise Refused(said("A pause ends after it begins, and not in the past."))
    if process_id is not None and (await session.get_one(Process, process_id, with_for_update=True)).state != "open":
        raise Refused(said("This process is closed: it sends nothing any more."))
    other = await session.scalar(
        select(Pause).where(Pause.process_id.is_not_distinct_from(process_id), Pause.since < until, Pause.until > since)
    )
    if other is not None:
        raise Refused(
            said(
                "There is a pause already, until %(until)s UTC: resume it first.", until=f"{other.until:%Y-%m-%d %H:%M}"
            )
        )
    row = Pause(
        id=uuid4(),
        process_id=process_id,
        since=since,
        until=until,
        reason=words(said("a reason"), reason),
        by=by,
        at=now,
    )
    session.add(row)
    record(
        session,
        "mail.paused",
        by=by,
        now=now,
        process_id=process_id,
        since=since.isoformat(),
        until=until.isoformat(),
        reason=row.reason,
    )
    return row


async def resume(session: WriteSession, process_id: UUID | None, *, by: str, now: datetime) -> Pause:
    """End the pause that holds, or take back the one that is to come. The plans follow as after `pause`.

    Raises:
        Refused: nothing is paused.

    """
    row = await session.scalar(
        select(Pause)
        .where(Pause.process_id.is_not_distinct_from(process_id), Pause.until > now)
        .order_by(Pause.since)
        .limit(1)
        .with_for_update()
    )
    if row is None:
        raise Refused(said("Nothing is paused."))
    before = row.until
    if row.since < now:
        row.until = now
    else:
        await session.delete(row)
    record(session, "mail.resumed", by=by, now=now, process_id=process_id, before=before.isoformat())
    return row


async def paused_sets(session: ReadSession, process_id: UUID | None) -> list[UUID]:
    """The sets whose plans a pause touches."""
    query = select(TaskSet.id).join(Process, Process.id == TaskSet.process_id).where(Process.state == "open")
    if process_id is not None:
        query = query.where(TaskSet.process_id == process_id)
    return list(await session.scalars(query.order_by(TaskSet.id)))


async def replan_set(session: WriteSession, set_id: UUID, *, now: datetime) -> int:
    """Compute the plans of all open tasks of a set anew, after a fact changed for many; gives how many there are.

    A due day that is not worked any more rolls forward. Requests that a pause held back are set free with it.
    """
    task_set = await lock_set(session, set_id)
    plannings = (await load_plannings(session, await open_tasks_of_set(session, set_id))).values()
    for planning in plannings:
        task = planning.task
        if not planning.calendar.is_working(task.due_on):
            before = task.due_on
            planning.move_due(before)
            record(
                session,
                "task.due_moved",
                by="focal",
                now=now,
                process_id=task.process_id,
                task_id=task.id,
                before=before.isoformat(),
                after=task.due_on.isoformat(),
            )
        for step in planning.steps:
            if step.state == "planned" and step.reason.get("held") == "pause" and step.at > now:
                step.at = planning.calendar.sending_instant(now)
                step.on = planning.calendar.day(step.at)
                step.reason = {name: value for name, value in step.reason.items() if name != "held"}
    await replan(session, plannings, now)
    await poke_if_needed(session, task_set, now)
    return len(plannings)

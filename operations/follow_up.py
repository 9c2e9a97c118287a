"""What happens to tasks by itself: steps that are due are carried out, once, whoever asks and however often."""

import logging
import traceback
from datetime import datetime, timedelta
from uuid import UUID

from models.contracts.orders import Fired
from models.tables.process import Process
from models.tables.task import Step
from operations.audit import record
from operations.notices import Briefing, Desk, brief
from settings import Settings
from store.calendars import load_calendar
from store.database import WriteSession
from store.task import cancel_steps, due_steps, lock_set, next_turn

log = logging.getLogger(__name__)

LATE = timedelta(minutes=15)
"""A step that fires this long after its instant was held up: it says so, and keeps to the hours of sending."""
AT_ONCE = 50
"""Tasks per transaction: rendering them takes a quarter of a second, and answers wait no longer than that."""

WEIGHT = {"expiry": 0, "request": 1, "escalation": 2, "reminder": 3}
"""Of steps that are due together, the one with the least weight is carried out."""


async def fire_due(session: WriteSession, settings: Settings, set_id: UUID, now: datetime) -> int:
    """Carry out what is due for up to `AT_ONCE` tasks of a set; gives how many tasks had something due.

    Safe to run twice: a step that is done is not planned any more, and the set is locked while it is decided.
    """
    task_set = await lock_set(session, set_id)
    process = await session.get_one(Process, task_set.process_id)
    calendar = await load_calendar(session, process.calendar_code)
    task_set.wake_at = None
    due = await due_steps(session, set_id, now, AT_ONCE)
    briefings = await brief(session, due.keys())
    desk = Desk(session, settings, calendar, now)
    for task_id, steps in due.items():
        _fire_or_record(desk, briefings[task_id], steps)
    await desk.hand_over()
    await cancel_steps(session, [task_id for task_id in due if briefings[task_id].facts.task.state == "expired"])
    return len(due)


async def fall_asleep(session: WriteSession, set_id: UUID) -> Fired:
    """Tell the follow-up when to look again, and remember what it was told."""
    task_set = await lock_set(session, set_id)
    turn = await next_turn(session, set_id)
    task_set.wake_at = turn.next_at
    return turn


def _fire_or_record(desk: Desk, about: Briefing, steps: list[Step]) -> None:
    """Carry out the due steps of one task; what cannot be written for it holds up nobody else.

    The failure is a step's state and an event on record, for the office to see; the next step is tried in its turn.
    """
    written = len(desk.written)
    try:
        _fire(desk, about, steps)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is this task's alone
        del desk.written[written:]
        for step in steps:
            step.state, step.done_at = "failed", desk.now
        task = about.facts.task
        # Where it failed, but not the fault's own words: they may repeat a name or an address.
        frame = traceback.extract_tb(fault.__traceback__)[-1]
        told = (task.reference, type(fault).__name__, frame.name, frame.lineno)
        log.error("A step of task %s could not be carried out: %s in %s, line %s", *told)  # noqa: TRY400
        record(
            desk.session,
            "task.step_failed",
            by="focal",
            now=desk.now,
            process_id=task.process_id,
            task_id=task.id,
            steps=[f"{step.kind}-{step.level}" for step in steps],
            fault=type(fault).__name__,
        )


def _fire(desk: Desk, about: Briefing, steps: list[Step]) -> None:
    """Carry out the step that matters of those that are due; the others are merged into it.

    After an interruption several steps of a task can be due. Expiry outweighs all; who was never asked is first
    asked; an escalation is not swallowed by a later reminder; else the latest reminder stands for the earlier.
    """
    chosen = min(steps, key=lambda step: (WEIGHT[step.kind], -step.level))
    late = desk.now - chosen.at > LATE
    if late and chosen.kind != "expiry":
        allowed = desk.calendar.sending_instant(desk.now)
        if allowed > desk.now:
            for step in steps:
                step.at = allowed
            return
    task = about.facts.task
    detail: dict[str, object] = {"step": f"{chosen.kind}-{chosen.level}", "late": late}
    match chosen.kind:
        case "request":
            desk.request(about, late=late)
            task.state, task.asked_at = "open", desk.now
        case "reminder":
            desk.reminder(about, chosen.level, late=late)
        case "escalation":
            head = desk.escalation(about, chosen.level, late=late)
            task.escalated_at = desk.now
            detail["to"] = head.code if head else None
        case "expiry":
            task.state, task.closed_at, task.outcome_reason = "expired", desk.now, "no answer by the last day"
    for step in steps:
        step.state, step.done_at = "done" if step is chosen else "merged", desk.now
    record(
        desk.session,
        f"task.{chosen.kind}",
        by="focal",
        now=desk.now,
        process_id=task.process_id,
        task_id=task.id,
        **detail,
    )

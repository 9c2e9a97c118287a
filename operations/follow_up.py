"""What happens to tasks by itself: steps that are due are carried out, once, whoever asks and however often."""

import logging
import traceback
from collections.abc import Collection as Several
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from models.contracts.orders import Fired
from models.policies.people import Presence
from models.policies.turn import REMINDING, Decision, Due, Ended, Held, Letter, Passed, Told, decide, reader_of
from models.tables.task import Task
from operations.audit import record
from operations.ending import end_tasks
from operations.notices import Briefing, Desk, brief
from operations.planning import load_plannings, replan
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.people import load_presence, lock_persons
from store.task import (
    due_tasks,
    is_reminding,
    lock_set,
    lock_sets,
    mails_today,
    next_turn,
    poke_if_needed,
    poke_process,
    process_of_set,
    reminders_before,
    task_facts,
)

log = logging.getLogger(__name__)

UNTIL_POKED = datetime.max.replace(tzinfo=UTC)
"""Until when a follow-up sleeps that has nothing to do before somebody does something."""
AT_ONCE = 50
"""Tasks per transaction: rendering them takes a quarter of a second, and answers wait no longer than that."""


async def fire_due(session: WriteSession, settings: Settings, set_id: UUID, now: datetime) -> int:
    """Carry out what is due for up to `AT_ONCE` tasks of a set; gives how many tasks had something due.

    Reminders of the same people in the same hour, of tasks in any set, leave with them. Safe to run twice: a step
    that is done is not planned any more, and the sets are locked while it is decided.
    """
    process = await process_of_set(session, set_id)
    calendar = await load_calendar(session, process.calendar_code)
    day, hour_ends = calendar.day(now), calendar.hour_around(now)[1] - timedelta(microseconds=1)
    companions = await _companions(session, set_id, now, hour_ends, day)
    sets = await lock_sets(session, {set_id, *(task.set_id for task in companions)})
    task_set = next(each for each in sets if each.id == set_id)
    task_set.wake_at = None
    own = await due_tasks(session, set_id, now, AT_ONCE)
    if not own:
        return 0
    others = [task.id for task in companions if task.id not in own]
    briefings = await brief(session, [*own, *others], day)
    due = [briefings[task_id].planning.due(now, companion=False) for task_id in own]
    due += [one for task_id in others if (one := briefings[task_id].planning.due(hour_ends, companion=True)).steps]
    presence = briefings[own[0]].presence
    readers = {code for one in due if (code := reader_of(one, presence)) is not None}
    await lock_persons(session, readers)
    decisions = decide(
        due,
        presence,
        now=now,
        sent_today=await mails_today(session, readers, calendar.at(day, time(0))),
        maximum=settings.mails_per_day,
    )
    desk = Desk(session, settings, now)
    anew = [task_id for decision in decisions for task_id in _carry_out_or_record(desk, briefings, decision)]
    await desk.hand_over()
    await replan(session, [briefings[task_id].planning for task_id in anew], now)
    ended = [decision.about.task_id for decision in decisions if isinstance(decision, Ended)]
    await end_tasks(desk, ended)
    if ended:
        await poke_process(session, process.id, now)
    for each in sets:
        if each is not task_set:
            await poke_if_needed(session, each, now)
    return len(own)


async def fall_asleep(session: WriteSession, set_id: UUID) -> Fired:
    """Tell the follow-up when to look again, and remember what it was told."""
    task_set = await lock_set(session, set_id)
    turn = await next_turn(session, set_id)
    task_set.wake_at = turn.next_at or UNTIL_POKED
    return turn


async def _companions(session: ReadSession, set_id: UUID, now: datetime, hour_ends: datetime, day: date) -> list[Task]:
    """The tasks of any set whose reminders may leave with those that are due now: the same reader, the same hour.

    Read before anything is locked, to know what to lock; what has changed by then waits for its own turn.
    """
    if not await is_reminding(session, set_id, now):
        return []  # thousands of requests leave without a second look at each
    own = await _reminding(session, await due_tasks(session, set_id, now, AT_ONCE), now)
    if not own:
        return []
    presence = await _presence(session, own, day)
    readers = {reader_of(one, presence) for one in own}
    # Whoever is away may be stood in for by one of them; whoever has left, too.
    people = {one.assignee_code for one in own} | {code for code in readers if code} | presence.absences.keys()
    ids = {one.task_id for one in own}
    candidates = [task for task in await reminders_before(session, people, hour_ends) if task.id not in ids]
    others = await _reminding(session, [task.id for task in candidates], hour_ends)
    presence = await _presence(session, others, day)
    shared = {one.task_id for one in others if reader_of(one, presence) in readers}
    return [task for task in candidates if task.id in shared]


async def _reminding(session: ReadSession, task_ids: Several[UUID], before: datetime) -> list[Due]:
    """Of some tasks, those of which a reminder or a warning is planned before an instant."""
    plannings = await load_plannings(session, await task_facts(session, task_ids)) if task_ids else {}
    due = [each.due(before, companion=True) for each in plannings.values()]
    return [one for one in due if any(step.kind in REMINDING for step in one.steps)]


async def _presence(session: ReadSession, due: Several[Due], day: date) -> Presence:
    persons = {one.assignee_code for one in due} | {one.policy.fallback for one in due if one.policy.fallback}
    return await load_presence(session, {one.unit_code for one in due}, persons, day)


def _carry_out_or_record(desk: Desk, briefings: Mapping[UUID, Briefing], decision: Decision) -> list[UUID]:
    """Carry out one decision; what cannot be written for it holds up nobody else. Gives the tasks to plan anew.

    The failure is a step's state and an event on record, for the office to see; the next step is tried in its turn.
    """
    written = len(desk.written)
    try:
        return _carry_out(desk, briefings, decision)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is these tasks' alone
        del desk.written[written:]
        for task_id in _tasks_of(decision):
            _record_fault(desk, briefings[task_id], fault)
        return []


def _tasks_of(decision: Decision) -> list[UUID]:
    match decision:
        case Letter(about=about):
            return [told.task_id for told in about]
        case Ended(about=told):
            return [told.task_id]
        case Held(task_id=task_id) | Passed(task_id=task_id):
            return [task_id]


def _record_fault(desk: Desk, about: Briefing, fault: Exception) -> None:
    steps = about.planning.planned(desk.now)
    for step in steps:
        step.state, step.done_at = "failed", desk.now
    task = about.facts.task
    # Where it failed, but not the fault's own words: they may repeat a name or an address.
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    told = (task.reference, type(fault).__name__, frame.name, frame.lineno)
    log.error("A step of task %s could not be carried out: %s in %s, line %s", *told)
    _record(
        desk,
        task,
        "step_failed",
        steps=[f"{step.kind}-{step.number}" for step in steps],
        fault=type(fault).__name__,
    )


def _carry_out(desk: Desk, briefings: Mapping[UUID, Briefing], decision: Decision) -> list[UUID]:
    """Do what was decided to rows and mails; gives the tasks whose plan has to be made again."""
    match decision:
        case Letter():
            desk.letter(decision, briefings)
            return [told.task_id for told in decision.about if _done(desk, briefings[told.task_id], told, decision)]
        case Ended(about=told):
            about = briefings[told.task_id]
            about.facts.task.state = about.planning.policy.silence
            about.facts.task.closed_at, about.facts.task.outcome_reason = desk.now, "no answer by the last day"
            _done(desk, about, told, None)
            return []
        case Held(task_id=task_id, until=until, why=why):
            planning = briefings[task_id].planning
            waiting = planning.planned(desk.now)
            for step in waiting:
                step.at, step.on = until, planning.calendar.day(until)
                step.reason = {**step.reason, "held": why}
            # Nothing that follows a request may overtake it.
            return [task_id] if any(step.kind == "request" for step in waiting) else []
        case Passed(task_id=task_id):
            for step in briefings[task_id].planning.planned(desk.now):
                step.state, step.done_at = "merged", desk.now
            return [task_id]


def _done(desk: Desk, about: Briefing, told: Told, letter: Letter | None) -> bool:
    """Mark a step as done and those due with it as merged; tells whether the plan has to be made again."""
    task, merged = about.facts.task, False
    detail: dict[str, object] = {"step": f"{told.step.kind}-{told.step.number}", "late": told.late}
    for row in about.planning.steps:
        if (row.kind, row.number) == (told.step.kind, told.step.number):
            row.state, row.done_at = "done", desk.now
            row.recipient_code = letter.reader if letter else None
            row.path = [asdict(away) | {"until": away.until.isoformat()} for away in told.path] or None
        elif row.state == "planned" and row.at <= desk.now:
            row.state, row.done_at, merged = "merged", desk.now, True
    match told.step.kind:
        case "request":
            task.state = "open" if task.state == "scheduled" else task.state
            task.asked_at = task.asked_at or desk.now
        case "escalation":
            task.escalated_at, task.level = desk.now, max(task.level, told.step.level)
        case _:
            pass
    if letter is not None:
        detail |= {"to": letter.reader, "with": len(letter.about) - 1}
    _record(desk, task, told.step.kind, **detail)
    return told.late or merged


def _record(desk: Desk, task: Task, action: str, **detail: object) -> None:
    record(
        desk.session,
        f"task.{action}",
        by="focal",
        now=desk.now,
        process_id=task.process_id,
        task_id=task.id,
        **detail,
    )

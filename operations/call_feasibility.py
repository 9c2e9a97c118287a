"""Whether a proposal can be ready in time: what it needs, by when, and what is already short."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from models.contracts.call_follow_up import Milestone
from models.policies.calendar import Calendar
from models.policies.call_follow_up import plan_backward, steps_of
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call
from models.tables.process import Process
from models.tables.task import Task
from operations.tasks import calendars_of_units
from store.calendars import load_calendar
from store.call_follow_up import (
    aimed_at,
    deadline_at,
    deadlines_of,
    interests_of,
    lead_of,
    owner_of,
    stage_of,
    stages_of,
)
from store.database import ReadSession
from store.task import task_items, tasks_of


async def feasibility(session: ReadSession, process_id: UUID, now: datetime) -> tuple[Milestone, ...]:
    """What the proposal of the stage aimed at still needs, the first due first.

    What is done already is left out; nothing is there without a deadline, nor once the proposal was sent or given up.
    """
    process = await session.get_one(Process, process_id)
    pursuit = await session.get_one(CallFollowUp, process_id)
    call = await session.get_one(Call, pursuit.call_id)
    calendar = await load_calendar(session, process.calendar_code)
    deadline = deadline_at(aimed_at(pursuit, await deadlines_of(session, call.id)), calendar)
    if deadline is None or pursuit.state not in {"interest", "preparing"} or pursuit.submitted_at is not None:
        return ()
    interests, stage = await interests_of(session, process_id), stage_of(pursuit, call)
    planned, _ = await planned_steps(session, process, pursuit, interests, stage, deadline, now)
    done = await done_steps(session, await tasks_of(session, process_id), stage)
    return tuple(each for each in planned if each.key not in done)


async def planned_steps(
    session: ReadSession,
    process: Process,
    pursuit: CallFollowUp,
    interests: Sequence[CallInterest],
    stage: int,
    deadline: datetime,
    now: datetime,
) -> tuple[tuple[Milestone, ...], Mapping[str, Calendar]]:
    """Every step to the proposal of a stage, counted backward; and the calendars of the units that have them."""
    lead_unit = lead_of(pursuit, interests)
    owners = {step.key: owner_of(step, pursuit, lead_unit) for step in steps_of(stage)}
    known = await calendars_of_units(session, set(owners.values()), process.calendar_code)
    calendars = {unit_code: calendar for unit_code, (_, calendar) in known.items()}
    return plan_backward(stage, deadline, owners, calendars, now), calendars


async def done_steps(session: ReadSession, tasks: Sequence[Task], stage: int) -> frozenset[str]:
    """The keys of the steps to the proposal of a stage that are done; what somebody said is not done still is not."""
    stages = stages_of(stage)
    answered = [
        task.id
        for task in tasks
        if task.kind == "assignment" and task.state == "answered" and task.occasion.split(":")[0] in stages
    ]
    items = await task_items(session, answered)
    keys = {
        str((line.item.detail or {}).get("key"))
        for lines in items.values()
        for line in lines
        if line.answer is not None and line.answer.words == "done"
    }
    uploads = [task for task in tasks if task.kind == "proposal_upload" and task.occasion.split(":")[0] in stages]
    sent = {"upload"} if any(task.state == "answered" for task in uploads) else set()
    return frozenset(keys | sent)

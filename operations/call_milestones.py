"""What a proposal needs: tasks counted backward from its deadline, and again when that or their owner changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from mail.call_reasons import not_needed
from models.contracts.call_follow_up import Milestone
from models.contracts.mail import TaskKind
from models.policies.asking import Asked, AskedQuestion, all_questions
from models.policies.calendar import ONE_DAY, Calendar
from models.policies.call_follow_up import missed_at
from models.policies.plan import opening_instant
from models.policies.task_policy import TaskPolicy
from models.tables.task import Item, Task
from operations.audit import record
from operations.call_feasibility import planned_steps
from operations.call_follow_up import tell_of_move
from operations.call_letters import CallDesk
from operations.notices import Desk
from operations.planning import replan
from operations.processes import ask, reschedule, take_back
from operations.tasks import take
from settings import Settings
from store.call_follow_up import CallCase, take_case, withdrawal
from store.database import ReadSession, WriteSession
from store.outbox import take_back_waiting
from store.policies import latest_policy
from store.task import OPEN_STATES, poke_if_needed, task_items

OPENS_BEFORE = 5
"""Working days before its latest start on which a milestone is asked for: not all of them on one day."""
WAITS = timedelta(days=365)
"""How long a step waits at most for another deadline, where there is none any more."""
UPLOAD = "upload"


async def plan_milestones(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Have every step to the proposal asked for in time, by the deadline of now; see `arrange`."""
    case = await take_preparing(session, process_id, now)
    if case is not None:
        await arrange(CallDesk(session, settings, case))


async def take_preparing(session: WriteSession, process_id: UUID, now: datetime) -> CallCase | None:
    """Take a follow-up whose proposal is being prepared; None before, and once it was sent or its deadline is over."""
    case = await take_unsent(session, process_id, now)
    return case if case is not None and (case.deadline is None or now < case.deadline) else None


async def take_unsent(session: WriteSession, process_id: UUID, now: datetime) -> CallCase | None:
    """The same, also when the deadline is over; None once it was confirmed that the proposal was sent, or will not be.

    A second stage is prepared like the first.
    """
    case = await take_case(session, process_id, now)
    if case is None or case.pursuit.state != "preparing" or case.pursuit.submitted_at is not None:
        return None
    return None if await withdrawal(session, process_id, case.stages) else case


@dataclass(frozen=True, slots=True)
class _Step:
    """A step to the proposal with the calendar of its unit and the rules of its task."""

    milestone: Milestone
    calendar: Calendar
    policy: TaskPolicy
    kind: TaskKind


@dataclass(frozen=True, slots=True)
class _Asked:
    """A task that asks for a step, with the item that says which and for which deadline."""

    task: Task
    item: Item

    @property
    def detail(self) -> dict[str, Any]:
        """What the item's words need."""
        return self.item.detail or {}

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.task.state in OPEN_STATES


async def arrange(desk: CallDesk, *, upload: bool = False) -> None:
    """Ask for the steps to the proposal that nobody was asked for yet; move those that were planned for another day.

    What is done stays done. A step that another unit has now, or that the stage does not need, is taken back. What is
    too late already is due as soon as possible. Where the deadline is gone, what is open waits for another. Does
    nothing where nothing is new. `upload`: the proposal itself.
    """
    session, case = desk.session, desk.case
    await tell_of_move(desk)
    kind: TaskKind = "proposal_upload" if upload else "assignment"
    asked = await _asked_for(session, case, kind)
    if case.deadline is None:
        await _let_wait(desk, [each for each in asked if each.is_open and each.detail.get("deadline")])
        return
    planned, calendars = await planned_steps(
        session, case.process, case.pursuit, case.interests, case.stage, case.deadline, case.now
    )
    policy = await latest_policy(session, kind)
    wanted = [
        _Step(each, calendars[each.unit_code], policy, kind) for each in planned if (each.key == UPLOAD) == upload
    ]
    owners = {step.milestone.key: step.milestone.unit_code for step in wanted}
    await _take_back(desk, [each for each in asked if each.is_open and _misplaced(each, owners)])
    for step in wanted:
        alike = [each for each in asked if each.detail.get("key") == step.milestone.key]
        if any(each.task.state in {"answered", "waived"} for each in alike):
            continue
        own = [each for each in alike if each.task.unit_code == step.milestone.unit_code]
        current = next((each for each in own if each.is_open), None)
        if current is not None:
            if not _is_planned_for(case, current):
                await _move(desk, step, current)
        elif not any(each.task.state == "expired" and _is_planned_for(case, each) for each in own):
            await _ask(desk, step, taken={each.task.occasion for each in asked})


async def _asked_for(session: ReadSession, case: CallCase, kind: TaskKind) -> list[_Asked]:
    """The tasks of the steps to the proposal of this stage, whatever became of them."""
    tasks = {task.id: task for task in case.of(kind) if task.occasion.split(":")[0] in case.stages}
    items = await task_items(session, list(tasks))
    return [_Asked(tasks[task_id], lines[0].item) for task_id, lines in items.items()]


def _misplaced(each: _Asked, owners: dict[str, str]) -> bool:
    """Whether another unit has the step now, or the proposal does not need it."""
    return owners.get(str(each.detail.get("key"))) != each.task.unit_code


def _is_planned_for(case: CallCase, each: _Asked) -> bool:
    said = each.detail
    return said.get("deadline") == _iso(case) and said.get("stage") == case.stage


def _iso(case: CallCase) -> str:
    return "" if case.deadline is None else case.deadline.isoformat()


async def _let_wait(desk: CallDesk, waiting: Sequence[_Asked]) -> None:
    """Keep open tasks from ending at a deadline that is gone; the next one gives them their days."""
    session, now = desk.session, desk.case.now
    for each in waiting:
        taken = await take(session, each.task.id)
        task = taken.task
        task.closes_on = taken.calendar.day(now) + WAITS
        task.closes_at = taken.calendar.end_of(task.closes_on)
        each.item.detail = {**each.detail, "deadline": ""}
        told = {"process_id": task.process_id, "task_id": task.id}
        record(session, "call.milestone_waits", by="focal", now=now, **told)
        await replan(session, [taken.planning], now)
        await poke_if_needed(session, desk.case.task_set, now)


async def _take_back(desk: CallDesk, gone: Sequence[_Asked]) -> None:
    case, tasks = desk.case, [each.task for each in gone]
    others, why = Desk(desk.session, desk.settings, case.now), "another unit has it, or it is not needed"
    await take_back(others, tasks, why, case.today, not_needed, by="coordinator")


def _days(case: CallCase, step: _Step) -> tuple[datetime, date]:
    """When the request for a step leaves, and the day on which it is due.

    It leaves some working days before the latest start, and is due the day after where its own day is over already;
    but never after the deadline's day, and if mail leaves again only after the deadline, it leaves now.
    """
    milestone, calendar, deadline = step.milestone, step.calendar, case.deadline
    early = calendar.at(calendar.shift(milestone.latest_start, -OPENS_BEFORE), time(0))
    opens_at = opening_instant(calendar, max(early, case.now), step.policy, at_once=False)
    if deadline is not None and opens_at >= deadline:
        opens_at = case.now
    opens_on = calendar.day(opens_at)
    last = calendar.shift(calendar.local(deadline or opens_at).date() + ONE_DAY, -1)
    return opens_at, max(milestone.due_on, min(calendar.shift(opens_on, 1), max(last, opens_on)))


def _closes_at(case: CallCase, step: _Step) -> datetime | None:
    """When a step is not asked for any more: at the deadline; that it was sent can be said for some days after it."""
    if case.deadline is None or step.kind != "proposal_upload":
        return case.deadline
    return missed_at(case.deadline, case.calendar)


async def _ask(desk: CallDesk, step: _Step, taken: set[str]) -> None:
    session, case, milestone = desk.session, desk.case, step.milestone
    unit_code = milestone.unit_code
    person = case.who(unit_code)
    if person is None:
        await desk.nobody("proposal", unit_code)
        return
    opens_at, due_on = _days(case, step)
    detail = {"key": milestone.key, "deadline": _iso(case), "stage": case.stage}
    upload = step.kind == "proposal_upload"
    first = str(case.stage) if upload else f"{case.stage}:{milestone.key}"
    # The item that comes first says which step it is, and for which deadline.
    leading, *others = all_questions(step.kind)
    questions = (AskedQuestion(leading.key, leading.required, detail), *others)
    # One that was taken back before, or in which nobody answered in time, has its own occasion.
    again = (f"{first}:{number}" for number in range(2, len(taken) + 3))
    occasion = next(each for each in (first, *again) if each not in taken)
    asked = Asked(step.kind, unit_code, person, questions=questions, occasion=occasion, due_on=due_on)
    await ask(
        session,
        case.task_set,
        case.process,
        [asked],
        case.now,
        opens_at=opens_at,
        closes_at=_closes_at(case, step),
    )
    record(
        session,
        "call.milestone_asked",
        by="focal",
        now=case.now,
        process_id=case.process.id,
        key=milestone.key,
        unit=unit_code,
        due_on=due_on.isoformat(),
        short=milestone.short,
    )


async def _move(desk: CallDesk, step: _Step, each: _Asked) -> None:
    """Give an open task the days of another deadline, and tell whoever was asked: old day, new day, why.

    A move of which no mail has left yet is one with this: the old day is the one that the person knows.
    """
    session, case = desk.session, desk.case
    opens_at, due_on = _days(case, step)
    taken = await take(session, each.task.id)
    task = taken.task
    was_due = task.due_on
    waiting = f"task_change:{task.reference}:rescheduled-"
    back = await take_back_waiting(session, waiting, case.now)
    known = date.fromisoformat(each.detail.get("told", was_due.isoformat())) if back else was_due
    if task.asked_at is None:
        for request in taken.planning.steps:
            if request.kind == "request" and request.state == "planned":
                request.at, request.on = opens_at, step.calendar.day(opens_at)
                task.opens_on = request.on
    each.item.detail = {**each.detail, "deadline": _iso(case), "stage": case.stage, "told": known.isoformat()}
    await reschedule(
        session,
        desk.settings,
        taken,
        due_on,
        case.now,
        reason=case.pursuit.reason,
        closes_at=_closes_at(case, step),
        known=known,
    )

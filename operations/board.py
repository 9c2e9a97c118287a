"""What the office does to tasks from its board: one act for each of them, with what follows from it.

Whoever wants to look first does it and rolls the transaction back: what is shown is what would really happen.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never
from uuid import UUID

from sqlalchemy import select

from models.contracts.refusal import Refused, said
from models.policies.plan import BY_HAND, StepKind
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from models.tables.task import Task
from operations.delegating import delegate
from operations.extending import extend, open_wish
from operations.planning import Planning, load_planning
from operations.seeing import check_seen
from operations.steering import escalate_now, remind_now, send_back, snooze, waive
from settings import Settings
from store.database import ReadSession, WriteSession
from store.people import load_presence
from store.task import OPEN_STATES, TaskFacts, lock_task

ActName = Literal["remind", "extend", "reassign", "waive", "escalate", "snooze", "send_back"]
ON_MANY: tuple[ActName, ...] = ("remind", "extend", "reassign", "waive", "escalate")
"""What can be done to many tasks at once; the others are about one."""
ASKED_FOR: dict[ActName, tuple[StepKind, str]] = {
    "remind": ("reminder", "task_reminder"),
    "escalate": ("escalation", "task_escalation"),
    "reassign": ("request", "task_request"),
    "send_back": ("request", "task_request"),
}
"""The step that an act plans, and the mail in which it leaves."""


def acts_on(facts: TaskFacts, *, answered: bool) -> tuple[ActName, ...]:
    """What can be done to a task as it is. `answered`: something of it is."""
    if facts.process.state != "open":
        return ()
    if facts.task.state in OPEN_STATES:
        about_one: tuple[ActName, ...] = ("snooze", "send_back") if answered else ("snooze",)
        return (*ON_MANY, *about_one)
    return ("send_back",) if facts.task.state == "answered" and answered else ()


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done. `until`: of `extend` and `snooze`. `to`: a person's code. `item`: what is sent back.

    `reason`: why; the note of `reassign` and `send_back`; nobody gives one for a reminder.
    """

    act: ActName
    until: date | None = None
    to: str = ""
    reason: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail that follows: its name in the registry, its reader's name (None: the coordinator), when it leaves."""

    mail: str
    reader: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act: days as they were and are, who has the task now, and the mails that follow, by instant.

    `next_step`: what happens next by itself, and on which day.
    """

    reference: str
    due_before: date
    due_after: date
    person: str
    state: str
    letters: tuple[Letter, ...]
    next_step: tuple[StepKind, date] | None


async def act_on(
    session: WriteSession,
    settings: Settings,
    task_id: UUID,
    order: Order,
    *,
    by: str,
    office: bool,
    seen: int | None = None,
    now: datetime,
) -> Outcome:
    """Do one thing to one task, in one transaction.

    `by`: who does it, a person's code or `api:<token>`. `office`: they act for the office; a manager who does not
    gives neither themselves nor their own wish more time, and waives nothing of their own. `seen`: the last event of
    the task that they were shown; None: whatever happened since, it is to be done.

    Raises:
        ChangedMeanwhile: something was done to the task since `seen`, by them or by somebody else.
        TaskEnded: it is not open any more.
        Refused: see the operation of the act.

    """
    task, _ = await lock_task(session, task_id)
    if seen is not None:
        # Their own act counts too: a button that is pressed twice does nothing twice.
        await check_seen(session, seen, by="", task_id=task_id)
    if not office and order.act in {"extend", "waive"}:
        await _check_not_own(session, task, by)
    due_before = task.due_on
    await _do(session, settings, task_id, order, by=by, now=now)
    await session.flush()
    planning = await load_planning(session, task_id)
    assignee = await session.get_one(Person, task.assignee_code)
    coming = min((step for step in planning.steps if step.state == "planned"), key=lambda step: step.at, default=None)
    return Outcome(
        reference=task.reference,
        due_before=due_before,
        due_after=task.due_on,
        person=assignee.name,
        state=task.state,
        letters=await _letters(session, planning, order, now),
        next_step=(coming.kind, coming.on) if coming else None,
    )


async def _check_not_own(session: ReadSession, task: Task, by: str) -> None:
    """Raises Refused where somebody would decide in their own favour."""
    wish = await open_wish(session, task.id)
    if by == task.assignee_code or (wish is not None and by == wish.wished_by):
        raise Refused(said("This task is your own: ask for more time, or have the coordinator do it."))


async def _do(
    session: WriteSession, settings: Settings, task_id: UUID, order: Order, *, by: str, now: datetime
) -> None:
    reason = order.reason
    match order.act:
        case "remind":
            await remind_now(session, task_id, by=by, now=now)
        case "extend":
            until = _day(order)
            await extend(session, settings, task_id, until=until, reason=reason, by=by, now=now)
        case "reassign":
            await delegate(session, settings, task_id, to=order.to, by=by, note=reason, now=now, office=True)
        case "waive":
            await waive(session, settings, task_id, reason=reason, by=by, now=now)
        case "escalate":
            await escalate_now(session, task_id, reason=reason, by=by, now=now)
        case "snooze":
            await snooze(session, task_id, until=_day(order), reason=reason, by=by, now=now)
        case "send_back":
            await send_back(session, task_id, indicator=order.item, note=reason, by=by, now=now)
        case _:
            assert_never(order.act)


def _day(order: Order) -> date:
    if order.until is None:
        raise Refused(said("Write a day."))
    return order.until


async def _letters(session: ReadSession, planning: Planning, order: Order, now: datetime) -> tuple[Letter, ...]:
    """The mails that the act wrote, and those that it planned, whoever gets them on their day."""
    task = planning.task
    rows = await session.execute(
        select(OutgoingMail.name, Person.name, OutgoingMail.not_before)
        .outerjoin(Person, Person.code == OutgoingMail.person_code)
        .where(OutgoingMail.task_id == task.id, OutgoingMail.created_at == now, OutgoingMail.state == "ready")
    )
    letters = [Letter(*row) for row in rows]
    if order.act not in ASKED_FOR:
        return tuple(letters)
    kind, mail = ASKED_FOR[order.act]
    for step in planning.steps:
        by_hand = step.reason.get("rule") in {BY_HAND, "handed_over", "sent_back"}
        if step.kind != kind or step.state != "planned" or not by_hand:
            continue
        unit, asked, fallback = task.unit_code, task.assignee_code, planning.policy.fallback
        persons = {asked, fallback} if fallback else {asked}
        presence = await load_presence(session, {unit}, persons, planning.calendar.day(step.at))
        reader = presence.addressee(unit, asked, fallback).person_code
        if kind == "escalation":
            told = presence.told(unit, asked, step.level, fallback).person_code
            if reader not in {told, None}:
                letters.append(Letter("task_escalation_copy", presence.persons[reader].name, step.at))
            reader = told
        letters.append(Letter(mail, presence.persons[reader].name if reader else None, step.at))
    return tuple(sorted(letters, key=lambda letter: letter.at))

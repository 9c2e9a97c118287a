"""More time: wished for by the person asked, granted or refused by whoever is above them, or given by a coordinator.

A wish is itself a task: the head is asked, reminded and, if need be, passed over; silence leaves the day as it is.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from models.contracts.mail import Change
from models.contracts.refusal import DayRefused, Refused, said
from models.policies.asking import Asked
from models.policies.plan import opening_instant
from models.tables.task import Extension, Task
from operations.audit import record
from operations.ending import drop_decisions
from operations.notices import Desk, brief
from operations.tasks import Taken, add_tasks, calendars_of_units, settle, take, words
from settings import Settings
from store.database import ReadSession, WriteSession
from store.people import load_persons, load_presence
from store.policies import latest_policy
from store.task import poke_if_needed


def check_day(taken: Taken, until: date, now: datetime) -> date:
    """The day on which a task extended until a day is due: a day that is not worked rolls forward.

    Raises:
        DayRefused: it is not after the present due day, or over already, or the process closes before it.

    """
    due_on, last, today = taken.task.due_on, taken.planning.latest_due_on, taken.calendar.day(now)
    if until <= due_on:
        raise DayRefused("day_not_later", said("It is due on %(due_on)s already: choose a later day.", due_on=due_on))
    if until < today:
        raise DayRefused("day_past", said("Today is %(today)s: choose a day from today on.", today=today))
    rolled = taken.calendar.working_day_from(until)
    if rolled > last:
        told = said(
            "%(process)s closes on %(last)s: choose a day until then.", process=taken.facts.process.reference, last=last
        )
        raise DayRefused("day_after_closing", told)
    return rolled


async def who_decides(session: ReadSession, taken: Taken, by: str, now: datetime) -> str | None:
    """The code of the person who decides about more time for a task that somebody asks for; None for nobody."""
    task, fallback = taken.task, taken.planning.policy.fallback
    persons = {task.assignee_code, by, *filter(None, [fallback])}
    presence = await load_presence(session, {task.unit_code}, persons, taken.calendar.day(now))
    head = presence.told(task.unit_code, task.assignee_code, 1, fallback).person_code
    return None if head == by else head


async def ask_for_time(
    session: WriteSession, task_id: UUID, *, until: date, reason: str, by: str, now: datetime
) -> Extension:
    """Ask the head for more time; the head gets a task of their own. `by`: the code of the person who asks.

    Raises:
        TaskEnded: the task is not open any more.
        Refused: see `check_day`; no reason; a wish is open already; nobody is there to decide.

    """
    taken = await take(session, task_id)
    task = taken.task
    if task.kind == "extension_decision":
        raise Refused(said("A decision about more time cannot itself be put off."))
    until, reason = check_day(taken, until, now), words(said("a reason"), reason)
    if await open_wish(session, task_id) is not None:
        raise Refused(said("More time was asked for already; the answer is on its way."))
    head = await who_decides(session, taken, by, now)
    if head is None:
        raise Refused(said("Nobody above is there to decide: please write to the coordinator."))
    policy = await latest_policy(session, "extension_decision")
    calendars = await calendars_of_units(session, [task.unit_code], taken.facts.process.calendar_code)
    opens_at = opening_instant(taken.calendar, now, policy, at_once=False)
    closes_at = taken.planning.process_closes_at
    if closes_at is not None and opens_at >= closes_at:
        raise Refused(said("Nobody could decide before the last day is over: please write to the coordinator."))
    (decision_id,) = await add_tasks(
        session,
        taken.facts.task_set,
        [Asked("extension_decision", task.unit_code, head)],
        policy=policy,
        calendar=taken.calendar,
        calendars=calendars,
        opens_at=opens_at,
        closes_at=closes_at,
        about_id=task_id,
    )
    wish = Extension(
        id=uuid4(),
        task_id=task_id,
        decision_task_id=decision_id,
        wished_by=by,
        wished_at=now,
        old_due_on=task.due_on,
        wished_due_on=until,
        reason=reason,
        state="wished",
    )
    session.add(wish)
    record(
        session,
        "task.extension_wished",
        by=by,
        now=now,
        process_id=task.process_id,
        task_id=task_id,
        before=task.due_on.isoformat(),
        after=until.isoformat(),
        reason=reason,
        asked=head,
    )
    await poke_if_needed(session, taken.facts.task_set, now)
    return wish


async def open_wish(session: ReadSession, task_id: UUID) -> Extension | None:
    """The wish about a task that nobody has decided yet."""
    return await session.scalar(select(Extension).where(Extension.task_id == task_id, Extension.state == "wished"))


async def decide_wish(
    session: WriteSession,
    settings: Settings,
    task_id: UUID,
    *,
    grant_until: date | None,
    reason: str,
    by: str,
    now: datetime,
) -> Extension:
    """Grant a wish for more time until a day, or refuse it (None); the person who wished is told, with the reason.

    `task_id`: the task that would get the time, not the one that asks for the decision.

    Raises:
        TaskEnded: the task is not open any more.
        Refused: nothing was wished, or it was decided already; the decider is who wished; no reason; a wrong day.

    """
    taken = await take(session, task_id)
    wish = await open_wish(session, task_id)
    if wish is None:
        raise Refused(said("Nobody is waiting for a decision about task %(task)s.", task=taken.task.reference))
    if by in {wish.wished_by, taken.task.assignee_code}:
        raise Refused(said("Whoever asked for more time cannot decide about it."))
    reason = words(said("a reason"), reason)
    if grant_until is not None:
        return await _extend(session, settings, taken, wish, check_day(taken, grant_until, now), reason, by, now)
    wish.state, wish.decided_by, wish.decided_at, wish.decision_reason = "refused", by, now, reason
    await _answered(session, wish, now)
    await settle(session, taken, "extension_refused", by=by, now=now, before=wish.old_due_on.isoformat(), reason=reason)
    await _tell(session, settings, taken, "extension_refused", wish, by, reason, now)
    return wish


async def extend(
    session: WriteSession, settings: Settings, task_id: UUID, *, until: date, reason: str, by: str, now: datetime
) -> Extension:
    """Give a task more time outright; a wish that is open is thereby granted.

    Raises:
        TaskEnded: the task is not open any more.
        Refused: see `check_day`; no reason.

    """
    taken = await take(session, task_id)
    if taken.task.kind == "extension_decision":
        raise Refused(said("A decision about more time cannot itself be put off."))
    until, reason = check_day(taken, until, now), words(said("a reason"), reason)
    wish = await open_wish(session, task_id)
    if wish is None:
        wish = Extension(
            id=uuid4(),
            task_id=task_id,
            decision_task_id=None,
            wished_by=by,
            wished_at=now,
            old_due_on=taken.task.due_on,
            wished_due_on=until,
            reason=reason,
            state="wished",
        )
        session.add(wish)
    return await _extend(session, settings, taken, wish, until, reason, by, now)


async def _extend(
    session: WriteSession,
    settings: Settings,
    taken: Taken,
    wish: Extension,
    until: date,
    reason: str,
    by: str,
    now: datetime,
) -> Extension:
    before = taken.task.due_on
    wish.state, wish.decided_by, wish.decided_at, wish.decision_reason = "granted", by, now, reason
    wish.granted_due_on = until
    await _answered(session, wish, now)
    taken.planning.move_due(until)
    await settle(
        session, taken, "extended", by=by, now=now, before=before.isoformat(), after=until.isoformat(), reason=reason
    )
    wish.old_due_on = before
    await _tell(session, settings, taken, "extended", wish, by, reason, now)
    return wish


async def _answered(session: WriteSession, wish: Extension, now: datetime) -> None:
    """The head's own task is answered by the decision, whoever made it."""
    await session.flush()
    if wish.decision_task_id is not None:
        decision = await session.get_one(Task, wish.decision_task_id)
        decision.state, decision.answered_at = "answered", now
        await drop_decisions(session, [decision.id], now)


async def _tell(
    session: WriteSession,
    settings: Settings,
    taken: Taken,
    change: Change,
    wish: Extension,
    by: str,
    reason: str,
    now: datetime,
) -> None:
    if taken.task.asked_at is None:
        return  # whoever was not asked yet reads the day in the request
    about = (await brief(session, [taken.task.id], taken.calendar.day(now)))[taken.task.id]
    desk = Desk(session, settings, now)
    # Whoever asked for it hears of it, and whoever has the task by now; whoever gave it outright knows of it.
    wishers = [wish.wished_by] if wish.wished_by != by else []
    readers = {about.assignee.code: about.assignee} | await load_persons(session, wishers)
    for reader in readers.values():
        desk.change(about, reader, change, by=by, reason=reason, old_due_on=wish.old_due_on)
    await desk.hand_over()

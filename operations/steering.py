"""What a coordinator or a manager does to a task: snooze, waive, send back, remind, escalate."""

from datetime import date, datetime
from uuid import UUID

from models.contracts.refusal import Refused, said
from models.policies.plan import BY_HAND, PlannedStep, quiet_until
from operations.audit import record
from operations.ending import end_tasks
from operations.notices import Desk, brief
from operations.planning import add_by_hand
from operations.tasks import Taken, ask_again, settle, take, words
from settings import Settings
from store.database import WriteSession
from store.task import poke_if_needed, task_items


async def snooze(session: WriteSession, task_id: UUID, *, until: date, reason: str, by: str, now: datetime) -> None:
    """Let a task rest: no reminder, warning or escalation leaves before a day. It ends when it would have ended.

    Raises:
        TaskEnded: it is not open any more.
        Refused: the day is not after today, or not before the task closes; no reason.

    """
    taken = await take(session, task_id)
    task, today = taken.task, taken.calendar.day(now)
    if until <= today:
        raise Refused(said("Today is %(today)s: choose a later day.", today=today))
    if until > task.closes_on:
        raise Refused(said("The task closes on %(closes_on)s: choose a day until then.", closes_on=task.closes_on))
    reason, before = words(said("a reason"), reason), task.snoozed_until
    task.snoozed_until = until
    told = {"before": before.isoformat() if before else None, "after": until.isoformat(), "reason": reason}
    await settle(session, taken, "snoozed", by=by, now=now, **told)


async def waive(
    session: WriteSession, settings: Settings, task_id: UUID, *, reason: str, by: str, now: datetime
) -> None:
    """Ask for nothing any more; what was answered stays. The person is told, with the reason.

    Raises:
        TaskEnded: it is not open any more.
        Refused: no reason.

    """
    taken = await take(session, task_id)
    task, reason = taken.task, words(said("a reason"), reason)
    before = task.state
    task.state, task.closed_at, task.outcome_reason = "waived", now, reason
    desk = Desk(session, settings, now)
    await end_tasks(desk, [task.id])
    record(
        session,
        "task.waived",
        by=by,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        before=before,
        after="waived",
        reason=reason,
    )
    if task.asked_at is not None and task.kind != "extension_decision":
        about = (await brief(session, [task.id], taken.calendar.day(now)))[task.id]
        desk.change(about, about.assignee, "waived", by=by, reason=reason)
        await desk.hand_over()
    await poke_if_needed(session, taken.facts.task_set, now)


async def send_back(session: WriteSession, task_id: UUID, *, indicator: str, note: str, by: str, now: datetime) -> None:
    """Send one answer back with a note; the person is asked for it again and has some days for it.

    The answer stays on record, and stands no more.

    Raises:
        TaskEnded: the task was waived or expired, or its process is closed.
        Refused: the indicator is not of this task, or has no answer; no note.

    """
    taken = await take(session, task_id, also_answered=True)
    task, note = taken.task, words(said("a note"), note)
    items = {line.code: line for line in (await task_items(session, [task.id]))[task.id]}
    line = items.get(indicator.strip()) or items.get(indicator.strip().upper())
    if line is None:
        raise Refused(
            said(
                "Task %(task)s does not ask for “%(indicator)s”. It asks for: %(indicators)s.",
                task=task.reference,
                indicator=indicator,
                indicators=", ".join(items),
            )
        )
    if line.answer is None:
        raise Refused(said("%(line)s has no answer that could be sent back.", line=line.code))
    line.item.answer_id, line.item.returned_note = None, note
    before = task.state
    answered = sum(other.item.answer_id is not None for other in items.values())
    task.state, task.answered_at = "partly_answered" if answered else "open", None
    today, due_on = taken.calendar.day(now), task.due_on
    taken.planning.move_due(max(due_on, taken.calendar.shift(today, taken.planning.policy.returned)))
    ask_again(taken, "sent_back", now)
    await settle(
        session,
        taken,
        "sent_back",
        by=by,
        now=now,
        indicator=line.code,
        answer=str(line.answer.id),
        note=note,
        before=before,
        after=task.state,
        due_before=due_on.isoformat(),
        due_after=task.due_on.isoformat(),
    )


async def remind_now(session: WriteSession, task_id: UUID, *, by: str, now: datetime) -> datetime:
    """Remind the person in the next working hour; gives that instant.

    Raises:
        TaskEnded: it is not open any more.
        Refused: nobody was asked yet, or the policy's gap or cap is against it.

    """
    taken = await take(session, task_id)
    policy, calendar = taken.planning.policy, taken.calendar
    at = calendar.sending_instant(now)
    day = calendar.day(at)
    _check_asked(taken)
    _check_quiet(taken, at)
    asked = [calendar.day(step.done_at or step.at) for step in taken.planning.kept("request", "reminder", "warning")]
    if calendar.working_days_between(max(asked), day) < policy.gap:
        again = calendar.shift(max(asked), policy.gap)
        raise Refused(
            said(
                "The last mail about task %(task)s is of %(asked)s, and its rules leave %(gap)s working "
                "days between two: remind again from %(again)s on.",
                task=taken.task.reference,
                asked=max(asked),
                gap=policy.gap,
                again=again,
            )
        )
    sent = len(taken.planning.kept("reminder"))
    if sent >= policy.cap:
        raise Refused(
            said(
                "%(sent)s reminders have been sent, and the rules allow %(cap)s: escalate, extend or waive.",
                sent=sent,
                cap=policy.cap,
            )
        )
    add_by_hand(taken.planning, PlannedStep("reminder", 0, 0, day, at, _by_hand(taken)))
    await settle(session, taken, "reminded_by_hand", by=by, now=now)
    return at


async def escalate_now(session: WriteSession, task_id: UUID, *, reason: str, by: str, now: datetime) -> datetime:
    """Tell the next level of the reporting line in the next working hour, before its day; gives that instant.

    Raises:
        TaskEnded: it is not open any more.
        Refused: nobody was asked yet, it was asked for already, or no reason.

    """
    taken = await take(session, task_id)
    reason = words(said("a reason"), reason)
    _check_asked(taken)
    done = taken.planning.kept("escalation")
    if any(step.state == "planned" for step in done):
        raise Refused(said("Task %(task)s is being escalated already.", task=taken.task.reference))
    due = taken.task.due_on.isoformat()
    level = max((step.level for step in done if step.reason.get("anchor") == due), default=0) + 1
    at = taken.calendar.sending_instant(now)
    _check_quiet(taken, at)
    step = PlannedStep("escalation", 0, level, taken.calendar.day(at), at, _by_hand(taken))
    add_by_hand(taken.planning, step)
    await settle(session, taken, "escalated_by_hand", by=by, now=now, level=level, reason=reason)
    return at


def _check_asked(taken: Taken) -> None:
    """Raises Refused while the request has not left."""
    if taken.task.asked_at is None:
        raise Refused(
            said(
                "Task %(task)s has not been put to %(name)s yet.",
                task=taken.task.reference,
                name=taken.facts.assignee.name,
            )
        )


def _check_quiet(taken: Taken, at: datetime) -> None:
    """Raises Refused while mail is paused, or the task rests."""
    if (until := quiet_until(at, taken.planning.quiet)) is not None:
        shown = taken.calendar.local(until)
        raise Refused(
            said(
                "No mail of task %(task)s leaves before %(day)s, %(hour)s.",
                task=taken.task.reference,
                day=shown.date(),
                hour=f"{shown:%H:%M}",
            )
        )


def _by_hand(taken: Taken) -> dict[str, str]:
    return {"rule": BY_HAND, "anchor": taken.task.due_on.isoformat()}

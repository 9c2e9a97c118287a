"""More time through one's own link: asking for it, and deciding about it."""

from datetime import date, datetime

from models.contracts.answering import DecisionForm, LinkHolder, MoreTimeForm, TimeProblem, TypedTime
from models.contracts.refusal import DayRefused, Refused, said
from models.policies.typed_day import read_day
from models.tables.task import Task
from operations.extending import ask_for_time, decide_wish, open_wish, who_decides
from operations.heading import asked_on, fields_of, more_time, read_heading, reminded_on
from operations.planning import load_planning
from operations.tasks import WORDS_LIMIT, Taken
from settings import Settings
from store.database import ReadSession, WriteSession
from store.people import load_persons
from store.task import lock_task, task_facts, task_items, wishes_of

GRANT, REFUSE = "grant", "refuse"


class TimeRefused(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """Nothing was asked for or decided; each problem belongs to a field of the form."""

    def __init__(self, *found: TimeProblem | date | None) -> None:
        self.problems = tuple(each for each in found if isinstance(each, TimeProblem))
        super().__init__(self.problems)


async def read_more_time_form(
    session: ReadSession, holder: LinkHolder, *, settings: Settings, now: datetime
) -> MoreTimeForm:
    """The form on which more time is asked for, and what became of the last wish."""
    (facts,) = await task_facts(session, [holder.task_id])
    taken = Taken(facts, await load_planning(session, holder.task_id))
    decider = await who_decides(session, taken, holder.person_code, now)
    wish = await open_wish(session, holder.task_id)
    asked = wish.decision_task_id if wish else None
    return MoreTimeForm(
        **fields_of(await read_heading(session, facts, holder, settings)),
        last_day=taken.planning.latest_due_on,
        decider=(await load_persons(session, [decider]))[decider].name if decider else None,
        asked_on=asked_on(await load_planning(session, asked)) if asked else None,
        reminded_on=reminded_on(taken.planning),
    )


async def wish_for_time(session: WriteSession, holder: LinkHolder, typed: TypedTime, *, now: datetime) -> None:
    """Ask for more time as it is typed.

    Raises:
        TimeRefused: the day or the reason is no good.
        TaskEnded: the task is not open any more.
        Refused: see `ask_for_time`.

    """
    (facts,) = await task_facts(session, [holder.task_id])
    until, wrong = _day(typed, facts.task.due_on), _wrong_reason(typed)
    if isinstance(until, TimeProblem) or wrong:
        raise TimeRefused(until, wrong)
    try:
        await ask_for_time(session, holder.task_id, until=until, reason=typed.reason, by=holder.person_code, now=now)
    except DayRefused as refusal:
        raise TimeRefused(TimeProblem(field="day", code=refusal.code)) from refusal


async def read_decision_form(session: ReadSession, holder: LinkHolder, *, settings: Settings) -> DecisionForm:
    """The form on which somebody decides about a wish for more time, and what was decided once it was."""
    (facts,) = await task_facts(session, [holder.task_id])
    wish = (await wishes_of(session, [holder.task_id]))[holder.task_id]
    task_id, wished_by = wish.extension.task_id, wish.extension.wished_by
    (about,) = await task_facts(session, [task_id])
    planning = await load_planning(session, task_id)
    told = [step for step in planning.steps if step.state == "done" and step.recipient_code == wished_by]
    days = sorted((planning.calendar.day(step.done_at or step.at), step.kind) for step in told)
    return DecisionForm(
        **fields_of(await read_heading(session, facts, holder, settings)),
        wish=await more_time(session, wish.extension, planning.calendar, settings),
        about=await read_heading(session, about, holder, settings),
        about_kind=about.task.kind,
        assignee_name=about.assignee.name,
        missing=wish.missing,
        total=sum(line.item.required for line in (await task_items(session, [task_id]))[task_id]),
        asked_on=tuple(day for day, kind in days if kind == "request"),
        reminded_on=tuple(day for day, kind in days if kind in {"reminder", "warning"}),
        last_day=planning.latest_due_on,
    )


async def decide(
    session: WriteSession, settings: Settings, holder: LinkHolder, typed: TypedTime, *, now: datetime
) -> None:
    """Decide about a wish for more time as it is typed.

    Raises:
        TimeRefused: the decision, the day or the reason is no good.
        TaskEnded: the task that would get the time is not open any more.
        Refused: it was decided already, or the decider is who wished.

    """
    decision = await session.get_one(Task, holder.task_id)
    if decision.about_id is None:
        raise Refused(said("Task %(task)s asks for no decision.", task=decision.reference))
    about, _ = await lock_task(session, decision.about_id)
    wish = (await wishes_of(session, [decision.id]))[decision.id].extension
    if wish.state != "wished":
        raise Refused(said("Task %(task)s has been decided already.", task=decision.reference))
    wrong = None if typed.decision in {GRANT, REFUSE} else TimeProblem(field="decision", code="decision_missing")
    until = _day(typed, about.due_on) if typed.decision == GRANT else None
    wrong_reason = _wrong_reason(typed)
    if wrong or isinstance(until, TimeProblem) or wrong_reason:
        raise TimeRefused(wrong, until, wrong_reason)
    try:
        await decide_wish(
            session, settings, about.id, grant_until=until, reason=typed.reason, by=holder.person_code, now=now
        )
    except DayRefused as refusal:
        raise TimeRefused(TimeProblem(field="day", code=refusal.code)) from refusal


def _day(typed: TypedTime, due_on: date) -> date | TimeProblem:
    """The day that is typed, or what is wrong with it."""
    if not typed.day.strip():
        return TimeProblem(field="day", code="day_missing")
    return read_day(typed.day, due_on) or TimeProblem(field="day", code="day_unread")


def _wrong_reason(typed: TypedTime) -> TimeProblem | None:
    """What is wrong with the reason; None for nothing."""
    length = len(typed.reason.strip())
    if 0 < length <= WORDS_LIMIT:
        return None
    return TimeProblem(field="reason", code="too_long" if length else "reason_missing")

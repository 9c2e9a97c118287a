"""Making tasks, taking one for a change, and settling it: what all that people do to tasks has in common."""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from models.contracts.answering import Known
from models.contracts.refusal import Refused, TaskEnded, said
from models.policies.asking import Asked
from models.policies.calendar import Calendar
from models.policies.plan import PlannedStep, Situation, days_until, first_plan, spread_of, task_days, unit_opening
from models.policies.task_policy import TaskPolicy
from models.tables.process import TaskSet
from models.tables.task import Item, Step, Task
from operations.audit import record
from operations.planning import Planning, add_by_hand, load_plannings, replan, step_rows
from operations.references import new_reference
from store.calendars import calendar_codes, load_calendars
from store.database import ReadSession, WriteSession
from store.task import OPEN_STATES, TaskFacts, answered_by, lock_task, poke_if_needed, quiet_of, task_facts

WORDS_LIMIT = 2000
"""Characters of a reason or a note."""


async def calendars_of_units(
    session: ReadSession, unit_codes: Several[str], process_calendar: str
) -> dict[str, tuple[str, Calendar]]:
    """The calendar each of some units lives by, with its code."""
    codes = await calendar_codes(session, unit_codes, process_calendar)
    calendars = await load_calendars(session, set(codes.values()))
    return {unit_code: (code, calendars[code]) for unit_code, code in codes.items()}


async def add_tasks(
    session: WriteSession,
    task_set: TaskSet,
    tasks: Sequence[Asked],
    *,
    policy: TaskPolicy,
    calendar: Calendar,
    calendars: Mapping[str, tuple[str, Calendar]],
    opens_at: datetime,
    closes_at: datetime | None,
    about_id: UUID | None = None,
    known: Mapping[tuple[str, str], Known] | None = None,
) -> list[UUID]:
    """Add tasks of one kind to a set: the rows, their items, their planned steps. Gives their ids, in order.

    `calendar`: that of the process; `calendars`: that of each unit, by which its days are counted. `closes_at`: when
    the process closes; None: it stays open as long as they do. `known`: what Focal counted itself, by unit and
    indicator.
    """
    quiet = (await quiet_of(session, {task_set.process_id}))[task_set.process_id]
    situation = Situation(spread=spread_of(task_set.workflow_id), quiet=quiet)
    by_days: dict[tuple[str, date | None], list[tuple[UUID, Asked]]] = defaultdict(list)
    ids = [uuid4() for _ in tasks]
    for task_id, new in zip(ids, tasks, strict=True):
        by_days[calendars[new.unit_code][0], new.due_on].append((task_id, new))
    rows: list[Task] = []
    items: list[Item] = []
    steps: list[Step] = []
    for (code, due_on), alike in by_days.items():
        own = calendars[alike[0][1].unit_code][1]
        leaves_at = unit_opening(own, calendar, opens_at, policy)
        if due_on is None:
            days = task_days(policy, own, opens_at=leaves_at, closes_at=closes_at)
        else:
            days = days_until(policy, own, opens_at=leaves_at, due_on=due_on, closes_at=closes_at)
        planned = first_plan(policy, days, own, situation)
        for task_id, new in alike:
            rows.append(
                Task(
                    id=task_id,
                    reference=new_reference(),
                    process_id=task_set.process_id,
                    set_id=task_set.id,
                    kind=new.kind,
                    unit_code=new.unit_code,
                    occasion=new.occasion,
                    assignee_code=new.person_code,
                    state="scheduled",
                    policy=policy.name,
                    policy_version=policy.version,
                    calendar_code=code,
                    about_id=about_id,
                    opens_on=days.opens_on,
                    due_on=days.due_on,
                    due_at=days.due_at,
                    closes_on=days.closes_on,
                    closes_at=days.closes_at,
                )
            )
            items += _items(task_id, new, known or {})
            steps += step_rows(task_id, task_set.id, planned)
    for layer in (rows, items, steps):
        session.add_all(layer)
        await session.flush()
    return ids


def _items(task_id: UUID, new: Asked, known: Mapping[tuple[str, str], Known]) -> list[Item]:
    of_indicators = [
        Item(
            id=uuid4(),
            task_id=task_id,
            position=position,
            indicator_code=indicator,
            known=counted.model_dump(mode="json") if counted else None,
        )
        for position, indicator in enumerate(new.indicators)
        for counted in [known.get((new.unit_code, indicator))]
    ]
    return of_indicators + [
        Item(
            id=uuid4(),
            task_id=task_id,
            position=position,
            question=question.key,
            detail=dict(question.detail) if question.detail else None,
            required=question.required,
        )
        for position, question in enumerate(new.questions, start=len(of_indicators))
    ]


@dataclass(frozen=True, slots=True)
class Taken:
    """A task taken for one change: its set is locked until the transaction ends."""

    facts: TaskFacts
    planning: Planning

    @property
    def task(self) -> Task:
        """Its row."""
        return self.facts.task

    @property
    def calendar(self) -> Calendar:
        """The calendar its days are counted by."""
        return self.planning.calendar


async def take(session: WriteSession, task_id: UUID, *, also_answered: bool = False) -> Taken:
    """Take an open task for a change; `also_answered`: an answered one too, as long as its process is open.

    Raises:
        TaskEnded: it was answered, waived, expired or cancelled meanwhile, or its process closed; nothing changes.

    """
    task, _ = await lock_task(session, task_id)
    (facts,) = await task_facts(session, [task.id])
    taken = Taken(facts, (await load_plannings(session, [facts]))[task.id])
    ended = await ending(session, facts, taken.calendar)
    if ended is None or (also_answered and task.state == "answered" and facts.process.state == "open"):
        return taken
    raise ended


async def ending(session: ReadSession, facts: TaskFacts, calendar: Calendar) -> TaskEnded | None:
    """What has become of a task that is not open any more; None while it is."""
    task, process = facts.task, facts.process
    if task.state in OPEN_STATES and process.state == "open":
        return None
    if task.state == "answered":
        by, at = await answered_by(session, task.id), task.answered_at
    else:
        by, at = None, task.closed_at or process.closed_at
    state = task.state if task.state not in OPEN_STATES else "closed"
    return TaskEnded(task.reference, state, at and calendar.local(at), by)


async def settle(session: WriteSession, taken: Taken, action: str, *, by: str, now: datetime, **detail: object) -> None:
    """Plan the task anew, put what was done on record, and wake the follow-up if it would sleep too long."""
    await replan(session, [taken.planning], now)
    task = taken.task
    record(session, f"task.{action}", by=by, now=now, process_id=task.process_id, task_id=task.id, **detail)
    await poke_if_needed(session, taken.facts.task_set, now)


def ask_again(taken: Taken, rule: str, now: datetime) -> None:
    """Plan a request to whoever has the task now, in working hours; one that is still to leave serves as it is.

    A task that rests wakes with it: whoever is asked now has not been asked to wait.
    """
    taken.task.snoozed_until = None
    for step in taken.planning.steps:
        if step.kind == "request" and step.state == "planned":
            step.reason = {**step.reason, "rule": rule}
            return
    at = taken.calendar.sending_instant(now)
    request = PlannedStep("request", 0, 0, taken.calendar.day(at), at, {"rule": rule})
    add_by_hand(taken.planning, request)


def words(what: str, text: str) -> str:
    """A reason or a note as it is kept: without blanks around it, not empty, not endless.

    Raises:
        Refused: it is empty or too long.

    """
    text = text.strip()
    if not text:
        raise Refused(said("Give %(what)s.", what=what))
    if len(text) > WORDS_LIMIT:
        raise Refused(
            said(
                "Shorten %(what)s to %(limit)s characters: now there are %(length)s.",
                what=what,
                limit=WORDS_LIMIT,
                length=len(text),
            )
        )
    return text

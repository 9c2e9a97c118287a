"""Queries on tasks, their items, steps and answers."""

from collections import defaultdict
from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from models.contracts.answering import Previous, Reading
from models.contracts.orders import Fired, Outcome
from models.policies.period import Quarter
from models.tables.catalogue import Action, Axis, Indicator, Objective, Plan
from models.tables.indicator_collection import Collection
from models.tables.people import Person, Unit
from models.tables.process import Dispatch, Process, TaskSet
from models.tables.task import Answer, Item, Link, Step, Task
from store.database import ReadSession, WriteSession

OPEN_STATES = ("scheduled", "open", "partly_answered")

# Building an alias takes SQLAlchemy milliseconds: they are built once.
_PAST_TASK, _PAST_ITEM, _PAST = aliased(Task), aliased(Item), aliased(Collection)


async def lock_set(session: WriteSession, set_id: UUID) -> TaskSet:
    """Take a set for this transaction. Every change to a task takes its set first, so changes never cross."""
    query = select(TaskSet).where(TaskSet.id == set_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def lock_task(session: WriteSession, task_id: UUID) -> tuple[Task, TaskSet]:
    """Take a task (and its set before it) for this transaction."""
    set_id = (await session.scalars(select(Task.set_id).where(Task.id == task_id))).one()
    task_set = await lock_set(session, set_id)
    query = select(Task).where(Task.id == task_id).with_for_update()
    task = (await session.scalars(query.execution_options(populate_existing=True))).one()
    return task, task_set


async def next_turn(session: ReadSession, set_id: UUID) -> Fired:
    """What a set's tasks have come to, and when the next planned step of any of them falls."""
    rows = await session.execute(select(Task.state, func.count()).where(Task.set_id == set_id).group_by(Task.state))
    states = {state: int(count) for state, count in rows}
    return Fired(
        open=sum(states.get(state, 0) for state in OPEN_STATES),
        next_at=await session.scalar(select(func.min(Step.at)).where(Step.set_id == set_id, Step.state == "planned")),
        outcome=Outcome.model_validate(states),
    )


async def poke_if_needed(session: WriteSession, task_set: TaskSet, now: datetime) -> None:
    """Wake the set's follow-up if it would otherwise sleep too long; call it last, with the set locked.

    A follow-up that is awake looks at the rows before it sleeps, and one that was told an instant no later than
    the next step looks by itself. So a set in which everybody answers costs one poke, not one per person.
    """
    if task_set.wake_at is None:
        return
    await session.flush()
    turn = await next_turn(session, task_set.id)
    if turn.open == 0 or (turn.next_at is not None and turn.next_at < task_set.wake_at):
        task_set.wake_at = None
        session.add(
            Dispatch(kind="poke", workflow="FollowUp", workflow_id=task_set.workflow_id, order={}, created_at=now)
        )


async def cancel_steps(session: WriteSession, task_ids: Several[UUID]) -> None:
    """Nothing more happens to these tasks by itself."""
    await session.execute(
        update(Step).where(Step.task_id.in_(task_ids), Step.state == "planned").values(state="cancelled")
    )


async def due_steps(session: WriteSession, set_id: UUID, now: datetime, limit: int) -> dict[UUID, list[Step]]:
    """Due steps of up to `limit` open tasks of a set, by task, in the order they fall. Lock the set first."""
    tasks = (
        select(Step.task_id)
        .where(Step.set_id == set_id, Step.state == "planned", Step.at <= now)
        .group_by(Step.task_id)
        .order_by(func.min(Step.at), Step.task_id)
        .limit(limit)
    )
    steps = await session.scalars(
        select(Step)
        .where(Step.task_id.in_(tasks), Step.state == "planned", Step.at <= now)
        .order_by(Step.at, Step.level)
    )
    by_task: dict[UUID, list[Step]] = defaultdict(list)
    for step in steps:
        by_task[step.task_id].append(step)
    return by_task


async def planned_escalations(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, Step]:
    """The next escalation still planned for each of some tasks."""
    steps = await session.scalars(
        select(Step)
        .where(Step.task_id.in_(task_ids), Step.kind == "escalation", Step.state == "planned")
        .order_by(Step.at.desc())
    )
    return {step.task_id: step for step in steps}


async def reminders_sent(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, int]:
    """How many reminders of each of some tasks have left."""
    rows = await session.execute(
        select(Step.task_id, func.count())
        .where(Step.task_id.in_(task_ids), Step.kind == "reminder", Step.state == "done")
        .group_by(Step.task_id)
    )
    return {task_id: int(count) for task_id, count in rows}


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """One task with everybody and everything its mails and pages speak of."""

    task: Task
    process: Process
    collection: Collection
    plan: Plan
    unit: Unit
    assignee: Person


async def task_facts(session: ReadSession, task_ids: Several[UUID]) -> list[TaskFacts]:
    """The facts of some tasks, in no particular order."""
    rows = await session.execute(_facts().where(Task.id.in_(task_ids)))
    return [TaskFacts(*row) for row in rows]


async def is_process(session: ReadSession, reference: str) -> bool:
    """Whether there is, or ever was, a process of this reference."""
    return bool(await session.scalar(select(exists().where(Process.reference == reference))))


async def open_tasks(
    session: ReadSession, *, now: datetime, overdue: bool = False, reference: str | None = None
) -> list[TaskFacts]:
    """Open tasks, those due first before the others; of one process, or only those whose due day is over."""
    query = _facts().where(Task.state.in_(OPEN_STATES)).order_by(Task.due_at, Unit.name)
    if overdue:
        query = query.where(Task.due_at <= now)
    if reference is not None:
        query = query.where(Process.reference == reference)
    return [TaskFacts(*row) for row in await session.execute(query)]


def _facts() -> Select[Task, Process, Collection, Plan, Unit, Person]:
    return (
        select(Task, Process, Collection, Plan, Unit, Person)
        .join(Process, Process.id == Task.process_id)
        .join(Collection, Collection.process_id == Process.id)
        .join(Plan, Plan.code == Collection.plan_code)
        .join(Unit, Unit.code == Task.unit_code)
        .join(Person, Person.code == Task.assignee_code)
    )


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item of a task with the words the plan has for it, and the answer that stands."""

    item: Item
    indicator: Indicator
    action: Action
    axis: Axis
    answer: Answer | None


async def task_items(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, list[ItemFacts]]:
    """The items of some tasks, by task, in their order."""
    rows = await session.execute(
        select(Item, Indicator, Action, Axis, Answer)
        .join(Indicator, Indicator.code == Item.indicator_code)
        .join(Action, Action.code == Indicator.action_code)
        .join(Objective, Objective.code == Action.objective_code)
        .join(Axis, Axis.code == Objective.axis_code)
        .outerjoin(Answer, Answer.id == Item.answer_id)
        .where(Item.task_id.in_(task_ids))
        .order_by(Item.task_id, Item.position)
    )
    by_task: dict[UUID, list[ItemFacts]] = defaultdict(list)
    for row in rows:
        facts = ItemFacts(*row)
        by_task[facts.item.task_id].append(facts)
    return by_task


async def previous_answers(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, Previous]:
    """What each item's unit last said of the same indicator in an earlier quarter, by item."""
    past_task, past_item, past = _PAST_TASK, _PAST_ITEM, _PAST
    rows = await session.execute(
        select(Item.id, past.period, Answer)
        .join(Task, Task.id == Item.task_id)
        .join(Collection, Collection.process_id == Task.process_id)
        .join(past, and_(past.plan_code == Collection.plan_code, past.period < Collection.period))
        .join(past_task, and_(past_task.process_id == past.process_id, past_task.unit_code == Task.unit_code))
        .join(
            past_item,
            and_(past_item.task_id == past_task.id, past_item.indicator_code == Item.indicator_code),
        )
        .join(Answer, Answer.id == past_item.answer_id)
        .where(Item.task_id.in_(task_ids))
        .ext(distinct_on(Item.id))
        .order_by(Item.id, past.period.desc())
    )
    previous = {}
    for item_id, period, answer in rows:
        quarter = Quarter.parse(period)
        previous[item_id] = Previous(quarter=quarter.number, year=quarter.year, reading=reading_of(answer))
    return previous


def reading_of(answer: Answer) -> Reading:
    """A stored answer as the reading it was stored from."""
    return Reading.model_validate(
        {
            "kind": answer.kind,
            "typed": answer.typed,
            "number": answer.number,
            "yes": answer.yes,
            "words": answer.words,
            "reason": answer.reason,
        }
    )


async def links_of(session: ReadSession, task_ids: Several[UUID]) -> dict[tuple[UUID, str], Link]:
    """The links into some tasks, by task and person."""
    links = await session.scalars(select(Link).where(Link.task_id.in_(task_ids)))
    return {(link.task_id, link.person_code): link for link in links}

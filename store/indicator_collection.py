"""Queries on collections: the plan's facts for a roster, what is open, how far it is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select

from models.policies.indicator_collection import ActorFacts, IndicatorFacts, PlanFacts
from models.tables.catalogue import Action, Actor, Axis, Indicator, Objective, Plan, Responsible
from models.tables.indicator_collection import Collection
from models.tables.people import CalendarRow
from models.tables.process import Process, TaskSet
from models.tables.task import Item, Task
from store.database import ReadSession
from store.task import OPEN_STATES


async def plan_facts(session: ReadSession, plan_code: str) -> PlanFacts | None:
    """The indicators of a plan in its order, each with the years of its action and who is responsible."""
    plan = await session.get(Plan, plan_code)
    if plan is None:
        return None
    actors: dict[str, list[ActorFacts]] = defaultdict(list)
    for action_code, actor in await session.execute(
        select(Responsible.action_code, Actor)
        .join(Actor, Actor.code == Responsible.actor_code)
        .order_by(Responsible.action_code, Responsible.position)
    ):
        actors[action_code].append(ActorFacts(actor.code, actor.name, actor.institution, actor.kind))
    rows = await session.execute(
        select(Indicator.code, Action.code, Action.first_year, Action.last_year)
        .join(Action, Action.code == Indicator.action_code)
        .join(Objective, Objective.code == Action.objective_code)
        .join(Axis, Axis.code == Objective.axis_code)
        .where(Axis.plan_code == plan_code)
        .order_by(Axis.position, Objective.position, Action.position, Indicator.position)
    )
    return PlanFacts(
        code=plan.code,
        first_year=plan.first_year,
        last_year=plan.last_year,
        indicators=tuple(
            IndicatorFacts(code, first_year, last_year, tuple(actors[action_code]))
            for code, action_code, first_year, last_year in rows
        ),
    )


async def plan_titles(session: ReadSession) -> list[tuple[str, str]]:
    """Every plan by its code, with its title."""
    rows = await session.execute(select(Plan.code, Plan.title).order_by(Plan.code))
    return [(code, title) for code, title in rows]


async def find_collection(session: ReadSession, plan_code: str, period: str) -> tuple[Process, Collection] | None:
    """The collection of a plan and period, if it was ever opened."""
    row = (
        await session.execute(
            select(Process, Collection)
            .join(Collection, Collection.process_id == Process.id)
            .where(Collection.plan_code == plan_code, Collection.period == period)
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


async def sets_of(session: ReadSession, process_id: UUID) -> list[TaskSet]:
    """The sets of a process, in order."""
    return list(await session.scalars(select(TaskSet).where(TaskSet.process_id == process_id).order_by(TaskSet.number)))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a collection is: tasks by state, entries asked and answered, tasks overdue and escalated."""

    tasks: dict[str, int]
    entries: int
    answered: int
    overdue: int
    escalated: int


async def progress(session: ReadSession, process_id: UUID, now: datetime) -> Progress:
    """How far a collection is at an instant."""
    states = await session.execute(
        select(Task.state, func.count())
        .where(Task.process_id == process_id, Task.about_id.is_(None))
        .group_by(Task.state)
    )
    entries, answered = (
        await session.execute(
            select(func.count(Item.id), func.count(Item.answer_id))
            .join(Task, Task.id == Item.task_id)
            .where(Task.process_id == process_id, Task.kind == "indicator_request")
        )
    ).one()
    overdue, escalated = (
        await session.execute(
            select(
                func.count().filter(Task.state.in_(OPEN_STATES), Task.due_at <= now),
                func.count().filter(Task.escalated_at.is_not(None)),
            ).where(Task.process_id == process_id)
        )
    ).one()
    return Progress({state: int(count) for state, count in states}, entries, answered, overdue, escalated)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that is collected every quarter of its years, in its city's time zone; a missing year is open."""

    plan_code: str
    zone: str
    first_year: int | None
    last_year: int | None


async def plans_to_schedule(session: ReadSession) -> list[Planned]:
    """Every plan that has indicators to collect."""
    rows = await session.execute(
        select(Plan.code, CalendarRow.zone, Plan.first_year, Plan.last_year)
        .join(CalendarRow, CalendarRow.code == Plan.calendar)
        .where(
            exists()
            .where(Axis.plan_code == Plan.code)
            .where(Objective.axis_code == Axis.code)
            .where(Action.objective_code == Objective.code)
            .where(Indicator.action_code == Action.code)
        )
        .order_by(Plan.code)
    )
    return [Planned(*row) for row in rows]

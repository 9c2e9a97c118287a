"""Queries for the report of a quarter: one per kind of fact, each over the whole collection at once."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from models.contracts.answering import AnswerKind
from models.contracts.mail import TaskKind
from models.contracts.report import QuarterReport
from models.policies.period import Quarter
from models.policies.report_facts import EarlierNumber, PlannedIndicator
from models.tables.catalogue import Action, Axis, Indicator, Objective, Plan, Responsible
from models.tables.indicator_collection import Collection, Report
from models.tables.people import Person, Unit
from models.tables.process import Process
from models.tables.task import Answer, Item, Step, Submission, Task
from store.database import ReadSession, WriteSession


class CollectionRow(NamedTuple):
    """One collection with its process and its plan."""

    process: Process
    collection: Collection
    plan: Plan


class TaskRow(NamedTuple):
    """One task with the names it is told by."""

    id: UUID
    reference: str
    kind: TaskKind
    unit_code: str
    unit_name: str
    assignee_name: str
    state: str
    due_on: date
    policy: str
    policy_version: int
    asked_at: datetime | None


class EntryRow(NamedTuple):
    """One item and the answer that stands, if any, with the instant of the item's first answer."""

    task_reference: str
    indicator_code: str
    kind: AnswerKind | None
    number: Decimal | None
    yes: bool | None
    words: str | None
    reason: str | None
    submission_reference: str | None
    answered_by: str | None
    first_at: datetime | None
    known: dict[str, Any] | None


class StepRow(NamedTuple):
    """One reminder, warning or escalation that left, and the name of who got it; None is the coordinator."""

    task_id: UUID
    kind: str
    done_at: datetime
    told: str | None


async def process_of(session: ReadSession, plan_code: str, period: str) -> UUID | None:
    """The process of a plan's collection in a quarter."""
    return await session.scalar(
        select(Collection.process_id).where(Collection.plan_code == plan_code, Collection.period == period)
    )


async def collection_of(session: ReadSession, process_id: UUID) -> CollectionRow | None:
    """The collection that a process runs."""
    row = (
        await session.execute(
            select(Process, Collection, Plan)
            .join(Collection, Collection.process_id == Process.id)
            .join(Plan, Plan.code == Collection.plan_code)
            .where(Process.id == process_id)
        )
    ).one_or_none()
    return None if row is None else CollectionRow(*row)


async def planned_indicators(session: ReadSession, plan: Plan) -> tuple[PlannedIndicator, ...]:
    """Every indicator of a plan in its order, with what stands above it and who answers for it."""
    responsible: defaultdict[str, list[str]] = defaultdict(list)
    actors = await session.execute(
        select(Responsible.action_code, Responsible.actor_code)
        .join(Action, Action.code == Responsible.action_code)
        .join(Objective, Objective.code == Action.objective_code)
        .join(Axis, Axis.code == Objective.axis_code)
        .where(Axis.plan_code == plan.code)
        .order_by(Responsible.action_code, Responsible.position)
    )
    for action_code, actor_code in actors:
        responsible[action_code].append(actor_code)
    rows = await session.execute(
        select(Axis, Objective, Action, Indicator)
        .join(Objective, Objective.axis_code == Axis.code)
        .join(Action, Action.objective_code == Objective.code)
        .join(Indicator, Indicator.action_code == Action.code)
        .where(Axis.plan_code == plan.code)
        .order_by(Axis.position, Objective.position, Action.position, Indicator.position)
    )
    return tuple(
        PlannedIndicator(
            axis_code=axis.code,
            axis_title=axis.title,
            objective_code=objective.code,
            objective_title=objective.title,
            action_code=action.code,
            action_title=action.title,
            first_year=action.first_year or plan.first_year,
            last_year=action.last_year or plan.last_year,
            responsible=tuple(responsible[action.code]),
            code=indicator.code,
            name=indicator.name,
            unit=indicator.unit,
            cumulative=indicator.cumulative,
        )
        for axis, objective, action, indicator in rows
    )


async def tasks_of(session: ReadSession, process_id: UUID) -> list[TaskRow]:
    """Every task of a process, without those that only decide about another."""
    rows = await session.execute(
        select(
            Task.id,
            Task.reference,
            Task.kind,
            Task.unit_code,
            Unit.name,
            Person.name,
            Task.state,
            Task.due_on,
            Task.policy,
            Task.policy_version,
            Task.asked_at,
        )
        .join(Unit, Unit.code == Task.unit_code)
        .join(Person, Person.code == Task.assignee_code)
        .where(Task.process_id == process_id, Task.about_id.is_(None))
        .order_by(Task.reference)
    )
    return [TaskRow._make(row) for row in rows]


async def entries_of(session: ReadSession, process_id: UUID) -> list[EntryRow]:
    """Every indicator asked in a process, task by task, with the answer that stands."""
    first = (
        select(Answer.item_id, func.min(Submission.received_at).label("at"))
        .join(Submission, Submission.id == Answer.submission_id)
        .join(Task, Task.id == Submission.task_id)
        .where(Task.process_id == process_id)
        .group_by(Answer.item_id)
        .subquery()
    )
    rows = await session.execute(
        select(
            Task.reference,
            Item.indicator_code,
            Answer.kind,
            Answer.number,
            Answer.yes,
            Answer.words,
            Answer.reason,
            Submission.reference,
            Person.name,
            first.c.at,
            Item.known,
        )
        .join(Item, Item.task_id == Task.id)
        .outerjoin(Answer, Answer.id == Item.answer_id)
        .outerjoin(Submission, Submission.id == Answer.submission_id)
        .outerjoin(Person, Person.code == Submission.person_code)
        .outerjoin(first, first.c.item_id == Item.id)
        .where(Task.process_id == process_id, Item.indicator_code.is_not(None))
        .order_by(Task.reference, Item.position)
    )
    return [EntryRow._make(row) for row in rows]


async def steps_done(session: ReadSession, process_id: UUID) -> list[StepRow]:
    """Every reminder, warning and escalation of a process that left, in the order they left."""
    rows = await session.execute(
        select(Step.task_id, Step.kind, Step.done_at, Person.name)
        .join(Task, Task.id == Step.task_id)
        .outerjoin(Person, Person.code == Step.recipient_code)
        .where(
            Task.process_id == process_id,
            Step.kind.in_(("reminder", "warning", "escalation")),
            Step.state == "done",
            Step.done_at.is_not(None),
        )
        .order_by(Step.done_at, Step.number)
    )
    return [StepRow._make(row) for row in rows]


async def earlier_numbers(session: ReadSession, collection: Collection) -> tuple[EarlierNumber, ...]:
    """The numbers given in the plan's earlier quarters, one per unit, indicator and quarter: the latest."""
    pair = (Collection.period, Task.unit_code, Item.indicator_code)
    rows = await session.execute(
        select(*pair, Answer.number)
        .join(Task, Task.process_id == Collection.process_id)
        .join(Item, Item.task_id == Task.id)
        .join(Answer, Answer.id == Item.answer_id)
        .join(Submission, Submission.id == Answer.submission_id)
        .where(
            Collection.plan_code == collection.plan_code,
            Collection.period < collection.period,
            Answer.number.is_not(None),
        )
        .ext(distinct_on(*pair))
        .order_by(*pair, Submission.received_at.desc())
    )
    parse = cache(Quarter.parse)
    return tuple(
        EarlierNumber(unit_code, cast("str", indicator_code), parse(period), cast("Decimal", number))
        for period, unit_code, indicator_code, number in rows
    )


async def stored_report(session: ReadSession, process_id: UUID) -> QuarterReport | None:
    """The report of a process, if it was written."""
    content = await session.scalar(select(Report.content).where(Report.process_id == process_id))
    return None if content is None else QuarterReport.model_validate(content)


async def store_report(session: WriteSession, process_id: UUID, report: QuarterReport) -> bool:
    """Store a report and give whether it was; one that is there already stays as it is."""
    stored = await session.scalar(
        insert(Report)
        .values(process_id=process_id, written_at=report.written_at, content=report.model_dump(mode="json"))
        .on_conflict_do_nothing()
        .returning(Report.process_id)
    )
    return stored is not None

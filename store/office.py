"""Queries behind the office's pages on collections and tasks. Moments are UTC; days are the process's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models.tables.catalogue import Plan
from models.tables.indicator_collection import Collection
from models.tables.people import Person, Unit
from models.tables.process import AuditEvent, Process
from models.tables.task import Answer, Item, Step, Submission, Task
from store.database import ReadSession
from store.task import OPEN_STATES, ItemFacts, task_items

PAGE = 100
"""Rows on one page of a list."""
ACCENTED, PLAIN = "àáèéíïòóúüç", "aaeeiioouuc"
"""Names are sorted without accents: not every PostgreSQL knows how a language sorts."""
TaskOrder = Literal["due", "unit", "person", "state"]


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries asked of everybody, by what came back; `value` leaves out the zeros."""

    asked: int
    value: int
    zero: int
    nothing_to_report: int
    not_available: int

    @property
    def answered(self) -> int:
        """Entries that have any of the four answers."""
        return self.value + self.zero + self.nothing_to_report + self.not_available

    @property
    def missing(self) -> int:
        """Entries that have none."""
        return self.asked - self.answered


def _counted() -> ColumnElement[bool]:
    """Tasks whose items count as asked: what a head has named somebody for is asked of that person from then on."""
    naming = (Task.kind == "focal_point_naming") & (Task.state != "answered")
    return (Task.kind == "indicator_request") | naming


def _entries() -> tuple[ColumnElement[int], ...]:
    """The columns of `Entries`, to be counted over items with their standing answer."""
    number = func.coalesce(Answer.number, 1)
    return (
        func.count(Item.id.distinct()),
        func.count(Item.id.distinct()).filter(Answer.kind == "value", number != 0),
        func.count(Item.id.distinct()).filter(Answer.kind == "value", number == 0),
        func.count(Item.id.distinct()).filter(Answer.kind == "nothing_to_report"),
        func.count(Item.id.distinct()).filter(Answer.kind == "not_available"),
    )


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """One collection and how far it is: entries, tasks, tasks overdue now, tasks escalated."""

    process: Process
    collection: Collection
    plan: Plan
    entries: Entries
    tasks: int
    overdue: int
    escalated: int


async def collections(session: ReadSession, now: datetime) -> list[CollectionRow]:
    """Every collection, the latest period first."""
    return await _collections(session, now, select(Collection.process_id))


async def collection(session: ReadSession, plan_code: str, period: str, now: datetime) -> CollectionRow | None:
    """The collection of one plan and period; None when it was never opened."""
    wanted = select(Collection.process_id).where(Collection.plan_code == plan_code, Collection.period == period)
    return next(iter(await _collections(session, now, wanted)), None)


async def _collections(session: ReadSession, now: datetime, wanted: Select[UUID]) -> list[CollectionRow]:
    overdue = Task.state.in_(OPEN_STATES) & (Task.due_at <= now)
    tasks = {
        process_id: counts
        for process_id, *counts in await session.execute(
            select(
                Task.process_id,
                func.count(),
                func.count().filter(overdue),
                func.count().filter(Task.escalated_at.is_not(None)),
            )
            .where(Task.process_id.in_(wanted))
            .group_by(Task.process_id)
        )
    }
    entries = {
        process_id: Entries(*counts)
        for process_id, *counts in await session.execute(
            select(Task.process_id, *_entries())
            .join(Item, Item.task_id == Task.id)
            .outerjoin(Answer, Answer.id == Item.answer_id)
            .where(Task.process_id.in_(wanted), _counted())
            .group_by(Task.process_id)
        )
    }
    rows = await session.execute(
        select(Process, Collection, Plan)
        .join(Collection, Collection.process_id == Process.id)
        .join(Plan, Plan.code == Collection.plan_code)
        .where(Process.id.in_(wanted))
        .order_by(Collection.period.desc(), Collection.plan_code)
    )
    none = Entries(0, 0, 0, 0, 0)
    return [
        CollectionRow(process, one, plan, entries.get(process.id, none), *tasks.get(process.id, (0, 0, 0)))
        for process, one, plan in rows
    ]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit in a collection: its entries, who answers for it, when it last answered, what is open."""

    code: str
    name: str
    entries: Entries
    persons: tuple[str, ...]
    unnamed: bool
    """Nobody answers for it yet: its head is asked to name somebody."""
    answered_at: datetime | None
    overdue: int
    escalated: int


async def units(session: ReadSession, process_id: UUID, now: datetime) -> list[UnitRow]:
    """The units asked in a collection, by name."""
    asked = Task.kind == "indicator_request"
    open_tasks = Task.id.distinct()
    rows = await session.execute(
        select(
            Unit.code,
            Unit.name,
            func.array_agg(Person.name.distinct()).filter(asked),
            func.bool_or((Task.kind == "focal_point_naming") & Task.state.in_(OPEN_STATES)),
            func.max(Submission.received_at).filter(asked),
            func.count(open_tasks).filter(Task.state.in_(OPEN_STATES), Task.due_at <= now),
            func.count(open_tasks).filter(Task.escalated_at.is_not(None)),
            *(column.filter(_counted()) if index == 0 else column for index, column in enumerate(_entries())),
        )
        .select_from(Task)
        .join(Unit, Unit.code == Task.unit_code)
        .join(Person, Person.code == Task.assignee_code)
        .join(Item, Item.task_id == Task.id)
        .outerjoin(Answer, Answer.id == Item.answer_id)
        .outerjoin(Submission, Submission.id == Answer.submission_id)
        .where(Task.process_id == process_id)
        .group_by(Unit.code)
        .order_by(_alphabetical(Unit.name))
    )
    return [
        UnitRow(code, name, Entries(*counts), tuple(persons or ()), unnamed, answered_at, overdue, escalated)
        for code, name, persons, unnamed, answered_at, overdue, escalated, *counts in rows
    ]


@dataclass(frozen=True, slots=True)
class StepDay:
    """How many steps of one kind fall on one day, and how many of them are still to come."""

    on: date
    kind: str
    done: int
    planned: int


async def step_days(session: ReadSession, process_id: UUID) -> list[StepDay]:
    """What a collection did and will do, day by day; steps that are not needed any more are left out."""
    rows = await session.execute(
        select(
            Step.on,
            Step.kind,
            func.count().filter(Step.state == "done"),
            func.count().filter(Step.state == "planned"),
        )
        .join(Task, Task.id == Step.task_id)
        .where(Task.process_id == process_id, Step.state.in_(("done", "planned")))
        .group_by(Step.on, Step.kind)
        .order_by(Step.on, func.min(Step.at))
    )
    return [StepDay(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task in a list; `asked` and `answered` count its entries."""

    task: Task
    process: str
    """The reference of its process."""
    unit_name: str
    assignee_name: str
    plan_language: str
    calendar_code: str
    asked: int
    answered: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list: of one plan and period or of all, all states or only one group of them."""

    plan_code: str = ""
    period: str = ""
    overdue: bool = False
    incomplete: bool = False
    """Overdue, or closed with something missing: the gaps of a collection."""
    units: frozenset[str] | None = None
    """Only of these units; None: of all."""


async def tasks(
    session: ReadSession, wanted: TaskFilter, *, order: TaskOrder, page: int, now: datetime
) -> tuple[list[TaskRow], int]:
    """One page (counted from 1) of tasks, and how many there are on all pages."""
    late = (Task.due_at <= now) & Task.state.in_(OPEN_STATES)
    conditions: list[ColumnElement[bool]] = []
    if wanted.plan_code:
        conditions += [Collection.plan_code == wanted.plan_code, Collection.period == wanted.period]
    if wanted.units is not None:
        conditions.append(Task.unit_code.in_(wanted.units))
    if wanted.overdue:
        conditions.append(late)
    if wanted.incomplete:
        conditions.append(late | (Task.state == "expired"))
    items = (
        select(Item.task_id, func.count().label("asked"), func.count(Item.answer_id).label("answered"))
        .group_by(Item.task_id)
        .subquery()
    )
    orders: dict[TaskOrder, Sequence[Any]] = {
        "due": (Task.due_at, _alphabetical(Unit.name)),
        "unit": (_alphabetical(Unit.name), Task.due_at),
        "person": (_alphabetical(Person.name), Task.due_at),
        "state": (_state_order(), Task.due_at, _alphabetical(Unit.name)),
    }
    base = (
        select(
            Task,
            Process.reference,
            Unit.name,
            Person.name,
            Plan.language,
            Process.calendar_code,
            func.coalesce(items.c.asked, 0),
            func.coalesce(items.c.answered, 0),
            late,
        )
        .join(Process, Process.id == Task.process_id)
        .outerjoin(Collection, Collection.process_id == Process.id)
        .join(Plan, Plan.code == Process.plan_code)
        .join(Unit, Unit.code == Task.unit_code)
        .join(Person, Person.code == Task.assignee_code)
        .outerjoin(items, items.c.task_id == Task.id)
        .where(*conditions)
    )
    rows = await session.execute(base.order_by(*orders[order], Task.reference).limit(PAGE).offset((page - 1) * PAGE))
    total = await session.scalar(
        select(func.count())
        .select_from(Task)
        .outerjoin(Collection, Collection.process_id == Task.process_id)
        .where(*conditions)
    )
    return [TaskRow(*row) for row in rows], total or 0


def _alphabetical(name: InstrumentedAttribute[str]) -> ColumnElement[str]:
    return func.translate(func.lower(name), ACCENTED, PLAIN)


def _state_order() -> ColumnElement[int]:
    """What waits comes first, what is done last."""
    order = ("partly_answered", "open", "scheduled", "expired", "answered", "waived", "cancelled")
    return case({state: place for place, state in enumerate(order)}, value=Task.state)


async def task_id_of(session: ReadSession, reference: str) -> UUID | None:
    """The id of a task by its reference."""
    task_id: UUID | None = await session.scalar(select(Task.id).where(Task.reference == reference))
    return task_id


async def steps_of(session: ReadSession, task_id: UUID) -> list[Step]:
    """Every step of a task, whatever became of it, in the order they fall."""
    return list(await session.scalars(select(Step).where(Step.task_id == task_id).order_by(Step.at)))


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer ever given to an item: by whom, when, in which submission."""

    answer: Answer
    submission: Submission
    person_name: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of a task with all its answers, the latest first."""

    line: ItemFacts
    answers: tuple[AnswerRow, ...]


async def items_of(session: ReadSession, task_id: UUID) -> list[ItemRow]:
    """The items of a task in their order, each with its history."""
    answers: dict[UUID, list[AnswerRow]] = {}
    for row in await session.execute(
        select(Answer, Submission, Person.name)
        .join(Submission, Submission.id == Answer.submission_id)
        .join(Person, Person.code == Submission.person_code)
        .where(Submission.task_id == task_id)
        .order_by(Submission.received_at.desc())
    ):
        answers.setdefault(row[0].item_id, []).append(AnswerRow(*row))
    lines = (await task_items(session, [task_id])).get(task_id, [])
    return [ItemRow(line, tuple(answers.get(line.item.id, ()))) for line in lines]


async def events_of(session: ReadSession, task_id: UUID) -> list[AuditEvent]:
    """What the record says of a task, the first first."""
    return list(await session.scalars(select(AuditEvent).where(AuditEvent.task_id == task_id).order_by(AuditEvent.id)))


async def person_names(session: ReadSession, codes: set[str]) -> dict[str, str]:
    """The names of persons by their codes."""
    rows = await session.execute(select(Person.code, Person.name).where(Person.code.in_(codes)))
    return {code: name for code, name in rows}

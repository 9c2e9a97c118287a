"""Queries behind `/api`: lists in the order of what names each thing, so that reading on never skips nor repeats."""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from models.tables.calls import Call
from models.tables.membership_review import Network
from models.tables.people import FocalPoint, Person, Unit
from models.tables.process import AuditEvent, Process
from models.tables.task import Item, Task
from store.calls import KnownCall, deadlines_of
from store.database import ReadSession
from store.task import OPEN_STATES


@dataclass(frozen=True, slots=True)
class TasksWanted:
    """Which tasks to list; what is None does not matter. `units`: with all below them."""

    process: str | None = None
    process_kind: str | None = None
    kind: str | None = None
    state: str | None = None
    assignee: str | None = None
    due_by: date | None = None
    overdue: bool | None = None
    units: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task with the names it needs; `asked` and `answered` count its items."""

    task: Task
    process: Process
    unit: Unit
    assignee: Person
    overdue: bool
    asked: int = 0
    answered: int = 0


async def tasks(session: ReadSession, wanted: TasksWanted, *, after: str, limit: int, now: datetime) -> list[TaskRow]:
    """Tasks by reference, from after one."""
    late = Task.state.in_(OPEN_STATES) & (Task.due_at <= now)
    conditions: list[ColumnElement[bool]] = [Task.reference > after]
    for column, value in (
        (Process.reference, wanted.process),
        (Process.kind, wanted.process_kind),
        (Task.kind, wanted.kind),
        (Task.state, wanted.state),
        (Task.assignee_code, wanted.assignee),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.due_by is not None:
        conditions.append(Task.due_on <= wanted.due_by)
    if wanted.overdue is not None:
        conditions.append(late if wanted.overdue else ~late)
    if wanted.units is not None:
        conditions.append(Task.unit_code.in_(wanted.units))
    return await _rows(session, _tasks(late).where(*conditions).order_by(Task.reference).limit(limit))


async def task(session: ReadSession, reference: str, now: datetime) -> TaskRow | None:
    """One task by its reference."""
    late = Task.state.in_(OPEN_STATES) & (Task.due_at <= now)
    return next(iter(await _rows(session, _tasks(late).where(Task.reference == reference))), None)


def _tasks(late: ColumnElement[bool]) -> Select[Task, Process, Unit, Person, bool]:
    return (
        select(Task, Process, Unit, Person, late)
        .join(Process, Process.id == Task.process_id)
        .join(Unit, Unit.code == Task.unit_code)
        .join(Person, Person.code == Task.assignee_code)
    )


async def _rows(session: ReadSession, query: Select[Task, Process, Unit, Person, bool]) -> list[TaskRow]:
    rows = (await session.execute(query.execution_options(populate_existing=True))).all()
    counted = await session.execute(
        select(Item.task_id, func.count(), func.count(Item.answer_id))
        .where(Item.task_id.in_([row[0].id for row in rows]))
        .group_by(Item.task_id)
    )
    counts = {task_id: (asked, answered) for task_id, asked, answered in counted}
    return [TaskRow(*row, *counts.get(row[0].id, (0, 0))) for row in rows]


async def calls(
    session: ReadSession, *, programme: str | None, decision: str | None, after: str, limit: int
) -> list[KnownCall]:
    """Calls by identifier, from after one. `decision`: `none` for those about which nobody has decided."""
    query = select(Call).where(Call.identifier > after).order_by(Call.identifier).limit(limit)
    if programme is not None:
        query = query.where(Call.programme_code == programme)
    if decision is not None:
        query = query.where(Call.decision.is_(None) if decision == "none" else Call.decision == decision)
    rows = list(await session.scalars(query))
    deadlines = await deadlines_of(session, [row.id for row in rows])
    return [KnownCall(row, deadlines[row.id]) for row in rows]


async def networks(
    session: ReadSession, *, state: str | None, units: frozenset[str] | None, after: str, limit: int
) -> Sequence[Network]:
    """Networks by code, from after one; `units`: only those for which one of these answers."""
    query = select(Network).where(Network.code > after).order_by(Network.code).limit(limit)
    if units is not None:
        query = query.where(func.coalesce(Network.unit_code, Network.actor_code).in_(units))
    return (await session.scalars(query if state is None else query.where(Network.state == state))).all()


async def people(session: ReadSession, *, unit: str | None, after: str, limit: int) -> Sequence[Person]:
    """People by code, from after one; of one unit, or of all."""
    query = select(Person).where(Person.code > after).order_by(Person.code).limit(limit)
    return (await session.scalars(query if unit is None else query.where(Person.unit_code == unit))).all()


async def focal_points_on(session: ReadSession, persons: Several[str], day: date) -> dict[str, list[str]]:
    """The units for which some persons answer on a day."""
    rows = await session.execute(
        select(FocalPoint.person_code, FocalPoint.unit_code)
        .where(
            FocalPoint.person_code.in_(persons),
            FocalPoint.first_day <= day,
            FocalPoint.last_day.is_(None) | (FocalPoint.last_day >= day),
        )
        .order_by(FocalPoint.unit_code)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for person, unit in rows:
        found[person].append(unit)
    return found


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the record with the references of what it is about."""

    event: AuditEvent
    process: str | None
    task: str | None


async def events(
    session: ReadSession,
    *,
    process: str | None,
    task_id: UUID | None,
    actor: str | None,
    action: str | None,
    after: int,
    limit: int,
) -> list[EventRow]:
    """Events of the record in the order they were written, from after one."""
    query = (
        select(AuditEvent, Process.reference, Task.reference)
        .outerjoin(Process, Process.id == AuditEvent.process_id)
        .outerjoin(Task, Task.id == AuditEvent.task_id)
        .where(AuditEvent.id > after)
        .order_by(AuditEvent.id)
        .limit(limit)
    )
    if process is not None:
        query = query.where(Process.reference == process)
    if task_id is not None:
        query = query.where(AuditEvent.task_id == task_id)
    if actor is not None:
        query = query.where(AuditEvent.actor == actor)
    if action is not None:
        query = query.where(AuditEvent.action == action)
    return [EventRow(*row) for row in await session.execute(query)]

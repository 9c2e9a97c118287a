"""The managers' board: open tasks of some units, with what happened last to each and what happens next.

A page begins after the last row of the one before, and whatever it shows is read in one statement, so that it is as
fast with a hundred thousand tasks as with a hundred. Moments are UTC; days are the task's own.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true, tuple_
from sqlalchemy.orm import aliased

from models.policies.plan import StepKind
from models.tables.call_follow_up import CallFollowUp
from models.tables.calls import Call
from models.tables.catalogue import Plan
from models.tables.delegation_reception import Visit
from models.tables.indicator_collection import Collection
from models.tables.membership_review import Network, Review
from models.tables.people import Person, Unit
from models.tables.process import AuditEvent, Process
from models.tables.task import Item, Step, Task
from store.board_numbers import is_due_soon, is_overdue, of_units
from store.database import ReadSession
from store.office import ACCENTED, PLAIN

PAGE = 50
When = Literal["overdue", "soon", "all"]
BoardOrder = Literal["due", "unit", "level"]
LIMIT_OF_WORDS = 100
_HEAD, _ACTOR = aliased(Person), aliased(Person)


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """Which open tasks to show. `scope`: the units whose tasks the reader may see; None: all.

    `kind`: of the process. `process`: how its reference begins. `unit`: that one and all below it. `days`: overdue for
    at least so many. `level`: escalated at least so far. `person`: part of the name or address of whoever is asked.
    """

    scope: frozenset[str] | None
    when: When = "overdue"
    kind: str = ""
    process: str = ""
    unit: str = ""
    days: int = 0
    level: int = 0
    person: str = ""

    @property
    def narrow(self) -> bool:
        """Whether only some of the overdue, or of those due soon, are shown."""
        return any((self.kind, self.process, self.unit, self.days, self.level, self.person))


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One open task. `head` is in charge of its unit; `asked` and `answered` count its entries.

    What it is about: a `period` of a plan, the organisation of a `visit`, a `network`, a `call`, or what is `to_do`.
    `last_*`: the last event of its record, and the name of who did it, if it was a person. `next_*`: the next step.
    """

    task: Task
    process: str
    process_kind: str
    plan_code: str | None
    plan_language: str
    period: str | None
    visit: str | None
    network: str | None
    call: str | None
    unit_name: str
    person: str
    head_code: str | None
    head: str | None
    asked: int
    answered: int
    to_do: dict[str, Any] | None
    last_action: str | None
    last_at: datetime | None
    last_by: str | None
    next_kind: StepKind | None
    next_on: date | None
    next_level: int | None
    overdue: bool


async def board(
    session: ReadSession,
    wanted: BoardFilter,
    *,
    order: BoardOrder = "due",
    after: str = "",
    limit: int = PAGE,
    now: datetime,
) -> tuple[list[BoardRow], str]:
    """The rows after a place (the beginning where it is none), and the place after the last; empty: none is left."""
    keys = _keys(order)
    conditions = _conditions(wanted, now)
    if (place := _place(order, after)) is not None:
        conditions.append(tuple_(*keys) > tuple_(*place))
    chosen = select(Task.id, *(key.label(f"key_{number}") for number, key in enumerate(keys)))
    chosen = chosen.where(*conditions).order_by(*keys).limit(limit + 1)
    rows = [BoardRow(*row) for row in await session.execute(_rows(chosen.subquery("chosen"), len(keys), now))]
    return rows[:limit], _written(order, rows[limit - 1]) if len(rows) > limit else ""


async def board_units(session: ReadSession, scope: frozenset[str] | None) -> list[tuple[str, str]]:
    """The units that can be chosen: code and name, by name."""
    query = select(Unit.code, Unit.name).order_by(func.translate(func.lower(Unit.name), ACCENTED, PLAIN))
    if scope is not None:
        query = query.where(Unit.code.in_(scope))
    return [(code, name) for code, name in await session.execute(query)]


@dataclass(frozen=True, slots=True)
class Picked:
    """A task that somebody wants to act on: what it is called, whose it is, and the last event of its record."""

    id: UUID
    reference: str
    kind: str
    state: str
    process: str
    plan_language: str
    unit_code: str
    unit_name: str
    person: str
    due_on: date
    calendar_code: str
    seen: int


async def picked_tasks(session: ReadSession, references: list[str]) -> list[Picked]:
    """Some tasks by their references, in the order of their due days; one that is unknown is left out."""
    seen = select(func.max(AuditEvent.id)).where(AuditEvent.task_id == Task.id).scalar_subquery()
    rows = await session.execute(
        select(
            Task.id,
            Task.reference,
            Task.kind,
            Task.state,
            Process.reference,
            Plan.language,
            Task.unit_code,
            Unit.name,
            Person.name,
            Task.due_on,
            Task.calendar_code,
            func.coalesce(seen, 0),
        )
        .join(Process, Process.id == Task.process_id)
        .join(Plan, Plan.code == Process.plan_code)
        .join(Unit, Unit.code == Task.unit_code)
        .join(Person, Person.code == Task.assignee_code)
        .where(Task.reference.in_(references))
        .order_by(Task.due_at, Task.id)
    )
    return [Picked(*tuple(row)) for row in rows]


async def people_to_ask(session: ReadSession) -> list[tuple[str, str, str]]:
    """Everybody who can be given a task, by name: their code, name and unit."""
    rows = await session.execute(
        select(Person.code, Person.name, Unit.name)
        .join(Unit, Unit.code == Person.unit_code)
        .where(Person.active)
        .order_by(func.translate(func.lower(Person.name), ACCENTED, PLAIN), Person.code)
    )
    return [(code, name, unit) for code, name, unit in rows]


def _keys(order: BoardOrder) -> list[ColumnElement[Any]]:
    by_day: list[ColumnElement[Any]] = [Task.due_at.expression, Task.id.expression]
    match order:
        case "unit":
            return [Task.unit_code.expression, *by_day]
        case "level":
            return [-Task.level.expression, *by_day]
        case _:
            return by_day


def _conditions(wanted: BoardFilter, now: datetime) -> list[ColumnElement[bool]]:
    found = of_units(wanted.scope)
    match wanted.when:
        case "overdue":
            found.append(is_overdue(now))
        case "soon":
            found.append(is_due_soon(now))
        case _:
            pass
    if wanted.days:
        found.append(Task.due_at <= now - timedelta(days=wanted.days))
    if wanted.level:
        found += [Task.escalated_at.is_not(None), Task.level >= wanted.level]
    if wanted.kind:
        found.append(Task.process_id.in_(select(Process.id).where(Process.kind == wanted.kind)))
    if wanted.process:
        begins = func.lower(Process.reference).startswith(wanted.process.lower(), autoescape=True)
        found.append(Task.process_id.in_(select(Process.id).where(begins)))
    if wanted.unit:
        tree = select(Unit.code).where(Unit.code == wanted.unit).cte(recursive=True)
        tree = tree.union(select(Unit.code).where(Unit.parent_code == tree.c.code))
        found.append(Task.unit_code.in_(select(tree.c.code)))
    if wanted.person:
        plain = func.translate(func.lower(Person.name), ACCENTED, PLAIN)
        sought = wanted.person.lower().translate(str.maketrans(ACCENTED, PLAIN))
        named = plain.contains(sought, autoescape=True) | Person.address.contains(sought, autoescape=True)
        found.append(Task.assignee_code.in_(select(Person.code).where(named)))
    return found


def _rows(chosen: Any, keys: int, now: datetime) -> Any:
    """The whole rows of the chosen tasks, in their order."""
    entries = (
        select(
            func.count().label("asked"),
            func.count(Item.answer_id).label("answered"),
        )
        .where(Item.task_id == Task.id)
        .lateral("entries")
    )
    to_do = select(Item.detail).where(Item.task_id == Task.id, Task.kind == "assignment", Item.position == 0)
    last = (
        select(AuditEvent.action, AuditEvent.at, AuditEvent.actor)
        .where(AuditEvent.task_id == Task.id)
        .order_by(AuditEvent.id.desc())
        .limit(1)
        .lateral("last")
    )
    coming = (
        select(Step.kind, Step.on, Step.level)
        .where(Step.task_id == Task.id, Step.state == "planned")
        .order_by(Step.at)
        .limit(1)
        .lateral("coming")
    )
    return (
        select(
            Task,
            Process.reference,
            Process.kind,
            Collection.plan_code,
            Plan.language,
            Collection.period,
            Visit.organisation,
            Network.name,
            Call.title,
            Unit.name,
            Person.name,
            Unit.head_code,
            _HEAD.name,
            entries.c.asked,
            entries.c.answered,
            to_do.correlate(Task).limit(1).scalar_subquery(),
            last.c.action,
            last.c.at,
            _ACTOR.name,
            coming.c.kind,
            coming.c.on,
            coming.c.level,
            is_overdue(now),
        )
        .select_from(chosen)
        .join(Task, Task.id == chosen.c.id)
        .join(Process, Process.id == Task.process_id)
        .join(Plan, Plan.code == Process.plan_code)
        .join(Unit, Unit.code == Task.unit_code)
        .join(Person, Person.code == Task.assignee_code)
        .outerjoin(_HEAD, _HEAD.code == Unit.head_code)
        .outerjoin(Collection, Collection.process_id == Process.id)
        .outerjoin(Visit, Visit.process_id == Process.id)
        .outerjoin(Review, Review.process_id == Process.id)
        .outerjoin(Network, Network.code == Review.network_code)
        .outerjoin(CallFollowUp, CallFollowUp.process_id == Process.id)
        .outerjoin(Call, Call.id == CallFollowUp.call_id)
        .outerjoin(entries, true())
        .outerjoin(last, true())
        .outerjoin(_ACTOR, _ACTOR.code == last.c.actor)
        .outerjoin(coming, true())
        .order_by(*(chosen.c[f"key_{number}"] for number in range(keys)))
    )


def _written(order: BoardOrder, row: BoardRow) -> str:
    """The place of a row, for an address."""
    first = {"unit": [row.task.unit_code], "level": [str(row.task.level)], "due": []}[order]
    return "~".join([*first, row.task.due_at.isoformat(), str(row.task.id)])


def _place(order: BoardOrder, written: str) -> list[Any] | None:
    """The keys of a place; None where it is none of this order."""
    if not written:
        return None
    try:
        *first, due_at, task_id = written.split("~")
        by_day: list[Any] = [datetime.fromisoformat(due_at), UUID(task_id)]
        if by_day[0].tzinfo is None:
            return None
        match order, first:
            case "due", []:
                return by_day
            case "unit", [str(unit)]:
                return [unit, *by_day]
            case "level", [str(level)]:
                return [-int(level[:2]), *by_day]
            case _:
                return None
    except ValueError:
        return None

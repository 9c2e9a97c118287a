"""Queries behind the office's pages of delegations. Moments are UTC; `units`: only visits that these prepare."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from models.tables.delegation_reception import Host, Visit
from models.tables.people import Unit
from models.tables.process import AuditEvent, Process
from models.tables.task import Task
from store.database import ReadSession
from store.office import PAGE
from store.task import OPEN_STATES

STATES = ("coming", "received", "called_off")


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit in a list: the name of the unit that prepares it, its hosts, how many of them accept, what is late."""

    process: Process
    visit: Visit
    office: str
    hosts: int
    accepting: int
    overdue: int


def _of(units: frozenset[str] | None) -> list[ColumnElement[bool]]:
    return [] if units is None else [Visit.office_unit.in_(units)]


async def visit_counts(session: ReadSession, units: frozenset[str] | None) -> dict[str, int]:
    """How many visits are in each state."""
    rows = await session.execute(select(Visit.state, func.count()).where(*_of(units)).group_by(Visit.state))
    found = {state: int(count) for state, count in rows}
    return {state: found.get(state, 0) for state in STATES}


async def visits(
    session: ReadSession, state: str, units: frozenset[str] | None, *, page: int, now: datetime
) -> list[VisitRow]:
    """One page (counted from 1) of the visits in a state: those that come, the next first; others, the last first."""
    order = Visit.first_day if state == "coming" else Visit.first_day.desc()
    rows = await session.execute(
        select(
            Process,
            Visit,
            Unit.name,
            _hosts(Host.state != "removed").scalar_subquery(),
            _hosts(Host.state == "accepts").scalar_subquery(),
            select(func.count())
            .select_from(Task)
            .where(Task.process_id == Visit.process_id, Task.state.in_(OPEN_STATES), Task.due_at <= now)
            .scalar_subquery(),
        )
        .join(Visit, Visit.process_id == Process.id)
        .join(Unit, Unit.code == Visit.office_unit)
        .where(Visit.state == state, *_of(units))
        .order_by(order, Visit.year, Visit.number)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return [VisitRow(*row) for row in rows]


def _hosts(of: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(Host).where(Host.process_id == Visit.process_id, of)


async def visit_events(session: ReadSession, process_id: UUID) -> list[AuditEvent]:
    """What the record says of a visit, the first first; of its tasks, only what its hosts answered."""
    own = AuditEvent.task_id.is_(None) | (AuditEvent.action == "visit.host_answered")
    query = select(AuditEvent).where(AuditEvent.process_id == process_id, own)
    return list(await session.scalars(query.order_by(AuditEvent.id)))


async def unit_names(session: ReadSession, codes: set[str]) -> dict[str, str]:
    """The names of units by their codes."""
    rows = await session.execute(select(Unit.code, Unit.name).where(Unit.code.in_(codes)))
    return {code: name for code, name in rows}

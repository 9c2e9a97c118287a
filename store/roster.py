"""Queries behind the office's pages on people: what hangs on a person or a unit. Moments are UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from models.policies.people import UnitFacts, expand
from models.tables.catalogue import Actor, Responsible
from models.tables.mail import DeadAddress
from models.tables.people import Person
from models.tables.process import AuditEvent, Process
from models.tables.task import Task
from store.database import ReadSession
from store.task import OPEN_STATES


async def units_asked(session: ReadSession, units: Mapping[str, UnitFacts]) -> frozenset[str]:
    """The units of which a plan asks indicators."""
    actors = await session.scalars(select(Actor).where(Actor.code.in_(select(Responsible.actor_code))))
    return frozenset(code for actor in actors for code in expand(actor, units))


async def dead_addresses(session: ReadSession) -> dict[str, DeadAddress]:
    """The addresses at which nobody is reached, in lower case."""
    rows = await session.scalars(select(DeadAddress).where(DeadAddress.cleared_at.is_(None)))
    return {row.address: row for row in rows}


async def open_task_counts(session: ReadSession, codes: Sequence[str]) -> dict[str, int]:
    """How many tasks some persons have open; those who have none are left out."""
    query = select(Task.assignee_code, func.count()).where(Task.assignee_code.in_(codes), Task.state.in_(OPEN_STATES))
    return {code: count for code, count in await session.execute(query.group_by(Task.assignee_code))}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event about a person or a unit, or of what a person did; `actor_name` is None where it is nobody's."""

    event: AuditEvent
    actor_name: str | None
    process: str | None
    task: str | None


async def history_of(
    session: ReadSession, *, person: str | None = None, unit: str | None = None, limit: int
) -> list[Happening]:
    """What the record says of a person, with what they did themselves, or of a unit; the latest first."""
    if person is not None:
        wanted = or_(AuditEvent.actor == person, AuditEvent.detail["person"].astext == person)
    else:
        wanted = AuditEvent.action.startswith("unit.") & (AuditEvent.detail["unit"].astext == unit)
    rows = await session.execute(
        select(AuditEvent, Person.name, Process.reference, Task.reference)
        .outerjoin(Person, Person.code == AuditEvent.actor)
        .outerjoin(Process, Process.id == AuditEvent.process_id)
        .outerjoin(Task, Task.id == AuditEvent.task_id)
        .where(wanted)
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return [Happening(*row) for row in rows]

"""Queries on the record: who changed what, when and why."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from models.tables.people import Person
from models.tables.process import AuditEvent, Process
from models.tables.task import Task
from store.database import ReadSession

PAGE = 100
"""Events on one page."""
MOST = 100_000
"""Events in one file; whoever needs more narrows it down."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; an empty field wants all. `actor`: a code, or a part of a person's name.

    `since`, `until`: instants, the second exclusive.
    """

    actor: str = ""
    action: str = ""
    process: str = ""
    task: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event; `actor_name` is None where the actor is no person."""

    event: AuditEvent
    actor_name: str | None
    process: str | None
    """The reference of its process."""
    task: str | None
    """The reference of its task."""


def _wanted(wanted: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.actor:
        named = select(Person.code).where(func.lower(Person.name).contains(wanted.actor.lower(), autoescape=True))
        found.append(or_(AuditEvent.actor == wanted.actor, AuditEvent.actor.in_(named)))
    if wanted.action:
        found.append(AuditEvent.action == wanted.action)
    if wanted.process:
        found.append(AuditEvent.process_id == _id_of(Process.id, Process.reference == wanted.process))
    if wanted.task:
        found.append(AuditEvent.task_id == _id_of(Task.id, Task.reference == wanted.task.upper()))
    if wanted.since is not None:
        found.append(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEvent.at < wanted.until)
    return found


def _id_of(column: Any, condition: ColumnElement[bool]) -> ColumnElement[UUID]:
    found: ColumnElement[UUID] = select(column).where(condition).scalar_subquery()
    return found


def _rows(wanted: EventFilter) -> Select[AuditEvent, str | None, str | None, str | None]:
    return (
        select(AuditEvent, Person.name, Process.reference, Task.reference)
        .outerjoin(Person, Person.code == AuditEvent.actor)
        .outerjoin(Process, Process.id == AuditEvent.process_id)
        .outerjoin(Task, Task.id == AuditEvent.task_id)
        .where(*_wanted(wanted))
    )


async def latest_events(session: ReadSession, wanted: EventFilter, *, before: int | None) -> list[EventRow]:
    """One page of events, the latest first, and one more where there is another page; `before` the last one shown."""
    query = _rows(wanted).order_by(AuditEvent.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return [EventRow(*row) for row in await session.execute(query)]


async def all_events(session: ReadSession, wanted: EventFilter) -> AsyncIterator[EventRow]:
    """The events as they happened, up to `MOST`, a thousand at a time."""
    query = _rows(wanted).order_by(AuditEvent.id).limit(MOST).execution_options(yield_per=1_000)
    async for row in await session.stream(query):
        yield EventRow(*row)


async def actions_known(session: ReadSession) -> list[str]:
    """Every action that was ever recorded, by its code."""
    return list(await session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))

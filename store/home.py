"""Counts for the first page of the office. Each stops at a limit: nobody needs to know that 34,518 are overdue."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from models.tables.mail import OutgoingMail
from models.tables.task import Task
from store.database import ReadSession
from store.task import OPEN_STATES

MOST = 1_000
"""A count of this many means: at least as many."""


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """Open tasks that are overdue, and that are due before long."""

    overdue: int
    soon: int


async def task_counts(session: ReadSession, units: frozenset[str] | None, now: datetime, until: datetime) -> TaskCounts:
    """The open tasks of some units (None: of all) that are overdue, and those that are due until an instant."""
    of: list[ColumnElement[bool]] = [Task.state.in_(OPEN_STATES)]
    if units is not None:
        of.append(Task.unit_code.in_(units))
    return TaskCounts(
        overdue=await _count(session, *of, Task.due_at <= now),
        soon=await _count(session, *of, Task.due_at > now, Task.due_at <= until),
    )


async def open_tasks_of(session: ReadSession, person_code: str) -> int:
    """The open tasks that were put to a person."""
    return await _count(
        session, Task.assignee_code == person_code, Task.state.in_(OPEN_STATES), Task.asked_at.is_not(None)
    )


async def _count(session: ReadSession, *conditions: ColumnElement[bool]) -> int:
    some = select(Task.id).where(*conditions).limit(MOST).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def stuck_mails(session: ReadSession) -> int:
    """Mails that a server did not take."""
    some = select(OutgoingMail.id).where(OutgoingMail.state == "rejected").limit(MOST).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0

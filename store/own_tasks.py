"""Queries on what one person can answer: the tasks into which they have a link of their own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from models.tables.process import Process
from models.tables.task import Draft, Link, Task
from store.database import ReadSession
from store.task import OPEN_STATES


def _theirs(person_code: str, now: datetime, states: tuple[str, ...]) -> tuple[ColumnElement[bool], ...]:
    return (
        Link.person_code == person_code,
        Link.revoked_at.is_(None),
        Link.expires_at > now,
        Task.state.in_(states),
        Process.state == "open",
    )


async def own_links(session: ReadSession, person_code: str, *, now: datetime, limit: int) -> list[tuple[UUID, Link]]:
    """The tasks that a person can answer or correct, with their link; open ones first, by due day."""
    query = (
        select(Task.id, Link)
        .join(Link, Link.task_id == Task.id)
        .join(Process, Process.id == Task.process_id)
        .where(*_theirs(person_code, now, (*OPEN_STATES, "answered")))
        .order_by(Task.state == "answered", Task.due_at, Task.id)
        .limit(limit)
    )
    return [(task_id, link) for task_id, link in await session.execute(query)]


async def others_open(session: ReadSession, person_code: str, task_id: UUID, *, now: datetime) -> int:
    """How many other open tasks a person has, and a link to each."""
    query = (
        select(func.count())
        .select_from(Task)
        .join(Link, Link.task_id == Task.id)
        .join(Process, Process.id == Task.process_id)
        .where(*_theirs(person_code, now, OPEN_STATES), Task.assignee_code == person_code, Task.id != task_id)
    )
    return int(await session.scalar(query) or 0)


async def begun(session: ReadSession, task_ids: list[UUID]) -> set[UUID]:
    """The tasks of which something was typed and saved that was not sent."""
    rows = await session.execute(select(Draft.task_id, Draft.fields).where(Draft.task_id.in_(task_ids)))
    return {task_id for task_id, fields in rows if any(any(typed.values()) for typed in fields.values())}

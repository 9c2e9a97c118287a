"""Queries on what was sent: the submission of a task, and the calendar its moments are shown in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from models.policies.calendar import Calendar
from models.tables.people import Person
from models.tables.process import Process
from models.tables.task import Answer, Item, Submission, Task
from store.calendars import load_calendar
from store.database import ReadSession


async def calendar_of_task(session: ReadSession, task_id: UUID) -> Calendar:
    """The calendar of the process a task belongs to."""
    code = await session.scalar(
        select(Process.calendar_code).join(Task, Task.process_id == Process.id).where(Task.id == task_id)
    )
    return await load_calendar(session, code or "")


async def first_sent(session: ReadSession, task_ids: list[UUID]) -> dict[UUID, datetime]:
    """When something was first sent for some tasks, by task; one of which nothing was is left out."""
    query = select(Submission.task_id, func.min(Submission.received_at)).where(Submission.task_id.in_(task_ids))
    rows = await session.execute(query.group_by(Submission.task_id))
    return {task_id: received_at for task_id, received_at in rows}


@dataclass(frozen=True, slots=True)
class Sent:
    """One submission of a task, and how far the task is by now."""

    reference: str
    received_at: datetime
    answered: int
    missing: int


async def find_sent(session: ReadSession, task_id: UUID, reference: str) -> Sent | None:
    """A submission of a task by its reference; None when the task has none of it."""
    received_at = await session.scalar(
        select(Submission.received_at).where(Submission.task_id == task_id, Submission.reference == reference)
    )
    if received_at is None:
        return None
    missing = func.count().filter(Item.answer_id.is_(None), Item.required)
    counts = await session.execute(select(func.count(Item.answer_id), missing).where(Item.task_id == task_id))
    return Sent(reference, received_at, *counts.one())


async def find_sent_by_mail(session: ReadSession, mail_id: UUID) -> Sent | None:
    """The submission that came in a mail; None when it was not taken as an answer."""
    row = (
        await session.execute(
            select(Submission.task_id, Submission.reference).where(Submission.incoming_mail_id == mail_id)
        )
    ).one_or_none()
    return None if row is None else await find_sent(session, row[0], row[1])


async def reference_of(session: ReadSession, task_id: UUID, sha256: str) -> str | None:
    """The latest submission of a task that arrived as exactly these bytes (hex SHA-256): a form sent twice."""
    reference: str | None = await session.scalar(
        select(Submission.reference)
        .where(Submission.task_id == task_id, Submission.sha256 == sha256)
        .order_by(Submission.received_at.desc())
        .limit(1)
    )
    return reference


@dataclass(frozen=True, slots=True)
class Arrival:
    """One submission of a task: when, from whom, in which way, and how many entries it answered.

    `mail_id`: the mail it came in, for one that came by mail.
    """

    reference: str
    received_at: datetime
    person_name: str
    channel: str
    mail_id: UUID | None
    answers: int


async def arrivals(session: ReadSession, task_id: UUID) -> list[Arrival]:
    """The submissions of a task, the first first."""
    rows = await session.execute(
        select(
            Submission.reference,
            Submission.received_at,
            Person.name,
            Submission.channel,
            Submission.incoming_mail_id,
            func.count(Answer.id),
        )
        .join(Person, Person.code == Submission.person_code)
        .outerjoin(Answer, Answer.submission_id == Submission.id)
        .where(Submission.task_id == task_id)
        .group_by(Submission.id, Person.name)
        .order_by(Submission.received_at)
    )
    return [Arrival(*row) for row in rows]

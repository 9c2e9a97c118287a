"""Queries behind the office's pages on mails that went out and replies that came in. Moments are UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from models.tables.mail import IncomingMail, OutgoingMail
from models.tables.process import Process
from models.tables.task import Task
from store.database import ReadSession
from store.office import PAGE


@dataclass(frozen=True, slots=True)
class MailRow:
    """One outgoing mail in a list, without its bytes."""

    id: UUID
    name: str
    recipient: str
    subject: str
    state: str
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    last_reply: str | None
    language: str
    task_reference: str | None
    calendar_code: str | None
    """That of the process; null for a mail that belongs to none."""


_COLUMNS = (
    OutgoingMail.id,
    OutgoingMail.name,
    OutgoingMail.recipient,
    OutgoingMail.subject,
    OutgoingMail.state,
    OutgoingMail.attempts,
    OutgoingMail.created_at,
    OutgoingMail.finished_at,
    OutgoingMail.last_reply,
    OutgoingMail.language,
    Task.reference,
    Process.calendar_code,
)


def _mail_row(columns: Sequence[Any]) -> MailRow:
    return MailRow(*columns)


async def mail_counts(session: ReadSession) -> dict[str, int]:
    """How many mails are in each state."""
    rows = await session.execute(select(OutgoingMail.state, func.count()).group_by(OutgoingMail.state))
    return {state: count for state, count in rows}


async def mails(session: ReadSession, *, state: str, page: int) -> list[MailRow]:
    """One page (counted from 1) of mails of a state, or of every state if it is empty; the latest first."""
    query = (
        select(*_COLUMNS)
        .outerjoin(Process, Process.id == OutgoingMail.process_id)
        .outerjoin(Task, Task.id == OutgoingMail.task_id)
        .order_by(OutgoingMail.created_at.desc(), OutgoingMail.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    if state:
        query = query.where(OutgoingMail.state == state)
    return [_mail_row(row) for row in await session.execute(query)]


async def mails_of(session: ReadSession, task_id: UUID) -> list[MailRow]:
    """The mails of a task, the first first."""
    rows = await session.execute(
        select(*_COLUMNS)
        .join(Process, Process.id == OutgoingMail.process_id)
        .join(Task, Task.id == OutgoingMail.task_id)
        .where(OutgoingMail.task_id == task_id)
        .order_by(OutgoingMail.created_at, OutgoingMail.id)
    )
    return [_mail_row(row) for row in rows]


async def mail(session: ReadSession, mail_id: UUID) -> tuple[MailRow, bytes] | None:
    """One mail and its bytes as they were sent."""
    row = (
        await session.execute(
            select(OutgoingMail.rfc822, *_COLUMNS)
            .outerjoin(Process, Process.id == OutgoingMail.process_id)
            .outerjoin(Task, Task.id == OutgoingMail.task_id)
            .where(OutgoingMail.id == mail_id)
        )
    ).one_or_none()
    return None if row is None else (_mail_row(row[1:]), row[0])


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One mail that came in; `task_reference` and `calendar_code` when its address named a task."""

    mail: IncomingMail
    task_reference: str | None
    calendar_code: str | None


async def replies(
    session: ReadSession, *, page: int, task_id: UUID | None = None, mail_id: UUID | None = None
) -> list[ReplyRow]:
    """One page (counted from 1) of mails that came in, the latest first; of one task or by id if given."""
    query = (
        select(IncomingMail, Task.reference, Process.calendar_code)
        .outerjoin(Task, Task.id == IncomingMail.task_id)
        .outerjoin(Process, Process.id == Task.process_id)
        .order_by(IncomingMail.received_at.desc(), IncomingMail.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    if task_id is not None:
        query = query.where(IncomingMail.task_id == task_id)
    if mail_id is not None:
        query = query.where(IncomingMail.id == mail_id)
    return [ReplyRow(*row) for row in await session.execute(query)]


async def reply_count(session: ReadSession) -> int:
    """How many mails came in."""
    return await session.scalar(select(func.count()).select_from(IncomingMail)) or 0

"""Queries behind the office's pages on mails that went out and replies that came in. Moments are UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import defer

from models.tables.mail import BounceRow, IncomingMail, OutgoingMail
from models.tables.people import Person
from models.tables.process import Process
from models.tables.task import Submission, Task
from store.database import ReadSession
from store.office import PAGE
from store.outbox import CAME_TO_NOTHING, STILL_THEIRS


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
    due_at: datetime
    accepted_at: datetime | None
    last_reply: str | None
    language: str
    answers_id: UUID | None
    """The mail that came in and that it answers."""
    task_reference: str | None
    calendar_code: str | None
    """That of the process; null for a mail that belongs to none."""
    person_code: str | None
    person_name: str | None

    @property
    def seconds_late(self) -> int | None:
        """Seconds from when it should have left until a mail server took it; None before that."""
        return None if self.accepted_at is None else max(0, round((self.accepted_at - self.due_at).total_seconds()))


_COLUMNS = (
    OutgoingMail.id,
    OutgoingMail.name,
    OutgoingMail.recipient,
    OutgoingMail.subject,
    OutgoingMail.state,
    OutgoingMail.attempts,
    OutgoingMail.created_at,
    OutgoingMail.due_at,
    OutgoingMail.accepted_at,
    OutgoingMail.last_reply,
    OutgoingMail.language,
    OutgoingMail.answers_id,
    Task.reference,
    Process.calendar_code,
    OutgoingMail.person_code,
    Person.name,
)


def _mails() -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .outerjoin(Process, Process.id == OutgoingMail.process_id)
        .outerjoin(Task, Task.id == OutgoingMail.task_id)
        .outerjoin(Person, Person.code == OutgoingMail.person_code)
    )


def _mail_row(columns: Sequence[Any]) -> MailRow:
    return MailRow(*columns)


async def mail_counts(session: ReadSession) -> dict[str, int]:
    """How many mails are in each state."""
    rows = await session.execute(select(OutgoingMail.state, func.count()).group_by(OutgoingMail.state))
    return {state: count for state, count in rows}


async def mails(session: ReadSession, *, state: str, page: int) -> list[MailRow]:
    """One page (counted from 1) of mails of a state, or of every state if it is empty; the latest first."""
    ordered = _mails().order_by(OutgoingMail.created_at.desc(), OutgoingMail.id)
    query = ordered.limit(PAGE).offset((page - 1) * PAGE)
    if state:
        query = query.where(OutgoingMail.state == state)
    return [_mail_row(row) for row in await session.execute(query)]


async def mails_of(session: ReadSession, task_id: UUID) -> list[MailRow]:
    """The mails of a task, the first first."""
    query = _mails().where(OutgoingMail.task_id == task_id).order_by(OutgoingMail.created_at, OutgoingMail.id)
    return [_mail_row(row) for row in await session.execute(query)]


async def mails_to(session: ReadSession, person_code: str, *, limit: int) -> list[MailRow]:
    """The mails to a person that were written last, the latest first."""
    query = _mails().where(OutgoingMail.person_code == person_code)
    query = query.order_by(OutgoingMail.created_at.desc(), OutgoingMail.id).limit(limit)
    return [_mail_row(row) for row in await session.execute(query)]


async def mails_that_came_to_nothing(
    session: ReadSession, *, since: datetime | None, limit: int
) -> tuple[int, list[MailRow]]:
    """How many mails could be sent again that came to nothing since an instant, or ever; and the latest of them."""
    wanted = [CAME_TO_NOTHING, STILL_THEIRS]
    if since is not None:
        wanted.append(OutgoingMail.finished_at >= since)
    total = await session.scalar(select(func.count()).select_from(OutgoingMail).where(*wanted)) or 0
    query = _mails().where(*wanted).order_by(OutgoingMail.finished_at.desc(), OutgoingMail.id).limit(limit)
    return total, [_mail_row(row) for row in await session.execute(query)] if limit else []


async def can_be_sent_again(session: ReadSession, mail_id: UUID) -> bool:
    """Whether a mail came to nothing, and its reader still has the address it went to."""
    query = select(OutgoingMail.id).where(OutgoingMail.id == mail_id, CAME_TO_NOTHING, STILL_THEIRS)
    return await session.scalar(query) is not None


async def mail(session: ReadSession, mail_id: UUID) -> tuple[MailRow, bytes] | None:
    """One mail and its bytes as they were sent."""
    query = _mails().add_columns(OutgoingMail.rfc822).where(OutgoingMail.id == mail_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (_mail_row(row[:-1]), row[-1])


async def bounces_of(session: ReadSession, mail_id: UUID) -> Sequence[BounceRow]:
    """What servers said of a mail after they had taken it, or when they refused its recipient, the first first."""
    query = select(BounceRow).where(BounceRow.outgoing_mail_id == mail_id).order_by(BounceRow.at)
    return (await session.scalars(query)).all()


async def answers_to(session: ReadSession, mail_id: UUID) -> list[MailRow]:
    """Our mails that answered one that came in, the first first."""
    query = _mails().where(OutgoingMail.answers_id == mail_id).order_by(OutgoingMail.created_at)
    return [_mail_row(row) for row in await session.execute(query)]


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One mail that came in; `task_reference` and `calendar_code` when its address named a task.

    `person_name`: whose address it came from. `submission`: the reference of the answer that was taken from it.
    """

    mail: IncomingMail
    person_name: str | None
    task_reference: str | None
    calendar_code: str | None
    submission: str | None

    @property
    def standing(self) -> str:
        """What was decided about it, or said of it since; before that, `waiting`, or `failed` if it cannot be read."""
        mail = self.mail
        return mail.settled_as or (mail.state if mail.state != "done" else str(mail.decision))


def _standing() -> ColumnElement[str]:
    decided = case((IncomingMail.state != "done", IncomingMail.state), else_=IncomingMail.decision)
    return func.coalesce(IncomingMail.settled_as, decided)


def _replies() -> Select[IncomingMail, str, str, str, str]:
    return (
        select(IncomingMail, Person.name, Task.reference, Process.calendar_code, Submission.reference)
        .outerjoin(Person, Person.code == IncomingMail.person_code)
        .outerjoin(Task, Task.id == IncomingMail.task_id)
        .outerjoin(Process, Process.id == Task.process_id)
        .outerjoin(Submission, Submission.incoming_mail_id == IncomingMail.id)
    )


async def replies(
    session: ReadSession, *, page: int, standing: str = "", task_id: UUID | None = None
) -> list[ReplyRow]:
    """One page (counted from 1) of mails that came in, the latest first; all, or those of a standing or of a task.

    They come without their bytes and without what was found in them.
    """
    query = (
        _replies()
        .options(defer(IncomingMail.raw, raiseload=True), defer(IncomingMail.examination, raiseload=True))
        .order_by(IncomingMail.received_at.desc(), IncomingMail.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    if standing:
        query = query.where(_standing() == standing)
    if task_id is not None:
        query = query.where(IncomingMail.task_id == task_id)
    return [ReplyRow(*row) for row in await session.execute(query)]


async def reply(session: ReadSession, mail_id: UUID) -> ReplyRow | None:
    """One mail that came in, whole."""
    row = (await session.execute(_replies().where(IncomingMail.id == mail_id))).one_or_none()
    return None if row is None else ReplyRow(*row)


async def reply_counts(session: ReadSession) -> dict[str, int]:
    """How many mails came in, by what was decided about them."""
    standing = _standing().label("standing")
    rows = await session.execute(select(standing, func.count()).select_from(IncomingMail).group_by(standing))
    return {standing: count for standing, count in rows}

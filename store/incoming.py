"""Queries on mails that came in: which wait to be read, and what a mail may belong to."""

from collections.abc import Collection as Several
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import defer

from models.tables.mail import IncomingMail, OutgoingMail
from models.tables.people import Person
from models.tables.task import Answer, Item, Submission, Task
from store.database import ReadSession, WriteSession

BELIEVED = timedelta(days=30)
"""So long a mail may be held up on its way, in a queue or in somebody's drafts."""
UNBELIEVED = frozenset({"duplicate", "held", "quarantined", "ignored", "bounced", "away_noted"})
"""Decisions by which nothing of a mail was taken as its sender's word."""


async def waiting_mails(session: ReadSession, *, now: datetime, limit: int) -> Sequence[UUID]:
    """The mails that wait to be read, in the order in which they arrived."""
    return (
        await session.scalars(
            select(IncomingMail.id)
            .where(IncomingMail.state == "waiting", IncomingMail.not_before <= now)
            .order_by(IncomingMail.received_at, IncomingMail.id)
            .limit(limit)
        )
    ).all()


async def latest(session: ReadSession, *, decision: str | None, limit: int) -> Sequence[IncomingMail]:
    """The mails that came in last, the latest first; only those of a decision if one is given. Without their bytes."""
    query = select(IncomingMail).options(defer(IncomingMail.raw), defer(IncomingMail.examination))
    if decision is not None:
        query = query.where(IncomingMail.decision == decision)
    return (await session.scalars(query.order_by(IncomingMail.received_at.desc()).limit(limit))).all()


async def lock_waiting(session: WriteSession, mail_id: UUID) -> IncomingMail | None:
    """Take a mail that waits to be read; None when somebody else has it, or has read it."""
    query = select(IncomingMail).where(IncomingMail.id == mail_id, IncomingMail.state == "waiting")
    return await session.scalar(query.with_for_update(skip_locked=True))


async def lock_incoming(session: WriteSession, mail_id: UUID) -> IncomingMail | None:
    """Take a mail for this transaction; None when there is none of this id."""
    return await session.scalar(select(IncomingMail).where(IncomingMail.id == mail_id).with_for_update())


async def came_before(
    session: ReadSession,
    content_sha256: str,
    *,
    task_id: UUID | None,
    envelope_to: str,
    mail_id: UUID | None,
    proven: bool,
    same: tuple[str, str] | None = None,
) -> bool:
    """Whether the same content came to the same task (without one: to the same address) in another, earlier mail.

    `same`: Message-ID and own words, by which a copy is known that servers changed on the way. What was left as a
    duplicate itself does not count, so that of several copies one is always read. A copy that was not believed, or
    looked like a machine's, keeps none out that proves its sender.
    """
    copy = IncomingMail.content_sha256 == content_sha256
    if same is not None:
        words = IncomingMail.examination["said"].astext
        copy = or_(copy, and_(IncomingMail.message_id == same[0], words == same[1]))
    same_goal = (
        IncomingMail.task_id == task_id
        if task_id is not None
        else func.lower(IncomingMail.envelope_to) == envelope_to.lower()
    )
    query = select(IncomingMail.id).where(
        copy,
        IncomingMail.id != mail_id if mail_id is not None else IncomingMail.id.is_not(None),
        same_goal,
        IncomingMail.state == "done",
        IncomingMail.decision.not_in(UNBELIEVED if proven else {"duplicate"}),
    )
    return await session.scalar(query.limit(1)) is not None


async def person_of_address(session: ReadSession, address: str) -> Person | None:
    """The active person who has an address."""
    return await session.scalar(select(Person).where(Person.address == address.lower(), Person.active))


async def active_person(session: ReadSession, code: str) -> Person | None:
    """A person by their code; None when they have left."""
    return await session.scalar(select(Person).where(Person.code == code, Person.active))


async def answered_mail(session: ReadSession, message_ids: Several[str]) -> OutgoingMail | None:
    """The latest of our mails that a list of Message-IDs names."""
    return await session.scalar(
        select(OutgoingMail)
        .where(OutgoingMail.message_id.in_(message_ids))
        .order_by(OutgoingMail.created_at.desc())
        .limit(1)
    )


async def task_of_reference(session: ReadSession, references: Several[str]) -> Task | None:
    """The task of the first printed reference that there is."""
    return await session.scalar(select(Task).where(Task.reference.in_(references)).limit(1))


async def answers_to(
    session: ReadSession, person_code: str, task_id: UUID, sender: str | None, since: datetime
) -> tuple[int, int]:
    """How many mails but receipts answered what came about a task to a person since an instant: in all, to a sender."""
    of_sender = func.count().filter(IncomingMail.sender == sender)
    row = await session.execute(
        select(func.count(), of_sender)
        .select_from(OutgoingMail)
        .join(IncomingMail, IncomingMail.id == OutgoingMail.answers_id)
        .where(
            OutgoingMail.name != "task_receipt",
            OutgoingMail.person_code == person_code,
            OutgoingMail.task_id == task_id,
            OutgoingMail.created_at > since,
        )
    )
    in_all, to_sender = row.one()
    return int(in_all), int(to_sender)


async def overtaken(session: ReadSession, task_id: UUID, written_at: datetime, now: datetime) -> set[UUID]:
    """The items of a task whose standing answer was given after a mail was written, by whatever way.

    A mail that claims to be older than `BELIEVED` has a wrong clock: nothing is concluded from it.
    """
    if written_at < now - BELIEVED:
        return set()
    # A Date in the future is no better than the moment of arrival.
    given_at = func.coalesce(func.least(IncomingMail.written_at, IncomingMail.received_at), Submission.received_at)
    rows = await session.scalars(
        select(Item.id)
        .join(Answer, Answer.id == Item.answer_id)
        .join(Submission, Submission.id == Answer.submission_id)
        .outerjoin(IncomingMail, IncomingMail.id == Submission.incoming_mail_id)
        .where(Item.task_id == task_id, given_at > written_at)
    )
    return set(rows)

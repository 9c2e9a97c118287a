"""The outbox: which mails wait, and what became of them."""

from collections.abc import Collection as Several
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, any_, exists, or_, select, update

from models.tables.mail import OutgoingMail
from models.tables.process import Pause
from models.tables.task import Task
from store.database import ReadSession, WriteSession
from store.task import OPEN_STATES


async def lease_mails(session: WriteSession, *, now: datetime, length: timedelta, limit: int) -> Sequence[OutgoingMail]:
    """Take up to `limit` waiting mails for a while; nobody else gets them until the lease runs out.

    A mail whose lease ran out was being sent when its sender died: it is taken again, and the same bytes go out.
    While mail is paused, nothing that asks is taken. A mail that asks for an answer is withdrawn here when all it asks
    for has been answered in the meantime.
    """
    waiting = or_(
        and_(OutgoingMail.state == "ready", OutgoingMail.not_before <= now),
        and_(OutgoingMail.state == "sending", OutgoingMail.leased_until <= now),
    )
    paused = and_(
        OutgoingMail.wanted_while_open,
        exists().where(
            or_(Pause.process_id.is_(None), Pause.process_id == OutgoingMail.process_id),
            Pause.since <= now,
            Pause.until > now,
        ),
    )
    ids = (
        select(OutgoingMail.id)
        .where(waiting, ~paused)
        .order_by(OutgoingMail.not_before, OutgoingMail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (await session.scalars(ids)).all()
    still_open = exists().where(
        or_(Task.id == OutgoingMail.task_id, Task.id == any_(OutgoingMail.also_about)), Task.state.in_(OPEN_STATES)
    )
    answered = select(OutgoingMail.id).where(OutgoingMail.id.in_(taken), OutgoingMail.wanted_while_open, ~still_open)
    await session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id.in_(answered))
        .values(state="withdrawn", finished_at=now, last_reply="no longer wanted: the task is not open")
    )
    return (
        await session.scalars(
            update(OutgoingMail)
            .where(OutgoingMail.id.in_(taken), OutgoingMail.state != "withdrawn")
            .values(state="sending", leased_until=now + length, attempts=OutgoingMail.attempts + 1)
            .returning(OutgoingMail)
        )
    ).all()


async def withdraw_mails(session: WriteSession, task_id: UUID, person_code: str, now: datetime) -> None:
    """What still has to leave to a person, asks for one task alone, and is now for somebody else to answer."""
    await session.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.task_id == task_id,
            OutgoingMail.person_code == person_code,
            OutgoingMail.state == "ready",
            OutgoingMail.wanted_while_open,
            OutgoingMail.also_about == [],
        )
        .values(state="withdrawn", finished_at=now, last_reply="no longer wanted: the task was passed on")
    )


async def settle_mail(
    session: WriteSession,
    mail: OutgoingMail,
    *,
    state: str,
    reply: str,
    unknowns: int,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """Write down what became of a leased mail, unless the lease was lost and another sender has it now."""
    await session.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.id == mail.id,
            OutgoingMail.state == "sending",
            OutgoingMail.leased_until == mail.leased_until,
        )
        .values(
            state=state,
            last_reply=reply,
            unknowns=unknowns,
            leased_until=None,
            finished_at=None if state == "ready" else now,
            not_before=not_before or OutgoingMail.not_before,
        )
    )


async def keys_written(session: ReadSession, keys: Several[str]) -> set[str]:
    """Those of some keys of which there is a mail, whatever became of it."""
    return set(await session.scalars(select(OutgoingMail.key).where(OutgoingMail.key.in_(keys))))

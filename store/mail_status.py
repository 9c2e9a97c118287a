"""Queries on how mail goes: what waits, how fast it leaves, what does not arrive."""

from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from models.contracts.mail_status import Dead, MailStatus, Paused, Put, ServiceLine
from models.tables.mail import BounceRow, DeadAddress, OutgoingMail
from models.tables.people import Person
from models.tables.process import Pause, Process
from store.database import ReadSession
from store.office_mails import mail_counts
from store.outbox import is_paused

SERVICE_HOURS = (24, 7 * 24)
BOUNCE_DAYS = 7
PATIENCE = timedelta(minutes=1)
"""So long a mail may wait for its turn before it counts as overdue."""
ADDRESS = r"<?[^\s<>@]+@[^\s<>]+>?"


async def mail_status(session: ReadSession, now: datetime) -> MailStatus:
    """How mail goes at an instant."""
    late, oldest_due_at, waits_since = await _late(session, now)
    last_accepted_at = await session.scalar(select(func.max(OutgoingMail.accepted_at)))
    return MailStatus(
        at=now,
        states=await mail_counts(session),
        late=late,
        oldest_due_at=oldest_due_at,
        last_accepted_at=last_accepted_at,
        standing=waits_since is not None and (last_accepted_at is None or last_accepted_at < waits_since),
        service=tuple([await _service(session, hours, now) for hours in SERVICE_HOURS]),
        deferred=await _deferred(session),
        bounces={
            kind: count
            for kind, count in await session.execute(
                select(BounceRow.kind, func.count())
                .where(BounceRow.at >= now - timedelta(days=BOUNCE_DAYS))
                .group_by(BounceRow.kind)
                .order_by(BounceRow.kind)
            )
        },
        dead=await _dead(session),
        paused=await _paused(session, now),
    )


async def _late(session: ReadSession, now: datetime) -> tuple[int, datetime | None, datetime | None]:
    """How many mails should have left, when the first of them, and since when the first waits for a sender."""
    before = now - PATIENCE
    left_alone = or_(
        and_(OutgoingMail.state == "ready", OutgoingMail.not_before <= before),
        and_(OutgoingMail.state == "sending", OutgoingMail.leased_until <= before),
    )
    waits_since = func.min(func.coalesce(OutgoingMail.leased_until, OutgoingMail.not_before)).filter(left_alone)
    query = select(func.count(), func.min(OutgoingMail.due_at), waits_since).where(
        OutgoingMail.state.in_(("ready", "sending")), OutgoingMail.due_at <= before, ~is_paused(now)
    )
    count, oldest_due_at, waiting = (await session.execute(query)).one()
    return count, oldest_due_at, waiting


async def _service(session: ReadSession, hours: int, now: datetime) -> ServiceLine:
    seconds = func.greatest(func.extract("epoch", OutgoingMail.accepted_at - OutgoingMail.due_at), 0)
    query = select(
        func.count(),
        func.percentile_cont(0.5).within_group(seconds),
        func.percentile_cont(0.95).within_group(seconds),
        func.max(seconds),
    ).where(OutgoingMail.accepted_at > now - timedelta(hours=hours), OutgoingMail.accepted_at <= now)
    mails, median, p95, longest = (await session.execute(query)).one()
    return ServiceLine(hours=hours, mails=mails, median=median, p95=p95, longest=longest)


async def _deferred(session: ReadSession) -> tuple[Put, ...]:
    reply = func.regexp_replace(OutgoingMail.last_reply, ADDRESS, "…", "g").label("reply")
    rows = await session.execute(
        select(reply, func.count().label("mails"))
        .where(OutgoingMail.state == "ready", OutgoingMail.last_reply.is_not(None))
        .group_by(reply)
        .order_by(func.count().desc(), reply)
    )
    return tuple(Put(reply=said, mails=count) for said, count in rows)


async def _dead(session: ReadSession) -> tuple[Dead, ...]:
    rows = await session.execute(
        select(DeadAddress.address, DeadAddress.since, DeadAddress.status, Person.code, Person.name)
        .outerjoin(Person, Person.address == DeadAddress.address)
        .where(DeadAddress.cleared_at.is_(None))
        .order_by(DeadAddress.since, DeadAddress.address)
    )
    return tuple(
        Dead(address=address, since=since, status=status, person_code=code, person_name=name)
        for address, since, status, code, name in rows
    )


async def _paused(session: ReadSession, now: datetime) -> tuple[Paused, ...]:
    rows = await session.execute(
        select(Process.reference, Pause.until, Pause.reason)
        .select_from(Pause)
        .outerjoin(Process, Process.id == Pause.process_id)
        .where(Pause.since <= now, Pause.until > now)
        .order_by(Pause.until)
    )
    return tuple(Paused(process=reference, until=until, reason=reason) for reference, until, reason in rows)

"""What servers say of mails that did not arrive, and what follows for the mail, the address and the coordinator."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from mail.transport import Outcome
from models.contracts.inbound import Bounce, BounceKind
from models.contracts.matters import MatterKind
from models.tables.mail import BounceRow, DeadAddress, OutgoingMail
from models.tables.people import Person
from operations.matters import open_matter
from store.database import ReadSession, WriteSession
from store.outbox import send_again

FULL_AGAIN = timedelta(days=1)
MOST_FULL = 3
"""So often a mail is sent again to a full mailbox, a day after each time; then it is the coordinator's."""
MAY_HAVE_LEFT = ("accepted", "unknown", "sending", "ready")
FULL_STATUS = ".2.2"


async def note_bounce(
    session: WriteSession, mail: OutgoingMail, bounce: Bounce, *, incoming_mail_id: UUID, now: datetime
) -> None:
    """Keep what a server said later of a mail, and act on it; the same incoming mail counts once.

    The caller has taken `mail` for this transaction, and has proof that the bounce is about it.
    """
    if not await _keep(session, mail.id, incoming_mail_id, bounce.kind, bounce.status, bounce.diagnostic, now):
        return
    said = f"{bounce.status} {bounce.diagnostic}".strip()
    match bounce.kind:
        case "dead":
            _came_back(mail, said, now)
            await _bury(session, mail, bounce.status, said, now)
        case "refused":
            _came_back(mail, said, now)
            await _refused(session, mail, "bounced", said, now)
        case "full" if mail.state in {"accepted", "unknown"}:
            if await _times_full(session, mail.id) <= MOST_FULL:
                mail.last_reply = said
                await send_again(session, [mail.id], now + FULL_AGAIN)
            else:
                _came_back(mail, said, now)
                await _open(session, mail, "full_mailbox", f"full_mailbox:{_day(now)}:{mail.recipient}", said, now)
        case _:
            pass


async def note_rejection(session: WriteSession, mail: OutgoingMail, outcome: Outcome, *, now: datetime) -> None:
    """Keep what a server said at once of a mail that is not tried again.

    Only a refusal of the recipient says that there is no such address.
    """
    if outcome.state == "rejected" and outcome.scope == "recipient":
        await _keep(session, mail.id, None, "dead", outcome.status, outcome.reply, now)
        await _bury(session, mail, outcome.status, outcome.reply, now)
    elif outcome.status.endswith(FULL_STATUS):
        await _keep(session, mail.id, None, "full", outcome.status, outcome.reply, now)
        key = f"full_mailbox:{_day(now)}:{mail.recipient}"
        await _open(session, mail, "full_mailbox", key, outcome.reply, now)
    else:
        await _refused(session, mail, outcome.scope, outcome.reply, now)


async def note_long_stop(session: WriteSession, *, since: datetime, reply: str, now: datetime) -> None:
    """Tell the coordinator that nothing has got through since an instant; once for all who send."""
    detail = {"since": since.isoformat(), "excerpt": reply}
    await open_matter(session, key=f"mail_refused:{_day(since)}:system", kind="mail_refused", now=now, detail=detail)


async def _keep(
    session: WriteSession,
    mail_id: UUID,
    incoming_mail_id: UUID | None,
    kind: BounceKind,
    status: str,
    diagnostic: str,
    now: datetime,
) -> bool:
    """Keep what was said of a mail; tells whether it is new."""
    kept = await session.scalar(
        insert(BounceRow)
        .values(
            id=uuid4(),
            outgoing_mail_id=mail_id,
            incoming_mail_id=incoming_mail_id,
            at=now,
            kind=kind,
            status=status,
            diagnostic=diagnostic,
        )
        .on_conflict_do_nothing(index_elements=["outgoing_mail_id", "incoming_mail_id"])
        .returning(BounceRow.id)
    )
    return kept is not None


def _came_back(mail: OutgoingMail, said: str, now: datetime) -> None:
    if mail.state in MAY_HAVE_LEFT:
        mail.state, mail.leased_until, mail.finished_at, mail.last_reply = "bounced", None, now, said


async def _times_full(session: ReadSession, mail_id: UUID) -> int:
    query = select(func.count()).where(BounceRow.outgoing_mail_id == mail_id, BounceRow.kind == "full")
    return await session.scalar(query) or 0


async def _bury(session: WriteSession, mail: OutgoingMail, status: str, said: str, now: datetime) -> None:
    """Send nothing more to an address. If it is nobody's any more, there is nothing to tell.

    The coordinator's own, which only the settings know, is never dead: it is where such things are told.
    """
    address = mail.recipient.lower()
    if mail.person_code is None:
        await _refused(session, mail, "recipient", said, now)
        return
    theirs = select(Person.code).where(Person.code == mail.person_code, Person.address == address)
    if await session.scalar(theirs) is None:
        return
    dead_id = await session.scalar(
        insert(DeadAddress)
        .values(id=uuid4(), address=address, outgoing_mail_id=mail.id, since=now, status=status)
        .on_conflict_do_nothing(index_elements=["address"], index_where=DeadAddress.cleared_at.is_(None))
        .returning(DeadAddress.id)
    )
    if dead_id is not None:
        await _open(session, mail, "dead_address", f"dead_address:{dead_id}", said, now)


async def _refused(session: WriteSession, mail: OutgoingMail, scope: str, said: str, now: datetime) -> None:
    """One matter a day and scope: what a server has against us, it has against every mail."""
    await _open(session, mail, "mail_refused", f"mail_refused:{_day(now)}:{scope}", said, now)


async def _open(
    session: WriteSession, mail: OutgoingMail, kind: MatterKind, key: str, said: str, now: datetime
) -> None:
    await open_matter(
        session,
        key=key,
        kind=kind,
        now=now,
        person_code=mail.person_code,
        task_id=mail.task_id,
        outgoing_mail_id=mail.id,
        detail={"address": mail.recipient, "excerpt": said},
    )


def _day(now: datetime) -> str:
    """The day in UTC."""
    return f"{now.astimezone(UTC):%Y-%m-%d}"

"""The outbox: which mails wait, and what became of them."""

from collections.abc import Collection as Several
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, case, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from models.tables.mail import DeadAddress, OutgoingMail
from models.tables.people import Person
from models.tables.process import Pause, Process
from models.tables.task import Task
from store.database import ReadSession, WriteSession
from store.task import OPEN_STATES

_EARLIER, _LATER = aliased(OutgoingMail), aliased(OutgoingMail)
NO_SUCH_ADDRESS = "no such address since "
"""How the last reply of a mail begins that was withdrawn because its address is dead; then the day, in UTC."""
TAKEN_BACK = "no longer wanted: a later mail takes its place"
CAME_TO_NOTHING = or_(
    OutgoingMail.state.in_(("rejected", "unknown", "bounced")),
    and_(OutgoingMail.state == "withdrawn", OutgoingMail.last_reply.startswith(NO_SUCH_ADDRESS)),
)
"""A mail that its reader did not get, or perhaps not, although it was wanted."""
_Reader = aliased(Person)
STILL_THEIRS = or_(
    OutgoingMail.person_code.is_(None),
    exists().where(_Reader.code == OutgoingMail.person_code, _Reader.address == func.lower(OutgoingMail.recipient)),
)
"""A mail to the address that its reader has today."""


def is_paused(now: datetime) -> ColumnElement[bool]:
    """Whether a mail asks for something while mail of its process, or all mail, is paused."""
    pause = exists().where(
        or_(Pause.process_id.is_(None), Pause.process_id == OutgoingMail.process_id),
        Pause.since <= now,
        Pause.until > now,
    )
    return and_(OutgoingMail.wanted_while_open, pause)


def _overtakes() -> ColumnElement[bool]:
    """Whether a mail would leave before the one that it takes back or changes."""
    return exists().where(_EARLIER.id == OutgoingMail.after_id, _EARLIER.state.in_(("ready", "sending")))


def _taken_back() -> ColumnElement[bool]:
    """Whether the mail that takes this one back has left: sent again, this one would come after it."""
    return exists().where(_LATER.after_id == OutgoingMail.id, _LATER.state.in_(("accepted", "unknown", "bounced")))


async def lease_mails(session: WriteSession, *, now: datetime, length: timedelta, limit: int) -> Sequence[OutgoingMail]:
    """Take up to `limit` waiting mails for a while; nobody else gets them until the lease runs out.

    A mail whose lease ran out was being sent when its sender died: it is taken again, and the same bytes go out.
    While mail is paused, nothing that asks is taken, nor ever a mail before the one that it takes back. Three kinds of
    mail are withdrawn here: one that asks for an answer when all it asks for has been answered in the meantime, one
    that is to be sent again although the one that takes it back is with its reader, and any to an address that is
    known to be dead.
    """
    waiting = or_(
        and_(OutgoingMail.state == "ready", OutgoingMail.not_before <= now),
        and_(OutgoingMail.state == "sending", OutgoingMail.leased_until <= now),
    )
    ids = (
        select(OutgoingMail.id)
        .where(waiting, ~is_paused(now), ~_overtakes())
        .order_by(OutgoingMail.not_before, OutgoingMail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (await session.scalars(ids)).all()
    still_open = exists().where(
        or_(Task.id == OutgoingMail.task_id, Task.id == any_(OutgoingMail.also_about)), Task.state.in_(OPEN_STATES)
    )
    dead_since = (
        select(DeadAddress.since)
        .where(DeadAddress.address == func.lower(OutgoingMail.recipient), DeadAddress.cleared_at.is_(None))
        .scalar_subquery()
    )
    unwanted = or_(dead_since.is_not(None), _taken_back(), and_(OutgoingMail.wanted_while_open, ~still_open))
    since = func.to_char(func.timezone("UTC", dead_since), "YYYY-MM-DD")
    why = case(
        (dead_since.is_not(None), func.concat(NO_SUCH_ADDRESS, since)),
        (_taken_back(), TAKEN_BACK),
        else_="no longer wanted: the task is not open",
    )
    await session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id.in_(taken), unwanted)
        .values(state="withdrawn", leased_until=None, finished_at=now, last_reply=why)
        .execution_options(synchronize_session=False)
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


async def latest_mails(
    session: ReadSession, task_ids: Several[UUID], own_threads: Several[str]
) -> dict[tuple[UUID, str | None, bool], str]:
    """The Message-ID of the last mail by task, person (None: the coordinator), and whether it is one of `own_threads`.

    `own_threads`: names of mails that are no part of the task's conversation.
    """
    own = OutgoingMail.name.in_(own_threads).label("own")
    rows = await session.execute(
        select(OutgoingMail.task_id, OutgoingMail.person_code, own, OutgoingMail.message_id)
        .where(OutgoingMail.task_id.in_(task_ids), OutgoingMail.state != "withdrawn")
        .order_by(OutgoingMail.created_at)
    )
    return {(task_id, code, apart): its_id for task_id, code, apart, its_id in rows if task_id}


async def settle_mail(
    session: WriteSession,
    mail: OutgoingMail,
    *,
    state: str,
    reply: str,
    unknowns: int,
    now: datetime,
    not_before: datetime | None = None,
    counted: bool = True,
) -> bool:
    """Write down what became of a leased mail, unless the lease was lost and another sender has it now.

    `counted`: whether the attempt was this mail's own. Gives whether it was written.
    """
    settled = await session.scalar(
        update(OutgoingMail)
        .where(
            OutgoingMail.id == mail.id,
            OutgoingMail.state == "sending",
            OutgoingMail.leased_until == mail.leased_until,
        )
        .values(
            state=state,
            last_reply=reply,
            attempts=mail.attempts if counted else mail.attempts - 1,
            unknowns=unknowns,
            leased_until=None,
            accepted_at=now if state == "accepted" else None,
            finished_at=None if state == "ready" else now,
            not_before=not_before or OutgoingMail.not_before,
        )
        .returning(OutgoingMail.id)
    )
    return settled is not None


async def send_again(session: WriteSession, mail_ids: Several[UUID], at: datetime) -> None:
    """Send the same frozen bytes of some mails once more from an instant on, as if it were the first time."""
    await session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id.in_(mail_ids))
        .values(
            state="ready",
            due_at=at,
            not_before=at,
            attempts=0,
            unknowns=0,
            leased_until=None,
            accepted_at=None,
            finished_at=None,
        )
    )


async def unreached_tasks(session: ReadSession, person_code: str, address: str) -> list[Task]:
    """A person's open tasks of which a mail that asks did not reach them at an address, or still waits to leave."""
    unreached = exists().where(
        OutgoingMail.person_code == person_code,
        func.lower(OutgoingMail.recipient) == address,
        OutgoingMail.wanted_while_open,
        or_(Task.id == OutgoingMail.task_id, Task.id == any_(OutgoingMail.also_about)),
        or_(CAME_TO_NOTHING, OutgoingMail.state == "ready"),
    )
    return list(
        await session.scalars(
            select(Task)
            .join(Process, Process.id == Task.process_id)
            .where(
                Task.assignee_code == person_code,
                Task.state.in_(OPEN_STATES),
                Task.asked_at.is_not(None),
                Process.state == "open",
                unreached,
            )
            .order_by(Task.due_at, Task.id)
        )
    )


async def withdraw_mails_to(session: WriteSession, person_code: str, address: str, now: datetime) -> None:
    """What still has to leave to a person at an address that is not theirs any more."""
    await session.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.person_code == person_code,
            func.lower(OutgoingMail.recipient) == address,
            OutgoingMail.state == "ready",
        )
        .values(state="withdrawn", finished_at=now, last_reply="no longer wanted: the address was corrected")
    )


async def frozen_mails(
    session: ReadSession, process_id: UUID, name: str, address: str | None = None
) -> Sequence[OutgoingMail]:
    """The mails of one name that a process wrote, to one address or to everybody, oldest first."""
    wanted = [OutgoingMail.process_id == process_id, OutgoingMail.name == name]
    if address is not None:
        wanted.append(func.lower(OutgoingMail.recipient) == address.lower())
    return (await session.scalars(select(OutgoingMail).where(*wanted).order_by(OutgoingMail.created_at))).all()


async def take_back_mails(session: WriteSession, mail_ids: Several[UUID], now: datetime) -> list[UUID]:
    """Withdraw those of some mails that nobody can have yet; gives which."""
    return list(
        await session.scalars(
            update(OutgoingMail)
            .where(OutgoingMail.id.in_(mail_ids), OutgoingMail.state == "ready", OutgoingMail.unknowns == 0)
            .values(state="withdrawn", finished_at=now, last_reply=TAKEN_BACK)
            .returning(OutgoingMail.id)
        )
    )


async def take_back_waiting(session: WriteSession, beginning: str, now: datetime) -> list[str]:
    """Withdraw the mails whose keys begin so and that nobody can have yet; gives their keys, the oldest first."""
    query = select(OutgoingMail.id, OutgoingMail.key).where(OutgoingMail.key.startswith(beginning, autoescape=True))
    waiting = await session.execute(query.where(OutgoingMail.state == "ready").order_by(OutgoingMail.created_at))
    keys = {mail_id: key for mail_id, key in waiting}
    gone = await take_back_mails(session, keys, now)
    return [key for mail_id, key in keys.items() if mail_id in gone]


async def keys_written(session: ReadSession, keys: Several[str]) -> set[str]:
    """Those of some keys of which there is a mail, whatever became of it."""
    return set(await session.scalars(select(OutgoingMail.key).where(OutgoingMail.key.in_(keys))))


async def any_written(session: ReadSession, beginning: str) -> bool:
    """Whether there is a mail whose key begins so, whatever became of it."""
    query = select(exists().where(OutgoingMail.key.startswith(beginning, autoescape=True)))
    return bool(await session.scalar(query))

"""Addresses at which nobody was reached: correcting one, and sending again what came to nothing."""

from collections.abc import Collection as Several
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update

from models.contracts.refusal import Refused, Said, said
from models.policies.people_rows import read_address
from models.tables.mail import DeadAddress, Matter, OutgoingMail
from models.tables.people import Person
from models.tables.task import Task
from operations.audit import record
from operations.tasks import ask_again, settle, take
from store.database import ReadSession, WriteSession
from store.outbox import CAME_TO_NOTHING, STILL_THEIRS, send_again, unreached_tasks, withdraw_mails_to
from store.people import lock_people
from store.staff import operators
from store.task import lock_sets

ABOUT_ADDRESSES = ("dead_address", "full_mailbox")


async def out_of_reach(session: ReadSession, persons: Several[str], *, by: str) -> frozenset[str]:
    """Of some persons, those whose address somebody may not change: with an operator's mail one signs in as operator.

    `by`: a person's code; on the command line, where it is none, everything can be done.
    """
    trusted = await operators(session)
    if by in trusted or await session.get(Person, by) is None:
        return frozenset()
    return trusted.intersection(persons)


def operators_address(name: str) -> Said:
    """Why such an address stays as it is."""
    return said("%(name)s is an operator: only an operator can change this address.", name=name)


async def correct_address(
    session: WriteSession, person_code: str, address: str, *, by: str, now: datetime
) -> list[str]:
    """Give a person another address, and ask them there for every open task of which a mail did not reach them.

    The same address again says that it is right after all, if it was taken for dead. Matters about it are settled
    with it. Gives the references of the tasks that are asked for again, in the next working hour.

    Raises:
        Refused: the person is unknown, or an operator and `by` is none; the address is none we can write to, somebody
            else's, or theirs already.

    """
    await lock_people(session)
    person = await session.get(Person, person_code)
    if person is None:
        raise Refused(said("There is no person “%(person)s”.", person=person_code))
    if await out_of_reach(session, [person_code], by=by):
        raise Refused(operators_address(person.name))
    try:
        address = read_address(address.strip())
    except ValueError as fault:
        raise Refused(said("“%(address)s” %(fault)s", address=address, fault=fault.args[0])) from fault
    before = person.address
    holder = await session.scalar(select(Person).where(Person.address == address, Person.code != person_code))
    if holder is not None:
        raise Refused(
            said(
                "%(address)s is the address of %(name)s (%(code)s).",
                address=address,
                name=holder.name,
                code=holder.code,
            )
        )
    dead = exists().where(DeadAddress.address == address, DeadAddress.cleared_at.is_(None))
    if address == before and not await session.scalar(select(dead)):
        raise Refused(
            said(
                "%(address)s is the address of %(name)s already, and mail is sent there.",
                address=address,
                name=person.name,
            )
        )
    await lock_sets(session, {task.set_id for task in await unreached_tasks(session, person_code, before)})
    # Looked at again behind the locks: one may have been passed on or answered in the meantime.
    tasks = await unreached_tasks(session, person_code, before)
    await withdraw_mails_to(session, person_code, before, now)
    person.address = address
    await revive(session, {before, address}, by=by, now=now)
    await _settle_matters(session, {person_code}, f"The address is {address}.", by=by, now=now)
    record(session, "person.address_corrected", by=by, now=now, person=person_code, before=before, after=address)
    for task in tasks:
        taken = await take(session, task.id)
        ask_again(taken, "request", now)
        await settle(session, taken, "asked_again", by=by, now=now, because="address_corrected")
    return [task.reference for task in tasks]


async def retry_mails(
    session: WriteSession, *, ids: Several[UUID] | None, since: datetime | None, by: str, now: datetime
) -> int:
    """Send again, with the same bytes, what was rejected, came back, may not have arrived, or had a dead address.

    `ids`: these mails; None: all that came to nothing since an instant, or ever. An address that such a mail proved
    dead is tried again. A mail to an address that its reader does not have any more is left. Gives how many leave.

    Raises:
        Refused: one of `ids` is no such mail; nothing was changed.

    """
    query = select(OutgoingMail).where(CAME_TO_NOTHING, STILL_THEIRS).order_by(OutgoingMail.id).with_for_update()
    if ids is not None:
        query = query.where(OutgoingMail.id.in_(ids))
    if since is not None:
        query = query.where(OutgoingMail.finished_at >= since)
    mails = (await session.scalars(query)).all()
    if ids is not None and (others := set(ids) - {mail.id for mail in mails}):
        raise Refused(
            *(
                said(
                    "Mail %(mail_id)s cannot be sent again: there is none, it was not rejected, or its "
                    "reader has another address now.",
                    mail_id=mail_id,
                )
                for mail_id in sorted(others)
            )
        )
    if not mails:
        return 0
    await send_again(session, [mail.id for mail in mails], now)
    await revive(session, {mail.recipient.lower() for mail in mails}, by=by, now=now)
    codes = {mail.person_code for mail in mails if mail.person_code is not None}
    await _settle_matters(session, codes, "Mail is sent there again.", by=by, now=now)
    record(session, "mail.sent_again", by=by, now=now, mails=[str(mail.id) for mail in mails])
    return len(mails)


async def revive(session: WriteSession, addresses: Several[str], *, by: str, now: datetime) -> None:
    """Send to some addresses (in lower case) again, though a server said that they are nobody's."""
    await session.execute(
        update(DeadAddress)
        .where(DeadAddress.address.in_(addresses), DeadAddress.cleared_at.is_(None))
        .values(cleared_at=now, cleared_by=by)
    )


async def _settle_matters(
    session: WriteSession, persons: Several[str], outcome: str, *, by: str, now: datetime
) -> None:
    """Settle the open matters about the addresses of some persons, each on the record of its task."""
    settled = await session.scalars(
        update(Matter)
        .where(Matter.person_code.in_(persons), Matter.kind.in_(ABOUT_ADDRESSES), Matter.state == "open")
        .values(state="accepted", settled_at=now, settled_by=by, outcome=outcome)
        .returning(Matter)
    )
    for matter in settled.all():
        task = await session.get(Task, matter.task_id) if matter.task_id else None
        told = {"matter": matter.reference, "kind": matter.kind, "outcome": outcome}
        process_id = task.process_id if task else None
        record(session, "matter.accepted", by=by, now=now, process_id=process_id, task_id=matter.task_id, **told)

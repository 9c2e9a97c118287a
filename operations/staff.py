"""Who may do what on the office's pages: roles given and taken away."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Select, select, update

from models.contracts.refusal import Refused, said
from models.contracts.staff import Role
from models.tables.people import Person, Unit
from models.tables.staff import StaffRole, StaffSession
from operations.audit import record
from operations.signing_in import new_link
from store.database import WriteSession
from store.staff import staff_of


async def grant(
    session: WriteSession, person_code: str, role: Role, *, unit_code: str | None = None, by: str, now: datetime
) -> StaffRole:
    """Give a person a role for a unit and all below it, or for the whole city; given twice, it is held once.

    Raises:
        Refused: there is no such person who is active, or no such unit.

    """
    person = await session.get(Person, person_code, with_for_update=True)
    if person is None or not person.active:
        raise Refused(said("There is no active person with the code “%(person)s”.", person=person_code))
    if unit_code is not None and await session.get(Unit, unit_code) is None:
        raise Refused(said("There is no unit with the code “%(unit)s”.", unit=unit_code))
    held: StaffRole | None = await session.scalar(_standing(person_code, role, unit_code))
    if held is not None:
        return held
    row = StaffRole(id=uuid4(), person_code=person_code, role=role, unit_code=unit_code, granted_at=now, granted_by=by)
    session.add(row)
    record(session, "staff.role_granted", by=by, now=now, person=person_code, role=role, unit=unit_code)
    return row


async def revoke(
    session: WriteSession, person_code: str, role: Role, *, unit_code: str | None = None, by: str, now: datetime
) -> None:
    """Take a role away; whoever holds none any more is signed out everywhere.

    Raises:
        Refused: the person does not hold it, or nobody would be left who can give roles.

    """
    await session.execute(select(StaffRole.id).where(StaffRole.role == role).with_for_update())
    held: StaffRole | None = await session.scalar(_standing(person_code, role, unit_code))
    if held is None:
        raise Refused(said("“%(person)s” does not have this role.", person=person_code))
    if role == "operator" and held.unit_code is None:
        # Only who holds it for the whole city, and is still here, can give roles.
        others = select(StaffRole.id).where(
            StaffRole.role == "operator",
            StaffRole.unit_code.is_(None),
            StaffRole.revoked_at.is_(None),
            StaffRole.id != held.id,
            StaffRole.person_code.in_(select(Person.code).where(Person.active)),
        )
        if await session.scalar(others.limit(1)) is None:
            raise Refused(said("This is the last operator: give the role to somebody else first."))
    held.revoked_at, held.revoked_by = now, by
    await session.flush()
    record(session, "staff.role_revoked", by=by, now=now, person=person_code, role=role, unit=unit_code)
    left = select(StaffRole.id).where(StaffRole.person_code == person_code, StaffRole.revoked_at.is_(None))
    if await session.scalar(left.limit(1)) is None:
        await session.execute(
            update(StaffSession)
            .where(StaffSession.person_code == person_code, StaffSession.ended_at.is_(None))
            .values(ended_at=now)
        )


def _standing(person_code: str, role: Role, unit_code: str | None) -> Select[StaffRole]:
    return select(StaffRole).where(
        StaffRole.person_code == person_code,
        StaffRole.role == role,
        StaffRole.unit_code == unit_code if unit_code else StaffRole.unit_code.is_(None),
        StaffRole.revoked_at.is_(None),
    )


async def hand_out_link(session: WriteSession, person_code: str, *, by: str, now: datetime) -> str:
    """Make a link that signs a person in once, to be handed to them; gives its token.

    Raises:
        Refused: nobody of this code has a role.

    """
    person = await session.get(Person, person_code)
    if person is None or not (await staff_of(session, person)).grants:
        raise Refused(said("“%(person)s” has no role.", person=person_code))
    return await new_link(session, person_code, "/", by=by, now=now)

"""Queries on the office's own people: roles, sessions, links that sign in."""

from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from models.contracts.staff import Grant, Role, Staff
from models.tables.people import Person, Unit
from models.tables.staff import SignInLink, StaffRole, StaffSession
from store.database import ReadSession


async def units_below(session: ReadSession, unit_codes: Several[str]) -> dict[str, frozenset[str]]:
    """Some units, each with all that are below it and itself."""
    tree = select(Unit.code.label("top"), Unit.code.label("code")).where(Unit.code.in_(unit_codes)).cte(recursive=True)
    tree = tree.union(select(tree.c.top, Unit.code).where(Unit.parent_code == tree.c.code))
    found: dict[str, set[str]] = {code: {code} for code in unit_codes}
    for top, code in await session.execute(select(tree.c.top, tree.c.code)):
        found[top].add(code)
    return {top: frozenset(codes) for top, codes in found.items()}


async def staff_by_address(session: ReadSession, address: str) -> Person | None:
    """The person who has an address and at least one role; None where there is nobody."""
    found: Person | None = await session.scalar(
        select(Person).where(
            Person.address == address.strip().lower(),
            Person.active,
            exists().where(StaffRole.person_code == Person.code, StaffRole.revoked_at.is_(None)),
        )
    )
    return found


async def staff_of(session: ReadSession, person: Person) -> Staff:
    """A person with the roles they hold now; without any, they may do nothing."""
    rows = await session.execute(
        select(StaffRole.role, StaffRole.unit_code)
        .where(StaffRole.person_code == person.code, StaffRole.revoked_at.is_(None))
        .order_by(StaffRole.role, StaffRole.unit_code)
    )
    grants = await _grants(session, [(role, unit) for role, unit in rows])
    return Staff(person.code, person.name, person.language, grants)


async def _grants(session: ReadSession, held: Sequence[tuple[Role, str | None]]) -> tuple[Grant, ...]:
    codes = {unit for _, unit in held if unit is not None}
    below = await units_below(session, codes) if codes else {}
    return tuple(Grant(role, below[unit] if unit is not None else None) for role, unit in held)


async def operators(session: ReadSession) -> frozenset[str]:
    """The codes of whoever gives roles: the operators of the whole city."""
    query = select(StaffRole.person_code).where(
        StaffRole.role == "operator", StaffRole.unit_code.is_(None), StaffRole.revoked_at.is_(None)
    )
    return frozenset(await session.scalars(query))


async def signed_in(session: ReadSession, token_hash: str) -> tuple[StaffSession, Person] | None:
    """The session that a cookie stands for, ended or not, and whose it is."""
    row = (
        await session.execute(
            select(StaffSession, Person)
            .join(Person, Person.code == StaffSession.person_code)
            .where(StaffSession.token_hash == token_hash)
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


async def links_since(session: ReadSession, person_code: str, since: datetime) -> int:
    """How many links a person was sent since an instant."""
    query = select(func.count()).where(SignInLink.person_code == person_code, SignInLink.issued_at > since)
    return await session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role with the names it stands for; `unit_name` is None for the whole city."""

    role: StaffRole
    person: Person
    unit_name: str | None
    last_seen: datetime | None


async def standing_roles(session: ReadSession) -> list[RoleRow]:
    """Every role that is held, by the names of people."""
    seen = select(func.max(StaffSession.seen_at)).where(StaffSession.person_code == Person.code).scalar_subquery()
    rows = await session.execute(
        select(StaffRole, Person, Unit.name, seen)
        .join(Person, Person.code == StaffRole.person_code)
        .outerjoin(Unit, Unit.code == StaffRole.unit_code)
        .where(StaffRole.revoked_at.is_(None))
        .order_by(func.lower(Person.name), StaffRole.role)
    )
    return [RoleRow(*row) for row in rows]

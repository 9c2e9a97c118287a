"""Queries behind the weekly mail to managers."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from models.tables.catalogue import Plan
from models.tables.people import Person, Unit
from models.tables.staff import ManagerDigest, StaffRole
from models.tables.task import Task
from store.board_numbers import is_overdue, of_units
from store.database import ReadSession, WriteSession


async def managers_since(session: ReadSession, week: date) -> list[tuple[Person, datetime]]:
    """Who is a manager and was not written to in the week that begins on a Monday, with when they became one."""
    written = select(ManagerDigest.person_code).where(ManagerDigest.week == week)
    rows = await session.execute(
        select(Person, func.min(StaffRole.granted_at))
        .join(StaffRole, StaffRole.person_code == Person.code)
        .where(StaffRole.role == "manager", StaffRole.revoked_at.is_(None), Person.active, Person.code.not_in(written))
        .group_by(Person.code)
        .order_by(Person.code)
    )
    return [(person, since) for person, since in rows]


async def units_managed(session: ReadSession, person_code: str) -> Sequence[str]:
    """The names of the units that a person manages, without those below them; none for the whole city."""
    rows = await session.execute(
        select(StaffRole.unit_code, Unit.name)
        .outerjoin(Unit, Unit.code == StaffRole.unit_code)
        .where(StaffRole.person_code == person_code, StaffRole.role == "manager", StaffRole.revoked_at.is_(None))
        .order_by(Unit.name)
    )
    names = [(code, name) for code, name in rows]
    return () if any(code is None for code, _ in names) else [name for _, name in names]


async def oldest_overdue(
    session: ReadSession, units: frozenset[str] | None, now: datetime, *, limit: int
) -> Sequence[UUID]:
    """The overdue tasks of some units (None: of all) that have been so longest."""
    query = select(Task.id).where(*of_units(units), is_overdue(now)).order_by(Task.due_at, Task.id).limit(limit)
    return (await session.scalars(query)).all()


async def any_calendar(session: ReadSession) -> str | None:
    """The calendar of the newest plan: by it goes whoever has none of their own. None as long as there is no plan."""
    return await session.scalar(select(Plan.calendar).order_by(Plan.last_year.desc(), Plan.code).limit(1))


async def keep_written(
    session: WriteSession, person_code: str, week: date, *, overdue: int, now: datetime, note: str = ""
) -> bool:
    """Note that a person was written to in a week; whether that is news, so that nobody gets two."""
    values = {"person_code": person_code, "week": week, "written_at": now, "overdue": overdue, "note": note}
    inserted = await session.scalar(
        insert(ManagerDigest).values(values).on_conflict_do_nothing().returning(ManagerDigest.person_code)
    )
    return inserted is not None

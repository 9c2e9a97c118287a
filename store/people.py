"""Units, persons, focal points and absences: reading them as facts, and writing what an import brings."""

import zlib
from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert

from models.policies.people import Absence, Appointment, PersonFacts, Presence, UnitFacts, absences_on
from models.policies.people_checks import People
from models.policies.people_rows import Row
from models.tables.base import Base
from models.tables.people import Absence as AbsenceRow
from models.tables.people import CalendarRow, FocalPoint, Person, Unit
from store.database import ReadSession, WriteSession

_UNIT = select(Unit.code, Unit.name, Unit.kind, Unit.institution, Unit.parent_code, Unit.head_code, Unit.calendar_code)
_PERSON = select(
    Person.code,
    Person.name,
    Person.address,
    Person.language,
    Person.unit_code,
    Person.active,
    Person.calendar_files,
)


async def load_units(session: ReadSession) -> dict[str, UnitFacts]:
    """Every unit by its code, in the order of codes."""
    rows = await session.execute(_UNIT.order_by(Unit.code))
    return {row.code: UnitFacts(*row) for row in rows}


async def load_units_above(session: ReadSession, codes: Several[str]) -> dict[str, UnitFacts]:
    """Some units and all that stand above them, by code: what a reporting line needs."""
    line = select(Unit.code, Unit.parent_code).where(Unit.code.in_(codes)).cte(recursive=True)
    # `union` leaves out what was seen, so that even a cycle ends.
    line = line.union(select(Unit.code, Unit.parent_code).join(line, Unit.code == line.c.parent_code))
    rows = await session.execute(_UNIT.where(Unit.code.in_(select(line.c.code))))
    return {row.code: UnitFacts(*row) for row in rows}


async def load_persons(session: ReadSession, codes: Several[str] | None = None) -> dict[str, PersonFacts]:
    """Some persons, or every one, by their code, in the order of codes, active or not."""
    query = _PERSON if codes is None else _PERSON.where(Person.code.in_(codes))
    rows = await session.execute(query.order_by(Person.code))
    return {row.code: PersonFacts(*row) for row in rows}


async def persons_by_address(session: ReadSession, addresses: Several[str]) -> dict[str, PersonFacts]:
    """The persons who have some addresses, by address; one that is nobody's is left out."""
    rows = await session.execute(_PERSON.where(Person.address.in_(addresses)))
    return {row.address: PersonFacts(*row) for row in rows}


async def load_appointments(session: ReadSession) -> tuple[Appointment, ...]:
    """Every appointment, past, present and future, by unit, first day and person."""
    columns = (FocalPoint.unit_code, FocalPoint.person_code, FocalPoint.first_day, FocalPoint.last_day)
    order = (FocalPoint.unit_code, FocalPoint.first_day, FocalPoint.person_code)
    return tuple(Appointment(*row) for row in await session.execute(select(*columns).order_by(*order)))


async def load_absences(session: ReadSession) -> tuple[Absence, ...]:
    """Every absence by person and first day."""
    columns = (AbsenceRow.person_code, AbsenceRow.first_day, AbsenceRow.last_day, AbsenceRow.substitute_code)
    order = (AbsenceRow.person_code, AbsenceRow.first_day)
    return tuple(Absence(*row) for row in await session.execute(select(*columns).order_by(*order)))


async def load_people(session: ReadSession) -> People:
    """All of them together. A unit may go by any calendar but a demonstration's, which is gone after it."""
    calendars = await session.execute(select(CalendarRow.code, CalendarRow.demonstration))
    return People(
        units=await load_units(session),
        persons=await load_persons(session),
        appointments=await load_appointments(session),
        absences=await load_absences(session),
        calendars=frozenset(code for code, demonstration in calendars if demonstration is None),
    )


async def load_presence(session: ReadSession, unit_codes: Several[str], persons: Several[str], day: date) -> Presence:
    """Who is where on a day: some persons, some units and all above them, their heads, and everybody away that day."""
    columns = (AbsenceRow.person_code, AbsenceRow.first_day, AbsenceRow.last_day, AbsenceRow.substitute_code)
    rows = await session.execute(select(*columns).where(AbsenceRow.first_day <= day, AbsenceRow.last_day >= day))
    absences = absences_on((Absence(*row) for row in rows), day)
    units = await load_units_above(session, unit_codes)
    wanted = {*persons, *absences}
    wanted |= {absence.substitute_code for absence in absences.values() if absence.substitute_code}
    wanted |= {unit.head_code for unit in units.values() if unit.head_code}
    return Presence(await load_persons(session, wanted), units, absences)


async def lock_persons(session: WriteSession, codes: Several[str]) -> None:
    """Take some persons for this transaction, in order: what each is sent that day is counted by one at a time."""
    one_by_one = text(
        "select pg_advisory_xact_lock(key) from (select unnest(cast(:keys as bigint[])) as key order by 1) as ordered"
    )
    await session.execute(one_by_one, {"keys": [zlib.crc32(f"focal person {code}".encode()) for code in codes]})


async def lock_people(session: WriteSession) -> None:
    """One import at a time: another waits here until this transaction ends."""
    await session.execute(text("select pg_advisory_xact_lock(hashtext('focal people'))"))


async def save_people(session: WriteSession, rows: Sequence[Row], *, now: datetime) -> None:
    """Insert rows that are new and bring the others up to date; who is active stays as it is.

    Units and persons name each other, so units first come without parent and head. Two persons may swap
    addresses, so those in `rows` first give up theirs.
    """
    units = [asdict(row) for row in rows if isinstance(row, UnitFacts)]
    persons = [asdict(row) for row in rows if isinstance(row, PersonFacts)]
    bare = [{**unit, "parent_code": None, "head_code": None} for unit in units]
    await _execute(session, insert(Unit).on_conflict_do_nothing(), bare)
    codes = [person["code"] for person in persons]
    parked = func.md5(Person.code).concat("@changing.invalid")
    await session.execute(update(Person).where(Person.code.in_(codes)).values(address=parked))
    changing: tuple[str, ...] = ("name", "address", "language", "unit_code", "calendar_files")
    await _execute(session, _upsert(Person, "code", changing=changing), persons)
    changing = ("name", "kind", "institution", "parent_code", "head_code", "calendar_code")
    await _execute(session, _upsert(Unit, "code", changing=changing), units)
    await _save_spells(session, rows, now)


async def _save_spells(session: WriteSession, rows: Sequence[Row], now: datetime) -> None:
    appointments = [{**asdict(row), "id": uuid4(), "appointed_at": now} for row in rows if isinstance(row, Appointment)]
    key = ("unit_code", "person_code", "first_day")
    await _execute(session, _upsert(FocalPoint, *key, changing=("last_day",)), appointments)
    absences = [{**asdict(row), "id": uuid4()} for row in rows if isinstance(row, Absence)]
    changing = ("last_day", "substitute_code")
    await _execute(session, _upsert(AbsenceRow, "person_code", "first_day", changing=changing), absences)


def _upsert(table: type[Base], *key: str, changing: Sequence[str]) -> Insert:
    statement = insert(table)
    columns = {column: statement.excluded[column] for column in changing}
    return statement.on_conflict_do_update(index_elements=key, set_=columns)


async def _execute(session: WriteSession, statement: Insert, values: Sequence[dict[str, Any]]) -> None:
    if values:
        await session.execute(statement, values)

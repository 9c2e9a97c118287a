"""Calendars as rows, the calendar that a row describes, and who goes by which."""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from models.contracts.refusal import Refused, said
from models.policies.calendar import YEARS_KNOWN, Calendar, DemonstrationCalendar, free_days
from models.policies.people import line_of_units
from models.tables.catalogue import Plan
from models.tables.people import CalendarDay, CalendarRow, Unit
from store.database import ReadSession, WriteSession
from store.people import load_units_above


@cache
def public_days(country: str, subdivision: str | None) -> Mapping[date, str]:
    """The national and, with a subdivision, regional holidays of every year known. One mapping for all: only read."""
    return free_days(country, subdivision, YEARS_KNOWN)


async def load_calendar(session: ReadSession, code: str) -> Calendar:
    """The calendar of a code, with its local days.

    Raises:
        Refused: there is none.

    """
    return (await load_calendars(session, [code]))[code]


async def load_calendars(session: ReadSession, codes: Several[str]) -> dict[str, Calendar]:
    """Some calendars with their local days, by code: one query for each kind of row.

    Raises:
        Refused: one of them is not there.

    """
    rows = {row.code: row for row in await session.scalars(select(CalendarRow).where(CalendarRow.code.in_(codes)))}
    if missing := sorted(set(codes) - rows.keys()):
        raise Refused(*(no_calendar(code) for code in missing))
    local = await local_days(session, codes)
    return {code: _calendar(row, local.get(code, {})) for code, row in rows.items()}


def no_calendar(code: str) -> str:
    """What is said of a calendar that is not there."""
    return said("There is no calendar “%(calendar)s”: look with `focal calendar list`.", calendar=code)


def _calendar(row: CalendarRow, local: Mapping[date, str]) -> Calendar:
    zone, public = ZoneInfo(row.zone), public_days(row.country, row.subdivision)
    free = {**local, **public} if local else public
    if row.demonstration is None:
        return Calendar(zone, free)
    return DemonstrationCalendar(
        zone,
        free,
        origin=datetime.fromisoformat(row.demonstration["origin"]),
        first=date.fromisoformat(row.demonstration["first_day"]),
        length=timedelta(seconds=row.demonstration["seconds"]),
    )


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A free day, its name, and for whom it is free."""

    day: date
    name: str
    kind: Literal["national", "regional", "local"]


async def named_days(session: ReadSession, code: str, year: int) -> list[FreeDay]:
    """The free days of a calendar in one of the years known, in their order.

    Raises:
        Refused: there is no such calendar.

    """
    row = await session.get(CalendarRow, code)
    if row is None:
        raise Refused(no_calendar(code))
    local = (await local_days(session, [code])).get(code, {})
    # Where several say that a day is free, the widest names it.
    days = {day: FreeDay(day, name, "local") for day, name in local.items()}
    days |= {day: FreeDay(day, name, "regional") for day, name in public_days(row.country, row.subdivision).items()}
    days |= {day: FreeDay(day, name, "national") for day, name in public_days(row.country, None).items()}
    return sorted((free for free in days.values() if free.day.year == year), key=lambda free: free.day)


async def local_days(session: ReadSession, codes: Several[str] | None = None) -> dict[str, dict[date, str]]:
    """The local days of some calendars, or of every one, by code and day; a calendar that has none is left out."""
    query = select(CalendarDay.calendar_code, CalendarDay.day, CalendarDay.name)
    if codes is not None:
        query = query.where(CalendarDay.calendar_code.in_(codes))
    found: dict[str, dict[date, str]] = defaultdict(dict)
    for code, day, name in await session.execute(query.order_by(CalendarDay.calendar_code, CalendarDay.day)):
        found[code][day] = name
    return found


async def calendar_codes(session: ReadSession, unit_codes: Several[str], process_calendar_code: str) -> dict[str, str]:
    """The calendar that each of some units goes by in a process, by unit code.

    Its own, else that of the nearest unit above that has one, else the process's. In a demonstration everybody goes
    by the process's: one clock for all.
    """
    process_calendar = await session.get_one(CalendarRow, process_calendar_code)
    if process_calendar.demonstration is not None:
        return dict.fromkeys(unit_codes, process_calendar_code)
    units = await load_units_above(session, unit_codes)
    return {
        code: next(
            (own for above in line_of_units(code, units) if (own := units[above].calendar_code)), process_calendar_code
        )
        for code in unit_codes
    }


async def all_calendars(session: ReadSession) -> list[CalendarRow]:
    """Every calendar, in the order of codes."""
    return list(await session.scalars(select(CalendarRow).order_by(CalendarRow.code)))


@dataclass(slots=True)
class Users:
    """The plans and the units that name a calendar as theirs, in the order of codes."""

    plans: list[Plan]
    units: list[Unit]


async def calendar_users(session: ReadSession) -> dict[str, Users]:
    """Who names which calendar, by its code; one that nobody names is left out."""
    users: dict[str, Users] = defaultdict(lambda: Users([], []))
    for plan in await session.scalars(select(Plan).order_by(Plan.code)):
        users[plan.calendar].plans.append(plan)
    for unit in await session.scalars(select(Unit).where(Unit.calendar_code.is_not(None)).order_by(Unit.code)):
        users[unit.calendar_code or ""].units.append(unit)
    return users


async def lock_calendar(session: WriteSession, code: str) -> CalendarRow:
    """Take a calendar for this transaction: its days are changed by one at a time.

    Raises:
        Refused: there is none.

    """
    row = await session.get(CalendarRow, code, with_for_update={"key_share": True})
    if row is None:
        raise Refused(no_calendar(code))
    return row


async def replace_local_days(
    session: WriteSession, code: str, *, gone: Several[date], days: Mapping[date, str], source: str
) -> None:
    """Take some local days out of a calendar, and put others in or give them another name."""
    await session.execute(delete(CalendarDay).where(CalendarDay.calendar_code == code, CalendarDay.day.in_(gone)))
    if days:
        statement = insert(CalendarDay)
        changed = {column: statement.excluded[column] for column in ("name", "source")}
        await session.execute(
            statement.on_conflict_do_update(index_elements=["calendar_code", "day"], set_=changed),
            [{"calendar_code": code, "day": day, "name": name, "source": source} for day, name in days.items()],
        )


async def save_demonstration_calendar(
    session: WriteSession, *, code: str, like: str, origin: datetime, first_day: date, seconds: float
) -> None:
    """Make (or set again) a calendar with the public holidays of another, in which a working day lasts some seconds."""
    model = await session.get_one(CalendarRow, like)
    values = {
        "zone": model.zone,
        "country": model.country,
        "subdivision": model.subdivision,
        "demonstration": {
            "origin": origin.isoformat(),
            "first_day": first_day.isoformat(),
            "seconds": seconds,
        },
    }
    await session.execute(
        insert(CalendarRow).values(code=code, **values).on_conflict_do_update(index_elements=["code"], set_=values)
    )

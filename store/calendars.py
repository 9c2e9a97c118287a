"""Calendars as rows, and the calendar that a row describes."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from models.contracts.refusal import Refused
from models.policies.calendar import Calendar, DemonstrationCalendar, free_days
from models.tables.people import CalendarRow
from store.database import ReadSession, WriteSession

YEARS_KNOWN = range(2020, 2041)
"""Holidays are computed for these years: the plans begin in 2021, and no process looks further than 2040."""


@cache
def _free_days(country: str, subdivision: str | None) -> dict[date, str]:
    return free_days(country, subdivision, YEARS_KNOWN)


async def load_calendar(session: ReadSession, code: str) -> Calendar:
    """The calendar of a code.

    Raises:
        Refused: there is none.

    """
    row = await session.scalar(select(CalendarRow).where(CalendarRow.code == code))
    if row is None:
        raise Refused(f"There is no calendar “{code}”.")
    zone, free = ZoneInfo(row.zone), _free_days(row.country, row.subdivision)
    if row.demonstration is None:
        return Calendar(zone, free)
    return DemonstrationCalendar(
        zone,
        free,
        origin=datetime.fromisoformat(row.demonstration["origin"]),
        first=date.fromisoformat(row.demonstration["first_day"]),
        length=timedelta(seconds=row.demonstration["seconds"]),
    )


async def save_demonstration_calendar(
    session: WriteSession, *, code: str, like: str, origin: datetime, first_day: date, seconds: float
) -> None:
    """Make (or set again) a calendar with the days of another, in which a working day lasts some seconds."""
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

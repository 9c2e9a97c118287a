"""The calendars of towns and their local days: made, filled from files, and missed in time."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from models.contracts.changes import Changes
from models.contracts.mail import CalendarGap
from models.contracts.refusal import Refused, said
from models.policies.calendar import missing_year
from models.policies.calendar_days import read_days
from models.policies.people_rows import CODE
from models.tables.catalogue import Plan
from models.tables.people import CalendarRow, Unit
from operations.audit import record
from operations.notices import hand_over, reader_context, write
from settings import Settings
from store.calendars import (
    calendar_users,
    load_calendars,
    local_days,
    lock_calendar,
    no_calendar,
    replace_local_days,
)
from store.database import WriteSession
from store.outbox import keys_written


async def add_calendar(session: WriteSession, code: str, *, like: str, by: str, now: datetime) -> CalendarRow:
    """Make a calendar, as for a municipality, with the zone and the public holidays of another and no local days.

    Raises:
        Refused: the code cannot be one or is taken, or the other calendar is not there.

    """
    if not CODE.fullmatch(code):
        raise Refused(
            said(
                "“%(code)s” is not a code: use letters A-Z, digits, hyphens, dots and underscores, at most 64.",
                code=code,
            )
        )
    model = await session.get(CalendarRow, like)
    if model is None:
        raise Refused(no_calendar(like))
    if await session.get(CalendarRow, code) is not None:
        raise Refused(said("There is already a calendar “%(calendar)s”: give the new one another code.", calendar=code))
    calendar = CalendarRow(code=code, zone=model.zone, country=model.country, subdivision=model.subdivision)
    session.add(calendar)
    record(session, "calendar.added", by=by, now=now, calendar=code, like=like)
    await session.flush()
    return calendar


async def import_days(
    session: WriteSession, code: str, file: str, content: bytes, *, by: str, now: datetime, dry_run: bool = False
) -> Changes:
    """Set the local days of the years that a file (CSV or iCalendar) holds; days of other years stay as they are.

    A second time changes nothing. `file` is only a name to tell it by. A dry run checks and counts, and writes nothing.

    Raises:
        Refused: there is no such calendar, or something is wrong in the file: every problem with its line.

    """
    calendar = await lock_calendar(session, code)
    wanted = read_days(file, content, calendar.zone)
    years = {day.year for day in wanted}
    stored = (await local_days(session, [code])).get(code, {})
    present = {day: name for day, name in stored.items() if day.year in years}
    gone = present.keys() - wanted.keys()
    new = {day: name for day, name in wanted.items() if present.get(day) != name}
    renamed = len(new.keys() & present.keys())
    changes = Changes(inserted=len(new) - renamed, changed=renamed, unchanged=len(wanted) - len(new), removed=len(gone))
    if (new or gone) and not dry_run:
        await replace_local_days(session, code, gone=gone, days=new, source=file)
        record(
            session,
            "calendar.days_imported",
            by=by,
            now=now,
            calendar=code,
            years=sorted(years),
            file={"name": file, "sha256": hashlib.sha256(content).hexdigest()},
            **changes.model_dump(),
        )
    return changes


async def warn_of_missing_days(session: WriteSession, settings: Settings, *, now: datetime) -> int:
    """Write to the coordinator of each calendar in use that lacks the local days of a year; gives how many mails.

    One mail a month for each calendar and year, in the hours of mail of that calendar: see `missing_year`.
    """
    users = await calendar_users(session)
    local = await local_days(session, users)
    gaps: dict[str, CalendarGap] = {}
    for code, calendar in (await load_calendars(session, users)).items():
        today = calendar.day(now)
        year = missing_year(local.get(code, {}), today)
        if year is None or calendar.sending_instant(now) > now:
            continue
        # The last quarter of a plan's last year is asked for in the year after it.
        plans = [plan for plan in users[code].plans if (plan.last_year or year) >= year - 1]
        if plans or users[code].units:
            gaps[f"calendar_gap:{code}:{year}:{today.month}"] = _gap(settings, code, year, plans, users[code].units)
    told = await keys_written(session, gaps)
    mails = [
        write(
            settings,
            key=key,
            name="calendar_gap",
            context=gap,
            thread=f"calendar/{gap.calendar_code}/{gap.year}",
            now=now,
        )
        for key, gap in gaps.items()
        if key not in told
    ]
    await hand_over(session, mails)
    return len(mails)


def _gap(settings: Settings, code: str, year: int, plans: Sequence[Plan], units: Sequence[Unit]) -> CalendarGap:
    if plans:
        band = {"plan_title": plans[0].title, "plan_language": plans[0].language}
    else:
        band = {"plan_title": units[0].institution}
    return CalendarGap(
        **reader_context(settings, settings.coordinator_language, settings.coordinator_name),
        **band,
        calendar_code=code,
        year=year,
        first_day=date(year, 1, 1),
        plans=tuple(plan.title for plan in plans),
        units=tuple(unit.name for unit in units),
        link=settings.office_url,
    )

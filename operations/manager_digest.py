"""The weekly mail to each manager: the numbers of their board, and what is overdue, with one link each."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mail.headers import UnsafeHeader
from models.contracts.mail import Language, ManagerDigest, OverdueTask
from models.policies.calendar import Calendar
from models.tables.people import Person
from operations.notices import hand_over, leave_at, reader_context, write
from operations.subjects import load_subjects
from settings import Settings
from store.board_numbers import MOST, board_numbers
from store.calendars import calendar_codes, load_calendar
from store.database import ReadSession, WriteSession
from store.decisions import waiting_count
from store.manager_digest import any_calendar, keep_written, managers_since, oldest_overdue, units_managed
from store.people import load_persons
from store.staff import staff_of
from store.task import task_facts, task_items

MORNING = time(8)
SHOWN = 40
"""Tasks in one mail; of the others it is said how many there are."""


async def write_manager_digests(session: WriteSession, settings: Settings, *, now: datetime) -> int:
    """Write the mails of the week that are due by now; gives how many.

    A manager is written to once a week, at eight on the first working day of their unit; whoever became one later
    that week, the week after. Nothing overdue is worth a mail, too: a short one.
    """
    week = _monday(now.astimezone(ZoneInfo(settings.office_zone)).date())
    written = 0
    for person, since in await managers_since(session, week):
        calendar = await _calendar(session, person)
        begins = _begins(calendar, week) if calendar else None
        if calendar and begins and since <= begins <= now:
            written += await _write(session, settings, person, week, calendar.sending_instant(now), now)
    return written


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _begins(calendar: Calendar, week: date) -> datetime | None:
    """When the work of a week begins; None where all of it is free."""
    first = calendar.working_day_from(week)
    return calendar.at(first, MORNING) if _monday(first) == week else None


async def _calendar(session: ReadSession, person: Person) -> Calendar | None:
    """The calendar of somebody's unit; None as long as there is none at all."""
    code = await any_calendar(session)
    if code is None:
        return None
    own = await calendar_codes(session, [person.unit_code], code)
    return await load_calendar(session, own[person.unit_code])


async def _write(
    session: WriteSession, settings: Settings, person: Person, week: date, leaves_at: datetime, now: datetime
) -> bool:
    units = (await staff_of(session, person)).units("manager")
    numbers = await board_numbers(session, units, now)
    tasks = await _overdue(session, settings, units, person.language, now)
    today = now.astimezone(ZoneInfo(settings.office_zone)).date()
    context = ManagerDigest(
        **reader_context(settings, person.language, person.name),
        week_of=week,
        units=tuple(await units_managed(session, person.code)),
        overdue=numbers.overdue,
        escalated=numbers.escalated,
        soon=numbers.soon,
        mine=await waiting_count(session, person.code, now=now, today=today),
        most=MOST,
        tasks=tasks,
        more=max(numbers.overdue - len(tasks), 0),
        link=f"{settings.office_url}/board",
        decisions_link=f"{settings.office_url}/decisions",
    )
    recipient = (await load_persons(session, [person.code]))[person.code]
    try:
        mail = write(
            settings,
            key=f"manager_digest:{person.code}:{week}",
            name="manager_digest",
            context=context,
            thread=f"manager_digest:{person.code}",
            now=now,
            recipient=recipient,
        )
    except UnsafeHeader:
        await keep_written(session, person.code, week, overdue=numbers.overdue, note="no usable address", now=now)
        return False
    if not await keep_written(session, person.code, week, overdue=numbers.overdue, now=now):
        return False
    leave_at(mail, leaves_at)
    await hand_over(session, [mail])
    return True


async def _overdue(
    session: ReadSession, settings: Settings, units: frozenset[str] | None, language: Language, now: datetime
) -> tuple[OverdueTask, ...]:
    """What is overdue, the oldest first."""
    ids = await oldest_overdue(session, units, now, limit=SHOWN)
    facts = {each.task.id: each for each in await task_facts(session, ids)}
    today = now.astimezone(ZoneInfo(settings.office_zone)).date()
    subjects = await load_subjects(session, list(facts.values()), await task_items(session, ids), today)
    shown = []
    for task_id in ids:
        each = facts[task_id]
        calendar = await load_calendar(session, each.task.calendar_code)
        shown.append(
            OverdueTask(
                **subjects[task_id].fields(language),
                kind=each.task.kind,
                task_reference=each.task.reference,
                plan_language=each.plan.language,
                unit_name=each.unit.name,
                assignee_name=each.assignee.name,
                due_on=each.task.due_on,
                working_days_late=max(calendar.working_days_between(each.task.due_on, calendar.day(now)), 0),
                escalated=each.task.escalated_at is not None,
                link=f"{settings.office_url}/tasks/{each.task.reference}",
            )
        )
    return tuple(shown)

"""Calendars of towns: made, filled from files, and gone by according to unit, on real rows."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from models.contracts.changes import Changes
from models.contracts.people import PeopleFile, PeopleProblems
from models.contracts.refusal import Refused
from models.policies.calendar import Calendar
from models.tables.people import CalendarDay, CalendarRow, Unit
from models.tables.process import AuditEvent
from models.tables.task import Task
from operations.calendars import add_calendar, import_days
from operations.indicator_collection import create_set, left_to_ask, open_collection
from operations.people import import_people
from store.calendars import (
    calendar_codes,
    load_calendar,
    load_calendars,
    named_days,
    save_demonstration_calendar,
)
from store.database import Database
from tests.world import CITY, OPENING, build_world

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VICENT = date(2027, 1, 22)
DAYS = "day,name\n2027-01-22,Sant Vicent Màrtir\n2027-04-05,Sant Vicent Ferrer\n"


async def imported(database: Database, content: str, code: str = "valencia", *, dry_run: bool = False) -> Changes:
    async with database.transaction() as session:
        return await import_days(
            session, code, "days.csv", content.encode(), by="coordinator", now=NOW, dry_run=dry_run
        )


async def added(database: Database, code: str, like: str = "valencia") -> None:
    async with database.transaction() as session:
        await add_calendar(session, code, like=like, by="coordinator", now=NOW)


async def calendar(database: Database, code: str) -> Calendar:
    async with database.reading() as session:
        return await load_calendar(session, code)


async def stored(database: Database, code: str = "valencia") -> dict[date, str]:
    async with database.reading() as session:
        rows = await session.scalars(select(CalendarDay).where(CalendarDay.calendar_code == code))
        return {row.day: row.name for row in rows}


async def audit(database: Database) -> list[AuditEvent]:
    async with database.reading() as session:
        return list(await session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


async def give(database: Database, unit: str, code: str | None) -> None:
    async with database.transaction() as session:
        await session.execute(update(Unit).where(Unit.code == unit).values(calendar_code=code))


async def with_barcelona(database: Database) -> None:
    await build_world(database)
    async with database.transaction() as session:
        session.add(CalendarRow(code="barcelona", zone="Europe/Madrid", country="ES", subdivision="CT"))


async def test_each_region_has_its_own_days_and_both_have_the_countrys(database: Database):
    await with_barcelona(database)
    async with database.reading() as session:
        both = await load_calendars(session, ["valencia", "barcelona"])
    valencia, barcelona = both["valencia"], both["barcelona"]
    for day, in_valencia, in_barcelona in (
        (date(2026, 10, 9), False, True),  # 9 d'Octubre
        (date(2026, 9, 11), True, False),  # Diada
        (date(2027, 3, 19), False, True),  # Sant Josep
        (date(2028, 12, 26), True, False),  # Sant Esteve
        (date(2026, 10, 12), False, False),
        (date(2027, 3, 29), False, False),  # Easter Monday
        (date(2026, 10, 13), True, True),
    ):
        assert (valencia.is_working(day), barcelona.is_working(day)) == (in_valencia, in_barcelona), day


async def test_local_days_are_free_in_their_calendar_and_in_no_other(database: Database):
    await build_world(database)
    await added(database, "alzira")
    assert await imported(database, DAYS) == Changes(inserted=2)
    valencia, alzira = await calendar(database, "valencia"), await calendar(database, "alzira")
    assert not valencia.is_working(VICENT)
    assert valencia.free_days[VICENT] == "Sant Vicent Màrtir"
    assert alzira.is_working(VICENT)
    assert not alzira.is_working(date(2026, 10, 9)), "a new calendar has the public holidays of the other"


async def test_a_calendar_that_is_not_there_is_refused(database: Database):
    await build_world(database)
    async with database.reading() as session:
        with pytest.raises(Refused, match="There is no calendar “atlantis”: look with `focal calendar list`"):
            await load_calendars(session, ["valencia", "atlantis"])
    with pytest.raises(Refused, match="atlantis"):
        await imported(database, DAYS, "atlantis")
    with pytest.raises(Refused, match="atlantis"):
        await added(database, "alzira", like="atlantis")


async def test_a_calendar_is_added_once_and_on_record(database: Database):
    await build_world(database)
    await added(database, "alzira")
    with pytest.raises(Refused, match="There is already a calendar “alzira”"):
        await added(database, "alzira")
    with pytest.raises(Refused, match="“la ribera” is not a code"):
        await added(database, "la ribera")
    (event,) = await audit(database)
    assert (event.action, event.actor, event.at) == ("calendar.added", "coordinator", NOW)
    assert event.detail == {"calendar": "alzira", "like": "valencia"}


async def test_importing_again_changes_nothing_and_leaves_no_trace(database: Database):
    await build_world(database)
    await imported(database, DAYS)
    assert await imported(database, DAYS) == Changes(unchanged=2)
    (event,) = await audit(database)
    assert (event.action, event.actor, event.at) == ("calendar.days_imported", "coordinator", NOW)
    assert event.detail["calendar"] == "valencia"
    assert event.detail["years"] == [2027]
    assert event.detail["file"]["name"] == "days.csv"
    assert event.detail["inserted"] == 2


async def test_the_years_of_a_file_are_set_anew_and_others_stay(database: Database):
    await build_world(database)
    await imported(database, "day,name\n2026-04-13,Sant Vicent Ferrer\n")
    await imported(database, DAYS)
    changes = await imported(
        database, "day,name\n2027-01-22,Sant Vicent\n2027-06-24,Fira\n2027-06-25,Fira\n2028-01-21,Sant Vicent\n"
    )
    assert changes == Changes(inserted=3, changed=1, removed=1)
    assert await stored(database) == {
        date(2026, 4, 13): "Sant Vicent Ferrer",
        VICENT: "Sant Vicent",
        date(2027, 6, 24): "Fira",
        date(2027, 6, 25): "Fira",
        date(2028, 1, 21): "Sant Vicent",
    }


async def test_a_dry_run_counts_and_writes_nothing(database: Database):
    await build_world(database)
    assert await imported(database, DAYS, dry_run=True) == Changes(inserted=2)
    assert await stored(database) == {}
    assert await audit(database) == []


async def test_one_bad_line_and_nothing_is_imported(database: Database):
    await build_world(database)
    with pytest.raises(Refused, match=r"days\.csv, line 4: day: “soon” is not a day"):
        await imported(database, DAYS + "soon,Fira\n")
    assert await stored(database) == {}


async def test_free_days_are_told_with_the_widest_that_frees_them(database: Database):
    await build_world(database)
    await imported(database, DAYS + "2027-01-06,Reis\n2027-03-19,Sant Josep\n")
    async with database.reading() as session:
        days = {free.day: free for free in await named_days(session, "valencia", 2027)}
    assert list(days) == sorted(days)
    assert {day.year for day in days} == {2027}
    kinds = {day: days[day].kind for day in (date(2027, 1, 6), date(2027, 3, 19), VICENT)}
    assert list(kinds.values()) == ["national", "regional", "local"]
    assert days[VICENT].name == "Sant Vicent Màrtir"


async def test_a_unit_goes_by_its_own_calendar_or_by_the_nearest_above_or_by_the_processs(database: Database):
    await with_barcelona(database)
    await added(database, "alzira")
    units = ["MAYOR", "HEALTH", "ECOLOGY"]

    async def gone_by(process_calendar: str = "valencia") -> list[str]:
        async with database.reading() as session:
            codes = await calendar_codes(session, units, process_calendar)
        return [codes[unit] for unit in units]

    assert await gone_by() == ["valencia", "valencia", "valencia"]
    await give(database, "HEALTH", "alzira")
    assert await gone_by() == ["valencia", "alzira", "valencia"]
    await give(database, "MAYOR", "barcelona")
    assert await gone_by() == ["barcelona", "alzira", "barcelona"]
    async with database.transaction() as session:
        await save_demonstration_calendar(
            session, code="demo", like="valencia", origin=NOW, first_day=date(2027, 1, 4), seconds=1
        )
    assert await gone_by("demo") == ["demo", "demo", "demo"]


async def test_a_local_day_of_a_municipality_moves_the_day_on_which_its_answer_is_due(database: Database):
    await build_world(database)
    await added(database, "alzira")
    await imported(database, DAYS, "alzira")
    await give(database, "HEALTH", "alzira")
    async with database.transaction() as session:
        opened = await open_collection(session, "TST", "2026-Q4", by="coordinator", now=OPENING)
    async with database.reading() as session:
        left = await left_to_ask(session, opened.order.process_id)
    async with database.transaction() as session:
        await create_set(session, opened.order.process_id, left, now=OPENING)
    async with database.reading() as session:
        rows = await session.execute(select(Task.unit_code, Task.calendar_code, Task.due_on).order_by(Task.unit_code))
        due = {unit: (code, day) for unit, code, day in rows}
    assert due == {
        "ECOLOGY": ("valencia", date(2027, 1, 26)),
        "HEALTH": ("alzira", date(2027, 1, 27)),  # Sant Vicent, a Friday, is not counted
    }


UNITS = "unit,name,kind,institution,parent,head{}\nHEALTH,Àrea Salut,area," + CITY + ",MAYOR,health-head{}\n"


async def import_units(database: Database, column: str, value: str) -> None:
    content = UNITS.format(column, value).encode()
    async with database.transaction() as session:
        await import_people(session, [PeopleFile("units.csv", content)], now=NOW, dry_run=False)


async def own_calendar(database: Database, unit: str = "HEALTH") -> str | None:
    async with database.reading() as session:
        return await session.scalar(select(Unit.calendar_code).where(Unit.code == unit))


async def test_a_file_of_units_may_say_which_calendar_each_goes_by(database: Database):
    await build_world(database)
    await added(database, "alzira")
    await import_units(database, ",calendar", ",alzira")
    assert await own_calendar(database) == "alzira"
    await import_units(database, "", "")
    assert await own_calendar(database) == "alzira", "a file without the column says nothing of it"
    await import_units(database, ",calendar", ",")
    assert await own_calendar(database) is None


async def test_a_calendar_that_a_unit_cannot_go_by_is_refused_with_file_line_and_column(database: Database):
    await build_world(database)
    async with database.transaction() as session:
        await save_demonstration_calendar(
            session, code="demo", like="valencia", origin=NOW, first_day=date(2027, 1, 4), seconds=1
        )
    for code in ("atlantis", "demo"):
        with pytest.raises(PeopleProblems) as refusal:
            await import_units(database, ",calendar", f",{code}")
        assert str(refusal.value) == f"units.csv, line 2: calendar: there is no calendar {code}"
    with pytest.raises(PeopleProblems, match=r"units\.csv, line 2: calendar: “a b” is not a code"):
        await import_units(database, ",calendar", ",a b")
    with pytest.raises(PeopleProblems) as refusal:
        await import_units(database, ",colour", ",green")
    assert str(refusal.value) == (
        "units.csv, line 1: colour: this column is not known; "
        "a file of units has unit, name, kind, institution, parent, head, and may have calendar"
    )
    assert await own_calendar(database) is None

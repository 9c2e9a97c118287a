"""The coordinator is told in time that a year begins without its local days, once a month and in working hours."""

from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, update

from models.policies.calendar import missing_year
from models.tables.catalogue import Plan
from models.tables.mail import OutgoingMail
from models.tables.people import CalendarRow, Unit
from operations.calendars import add_calendar, import_days, warn_of_missing_days
from scheduler import calendar_watch
from settings import Settings
from store.database import Database
from store.office_mails import mails
from tests.world import CITY, build_world

NOVEMBER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday, 10 o'clock in València."""
OF_2026 = "day,name\n2026-04-13,Sant Vicent Ferrer\n"
OF_2027 = "day,name\n2027-01-22,Sant Vicent Màrtir\n"


@pytest.mark.parametrize(
    ("years", "day", "missing"),
    [
        ((2026,), "2026-10-31", None),
        ((2026,), "2026-11-01", 2027),
        ((2026,), "2026-12-31", 2027),
        ((2026,), "2027-01-01", 2027),
        ((2026,), "2027-07-01", 2027),
        ((2026, 2027), "2026-11-01", None),
        ((2026, 2027), "2027-10-31", None),
        ((2026, 2027), "2027-11-01", 2028),
        ((), "2026-06-01", 2026),
        ((), "2026-11-01", 2027),
        ((2025,), "2026-06-01", 2026),
        ((2027,), "2026-06-01", 2026),
        ((2027,), "2026-11-01", None),
    ],
)
def test_the_next_year_is_missed_from_november_on_and_before_that_the_present_one(years, day, missing):
    local_days = [date(year, month, 22) for year in years for month in (1, 4)]
    assert missing_year(local_days, date.fromisoformat(day)) == missing


async def warned(database: Database, settings: Settings, now: datetime = NOVEMBER) -> int:
    async with database.transaction() as session:
        return await warn_of_missing_days(session, settings, now=now)


async def imported(database: Database, *contents: str, code: str = "valencia") -> None:
    async with database.transaction() as session:
        for content in contents:
            await import_days(session, code, "days.csv", content.encode(), by="coordinator", now=NOVEMBER)


async def outbox(database: Database) -> list[OutgoingMail]:
    async with database.reading() as session:
        return list(await session.scalars(select(OutgoingMail).order_by(OutgoingMail.key)))


async def test_the_coordinator_is_told_which_year_is_missing_who_needs_it_and_what_to_do(
    database: Database, settings: Settings
):
    await build_world(database)
    await imported(database, OF_2026)
    async with database.transaction() as session:
        await session.execute(update(Unit).where(Unit.code == "HEALTH").values(calendar_code="valencia"))
    english = settings.model_copy(update={"coordinator_language": "en"})
    assert await warned(database, english) == 1
    (mail,) = await outbox(database)
    assert mail.key == "calendar_gap:valencia:2027:11"
    assert (mail.name, mail.recipient, mail.person_code) == ("calendar_gap", settings.coordinator_address, None)
    assert (mail.process_id, mail.task_id, mail.state) == (None, None, "ready")
    body = message_from_bytes(mail.rfc822, policy=policy.default).get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert mail.subject == "[valencia] Local days of 2027 are missing"
    assert "calendar “valencia”, from Friday 1 January 2027" in text
    assert "- Pla de prova\n- Àrea Salut\n" in text.replace("\r\n", "\n")
    assert "focal calendar import valencia FILE" in text
    async with database.reading() as session:
        (listed,) = await mails(session, state="", page=1)
    assert (listed.id, listed.calendar_code) == (mail.id, None), "the office sees it among its mails"


async def test_once_a_month_is_enough_until_the_days_are_there(database: Database, settings: Settings):
    await build_world(database)
    await imported(database, OF_2026)
    written = [
        await warned(database, settings, datetime(year, month, day, 9, 0, tzinfo=UTC))
        for year, month, day in (
            (2026, 10, 30),
            (2026, 11, 2),
            (2026, 11, 3),
            (2026, 11, 30),
            (2026, 12, 1),
            (2027, 1, 4),
            (2027, 1, 5),
        )
    ]
    assert written == [0, 1, 0, 0, 1, 1, 0]
    await imported(database, OF_2027)
    assert await warned(database, settings, datetime(2027, 2, 1, 9, 0, tzinfo=UTC)) == 0
    assert [mail.key for mail in await outbox(database)] == [
        "calendar_gap:valencia:2027:1",
        "calendar_gap:valencia:2027:11",
        "calendar_gap:valencia:2027:12",
    ]


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 6, 59, tzinfo=UTC),  # before 8 in València
        datetime(2026, 11, 23, 17, 0, tzinfo=UTC),  # 18 o'clock
        datetime(2026, 11, 22, 9, 0, tzinfo=UTC),  # a Sunday
        datetime(2026, 12, 8, 9, 0, tzinfo=UTC),  # a holiday
    ],
)
async def test_no_warning_leaves_at_night_or_on_a_free_day(database: Database, settings: Settings, now: datetime):
    await build_world(database)
    assert await warned(database, settings, now) == 0
    assert await warned(database, settings) == 1


async def test_a_calendar_that_nobody_goes_by_is_not_missed(database: Database, settings: Settings):
    await build_world(database)
    await imported(database, OF_2026, OF_2027)
    async with database.transaction() as session:
        await add_calendar(session, "alzira", like="valencia", by="coordinator", now=NOVEMBER)
    assert await warned(database, settings) == 0
    async with database.transaction() as session:
        await session.execute(update(Unit).where(Unit.code == "ECOLOGY").values(calendar_code="alzira"))
    assert await warned(database, settings) == 1
    (mail,) = await outbox(database)
    assert mail.key == "calendar_gap:alzira:2027:11"
    body = message_from_bytes(mail.rfc822, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert CITY in body.get_content(), "no plan goes by it: the institution of its units stands in the band"


async def test_a_plan_that_is_over_needs_no_days_of_later_years(database: Database, settings: Settings):
    await build_world(database)
    await imported(database, OF_2026)

    async def ends(year: int | None) -> None:
        async with database.transaction() as session:
            await session.execute(update(Plan).values(last_year=year))

    await ends(2025)
    assert await warned(database, settings) == 0
    await ends(2026)  # its last quarter is asked for in January 2027
    assert await warned(database, settings) == 1
    await ends(None)
    assert await warned(database, settings, datetime(2026, 12, 1, 9, 0, tzinfo=UTC)) == 1


async def test_two_schedulers_that_look_at_once_write_one_mail(database: Database, settings: Settings):
    await build_world(database)
    async with database.transaction() as first, database.transaction() as second:
        assert await warn_of_missing_days(first, settings, now=NOVEMBER) == 1
        await first.commit()
        assert await warn_of_missing_days(second, settings, now=NOVEMBER) == 0
    assert len(await outbox(database)) == 1


async def test_the_scheduler_looks_with_its_own_clock(database: Database, settings: Settings):
    await build_world(database)
    async with database.transaction() as session:
        session.add(CalendarRow(code="barcelona", zone="Europe/Madrid", country="ES", subdivision="CT"))
    watch = calendar_watch(database, settings, lambda: NOVEMBER)
    assert await watch() == 1
    assert await watch() == 0

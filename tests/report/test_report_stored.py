"""The report of a quarter that really ran: from rows to report, stored once, read again."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from models.contracts.answering import Typed
from models.contracts.refusal import Refused
from models.contracts.report import QuarterReport, UnitFigure
from models.tables.indicator_collection import Report
from operations.report import compute_report, read_report, write_report
from settings import Settings
from store.database import Database
from tests.report.stored import RunningQuarter
from tests.world import OPENING, build_world

AUTUMN = datetime(2026, 10, 5, 8, tzinfo=UTC)
LATE = datetime(2027, 1, 29, 8, tzinfo=UTC)
CLOSING = datetime(2027, 2, 9, 23, tzinfo=UTC)
"""The midnight that ends 9 February in València."""


async def two_quarters(database: Database, settings: Settings) -> RunningQuarter:
    """Health answers in both quarters; Ecology has no focal point until its head names one in the second."""
    await build_world(database, focal_points=("health",))
    before = await RunningQuarter(database, settings, "2026-Q3").open(AUTUMN)
    await before.answer(
        "health",
        AUTUMN + timedelta(days=2),
        A1_I1=Typed(choice="value", value="2"),
        A2_I1=Typed(choice="value", value="60"),
    )
    await before.close(AUTUMN + timedelta(days=40))
    quarter = await RunningQuarter(database, settings, "2026-Q4").open(OPENING)
    await quarter.answer("health", OPENING + timedelta(days=1), A1_I1=Typed(choice="value", value="3"))
    await quarter.name("ecology-head", "ecology", OPENING + timedelta(days=3))
    for day in range(3, 25):
        await quarter.fire(OPENING + timedelta(days=day, hours=2))
    await quarter.answer("ecology", LATE, A1_I1=Typed(choice="not_available", reason="Arriben al març"))
    await quarter.answer("health", LATE, A2_I2=Typed(choice="nothing_to_report"))
    return quarter


def figure(report: QuarterReport, indicator: str, unit: str) -> UnitFigure:
    (found,) = (
        figure
        for axis in report.axes
        for objective in axis.objectives
        for action in objective.actions
        for row in action.indicators
        for figure in row.figures
        if row.code == f"TST-E1-OE1-{indicator}" and figure.unit_code == unit
    )
    return found


async def test_the_rows_of_a_quarter_become_its_report(database: Database, settings: Settings) -> None:
    quarter = await two_quarters(database, settings)
    await quarter.close(CLOSING)
    async with database.transaction() as session:
        report = await write_report(session, quarter.process_id, now=CLOSING)
    assert (report.reference, report.plan_language, report.provisional) == (
        "collection/TST/2026-Q4",
        "ca-ES-valencia",
        False,
    )
    assert (report.opened_on, report.due_on, report.closed_on) == (
        date(2027, 1, 4),
        date(2027, 1, 26),
        date(2027, 2, 9),
    )
    lead = figure(report, "A1-I1", "HEALTH")
    assert (lead.leads, lead.number, lead.to_date, lead.answered_by) == (True, Decimal(3), Decimal(5), "Sofia Salut")
    beside = figure(report, "A1-I1", "ECOLOGY")
    assert (beside.leads, beside.kind, beside.reason) == (False, "not_available", "Arriben al març")
    stock = figure(report, "A2-I1", "HEALTH")
    assert (stock.kind, stock.to_date) == ("missing", Decimal(60))
    assert (report.tally.asked, report.tally.value, report.tally.missing) == (4, 1, 1)
    assert report.not_covered == ("TST-E1-OE1-A3-I1",)
    responses = {unit.unit_code: (unit.tally.asked, unit.in_time, unit.late) for unit in report.units}
    # Ecology was asked later, and its answer came within the grace after its own due day.
    assert responses == {"ECOLOGY": (1, 1, 0), "HEALTH": (3, 1, 1)}


async def test_a_gap_tells_its_story_from_the_steps_and_the_mails(database: Database, settings: Settings) -> None:
    quarter = await two_quarters(database, settings)
    for day in range(25, 36):
        await quarter.fire(OPENING + timedelta(days=day, hours=3))
    await quarter.close(CLOSING)
    async with database.transaction() as session:
        report = await write_report(session, quarter.process_id, now=CLOSING)
    (gap,) = report.gaps
    assert (gap.unit_code, gap.asked_of, gap.asked, gap.missing) == (
        "HEALTH",
        "Sofia Salut",
        3,
        ("TST-E1-OE1-A2-I1",),
    )
    assert gap.asked_on == date(2027, 1, 4)
    assert gap.reminded_on == (date(2027, 1, 19), date(2027, 1, 25), date(2027, 1, 28))
    assert (gap.escalated_on, gap.escalated_to) == (date(2027, 2, 1), "Hèctor Cap")
    told = {day.day: (day.answered, day.reminders, day.escalations) for day in report.days}
    assert told[date(2027, 1, 5)] == (1, 0, 0)
    assert told[date(2027, 1, 29)][0] == 2
    assert told[date(2027, 2, 1)][2] == 1


@pytest.mark.drill
async def test_correcting_an_answer_after_the_due_day_does_not_make_it_late(
    database: Database, settings: Settings
) -> None:
    quarter = await two_quarters(database, settings)
    await quarter.answer("health", LATE + timedelta(days=1), A1_I1=Typed(choice="value", value="4"))
    async with database.reading() as session:
        report = await compute_report(session, quarter.process_id, now=LATE + timedelta(days=2))
    assert figure(report, "A1-I1", "HEALTH").number == 4
    (health,) = (unit for unit in report.units if unit.unit_code == "HEALTH")
    assert (health.in_time, health.late) == (1, 1)


@pytest.mark.drill
async def test_an_open_quarter_is_told_as_it_stands_and_stored_nowhere(database: Database, settings: Settings) -> None:
    quarter = await two_quarters(database, settings)
    async with database.reading() as session:
        report = await read_report(session, "TST", "2026-Q4", now=LATE + timedelta(hours=1))
        assert await session.scalar(select(func.count()).select_from(Report)) == 0
    assert report is not None
    assert report.provisional
    assert (report.days[-1].day, report.closed_on) == (date(2027, 1, 29), date(2027, 2, 9))
    assert report.written_at.utcoffset() == timedelta(hours=1)
    assert [gap.outcome for gap in report.gaps] == ["partly_answered"]
    assert quarter.process_id


@pytest.mark.drill
async def test_a_report_is_written_once_and_never_changes(database: Database, settings: Settings) -> None:
    quarter = await two_quarters(database, settings)
    await quarter.close(CLOSING)

    async def write(now: datetime) -> QuarterReport:
        async with database.transaction() as session:
            return await write_report(session, quarter.process_id, now=now)

    first, second = await asyncio.gather(write(CLOSING), write(CLOSING))
    later = await write(CLOSING + timedelta(days=9))
    async with database.reading() as session:
        read = await read_report(session, "TST", "2026-Q4", now=CLOSING + timedelta(days=10))
    assert first == second == later == read


async def test_there_is_no_report_without_a_collection(database: Database) -> None:
    await build_world(database)
    async with database.reading() as session:
        assert await read_report(session, "TST", "2026-Q4", now=OPENING) is None
        assert await read_report(session, "XYZ", "never", now=OPENING) is None
    with pytest.raises(Refused, match="no collection"):
        async with database.transaction() as session:
            await write_report(session, uuid4(), now=OPENING)


@pytest.mark.drill
async def test_a_quarter_that_is_closed_early_says_the_day_it_was_closed(
    database: Database, settings: Settings
) -> None:
    quarter = await two_quarters(database, settings)
    await quarter.close(LATE + timedelta(days=3))
    async with database.transaction() as session:
        report = await write_report(session, quarter.process_id, now=LATE + timedelta(days=3))
    assert (report.closed_on, report.days[-1].day) == (date(2027, 2, 1), date(2027, 2, 1))

"""The schedules on a real Temporal server: when they fire, what they open, and what applying them again does."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy
from temporalio.service import RPCError, RPCStatusCode

from models.tables.indicator_collection import Collection
from models.tables.process import Dispatch, Process
from schedules import CATCH_UP, apply
from settings import Settings
from store.database import Database
from store.indicator_collection import Planned, plans_to_schedule
from store.membership_review import offices
from tests.memberships.house import build_register
from tests.world import build_world
from worker import build_worker

MADRID = ZoneInfo("Europe/Madrid")
THIS_YEAR = datetime.now(MADRID).year


@pytest.fixture
def plan_code() -> str:
    """A plan of the test's own: schedules are known by it on the whole server."""
    return f"P{uuid.uuid4().hex[:8]}"


async def applied(temporal: Client, planned: Planned) -> list[datetime]:
    """Apply a plan's schedule; gives when it fires next."""
    return list((await apply(temporal, [planned], "nobody"))[f"collection/{planned.plan_code}"])


async def test_it_fires_at_seven_local_on_the_first_day_of_each_quarter_in_summer_and_in_winter(
    temporal: Client, plan_code: str
):
    upcoming = await applied(temporal, Planned(plan_code, "Europe/Madrid", 2022, None))
    shown = [instant.astimezone(MADRID) for instant in upcoming]
    assert len(shown) == 10
    assert {(at.day, at.hour, at.minute, at.second) for at in shown} == {(1, 7, 0, 0)}
    assert {at.month for at in shown} == {1, 4, 7, 10}
    months = [12 * at.year + at.month for at in shown]
    assert {later - earlier for earlier, later in pairwise(months)} == {3}
    assert {(at.month, at.astimezone(UTC).hour) for at in shown} == {(1, 6), (4, 5), (7, 5), (10, 5)}


async def test_it_ends_after_the_collection_of_the_plans_last_quarter(temporal: Client, plan_code: str):
    upcoming = await applied(temporal, Planned(plan_code, "Europe/Madrid", 2022, THIS_YEAR))
    assert upcoming[-1].astimezone(MADRID) == datetime(THIS_YEAR + 1, 1, 1, 7, tzinfo=MADRID)
    assert len(upcoming) <= 4


async def test_it_begins_with_the_collection_of_the_plans_first_quarter(temporal: Client, plan_code: str):
    upcoming = await applied(temporal, Planned(plan_code, "Europe/Madrid", THIS_YEAR + 1, None))
    assert upcoming[0].astimezone(MADRID) == datetime(THIS_YEAR + 1, 4, 1, 7, tzinfo=MADRID)


async def test_a_plan_that_is_over_never_fires(temporal: Client, plan_code: str):
    assert await applied(temporal, Planned(plan_code, "Europe/Madrid", 2016, 2019)) == []


async def test_two_openings_run_side_by_side_and_a_missed_one_is_made_up_for(temporal: Client, plan_code: str):
    await applied(temporal, Planned(plan_code, "Europe/Madrid", 2022, None))
    schedule = (await temporal.get_schedule_handle(f"collection/{plan_code}").describe()).schedule
    assert schedule.policy.overlap is ScheduleOverlapPolicy.ALLOW_ALL
    assert schedule.policy.catchup_window == CATCH_UP == timedelta(days=14)
    assert not schedule.policy.pause_on_failure


async def test_applying_again_brings_it_up_to_date_and_keeps_a_pause(temporal: Client, plan_code: str):
    await applied(temporal, Planned(plan_code, "Europe/Madrid", 2022, None))
    handle = temporal.get_schedule_handle(f"collection/{plan_code}")
    await handle.pause(note="August")
    upcoming = await applied(temporal, Planned(plan_code, "Atlantic/Canary", 2022, THIS_YEAR + 1))
    described = await handle.describe()
    assert described.schedule.spec.time_zone_name == "Atlantic/Canary"
    assert upcoming[-1] == datetime(THIS_YEAR + 2, 1, 1, 7, tzinfo=UTC)
    assert (described.schedule.state.paused, described.schedule.state.note) == (True, "August")


async def test_every_plan_with_indicators_has_a_schedule(database: Database):
    await build_world(database)
    async with database.reading() as session:
        assert await plans_to_schedule(session) == [Planned("TST", "Europe/Madrid", 2022, 2027)]


async def test_a_firing_opens_the_collection_of_the_quarter_before_its_nominal_time(
    temporal: Client, database: Database, own: Settings
):
    await build_world(database)
    today = datetime.now(MADRID).date()
    async with database.reading() as session:
        plans = await plans_to_schedule(session)
    await apply(temporal, plans, own.task_queue)
    handle = temporal.get_schedule_handle("collection/TST")
    async with build_worker(temporal, database, own):
        # The firings of 1 April and 1 July 2026, as after an outage.
        await handle.backfill(
            ScheduleBackfill(start_at=datetime(2026, 3, 31, tzinfo=UTC), end_at=datetime(2026, 4, 2, tzinfo=UTC)),
            ScheduleBackfill(start_at=datetime(2026, 6, 30, tzinfo=UTC), end_at=datetime(2026, 7, 2, tzinfo=UTC)),
        )
        for nominal in ("2026-04-01T05:00:00Z", "2026-07-01T05:00:00Z"):
            await finished(temporal, f"open/collection/TST-{nominal}")
        await handle.delete()
    async with database.reading() as session:
        rows = await session.execute(
            select(Collection.period, Process.reference, Process.opened_by, Collection.opens_on)
            .join(Process, Process.id == Collection.process_id)
            .order_by(Collection.period)
        )
        opened = rows.all()
        starts = set(await session.scalars(select(Dispatch.workflow_id)))
    assert [(row.period, row.reference, row.opened_by) for row in opened] == [
        ("2026-Q1", "collection/TST/2026-Q1", "schedule"),
        ("2026-Q2", "collection/TST/2026-Q2", "schedule"),
    ]
    assert all(row.opens_on >= today for row in opened), "asked now, not in the past"
    assert starts == {"collection/TST/2026-Q1", "collection/TST/2026-Q2"}


async def test_a_firing_opens_the_reviews_of_the_year_of_its_nominal_time_and_asks_the_areas(
    temporal: Client, database: Database, own: Settings
):
    await build_register(database)
    async with database.reading() as session:
        reviewing = await offices(session)
    upcoming = await apply(temporal, [], own.task_queue, reviewing)
    shown = {
        kind: {(at.astimezone(MADRID).month, at.astimezone(MADRID).day, at.astimezone(MADRID).hour) for at in firings}
        for kind, firings in upcoming.items()
    }
    assert shown == {"review/TST": {(2, 1, 7)}, "census/TST": {(5, 1, 7), (11, 1, 7)}}
    async with build_worker(temporal, database, own):
        for kind, month in (("review", 2), ("census", 5)):
            handle = temporal.get_schedule_handle(f"{kind}/TST")
            day = datetime(THIS_YEAR, month, 1, tzinfo=MADRID)
            one_day = timedelta(days=1)
            await handle.backfill(ScheduleBackfill(start_at=day - one_day, end_at=day + one_day))
            await finished(temporal, f"open/{kind}/TST-{(day + timedelta(hours=7)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
            await handle.delete()
    async with database.reading() as session:
        rows = await session.execute(select(Process.reference, Process.opened_by))
        opened = {(row.reference, row.opened_by) for row in rows}
    assert opened == {(f"review/prova/{THIS_YEAR}", "schedule"), (f"review/census/{THIS_YEAR}-1", "schedule")}


async def finished(temporal: Client, workflow_id: str) -> None:
    """Wait for a workflow that the server is about to start."""
    while True:
        try:
            await temporal.get_workflow_handle(workflow_id).result()
        except RPCError as fault:
            if fault.status is not RPCStatusCode.NOT_FOUND:
                raise
        else:
            return
        await asyncio.sleep(0.05)

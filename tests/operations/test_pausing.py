"""No mail for a while, of one process or of all; afterwards nothing is lost and nothing comes in a burst."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from models.contracts.refusal import Refused
from models.tables.people import CalendarDay
from models.tables.process import TaskSet
from operations.pausing import pause, paused_sets, replan_set, resume
from tests.operations.steps import Office
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)
MONDAY = datetime(2027, 2, 1, tzinfo=UTC)


async def paused(
    office: Office, *, until: datetime = MONDAY, since: datetime = NOON, process: UUID | None = None
) -> None:
    async with office.database.transaction() as session:
        await pause(session, process, since=since, until=until, reason="Agost", by="coordinator", now=NOON)


async def planned_anew(office: Office, now: datetime) -> None:
    async with office.database.reading() as session:
        sets = await paused_sets(session, None)
    for set_id in sets:
        async with office.database.transaction() as session:
            await replan_set(session, set_id, now=now)


async def test_what_falls_into_a_pause_comes_after_it_one_mail_a_task_and_warned_before_told(office):
    await office.open()
    await office.fire(OPENING)
    await paused(office)
    await planned_anew(office, NOON)
    made = await office.run_until(datetime(2027, 2, 9, 12, 0, tzinfo=UTC))
    assert [mail for mail in made if mail[2].startswith("health")] == [
        ("2027-02-01", "task_reminder", "health"),
        ("2027-02-03", "task_escalation", "health-head"),
        ("2027-02-03", "task_escalation_copy", "health"),
    ]


async def test_nothing_leaves_in_a_pause_even_before_the_plans_were_made_anew(office):
    await office.open()
    await office.fire(OPENING)
    await office.new_mails()
    await paused(office)
    for day in (19, 25, 28):
        assert await office.fire(datetime(2027, 1, day, 9, 0, tzinfo=UTC)) == []
    assert (await office.task()).state == "open"


async def test_requests_wait_for_the_end_of_a_pause_and_an_early_end_sets_them_free(office):
    evening = datetime(2027, 1, 4, 19, 0, tzinfo=UTC)
    process = await office.open(at=evening)
    await paused(office, process=process)
    tuesday = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)
    assert await office.fire(tuesday) == []
    async with office.database.transaction() as session:
        await resume(session, process, by="coordinator", now=tuesday)
    await planned_anew(office, tuesday)
    assert await office.fire(tuesday) == [("task_request", "ecology"), ("task_request", "health")]


async def test_an_early_end_brings_the_plan_back_as_it_was(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    before = await office.planned(task.id)
    await paused(office)
    await planned_anew(office, NOON)
    assert await office.planned(task.id) != before
    async with office.database.transaction() as session:
        await resume(session, None, by="coordinator", now=NOON + timedelta(days=1))
    await planned_anew(office, NOON + timedelta(days=1))
    assert await office.planned(task.id) == before


async def test_answers_are_taken_during_a_pause(office):
    await office.open()
    await office.fire(OPENING)
    await office.new_mails()
    await paused(office)
    await office.answer(await office.task(), "health", NOON + timedelta(days=1))
    assert await office.new_mails() == [("task_receipt", "health")]


async def test_pauses_that_make_no_sense_are_refused(office):
    await office.open()
    with pytest.raises(Refused, match="ends after it begins"):
        await paused(office, until=NOON - timedelta(hours=1))
    await paused(office)
    with pytest.raises(Refused, match="a pause already"):
        await paused(office, since=NOON + timedelta(days=1))
    async with office.database.transaction() as session:
        await resume(session, None, by="coordinator", now=NOON)
    with pytest.raises(Refused, match="Nothing is paused"):
        async with office.database.transaction() as session:
            await resume(session, None, by="coordinator", now=NOON)


async def test_a_due_day_that_became_a_holiday_rolls_forward(office):
    await office.open()
    await office.fire(OPENING)
    async with office.database.transaction() as session:
        session.add(CalendarDay(calendar_code="valencia", day=date(2027, 1, 26), name="Festa", source="test"))
    await planned_anew(office, NOON)
    task = await office.task()
    assert (task.due_on, task.closes_on) == (date(2027, 1, 27), date(2027, 2, 9))
    assert ("reminder", "2027-01-25") in await office.planned(task.id)


async def test_a_pause_wakes_no_follow_up_that_has_nothing_to_do_earlier(office):
    await office.open()
    await office.fire(OPENING)
    await paused(office)
    await planned_anew(office, NOON)
    async with office.database.reading() as session:
        assert (await session.scalars(select(TaskSet.wake_at))).one() is not None

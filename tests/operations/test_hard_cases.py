"""What goes wrong where two things meet: people who leave, addresses that fail, acts that cross, mails that wait."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from models.contracts.refusal import Refused
from models.tables.people import Person
from models.tables.process import Dispatch, TaskSet
from models.tables.task import Link
from operations.answering import LinkUnusable, open_link
from operations.delegating import delegate, leave
from operations.extending import ask_for_time
from operations.follow_up import fall_asleep
from operations.links import token
from operations.pausing import pause, replan_set, resume
from operations.steering import remind_now, send_back, snooze
from store.outbox import lease_mails
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)
BY = {"by": "coordinator", "reason": "Acordat"}


@pytest.mark.drill
async def test_a_set_without_any_reader_but_the_coordinator_goes_on(office):
    await office.open()
    async with office.database.transaction() as session:
        await session.execute(update(Person).values(active=False))
    assert ("task_request", "coordinator") in await office.fire(OPENING)


async def test_what_is_sent_back_after_all_have_answered_is_followed_up(office):
    await office.open()
    await office.fire(OPENING)
    for unit, person in (("HEALTH", "health"), ("ECOLOGY", "ecology")):
        await office.answer(await office.task(unit), person, NOON)
    async with office.database.transaction() as session:
        set_id = (await session.scalars(select(TaskSet.id))).one()
        turn = await fall_asleep(session, set_id)
    assert turn.open == 1, "the follow-up lives as long as its process"
    async with office.database.reading() as session:
        before = len((await session.scalars(select(Dispatch))).all())
    task = await office.task()
    async with office.database.transaction() as session:
        await send_back(session, task.id, indicator="TST-E1-OE1-A2-I1", note="Falta", by="coordinator", now=NOON)
    async with office.database.reading() as session:
        assert len((await session.scalars(select(Dispatch))).all()) > before, "nobody looks at the set any more"


@pytest.mark.parametrize("address", ["sofía@prova.example", "no address"])
async def test_a_head_is_told_though_the_person_cannot_be_written_to(office, address):
    await office.open()
    async with office.database.transaction() as session:
        await session.execute(update(Person).where(Person.code == "health").values(address=address))
    made = await office.run_until(datetime(2027, 2, 9, 23, 30, tzinfo=UTC))
    assert "health-head" in {person for *_, person in made}


@pytest.mark.drill
async def test_an_answer_sent_back_in_a_snoozed_task_is_asked_for_before_its_day_is_over(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await snooze(session, task.id, until=date(2027, 2, 2), now=NOON, **BY)
    await office.answer(task, "health", NOON)
    await office.new_mails()
    later = NOON + timedelta(hours=1)
    async with office.database.transaction() as session:
        await send_back(session, task.id, indicator="TST-E1-OE1-A2-I1", note="Falta", by="coordinator", now=later)
    made = await office.run_until(datetime(2027, 1, 26, 20, 0, tzinfo=UTC))
    assert "task_request" in {name for _, name, person in made if person == "health"}


async def test_a_snoozed_task_that_is_passed_on_is_put_to_the_new_person(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await snooze(session, task.id, until=date(2027, 2, 2), now=NOON, **BY)
        await delegate(session, office.settings, task.id, to="ecology", by="coordinator", note="", now=NOON)
    made = await office.run_until(datetime(2027, 1, 26, 20, 0, tzinfo=UTC))
    assert [name for _, name, person in made if person == "ecology"].count("task_request") == 1


async def test_a_request_passed_on_in_a_pause_leaves_when_the_pause_ends_early(office):
    evening = datetime(2027, 1, 4, 19, 0, tzinfo=UTC)
    process = await office.open(at=evening)
    async with office.database.transaction() as session:
        await pause(
            session, process, since=evening, until=datetime(2027, 2, 1, tzinfo=UTC), reason="x", by="c", now=evening
        )
    tuesday = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)
    assert await office.fire(tuesday) == []
    task = await office.task()
    async with office.database.transaction() as session:
        await delegate(session, office.settings, task.id, to="mayor", by="coordinator", note="", now=tuesday)
    async with office.database.transaction() as session:
        await resume(session, process, by="coordinator", now=tuesday)
        set_id = (await session.scalars(select(TaskSet.id))).one()
        await replan_set(session, set_id, now=tuesday)
    assert ("task_request", "mayor") in await office.fire(tuesday)


async def test_the_link_of_a_person_who_has_left_opens_nothing(office):
    await office.open()
    await office.fire(OPENING)
    async with office.database.transaction() as session:
        await leave(session, office.settings, "health", to=None, by="coordinator", now=NOON, day=date(2027, 1, 4))
    secret = office.settings.secret_key.get_secret_value()
    async with office.database.reading() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == "health"))).one()
        with pytest.raises(LinkUnusable):
            await open_link(session, token(secret, link.id), now=NOON + timedelta(days=1))


async def test_a_decision_never_moves_to_who_wished(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await delegate(session, office.settings, task.id, to="mayor", by="coordinator", note="", now=NOON)
    await office.fire(NOON)
    async with office.database.transaction() as session:
        await ask_for_time(session, task.id, until=date(2027, 2, 3), reason="x", by="mayor", now=NOON)
    await office.fire(NOON)
    decision = await office.task(kind="extension_decision")
    assert decision.assignee_code == "health-head"
    with pytest.raises(Refused, match="would go to nobody"):
        async with office.database.transaction() as session:
            await leave(session, office.settings, "health-head", to="mayor", by="x", now=NOON, day=date(2027, 1, 4))
    assert (await office.task(kind="extension_decision")).assignee_code == "health-head"


async def test_a_mail_that_was_put_off_does_not_leave_in_a_pause(office):
    await office.open()
    await office.fire(OPENING)
    noon = datetime(2027, 1, 19, 9, 0, tzinfo=UTC)
    await office.fire(noon)
    async with office.database.transaction() as session:
        await pause(session, None, since=noon, until=datetime(2027, 2, 1, tzinfo=UTC), reason="x", by="c", now=noon)
    async with office.database.transaction() as session:
        leased = await lease_mails(session, now=noon + timedelta(hours=5), length=timedelta(minutes=5), limit=50)
        assert [mail.name for mail in leased if mail.created_at == noon] == []


async def test_a_mail_that_was_put_off_does_not_reach_who_has_the_task_no_more(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await delegate(session, office.settings, task.id, to="mayor", by="coordinator", note="", now=NOON)
    async with office.database.transaction() as session:
        leased = await lease_mails(session, now=NOON, length=timedelta(minutes=5), limit=50)
        assert [mail.name for mail in leased if mail.person_code == "health"] == ["task_change"]


@pytest.mark.drill
async def test_whoever_wished_is_told_that_the_wish_lapsed(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await ask_for_time(session, task.id, until=date(2027, 2, 3), reason="x", by="health", now=NOON)
        await delegate(session, office.settings, task.id, to="ecology", by="coordinator", note="", now=NOON)
    await office.new_mails()
    made = await office.run_until(datetime(2027, 1, 18, 23, 0, tzinfo=UTC))
    assert [person for _, name, person in made if name == "task_change"] == ["health"]


@pytest.mark.drill
async def test_a_wish_that_lapses_of_somebody_without_an_address_blocks_nobody(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await ask_for_time(session, task.id, until=date(2027, 2, 3), reason="x", by="health", now=NOON)
        await session.execute(update(Person).where(Person.code == "health").values(address="no address"))
    made = await office.run_until(datetime(2027, 1, 19, 12, 0, tzinfo=UTC))
    assert ("2027-01-19", "task_reminder", "ecology") in made


async def test_a_task_passed_on_while_its_person_leaves_stays_with_who_has_it(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()

    async def leaves():
        async with office.database.transaction() as session:
            await leave(session, office.settings, "health", to=None, by="c", now=NOON, day=date(2027, 1, 4))

    async with office.database.transaction() as session:
        await delegate(session, office.settings, task.id, to="ecology", by="coordinator", note="", now=NOON)
        await session.flush()
        waiting = asyncio.create_task(leaves())
        while True:
            async with office.database.reading() as other:
                if await other.scalar(text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")):
                    break
            await asyncio.sleep(0.05)
    await waiting
    assert (await office.task()).assignee_code == "ecology"


async def test_no_reminder_by_hand_is_promised_while_the_task_rests(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    now = datetime(2027, 1, 18, 15, 0, tzinfo=UTC)
    async with office.database.transaction() as session:
        await snooze(session, task.id, until=date(2027, 2, 2), now=now, **BY)
        with pytest.raises(Refused, match="leaves before Tuesday 2 February 2027, 00:00"):
            await remind_now(session, task.id, by="coordinator", now=now)


async def test_whoever_gets_the_task_later_is_not_left_with_a_decision_they_may_not_make(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await ask_for_time(session, task.id, until=date(2027, 2, 3), reason="x", by="health", now=NOON)
        await delegate(session, office.settings, task.id, to="health-head", by="coordinator", note="", now=NOON)
    await office.new_mails()
    made = await office.fire(NOON)
    assert made.count(("task_request", "health-head")) == 1, made


async def test_a_wish_on_the_evening_of_the_last_day_is_refused(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    evening = datetime(2027, 2, 9, 19, 0, tzinfo=UTC)
    await office.run_until(evening)
    with pytest.raises(Refused, match="please write to the coordinator"):
        async with office.database.transaction() as session:
            await ask_for_time(session, task.id, until=date(2027, 2, 9), reason="x", by="health", now=evening)

"""What a coordinator does to a task: snooze, waive, send back, remind, escalate, answer for somebody."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models.contracts.answering import Typed
from models.contracts.refusal import Refused, TaskEnded
from models.tables.process import AuditEvent
from models.tables.task import Answer, Item, Submission
from operations.answering import answer_on_behalf
from operations.steering import escalate_now, remind_now, send_back, snooze, waive
from tests.operations.steps import NOTHING
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)
BY = {"by": "coordinator", "reason": "Acordat per telèfon"}


async def test_a_snoozed_task_rests_and_wakes_with_its_warning_before_anybody_is_told(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await snooze(session, task.id, until=date(2027, 2, 2), now=NOON, **BY)
    assert await office.planned(task.id) == [
        ("warning", "2027-02-02"),
        ("escalation", "2027-02-04"),
        ("expiry", "2027-02-09"),
    ]
    made = await office.run_until(datetime(2027, 2, 1, 23, 0, tzinfo=UTC))
    assert [mail for mail in made if mail[2] == "health"] == []


@pytest.mark.parametrize(
    ("until", "says"),
    [(date(2027, 1, 4), "choose a later day"), (date(2027, 2, 20), "closes on Tuesday 9 February 2027")],
)
async def test_a_snooze_ends_after_today_and_before_the_task(office, until, says):
    await office.open()
    await office.fire(OPENING)
    with pytest.raises(Refused, match=says):
        async with office.database.transaction() as session:
            await snooze(session, (await office.task()).id, until=until, now=NOON, **BY)


async def test_a_waived_task_asks_for_nothing_more_and_says_why(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        await waive(session, office.settings, task.id, now=NOON, **BY)
    assert ("task_change", "health") in await office.new_mails()
    assert "Acordat per telèfon" in await office.text("task_change", "health")
    assert await office.planned(task.id) == []
    assert (await office.task()).state == "waived"
    with pytest.raises(TaskEnded, match="already waived"):
        async with office.database.transaction() as session:
            await waive(session, office.settings, task.id, now=NOON, **BY)


async def test_one_answer_sent_back_is_asked_for_again_and_every_version_is_kept(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    await office.answer(task, "health", NOON)
    await office.new_mails()
    late = datetime(2027, 1, 25, 15, 0, tzinfo=UTC)
    async with office.database.transaction() as session:
        await send_back(
            session, task.id, indicator="tst-e1-oe1-a2-i1", note="Falta el tercer barri", by="coordinator", now=late
        )
    task = await office.task()
    assert (task.state, task.due_on) == ("partly_answered", date(2027, 1, 28))
    assert ("task_request", "health") in await office.fire(late)
    text = await office.text("task_request", "health")
    assert "Falta el tercer barri" in text
    assert "TST-E1-OE1-A1-I1" not in text, "only what was sent back is asked for"
    await office.answer(task, "health", late + timedelta(hours=1), ["TST-E1-OE1-A2-I1"])
    assert (await office.task()).state == "answered"
    async with office.database.reading() as session:
        assert len((await session.scalars(select(Answer))).all()) == 4
        assert set(await session.scalars(select(Item.returned_note).where(Item.task_id == task.id))) == {None}


@pytest.mark.parametrize(
    ("indicator", "note", "says"),
    [("XYZ", "no", "does not ask for “XYZ”"), ("TST-E1-OE1-A1-I1", " ", "Give a note")],
)
async def test_only_an_answer_of_the_task_is_sent_back_and_with_a_note(office, indicator, note, says):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    await office.answer(task, "health", NOON)
    with pytest.raises(Refused, match=says):
        async with office.database.transaction() as session:
            await send_back(session, task.id, indicator=indicator, note=note, by="coordinator", now=NOON)


async def test_what_has_no_answer_cannot_be_sent_back(office):
    await office.open()
    await office.fire(OPENING)
    with pytest.raises(Refused, match="has no answer"):
        async with office.database.transaction() as session:
            await send_back(
                session, (await office.task()).id, indicator="TST-E1-OE1-A1-I1", note="?", by="coordinator", now=NOON
            )


async def test_a_reminder_by_hand_keeps_the_gap_and_replaces_a_planned_one_that_is_too_near(office):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    with pytest.raises(Refused, match="remind again from Thursday 7 January 2027 on"):
        async with office.database.transaction() as session:
            await remind_now(session, task.id, by="coordinator", now=NOON)
    now = datetime(2027, 1, 18, 15, 0, tzinfo=UTC)
    async with office.database.transaction() as session:
        assert await remind_now(session, task.id, by="coordinator", now=now) == now
    assert await office.fire(now) == [("task_reminder", "health")]
    assert ("reminder", "2027-01-19") not in await office.planned(task.id)
    assert ("reminder", "2027-01-25") in await office.planned(task.id)


async def test_a_head_can_be_told_before_the_day_and_the_next_level_comes_next(office):
    await office.open()
    await office.fire(OPENING)
    await office.new_mails()
    task = await office.task()
    for head in ("health-head", "mayor"):
        async with office.database.transaction() as session:
            await escalate_now(session, task.id, now=NOON, **BY)
        assert await office.fire(NOON) == [("task_escalation", head), ("task_escalation_copy", "health")]
    assert [kind for kind, _ in await office.planned(task.id)].count("escalation") == 0


async def test_nobody_is_reminded_or_escalated_before_they_were_asked(office):
    evening = datetime(2027, 1, 4, 19, 0, tzinfo=UTC)
    await office.open(at=evening)
    task = await office.task()
    for act, told in ((remind_now, {"by": "coordinator"}), (escalate_now, BY)):
        with pytest.raises(Refused, match="has not been put to Sofia Salut yet"):
            async with office.database.transaction() as session:
                await act(session, task.id, now=evening, **told)


async def test_an_answer_by_telephone_counts_as_the_persons_own_and_says_who_entered_it(office):
    await office.open()
    await office.fire(OPENING)
    await office.new_mails()
    task = await office.task()
    values = {
        "TST-E1-OE1-A1-I1": Typed(choice="value", value="1.234"),
        "TST-E1-OE1-A2-I1": Typed(choice="not_available", reason="Enquesta"),
        "TST-E1-OE1-A2-I2": NOTHING,
    }
    async with office.database.transaction() as session:
        taken = await answer_on_behalf(
            session, office.settings, task.id, values, person_code="health", by="coordinator", now=NOON
        )
    assert (taken.answered, taken.missing) == (3, 0)
    assert await office.new_mails() == [("task_receipt", "health")]
    async with office.database.reading() as session:
        row = (await session.scalars(select(Submission))).one()
        event = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "task.answered"))).one()
    assert (row.person_code, row.entered_by, row.channel) == ("health", "coordinator", "coordinator")
    assert b"1.234" in row.raw
    assert (event.actor, event.detail["person"]) == ("coordinator", "health")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "Give at least one value"),
        ({"XYZ": NOTHING}, "XYZ: task .* does not ask for it"),
        ({"TST-E1-OE1-A1-I1": Typed(choice="value", value="10-12")}, "“10-12” cannot be taken"),
    ],
)
async def test_what_cannot_be_read_is_not_entered_for_anybody(office, values, says):
    await office.open()
    await office.fire(OPENING)
    with pytest.raises(Refused, match=says):
        async with office.database.transaction() as session:
            await answer_on_behalf(
                session,
                office.settings,
                (await office.task()).id,
                values,
                person_code="health",
                by="coordinator",
                now=NOON,
            )

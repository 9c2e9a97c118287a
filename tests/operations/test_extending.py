"""More time: wished for, decided by the head or by silence, given outright; reminders move with the day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models.contracts.refusal import Refused, TaskEnded
from models.tables.process import AuditEvent
from models.tables.task import Extension, Task
from operations.extending import ask_for_time, decide_wish, extend
from operations.indicator_collection import close_collection
from operations.steering import waive
from tests.operations.steps import Office
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)
LATER = date(2027, 2, 3)
BECAUSE = "L'enquesta acaba el dia 29"


async def wished(office: Office, *, until: date = LATER, reason: str = BECAUSE, now: datetime = NOON) -> Task:
    task = await office.task()
    async with office.database.transaction() as session:
        await ask_for_time(session, task.id, until=until, reason=reason, by="health", now=now)
    return task


async def decided(office: Office, until: date | None, *, by: str = "health-head", now: datetime = NOON) -> Extension:
    async with office.database.transaction() as session:
        return await decide_wish(
            session,
            office.settings,
            (await office.task()).id,
            grant_until=until,
            reason="D'acord",
            by=by,
            now=now,
        )


async def test_the_head_is_asked_to_decide_in_a_task_of_their_own(office):
    await office.open()
    await office.fire(OPENING)
    task = await wished(office)
    assert await office.fire(NOON) == [("task_request", "health-head")]
    decision = await office.task(kind="extension_decision")
    assert (decision.assignee_code, decision.about_id, decision.state) == ("health-head", task.id, "open")
    text = await office.text("task_request", "health-head")
    assert "Sofia Salut" in text
    assert BECAUSE in text
    assert "26 de enero de 2027" in text
    assert "3 de febrero de 2027" in text


async def test_granted_time_moves_every_reminder_and_says_was_is_because(office):
    await office.open()
    await office.fire(OPENING)
    task = await wished(office)
    await office.fire(NOON)
    await decided(office, LATER)
    assert await office.new_mails() == [("task_change", "health")]
    text = await office.text("task_change", "health")
    assert "26 de gener de 2027" in text
    assert "3 de febrer de 2027" in text
    assert "D'acord" in text
    assert await office.planned(task.id) == [
        ("reminder", "2027-01-27"),
        ("reminder", "2027-02-02"),
        ("warning", "2027-02-05"),
        ("escalation", "2027-02-09"),
        ("expiry", "2027-02-09"),
    ]
    decision = await office.task(kind="extension_decision")
    assert decision.state == "answered"
    assert await office.planned(decision.id) == []
    async with office.database.reading() as session:
        event = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "task.extended"))).one()
    assert (event.actor, event.detail["before"], event.detail["after"]) == ("health-head", "2027-01-26", "2027-02-03")


async def test_refused_time_leaves_the_day_and_tells_why(office):
    await office.open()
    await office.fire(OPENING)
    task = await wished(office)
    before = await office.planned(task.id)
    await office.fire(NOON)
    await decided(office, None)
    assert await office.new_mails() == [("task_change", "health")]
    assert (await office.task()).due_on == date(2027, 1, 26)
    assert await office.planned(task.id) == before


async def test_a_head_who_says_nothing_is_passed_over_and_in_the_end_the_wish_lapses(office):
    await office.open()
    await office.fire(OPENING)
    await wished(office)
    made = await office.run_until(datetime(2027, 1, 18, 23, 0, tzinfo=UTC))
    assert [mail for mail in made if mail[2] in {"health-head", "mayor", "health"}] == [
        ("2027-01-04", "task_request", "health-head"),
        ("2027-01-08", "task_reminder", "health-head"),
        ("2027-01-11", "task_escalation", "mayor"),
        ("2027-01-11", "task_escalation_copy", "health-head"),
        ("2027-01-15", "task_change", "health"),
    ]
    async with office.database.reading() as session:
        assert (await session.scalars(select(Extension.state))).one() == "lapsed"
    with pytest.raises(Refused, match="Nobody is waiting for a decision"):
        await decided(office, LATER)


@pytest.mark.parametrize(
    ("until", "reason", "says"),
    [
        (date(2027, 1, 26), BECAUSE, "due on Tuesday 26 January 2027 already"),
        (date(2027, 1, 20), BECAUSE, "choose a later day"),
        (date(2027, 2, 10), BECAUSE, "closes on Tuesday 9 February 2027"),
        (LATER, "  ", "Give a reason"),
        (LATER, "x" * 2001, "Shorten a reason to 2000 characters"),
    ],
)
async def test_a_wish_that_cannot_be_granted_is_refused_at_the_door(office, until, reason, says):
    await office.open()
    await office.fire(OPENING)
    with pytest.raises(Refused, match=says):
        await wished(office, until=until, reason=reason)


async def test_a_day_that_is_not_worked_rolls_forward(office):
    await office.open()
    await office.fire(OPENING)
    await wished(office, until=date(2027, 1, 30))
    async with office.database.reading() as session:
        assert (await session.scalars(select(Extension.wished_due_on))).one() == date(2027, 2, 1)


async def test_one_wish_at_a_time_and_never_decided_by_who_wished(office):
    await office.open()
    await office.fire(OPENING)
    await wished(office)
    with pytest.raises(Refused, match="asked for already"):
        await wished(office)
    with pytest.raises(Refused, match="cannot decide about it"):
        await decided(office, LATER, by="health")
    await decided(office, LATER)
    with pytest.raises(Refused, match="Nobody is waiting for a decision"):
        await decided(office, LATER)


async def test_an_answer_makes_the_decision_needless(office):
    await office.open()
    await office.fire(OPENING)
    task = await wished(office)
    await office.fire(NOON)
    await office.answer(task, "health", NOON)
    decision = await office.task(kind="extension_decision")
    assert decision.state == "cancelled"
    assert await office.planned(decision.id) == []
    with pytest.raises(TaskEnded, match="already answered at 12:00"):
        await decided(office, LATER)


@pytest.mark.parametrize("end", ["waived", "closed"])
async def test_a_task_that_ends_takes_the_open_decision_with_it(office, end):
    process_id = await office.open()
    await office.fire(OPENING)
    task = await wished(office)
    async with office.database.transaction() as session:
        if end == "waived":
            await waive(session, office.settings, task.id, reason="Ja no cal", by="coordinator", now=NOON)
        else:
            await close_collection(session, process_id, by="coordinator", now=NOON)
    assert (await office.task(kind="extension_decision")).state == "cancelled"
    async with office.database.reading() as session:
        assert (await session.scalars(select(Extension.state))).one() == "lapsed"


async def test_a_coordinator_gives_time_outright_and_grants_the_open_wish_with_it(office):
    await office.open()
    await office.fire(OPENING)
    task = await wished(office)
    async with office.database.transaction() as session:
        given = await extend(
            session,
            office.settings,
            task.id,
            until=date(2027, 2, 5),
            reason="Festa local",
            by="coordinator",
            now=NOON,
        )
    assert (given.state, given.wished_by, given.granted_due_on) == ("granted", "health", date(2027, 2, 5))
    assert (await office.task(kind="extension_decision")).state == "answered"


async def test_time_given_after_the_escalation_begins_again_with_its_warning(office):
    await office.open()
    await office.fire(OPENING)
    await office.run_until(datetime(2027, 2, 1, 20, 0, tzinfo=UTC))
    task = await office.task()
    assert task.escalated_at is not None
    now = datetime(2027, 2, 2, 9, 0, tzinfo=UTC)
    async with office.database.transaction() as session:
        await extend(
            session, office.settings, task.id, until=date(2027, 2, 3), reason="Acord", by="coordinator", now=now
        )
    assert await office.planned(task.id) == [
        ("warning", "2027-02-05"),
        ("escalation", "2027-02-09"),
        ("expiry", "2027-02-09"),
    ]

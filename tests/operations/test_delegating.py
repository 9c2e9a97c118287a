"""A task is passed on: both names stay, the new person is asked in working hours, no chain goes round in a circle."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models.contracts.refusal import Refused, TaskEnded
from models.tables.people import FocalPoint, Person
from models.tables.process import AuditEvent
from models.tables.task import Delegation, Submission
from operations.delegating import delegate, leave
from tests.operations.steps import Office
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)


async def passed_on(office: Office, to: str, by: str, now: datetime = NOON, note: str = "") -> None:
    task = await office.task()
    async with office.database.transaction() as session:
        await delegate(session, office.settings, task.id, to=to, by=by, note=note, now=now)


async def test_the_colleague_is_asked_and_the_former_holder_may_still_answer(office):
    await office.open()
    await office.fire(OPENING)
    await passed_on(office, "ecology", "health", note="Ell porta les dades")
    assert await office.fire(NOON) == [("task_request", "ecology")]
    text = await office.text("task_request", "ecology")
    assert "Sofia Salut" in text
    assert "Ell porta les dades" in text
    task = await office.task()
    assert task.assignee_code == "ecology"
    await office.answer(task, "health", NOON + timedelta(hours=1))
    async with office.database.reading() as session:
        assert await session.scalar(select(Submission.person_code)) == "health"
        row = (await session.scalars(select(Delegation))).one()
        event = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "task.delegated"))).one()
    assert (row.from_code, row.to_code, row.by) == ("health", "ecology", "health")
    assert (event.detail["before"], event.detail["after"]) == ("health", "ecology")
    assert await office.run_until(OPENING + timedelta(days=60)) != []
    assert (await office.task()).state == "answered"


async def test_a_colleague_is_asked_in_working_hours_even_if_it_is_passed_on_at_night(office):
    await office.open()
    await office.fire(OPENING)
    friday_night = datetime(2027, 1, 8, 22, 30, tzinfo=UTC)
    await passed_on(office, "ecology", "health", now=friday_night)
    assert await office.fire(friday_night) == []
    monday = datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
    assert await office.fire(monday) == [("task_request", "ecology")]


async def test_reminders_keep_their_days_and_go_to_the_new_person(office):
    await office.open()
    await office.fire(OPENING)
    before = await office.planned((await office.task()).id)
    await passed_on(office, "ecology", "health")
    await office.fire(NOON)
    assert await office.planned((await office.task()).id) == before
    made = await office.run_until(datetime(2027, 1, 19, 23, 0, tzinfo=UTC))
    assert ("2027-01-19", "task_reminders", "ecology") in made, "of both tasks that are Eric's now, one mail"


async def test_before_the_request_has_left_it_goes_to_the_new_person_alone(office):
    evening = datetime(2027, 1, 4, 19, 0, tzinfo=UTC)
    await office.open(at=evening)
    await passed_on(office, "ecology", "coordinator", now=evening)
    made = await office.run_until(datetime(2027, 1, 5, 12, 0, tzinfo=UTC))
    assert sorted(made) == [("2027-01-05", "task_request", "ecology")] * 2


async def test_a_coordinator_who_passes_it_on_tells_the_one_who_had_it(office):
    await office.open()
    await office.fire(OPENING)
    await office.new_mails()
    await passed_on(office, "ecology", "coordinator", note="Reorganització")
    assert await office.new_mails() == [("task_change", "health")]
    assert "Eric Verd" in await office.text("task_change", "health")


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("health", "cannot be passed on to oneself"),
        ("nobody", "There is no person “nobody”"),
        ("gone", "has left"),
    ],
)
async def test_to_whom_a_task_cannot_be_passed_on(office, to, says):
    await office.open()
    await office.fire(OPENING)
    async with office.database.transaction() as session:
        gone = {"name": "Glòria Antiga", "address": "gone@prova.example", "language": "ca", "unit_code": "HEALTH"}
        session.add(Person(code="gone", active=False, **gone))
    with pytest.raises(Refused, match=says):
        await passed_on(office, to, "health")
    assert (await office.task()).assignee_code == "health"


async def test_a_chain_cannot_go_round_in_a_circle_but_a_coordinator_may_give_it_back(office):
    await office.open()
    await office.fire(OPENING)
    await passed_on(office, "ecology", "health")
    await passed_on(office, "mayor", "ecology")
    for earlier in ("health", "ecology"):
        with pytest.raises(Refused, match="cannot go round in a circle"):
            await passed_on(office, earlier, "mayor")
    await passed_on(office, "health", "coordinator")
    assert (await office.task()).assignee_code == "health"


async def test_what_was_just_answered_is_not_passed_on(office):
    await office.open()
    await office.fire(OPENING)
    await office.answer(await office.task(), "health", datetime(2027, 1, 4, 9, 42, tzinfo=UTC))
    with pytest.raises(TaskEnded, match="already answered at 10:42 on Monday 4 January 2027 by Sofia Salut"):
        await passed_on(office, "ecology", "health")
    async with office.database.reading() as session:
        assert (await session.scalars(select(Delegation))).all() == []


async def test_the_tasks_of_a_person_who_leaves_move_in_one_act(office):
    await office.open()
    await office.open(period="2026-Q3")
    await office.fire(OPENING)
    await office.new_mails()
    async with office.database.transaction() as session:
        told = await leave(
            session, office.settings, "health", to=None, by="coordinator", now=NOON, day=date(2027, 1, 4)
        )
    assert [(move.facts.unit.code, move.to_code) for move in told.moves] == [("HEALTH", "health-head")] * 2
    assert told.appointments == ("HEALTH",)
    assert await office.fire(NOON) == [("task_request", "health-head")] * 2
    async with office.database.reading() as session:
        assert not (await session.get_one(Person, "health")).active
        ended = (await session.scalars(select(FocalPoint).where(FocalPoint.person_code == "health"))).one()
    assert ended.last_day == date(2027, 1, 3)


async def test_somebody_who_leaves_may_leave_loose_ends_behind(office):
    async with office.database.transaction() as session:
        told = await leave(
            session, office.settings, "health-head", to=None, by="coordinator", now=NOON, day=date(2027, 1, 4)
        )
    assert told.loose_ends == ("Àrea Salut has no head any more: import one.",)


async def test_tasks_that_would_go_to_nobody_are_named_and_nothing_moves(office):
    await office.open()
    await office.fire(OPENING)
    async with office.database.transaction() as session:
        for code in ("health-head", "mayor"):
            (await session.get_one(Person, code)).active = False
    with pytest.raises(Refused, match="would go to nobody"):
        async with office.database.transaction() as session:
            await leave(session, office.settings, "health", to=None, by="coordinator", now=NOON, day=date(2027, 1, 4))
    assert (await office.task()).assignee_code == "health"

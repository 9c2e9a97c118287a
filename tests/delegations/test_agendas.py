"""Agendas: composed by one person, approved or sent back by another, confirmed to everybody."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.contracts.refusal import DecisionRefused, Refused
from models.tables.people import Unit
from operations.delegating import delegate
from operations.delegation_reception import confirm
from tests.delegations.reception import AGENDA, APPROVE, YES, Reception, slot
from tests.world import OPENING

DAY = timedelta(days=1)
SEND_BACK = {"agenda": "send_back"}


async def hosted(reception: Reception) -> None:
    """Both hosts accept, and the mails of before are seen."""
    await reception.start(OPENING)
    await reception.tell(OPENING)
    for unit in ("ECOLOGY", "MAYOR"):
        await reception.answer("hosting_request", unit, YES, OPENING)
    await reception.tell(OPENING)
    await reception.letters()


async def test_the_head_of_the_office_approves_what_somebody_else_composed(reception: Reception):
    await hosted(reception)
    assert await reception.compose(OPENING) == 1
    assert await reception.tell(OPENING) == "decision"
    task = await reception.task("agenda_approval", "HEALTH")
    assert (task.assignee_code, task.occasion) == ("health-head", "1")
    await reception.answer("agenda_approval", "HEALTH", APPROVE, OPENING)
    assert await reception.tell(OPENING) == "day before"
    assert (await reception.visit()).approved_version == 1


async def test_who_composed_an_agenda_never_approves_it(reception: Reception):
    await hosted(reception)
    await reception.compose(OPENING, by="health-head")
    await reception.tell(OPENING)
    task = await reception.task("agenda_approval", "HEALTH")
    assert task.assignee_code == "mayor"
    async with reception.office.database.transaction() as session:
        settings = reception.office.settings
        await delegate(session, settings, task.id, to="health-head", by="mayor", note="", now=OPENING)
    with pytest.raises(DecisionRefused) as refusal:
        await reception.answer("agenda_approval", "HEALTH", APPROVE, OPENING)
    assert refusal.value.code == "own_work"
    assert await reception.tell(OPENING) == "decision"


async def test_an_agenda_that_only_its_composer_could_approve_is_refused(reception: Reception):
    await hosted(reception)
    async with reception.office.database.transaction() as session:
        await session.execute(update(Unit).where(Unit.code == "MAYOR").values(head_code=None))
    with pytest.raises(Refused, match="could approve an agenda composed by Hèctor Cap"):
        await reception.compose(OPENING, by="health-head")


@pytest.mark.drill
async def test_sent_back_with_a_note_composed_again_and_approved(reception: Reception):
    await hosted(reception)
    await reception.compose(OPENING)
    await reception.tell(OPENING)
    await reception.answer("agenda_approval", "HEALTH", SEND_BACK, OPENING, why="Too early for the mayor")
    assert await reception.tell(OPENING) == "approval"
    assert await reception.letters() == [("sent_back", "international.office")]
    assert "Too early for the mayor" in await reception.text("sent_back")
    # The same agenda is asked about anew: perhaps the mayor gets up early after all.
    assert await reception.compose(OPENING) == 2
    assert await reception.tell(OPENING) == "decision"
    assert await reception.compose(OPENING, slot("MAYOR", "11:00", "12:00")) == 3
    assert await reception.tell(OPENING) == "decision"
    states = {task.occasion: task.state for task in await reception.tasks("agenda_approval")}
    assert states == {"1": "answered", "2": "cancelled", "3": "scheduled"}
    await reception.answer("agenda_approval", "HEALTH", APPROVE, OPENING)
    assert await reception.tell(OPENING) == "day before"
    # The host without an hour hears of the agenda as well.
    assert await reception.letters() == [
        ("approved", "international.office"),
        ("confirmed", "ecology"),
        ("confirmed", "marco"),
        ("confirmed", "mayor"),
    ]


@pytest.mark.drill
async def test_the_same_agenda_twice_is_one(reception: Reception):
    await hosted(reception)
    assert await reception.compose(OPENING) == 1
    assert await reception.compose(OPENING, *reversed(AGENDA)) == 1
    await reception.tell(OPENING)
    assert await reception.compose(OPENING) == 1
    await reception.answer("agenda_approval", "HEALTH", APPROVE, OPENING)
    await reception.tell(OPENING)
    assert await reception.compose(OPENING) == 1
    assert await reception.tell(OPENING) == "day before"


@pytest.mark.drill
async def test_an_agenda_that_nobody_decides_about_is_told_and_can_be_put_again(reception: Reception):
    await hosted(reception)
    await reception.compose(OPENING)
    await reception.tell(OPENING)
    late = OPENING + 40 * DAY
    await reception.fire_until(late)
    assert await reception.tell(late) == "approval"
    assert await reception.letters() == [("not_approved", "international.office")]
    assert await reception.compose(late) == 2
    assert await reception.tell(late) == "decision"


@pytest.mark.drill
async def test_a_decision_can_be_corrected_until_it_is_carried_out(reception: Reception):
    await hosted(reception)
    await reception.compose(OPENING)
    await reception.tell(OPENING)
    await reception.answer("agenda_approval", "HEALTH", SEND_BACK, OPENING, why="No")
    assert await reception.tell(OPENING) == "approval"
    await reception.answer("agenda_approval", "HEALTH", APPROVE, OPENING)
    assert await reception.tell(OPENING) == "day before"
    await reception.letters()
    # It is confirmed: the note reaches the coordinator, and the agenda stands until there is another.
    await reception.answer("agenda_approval", "HEALTH", SEND_BACK, OPENING + DAY, why="On second thoughts")
    for _ in range(2):
        assert await reception.tell(OPENING + DAY) == "day before"
    assert await reception.letters() == [("sent_back", "international.office")]
    assert "On second thoughts" in await reception.text("sent_back")


@pytest.mark.drill
async def test_an_earlier_agenda_is_decided_about_no_more(reception: Reception):
    await hosted(reception)
    await reception.compose(OPENING)
    await reception.tell(OPENING)
    await reception.answer("agenda_approval", "HEALTH", SEND_BACK, OPENING, why="No")
    before = await reception.task("agenda_approval", "HEALTH")
    await reception.compose(OPENING)
    with pytest.raises(DecisionRefused) as refusal:
        await reception.answer_task(before, APPROVE, OPENING)
    assert refusal.value.code == "changed_since"


async def test_an_agenda_that_cannot_be_held_is_refused_whole(reception: Reception):
    await hosted(reception)
    slots = (slot(), slot(start="10:00", end="11:00", place="Port"), slot("HEALTH"), slot("MAYOR", day="2027-03-12"))
    with pytest.raises(Refused) as refusal:
        await reception.compose(OPENING, *slots)
    assert len(refusal.value.problems) == 3
    assert (await reception.visit()).agenda_version == 0


@pytest.mark.parametrize("by", ["nobody", "coordinator", ""])
async def test_an_agenda_is_composed_by_a_person_of_the_roster(reception: Reception, by: str):
    await hosted(reception)
    with pytest.raises(Refused, match=f"There is no person “{by}”"):
        await reception.compose(OPENING, by=by)


@pytest.mark.drill
async def test_the_reminder_leaves_on_the_working_day_before_and_not_after_a_late_confirmation(confirmed: Reception):
    eve = OPENING.replace(month=3, day=8, hour=8)
    assert await confirmed.tell(eve - timedelta(minutes=1)) == "day before"
    assert await confirmed.letters() == []
    for _ in range(2):
        assert await confirmed.tell(eve) == "day after"
    assert await confirmed.letters() == [("reminder", "ecology"), ("reminder", "marco"), ("reminder", "mayor")]
    await confirmed.start(OPENING, city="Mainz")
    await confirmed.prepared(eve + timedelta(hours=1))
    await confirmed.tell(eve + timedelta(hours=2))
    letters = await confirmed.letters()
    assert {news for news, _ in letters} == {"acknowledged", "opened", "unconfirmed", "approved", "confirmed"}


@pytest.mark.drill
async def test_an_agenda_falls_when_a_host_in_it_declines_before_it_is_confirmed(reception: Reception):
    await hosted(reception)
    await reception.compose(OPENING)
    await reception.tell(OPENING)
    await reception.letters()
    await reception.answer("agenda_approval", "HEALTH", APPROVE, OPENING)
    await reception.answer("hosting_request", "MAYOR", {"can_host": "no"}, OPENING)
    # The story had come as far as confirming when the host declined.
    async with reception.office.database.transaction() as session:
        await confirm(session, reception.office.settings, reception.process_id, now=OPENING)
    assert await reception.letters() == [("fallen", "international.office")]
    assert await reception.tell(OPENING) == "agenda"
    assert await reception.letters() == []
    assert (await reception.visit()).confirmed_version is None


@pytest.mark.drill
async def test_an_agenda_that_fell_is_not_decided_about(reception: Reception):
    await hosted(reception)
    await reception.compose(OPENING)
    await reception.tell(OPENING)
    await reception.answer("hosting_request", "MAYOR", {"can_host": "no"}, OPENING)
    await reception.look(OPENING)
    assert (await reception.task("agenda_approval", "HEALTH")).state == "cancelled"
    with pytest.raises(Refused):
        await reception.answer("agenda_approval", "HEALTH", APPROVE, OPENING)


@pytest.mark.drill
async def test_a_second_agenda_that_waits_costs_nobody_the_reminder(confirmed: Reception):
    await confirmed.compose(OPENING + DAY, slot())
    assert await confirmed.tell(OPENING + DAY) == "decision"
    await confirmed.letters()
    eve = OPENING.replace(month=3, day=8, hour=8)
    assert await confirmed.tell(eve) == "day after"
    assert await confirmed.letters() == [("reminder", "ecology"), ("reminder", "marco"), ("reminder", "mayor")]
    assert "Tema MAYOR" in await confirmed.text("reminder", "marco"), "of the agenda that was confirmed"
    await confirmed.answer("agenda_approval", "HEALTH", APPROVE, eve)
    await confirmed.tell(eve + timedelta(hours=1))
    assert ("changed", "marco") in await confirmed.letters()


@pytest.mark.drill
async def test_the_coordinator_hears_once_that_nobody_is_left_who_could_approve(reception: Reception):
    await hosted(reception)
    await reception.compose(OPENING)
    async with reception.office.database.transaction() as session:
        await session.execute(update(Unit).values(head_code=None))
    for _ in range(2):
        assert await reception.tell(OPENING) == "decision"
    assert await reception.letters() == [("nobody", "international.office")]


async def test_an_hour_that_the_clocks_leave_out_is_refused(reception: Reception):
    await reception.start(OPENING, first_day="2027-03-28", last_day="2027-03-28")
    await reception.tell(OPENING)
    await reception.answer("hosting_request", "ECOLOGY", YES, OPENING)
    with pytest.raises(Refused, match="there is no 02:30 on 2027-03-28, the clocks are put forward"):
        await reception.compose(OPENING, slot(day="2027-03-28", start="2:30", end="3:00"))

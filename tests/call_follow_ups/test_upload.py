"""The proposal: confirmed in time, at the last hour, too late, never; and that it will not be sent."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from models.contracts.refusal import DecisionRefused, TaskEnded
from models.tables.people import Absence
from tests.call_follow_ups.town import AT_DEADLINE, DAY, WITHDRAWN, at, sent

EVE = AT_DEADLINE - DAY
MINUTE = timedelta(minutes=1)
MISSED = at(date(2027, 4, 19), 7)


async def test_the_number_says_that_it_was_sent(town, ready):
    await town.give("proposal_upload", sent(), at(date(2027, 4, 13)))
    pursuit = await town.pursuit(ready)
    assert (pursuit.state, pursuit.proposal_number, pursuit.role, pursuit.money_asked) == (
        "submitted",
        "SEP-211000",
        "coordinator",
        250000,
    )
    assert pursuit.submitted_at == at(date(2027, 4, 13))
    await town.go_on(ready, at(date(2027, 4, 13)))
    assert await town.mails() == [
        ("call_news:submitted", "ecology"),
        ("call_news:submitted", "health"),
        ("call_news:submitted", "otpe"),
        ("office_call:submitted", "coordinator"),
    ]
    assert await town.milestones() == {}
    standing = await town.standing(ready, at(date(2027, 4, 13)))
    assert "sent or missed" in standing.reached


async def test_a_number_is_enough_and_the_rest_may_follow(town, ready):
    whole = sent(role="consortium_partner")
    (task,) = await town.open_tasks("proposal_upload")
    await town.answer(task, {"proposal_number": whole["proposal_number"]}, EVE)
    assert (await town.pursuit(ready)).state == "submitted"
    await town.answer(task, {key: whole[key] for key in ("role", "money_asked")}, EVE + MINUTE)
    await town.answer(task, sent(number="SEP-211001", role="consortium_partner"), EVE + 2 * MINUTE)
    pursuit = await town.pursuit(ready)
    assert (pursuit.proposal_number, pursuit.role, pursuit.submitted_at) == ("SEP-211001", "partner", EVE)
    with pytest.raises(DecisionRefused) as refused:
        await town.answer(task, WITHDRAWN, EVE + 3 * MINUTE)
    assert refused.value.code == "decided_before"


async def test_that_it_will_not_be_sent_ends_it(town, ready):
    await town.give("proposal_upload", WITHDRAWN, EVE)
    assert "sent or missed" in (await town.standing(ready, EVE)).reached
    await town.go_on(ready, EVE)
    pursuit = await town.pursuit(ready)
    assert (pursuit.state, pursuit.reason) == ("dropped", "Ens falta un soci")
    assert (await town.standing(ready, EVE)).ended
    assert await town.mails() == [
        ("call_news:dropped", "ecology"),
        ("call_news:dropped", "health"),
        ("call_news:dropped", "otpe"),
        ("office_call:dropped", "coordinator"),
    ]
    assert await town.open_tasks("assignment") == []


async def test_a_wrong_withdrawal_can_be_taken_back_until_it_is_acted_upon(town, ready):
    (task,) = await town.open_tasks("proposal_upload")
    await town.answer(task, WITHDRAWN, EVE)
    await town.answer(task, sent(), EVE)
    await town.go_on(ready, EVE)
    assert (await town.pursuit(ready)).state == "submitted"


async def test_nothing_confirmed_a_day_before_alarms_everybody_at_once(town, ready):
    await town.go_on(ready, EVE - MINUTE)
    assert await town.new_mails() == []
    await town.go_on(ready, EVE)
    mails = await town.new_mails()
    assert {mail.name for mail in mails} == {"call_alarm"}
    assert sorted(mail.person_code for mail in mails) == ["ecology", "ecology-head", "otpe", "otpe-head"]
    assert {mail.not_before for mail in mails} == {EVE}
    assert "/a/" in await town.office.text("call_alarm", "ecology")
    assert "/a/" not in await town.office.text("call_alarm", "otpe-head")
    await town.go_on(ready, EVE + 3 * MINUTE)
    assert await town.new_mails() == []


@pytest.mark.drill
async def test_the_alarm_leaves_on_a_sunday_night_too(town):
    process_id = await town.agreed(date(2027, 4, 12))
    await town.office.run_until(at(date(2027, 4, 11), 14))
    await town.left(at(date(2027, 4, 11), 14))
    await town.new_mails()
    sunday = at(date(2027, 4, 11), 15)
    await town.go_on(process_id, sunday)
    mails = await town.new_mails()
    assert len(mails) == 4
    assert {mail.not_before for mail in mails} == {sunday}


async def test_the_alarm_reaches_those_who_stand_in(town, ready):
    async with town.database.transaction() as session:
        for person, substitute in (("ecology", "health"), ("otpe-head", None)):
            days = {"first_day": date(2027, 4, 12), "last_day": date(2027, 4, 30)}
            session.add(Absence(id=uuid4(), person_code=person, substitute_code=substitute, **days))
    await town.go_on(ready, EVE)
    told = sorted(mail.person_code for mail in await town.new_mails())
    assert told == ["ecology", "ecology-head", "health", "mayor", "otpe"]


async def test_confirmed_in_the_last_hour_nobody_is_alarmed_again(town, ready):
    await town.go_on(ready, EVE)
    await town.new_mails()
    await town.give("proposal_upload", sent(), AT_DEADLINE - MINUTE)
    await town.go_on(ready, AT_DEADLINE - MINUTE)
    await town.go_on(ready, AT_DEADLINE + MINUTE)
    assert {what for what, _ in await town.mails()} == {"call_news:submitted", "office_call:submitted"}


@pytest.mark.drill
async def test_unconfirmed_at_the_deadline_is_asked_once_and_may_be_said_after_it(town, ready):
    await town.go_on(ready, AT_DEADLINE)
    assert ("office_call:unconfirmed", "coordinator") in await town.mails()
    (task,) = await town.open_tasks("proposal_upload")
    assert f"focal task answer {task.reference}" in await town.office.text("office_call", None)
    await town.go_on(ready, AT_DEADLINE + DAY)
    assert await town.mails() == []
    await town.give("proposal_upload", sent(), AT_DEADLINE + DAY)
    await town.go_on(ready, AT_DEADLINE + DAY)
    assert (await town.pursuit(ready)).state == "submitted"


async def test_never_confirmed_it_counts_as_missed(town, ready):
    await town.go_on(ready, AT_DEADLINE)
    await town.new_mails()
    (task,) = await town.open_tasks("proposal_upload")
    await town.go_on(ready, MISSED)
    assert (await town.pursuit(ready)).state == "missed"
    assert await town.mails() == [
        ("call_news:missed", "ecology"),
        ("call_news:missed", "health"),
        ("call_news:missed", "otpe"),
        ("office_call:missed", "coordinator"),
    ]
    assert await town.open_tasks("proposal_upload") == []
    assert "result" in (await town.standing(ready, MISSED)).reached
    with pytest.raises(TaskEnded):
        await town.answer(task, sent(), MISSED + DAY)


@pytest.mark.drill
async def test_a_deadline_that_moves_after_the_alarm_is_alarmed_about_again(town, ready):
    await town.go_on(ready, EVE)
    await town.left(EVE)
    await town.new_mails()
    await town.move(date(2027, 4, 29), EVE + MINUTE)
    await town.go_on(ready, EVE + MINUTE)
    assert "alarm" not in (await town.standing(ready, EVE + MINUTE)).reached
    assert "call_alarm" not in {mail.name for mail in await town.new_mails()}
    await town.go_on(ready, at(date(2027, 4, 28), 15))
    assert {mail.name for mail in await town.new_mails()} == {"call_alarm"}


async def test_a_deadline_that_moves_when_the_proposal_was_sent_concerns_nobody(town, ready):
    await town.give("proposal_upload", sent(), EVE)
    await town.go_on(ready, EVE)
    await town.new_mails()
    before = await town.standing(ready, EVE)
    await town.move(date(2027, 4, 29), EVE + MINUTE)
    await town.go_on(ready, EVE + MINUTE)
    after = await town.standing(ready, EVE + MINUTE)
    assert (after.revision, after.reached) == (before.revision, before.reached)
    assert await town.new_mails() == []


async def invited(town, process_id):
    """The city is invited to the second stage."""
    async with town.database.transaction() as session:
        pursuit = await session.merge(await town.pursuit(process_id))
        pursuit.state, pursuit.deadline_number = "preparing", 2
        pursuit.first_submitted_at, pursuit.submitted_at = pursuit.submitted_at, None


@pytest.mark.drill
async def test_a_second_stage_whose_deadline_is_not_known_yet_waits_for_it(town):
    process_id = await town.agreed(date(2027, 4, 15), model="two_stage")
    await town.give("proposal_upload", sent(), at(date(2027, 4, 13)))
    await town.go_on(process_id, at(date(2027, 4, 13)))
    await invited(town, process_id)
    await town.new_mails()
    await town.go_on(process_id, at(date(2027, 7, 1)))
    assert await town.new_mails() == []
    standing = await town.standing(process_id, at(date(2027, 7, 1)))
    assert ("alarm" in standing.reached, standing.next_at) == (False, None)
    await town.move(date(2027, 10, 7), at(date(2027, 7, 2)), number=2)
    await town.go_on(process_id, at(date(2027, 7, 2)))
    assert "budget" in await town.milestones()


@pytest.mark.drill
async def test_the_second_stage_is_prepared_anew_and_is_no_move(town):
    process_id = await town.agreed(date(2027, 4, 15), date(2027, 10, 7))
    assert set(await town.milestones()) == {"concept", "partners"}
    await town.give("proposal_upload", sent(), at(date(2027, 4, 13)))
    await town.go_on(process_id, at(date(2027, 4, 13)))
    now = at(date(2027, 7, 1))
    await invited(town, process_id)
    await town.new_mails()
    await town.go_on(process_id, now)
    assert await town.mails() == []
    milestones = await town.milestones()
    assert {task.occasion for task in milestones.values()} == {
        "2:partners",
        "2:budget",
        "2:cofunding",
        "2:legal_report",
        "2:intervention_report",
        "2:council_approval",
    }
    assert f"{milestones['council_approval'].due_on:%d-%m}" == "30-09"
    (upload,) = await town.open_tasks("proposal_upload")
    assert (upload.occasion, upload.due_on) == ("2", date(2027, 10, 5))
    (first,) = [task for task in await town.tasks("proposal_upload") if task.occasion == "1"]
    with pytest.raises(DecisionRefused) as refused:
        await town.answer(first, sent("SEP-9"), now)
    assert refused.value.code == "over"
    await town.answer(upload, sent("SEP-2"), at(date(2027, 10, 5)))
    await town.go_on(process_id, at(date(2027, 10, 5)))
    pursuit = await town.pursuit(process_id)
    assert (pursuit.proposal_number, pursuit.first_submitted_at) == ("SEP-2", at(date(2027, 4, 13)))
    assert ("office_call:submitted", "coordinator") in await town.mails()

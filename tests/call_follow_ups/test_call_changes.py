"""What changes about a call at a bad moment: after it was sent, while a decision is open, when its deadline is gone."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from models.contracts.refusal import DecisionRefused, Refused
from models.tables.call_follow_up import CallFollowUp
from models.tables.calls import Call, CallDeadline, ProgrammeClock
from operations.call_changes import ask_unit, drop, set_lead
from operations.call_result import ask_for_result
from store.call_follow_up import leading_persons
from tests.call_follow_ups.test_milestones import body
from tests.call_follow_ups.town import AT_DEADLINE, DAY, DEADLINE, WITHDRAWN, at, chosen, sent

SEVENTH = at(date(2027, 1, 7))
THIRD = at(date(2027, 2, 3))
EVE = AT_DEADLINE - DAY
AFTER = at(date(2027, 6, 1))
GO = {"go": chosen("go", "Encaixa amb el pla")}


async def set_facts(town, process_id, facts):
    """The follow-up of a call as some facts have it."""
    async with town.database.transaction() as session:
        pursuit = await session.get_one(CallFollowUp, process_id)
        for name, value in facts.items():
            setattr(pursuit, name, value)


async def without_deadline(town, process_id):
    """The deadline of the call is gone."""
    async with town.database.transaction() as session:
        pursuit = await session.get_one(CallFollowUp, process_id)
        await session.execute(delete(CallDeadline).where(CallDeadline.call_id == pursuit.call_id))


async def with_clocks(town):
    """It is known how long results take."""
    async with town.database.transaction() as session:
        session.add_all(
            ProgrammeClock(
                programme_code="EU",
                event=event,
                amount=3,
                unit="months",
                counted_from="deadline",
                source="prova",
                checked_on=date(2026, 1, 1),
                certain=True,
            )
            for event in ("stage_result", "result")
        )


async def ask_result(town, process_id, now):
    async with town.database.transaction() as session:
        await ask_for_result(session, town.settings, process_id, now=now)


async def proposal_sent(town, process_id):
    """The proposal was sent on 13 April; everybody has read it."""
    await town.give("proposal_upload", sent(), at(date(2027, 4, 13)))
    await town.go_on(process_id, at(date(2027, 4, 13)))
    await town.new_mails()


async def give_up(town, process_id, now):
    async with town.database.transaction() as session:
        await drop(session, town.settings, process_id, reason="Prou", by="coordinator", now=now)


@pytest.mark.parametrize("state", ["submitted", "reserve"])
@pytest.mark.drill
async def test_a_call_that_is_cancelled_while_its_result_is_waited_for_ends(town, agreed, state):
    await proposal_sent(town, agreed)
    await set_facts(town, agreed, {"state": state})
    await town.cancel(AFTER)
    assert (await town.pursuit(agreed)).state == "cancelled"
    assert ("call_news:cancelled", "ecology") in await town.mails()


@pytest.mark.parametrize("facts", [{"state": "awarded"}, {"result": "awarded"}, {"state": "ended"}])
async def test_what_is_funded_ends_neither_with_its_call_nor_by_being_given_up(town, agreed, facts):
    await proposal_sent(town, agreed)
    await set_facts(town, agreed, facts)
    before = (await town.pursuit(agreed)).state
    await town.cancel(AFTER)
    with pytest.raises(Refused, match="is over" if before == "ended" else "is funded"):
        await give_up(town, agreed, AFTER)
    assert (await town.pursuit(agreed)).state == before
    assert await town.mails() == []


@pytest.mark.drill
async def test_that_it_will_not_be_sent_counts_also_where_it_was_asked_for_a_second_time(town, ready):
    async with town.database.transaction() as session:
        await set_lead(session, ready, "HEALTH", by="coordinator", now=EVE)
    await town.go_on(ready, EVE)
    (task,) = await town.open_tasks("proposal_upload")
    assert task.occasion == "0:2"
    await town.answer(task, WITHDRAWN, EVE)
    assert "sent or missed" in (await town.standing(ready, EVE)).reached
    await town.go_on(ready, EVE)
    pursuit = await town.pursuit(ready)
    assert (pursuit.state, pursuit.reason) == ("dropped", "Ens falta un soci")


@pytest.mark.drill
async def test_an_invitation_to_the_second_stage_is_no_moved_deadline(town):
    process_id = await town.agreed(DEADLINE, date(2027, 10, 14))
    await with_clocks(town)
    await proposal_sent(town, process_id)
    await ask_result(town, process_id, at(date(2027, 7, 16)))
    now = at(date(2027, 7, 19))
    await town.give("call_result", {"stage_result": chosen("invited")}, now)
    await ask_result(town, process_id, now)
    before = await town.standing(process_id, now)
    await town.go_on(process_id, now)
    assert {what for what, _ in await town.mails()} == {"call_news:stage", "office_call:stage"}
    assert "budget" in await town.milestones()
    assert (await town.standing(process_id, now)).revision == before.revision


@pytest.mark.drill
async def test_a_stage_that_is_added_after_the_proposal_was_sent_changes_nothing_of_it(town, agreed):
    await with_clocks(town)
    await proposal_sent(town, agreed)
    before = await town.standing(agreed, at(date(2027, 4, 14)))
    await ask_result(town, agreed, at(date(2027, 7, 16)))
    await town.move(date(2027, 10, 7), at(date(2027, 7, 19)), number=2)
    assert (await town.standing(agreed, at(date(2027, 7, 19)))).revision == before.revision
    await town.go_on(agreed, at(date(2027, 7, 19)))
    await ask_result(town, agreed, at(date(2027, 7, 19)))
    assert await town.mails() == []
    (question,) = await town.tasks("call_result")
    await town.answer(question, {"result": chosen("rejected")}, at(date(2027, 7, 20)))
    await ask_result(town, agreed, at(date(2027, 7, 21)))
    assert (await town.pursuit(agreed)).state == "rejected"


@pytest.mark.drill
async def test_an_outline_stays_one_when_its_call_is_one_in_a_single_stage(town):
    process_id = await town.agreed(DEADLINE, date(2027, 10, 14))
    await with_clocks(town)
    await proposal_sent(town, process_id)
    async with town.database.transaction() as session:
        (await session.scalars(select(Call))).one().deadline_model = "single_stage"
    await town.go_on(process_id, at(date(2027, 4, 14)))
    assert await town.mails() == []
    await ask_result(town, process_id, at(date(2027, 7, 16)))
    (question,) = await town.tasks("call_result")
    assert [item.question for item in await town.items(question)] == ["stage_result", "points"]


async def test_one_more_unit_that_is_asked_takes_an_open_decision_back_at_once(town, heard):
    async with town.database.transaction() as session:
        await ask_unit(session, heard, "MAYOR", by="coordinator", now=SEVENTH)
    await town.go_on(heard, SEVENTH)
    assert await town.open_tasks("go_decision") == []
    told = [(mail.name, mail.person_code) for mail in await town.new_mails() if mail.name == "task_change"]
    assert told == [("task_change", "otpe-head")]
    await town.says("MAYOR", "watch_call", SEVENTH)
    await town.go_on(heard, SEVENTH)
    assert [task.occasion for task in await town.open_tasks("go_decision")] == ["2"]


async def test_a_deadline_that_is_gone_takes_an_open_decision_back_at_once(town, heard):
    await without_deadline(town, heard)
    await town.go_on(heard, SEVENTH)
    assert await town.open_tasks("go_decision") == []
    assert "task_change" in {mail.name for mail in await town.new_mails()}
    await town.move(DEADLINE, SEVENTH)
    await town.go_on(heard, SEVENTH)
    assert [task.occasion for task in await town.open_tasks("go_decision")] == ["2"]


async def test_a_lead_that_is_set_while_a_decision_is_open_has_it_asked_again_of_somebody_else(town, heard):
    (task,) = await town.open_tasks("go_decision")
    async with town.database.transaction() as session:
        await set_lead(session, heard, "OTPE", by="coordinator", now=SEVENTH)
    for person, code in ((None, "own_work"), ("mayor", "changed_since")):
        with pytest.raises(DecisionRefused) as refused:
            await town.answer(task, GO, SEVENTH, person=person)
        assert refused.value.code == code
    await town.go_on(heard, SEVENTH)
    (again,) = await town.open_tasks("go_decision")
    assert (again.occasion, again.assignee_code) == ("2", "mayor")
    async with town.database.reading() as session:
        assert {"otpe", "otpe-head"} <= await leading_persons(session, heard)
    await town.give("go_decision", GO, SEVENTH)
    assert (await town.pursuit(heard)).lead_unit == "OTPE"


async def test_a_lead_that_leaves_nobody_to_decide_is_refused(town, heard):
    await town.retire("mayor")
    async with town.database.transaction() as session:
        with pytest.raises(Refused, match="nobody is left who may decide"):
            await set_lead(session, heard, "OTPE", by="coordinator", now=SEVENTH)


@pytest.mark.drill
async def test_steps_wait_where_the_deadline_is_gone_and_nobody_is_told_of_new_days(town, under_way):
    await town.left(THIRD)
    await town.new_mails()
    before = {key: task.due_on for key, task in (await town.milestones()).items()}
    await without_deadline(town, under_way)
    await town.go_on(under_way, THIRD)
    mails = await town.new_mails()
    assert {mail.name for mail in mails} == {"call_news", "office_call"}
    assert not any("has new days" in body(mail) or "counted back from it anew" in body(mail) for mail in mails)
    await town.go_on(under_way, THIRD)
    assert await town.new_mails() == []
    await town.office.run_until(AT_DEADLINE + 10 * DAY)
    assert set(await town.milestones()) == set(before)
    await town.move(date(2027, 7, 15), AT_DEADLINE + 10 * DAY)
    await town.go_on(under_way, AT_DEADLINE + 10 * DAY)
    tasks = (await town.milestones()).values()
    assert max(task.closes_at for task in tasks) == AT_DEADLINE + timedelta(days=91)


@pytest.mark.drill
async def test_a_deadline_that_is_back_ends_steps_again(town, under_way):
    await without_deadline(town, under_way)
    await town.go_on(under_way, THIRD)
    await town.move(DEADLINE, THIRD)
    await town.go_on(under_way, THIRD)
    assert max(task.closes_at for task in (await town.milestones()).values()) == AT_DEADLINE


@pytest.mark.drill
async def test_a_unit_in_which_nobody_is_left_is_told_once_and_looked_at_each_working_day(town, heard):
    await town.give("go_decision", GO, SEVENTH)
    await town.retire("ecology", "ecology-head")
    await town.go_on(heard, SEVENTH)
    assert [mail for mail in await town.mails() if "nobody" in mail[0]] == [("office_call:nobody", "coordinator")]
    friday = at(date(2027, 1, 8))
    assert (await town.standing(heard, friday)).next_at == at(date(2027, 1, 11), 8)
    await town.appoint("ecology", "ECOLOGY")
    await town.go_on(heard, at(date(2027, 1, 11), 8))
    assert "budget" in await town.milestones()
    # Not the next day, but when the last answer cannot be corrected any more.
    assert (await town.standing(heard, at(date(2027, 1, 11), 8))).next_at == at(date(2027, 1, 14), 8)


@pytest.mark.drill
async def test_the_office_reads_all_that_has_to_be_entered_of_a_proposal(town, ready):
    await town.go_on(ready, AT_DEADLINE)
    (mail,) = [mail for mail in await town.new_mails() if ":unconfirmed:" in mail.key]
    command = " ".join(body(mail).split())
    assert "proposal_number=NUMBER role=ROLE money_asked=EUROS" in command

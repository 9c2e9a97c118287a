"""The result of a proposal on the rows: asked for on the programme's clock, acted upon, told, given up."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from models.contracts.refusal import DecisionRefused, Refused
from models.policies.call_project import UNKNOWN
from models.tables.calls import CallDeadline, ProgrammeClock
from models.tables.people import FocalPoint, Unit
from models.tables.task import Answer
from operations.call_result import ask_result_now
from tests.call_projects.town import CALL, DEADLINE, SENT, Town, chosen, morning, typed

KNOWN = date(2028, 3, 30)
"""Six months after the deadline, by the clock of every programme."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = date(2028, 4, 3)
"""The working day after the Friday that follows the day on which it is known."""


async def asked(town: Town, **facts: Any) -> UUID:
    """A call of whose result was asked on its day."""
    process_id = await town.call(**facts)
    await town.go_on(process_id, morning(KNOWN))
    return process_id


async def test_the_result_is_asked_for_on_the_programmes_clock_and_not_before(town: Town):
    process_id = await town.call()
    await town.go_on(process_id, morning(DEADLINE))
    assert await town.tasks("call_result") == []
    standing = await town.standing(process_id, morning(DEADLINE))
    assert standing.next_at is not None
    assert standing.next_at.date() == KNOWN
    assert "result" not in standing.reached
    await town.go_on(process_id, morning(KNOWN))
    (question,) = await town.tasks("call_result")
    assert (question.unit_code, question.assignee_code, question.occasion) == ("ECOLOGY", "ecology", "1")
    assert await town.asks(question) == ["result", "points"]


async def test_a_programme_with_a_clock_of_its_own_goes_by_it(town: Town):
    process_id = await town.call(programme="HORIZON")
    await town.go_on(process_id, morning(date(2028, 2, 28)))
    assert await town.tasks("call_result") == []
    await town.go_on(process_id, morning(date(2028, 2, 29)))
    assert len(await town.tasks("call_result")) == 1


async def test_without_any_clock_the_act_is_refused_and_says_what_is_missing(town: Town):
    process_id = await town.call()
    async with town.database.transaction() as session:
        await session.execute(delete(ProgrammeClock).where(ProgrammeClock.event == "result"))
    with pytest.raises(Refused, match="Neither CERV nor EU has a clock for “result”"):
        await town.go_on(process_id, morning(KNOWN))


async def test_nothing_yet_is_asked_again_a_month_later(town: Town):
    process_id = await asked(town)
    await town.give("call_result", {"result": chosen("nothing_yet")}, morning(KNOWN + DAY))
    await town.go_on(process_id, morning(KNOWN + DAY))
    assert (await town.pursuit(process_id)).ask_again_on == date(2028, 4, 30)
    assert (await town.pursuit(process_id)).state == "submitted"
    await town.go_on(process_id, morning(date(2028, 4, 28)))
    assert len(await town.tasks("call_result")) == 1
    # 30 April is a Sunday, and 1 May a holiday.
    await town.go_on(process_id, morning(date(2028, 5, 2)))
    assert [task.occasion for task in await town.tasks("call_result")] == ["1", "2"]


async def test_a_question_that_nobody_answers_counts_as_nothing_yet_and_the_office_is_told(town: Town):
    process_id = await asked(town)
    await town.office.run_until(morning(date(2028, 7, 1)))
    (question,) = await town.tasks("call_result")
    assert (question.state, question.closed_at is not None) == ("expired", True)
    await town.go_on(process_id, morning(date(2028, 7, 1)))
    assert ("office_call:unanswered", "coordinator") in await town.mails()
    again = (await town.pursuit(process_id)).ask_again_on
    assert again is not None
    await town.go_on(process_id, morning(again + 4 * DAY))
    assert [task.state for task in await town.tasks("call_result")] == ["expired", "scheduled"]
    assert await town.mails() == []


async def test_a_place_on_the_reserve_list_is_told_and_asked_about_again_by_its_clock(town: Town):
    process_id = await asked(town, interests={"HEALTH": "partner"})
    await town.give("call_result", {"result": chosen("reserve")}, morning(KNOWN + DAY))
    await town.go_on(process_id, morning(KNOWN + DAY))
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.ask_again_on) == ("reserve", date(2028, 6, 30))
    told = [("call_news:reserve", "ecology"), ("call_news:reserve", "health"), ("call_news:reserve", "mayor")]
    assert await town.mails() == [*told, ("office_call:result", "coordinator")]
    await town.go_on(process_id, morning(date(2028, 6, 30)))
    await town.give("call_result", {"result": chosen("nothing_yet")}, morning(date(2028, 7, 3)))
    await town.go_on(process_id, morning(date(2028, 7, 3)))
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.result, pursuit.ask_again_on) == ("reserve", "reserve", date(2028, 10, 3))
    await town.go_on(process_id, morning(date(2028, 10, 3)))
    await town.give("call_result", {"result": chosen("awarded")}, morning(date(2028, 10, 4)))
    await town.go_on(process_id, morning(date(2028, 10, 4)))
    assert (await town.pursuit(process_id)).state == "awarded"


@pytest.mark.drill
async def test_eighteen_months_after_its_day_a_result_is_given_up_and_the_office_is_told(town: Town):
    process_id = await asked(town)
    last = date(2029, 9, 30)
    now = KNOWN
    while (again := (await town.pursuit(process_id)).ask_again_on) != last:
        now = max(now, again or now) + 4 * DAY
        await town.go_on(process_id, morning(now))
        await town.give("call_result", {"result": chosen("nothing_yet")}, morning(now))
        await town.go_on(process_id, morning(now))
    assert 12 < len(await town.tasks("call_result")) <= 18
    await town.go_on(process_id, morning(date(2029, 10, 1)))
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.closed_reason, pursuit.ask_again_on) == ("rejected", UNKNOWN, last)
    assert await town.mails() == [("office_call:no_result", "coordinator")]
    assert "result" in (await town.standing(process_id, morning(date(2029, 10, 1)))).reached
    assert len(await town.tasks("call_lessons")) == 1
    assert (await town.record(process_id))["reason"] == UNKNOWN


async def test_a_rejected_proposal_is_told_learned_from_and_kept_on_record(town: Town):
    process_id = await asked(town, interests={"HEALTH": "watch"})
    await town.give("call_result", {"result": chosen("rejected"), **typed(points="68 de 100")}, morning(KNOWN + DAY))
    await town.go_on(process_id, morning(MONDAY))
    news = [("call_news:rejected", person) for person in ("ecology", "health", "mayor")]
    assert await town.mails() == [*news, ("office_call:result", "coordinator")]
    (lessons,) = await town.tasks("call_lessons")
    assert lessons.assignee_code == "ecology"
    assert (await town.record(process_id))["points"] == "68 de 100"
    await town.answer(lessons, typed(lessons="Més socis", again="Sí"), morning(MONDAY))
    assert (await town.record(process_id))["lessons"] == ["Més socis", "Sí"]
    reached = (await town.standing(process_id, morning(KNOWN + 20 * DAY))).reached
    assert "everything settled" in reached
    outcome = await town.close(process_id, morning(KNOWN + 20 * DAY))
    assert (outcome.answered, outcome.expired) == (2, 0)
    assert await town.close(process_id, morning(KNOWN + 200 * DAY)) == outcome


async def test_who_missed_the_deadline_is_asked_what_is_learned_and_told_nothing_more(town: Town):
    process_id = await town.call(state="missed", submitted_at=None, proposal_number="")
    await town.go_on(process_id, morning(DEADLINE + 5 * DAY))
    assert [task.unit_code for task in await town.tasks("call_lessons")] == ["ECOLOGY"]
    assert await town.tasks("call_result") == []
    assert await town.mails() == []
    assert (await town.record(process_id))["state"] == "missed"


async def test_an_invitation_begins_the_second_stage_and_keeps_the_first(town: Town):
    second = date(2028, 6, 15)
    process_id = await town.call(deadlines=(DEADLINE, second), interests={"HEALTH": "partner"})
    sent = (await town.pursuit(process_id)).submitted_at
    before = (await town.standing(process_id, morning(DEADLINE))).revision
    await town.go_on(process_id, morning(date(2027, 12, 30)))
    (question,) = await town.tasks("call_result")
    assert await town.asks(question) == ["stage_result", "points"]
    await town.give("call_result", {"stage_result": chosen("invited")}, morning(date(2028, 1, 3)))
    await town.act("ask_for_result", process_id, morning(date(2028, 1, 3)))
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.deadline_number, pursuit.submitted_at) == ("preparing", 2, None)
    assert (pursuit.first_submitted_at, pursuit.ask_again_on) == (sent, None)
    assert (await town.standing(process_id, morning(date(2028, 1, 3)))).revision != before
    told = [("call_news:stage", person) for person in ("ecology", "health", "mayor")]
    assert await town.mails() == [*told, ("office_call:stage", "coordinator")]
    # What was said of the first stage cannot be taken back now.
    with pytest.raises(DecisionRefused, match="said already"):
        await town.answer(question, {"stage_result": chosen("not_invited")}, morning(date(2028, 1, 4)))


async def test_the_result_of_the_second_stage_counts_from_its_own_deadline(town: Town):
    facts: dict[str, Any] = {"deadline_number": 2, "result": "invited", "first_submitted_at": morning(DEADLINE)}
    process_id = await town.call(deadlines=(DEADLINE, date(2028, 6, 15)), **facts)
    await town.go_on(process_id, morning(date(2028, 12, 14)))
    assert await town.tasks("call_result") == []
    await town.go_on(process_id, morning(date(2028, 12, 15)))
    (question,) = await town.tasks("call_result")
    assert (await town.asks(question))[0] == "result"
    assert (await town.pursuit(process_id)).state == "submitted"


async def test_who_is_not_invited_is_rejected(town: Town):
    process_id = await town.call(deadlines=(DEADLINE, date(2028, 6, 15)))
    await town.go_on(process_id, morning(date(2027, 12, 30)))
    await town.give("call_result", {"stage_result": chosen("not_invited")}, morning(date(2028, 1, 3)))
    await town.go_on(process_id, morning(date(2028, 1, 4)))
    assert (await town.pursuit(process_id)).state == "rejected"
    assert len(await town.tasks("call_lessons")) == 1


@pytest.mark.drill
async def test_an_earlier_question_answered_again_withdraws_the_later_one(town: Town):
    process_id = await asked(town)
    await town.give("call_result", {"result": chosen("nothing_yet")}, morning(KNOWN))
    await town.go_on(process_id, morning(date(2028, 5, 3)))
    await town.office.fire(morning(date(2028, 5, 3)))
    first, second = await town.tasks("call_result")
    await town.answer(first, {"result": chosen("awarded")}, morning(date(2028, 5, 4)))
    await town.go_on(process_id, morning(date(2028, 5, 4)))
    first, second = await town.tasks("call_result")
    assert (first.state, second.state, second.outcome_reason) == ("answered", "cancelled", "the result is known")
    assert "The result is known by now." in await town.office.text("task_change", "ecology")
    assert (await town.pursuit(process_id)).state == "awarded"


async def test_a_result_that_was_acted_upon_stands_but_its_points_can_be_corrected(town: Town):
    process_id = await asked(town)
    await town.give("call_result", {"result": chosen("rejected")}, morning(KNOWN + DAY))
    await town.go_on(process_id, morning(MONDAY))
    (question,) = await town.tasks("call_result")
    async with town.database.reading() as session:
        answers = await session.scalar(select(func.count()).select_from(Answer))
    with pytest.raises(DecisionRefused) as refusal:
        await town.answer(question, {"result": chosen("awarded")}, morning(MONDAY))
    assert refusal.value.code == "decided_before"
    async with town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Answer)) == answers
    await town.answer(question, {"result": chosen("rejected"), **typed(points="71")}, morning(MONDAY))
    assert (await town.pursuit(process_id)).points == "71"


async def test_whoever_leads_no_more_passes_the_question_to_the_office(town: Town):
    async with town.database.transaction() as session:
        await session.execute(delete(FocalPoint).where(FocalPoint.person_code == "ecology"))
        (await session.get_one(Unit, "ECOLOGY")).head_code = None
    await asked(town)
    (question,) = await town.tasks("call_result")
    assert (question.unit_code, question.assignee_code) == ("MAYOR", "mayor")


async def test_a_call_without_its_deadline_counts_from_the_day_on_which_the_proposal_was_sent(town: Town):
    process_id = await town.call()
    async with town.database.transaction() as session:
        await session.execute(delete(CallDeadline))
    await town.go_on(process_id, morning(date(2028, 3, 29)))
    assert len(await town.tasks("call_result")) == 1


@pytest.mark.drill
async def test_every_act_done_again_does_nothing(town: Town):
    process_id = await asked(town)
    before = await town.counts()
    await town.go_on(process_id, morning(KNOWN))
    assert await town.counts() == before
    await town.give("call_result", {"result": chosen("rejected")}, morning(KNOWN + DAY))
    await town.go_on(process_id, morning(MONDAY))
    before = await town.counts()
    for now in (MONDAY, KNOWN + 400 * DAY):
        await town.go_on(process_id, morning(now))
        for act in ("ask_for_result", "prepare_agreement", "tell_of_agreement", "ask_for_reports", "ask_what_lasts"):
            await town.act(act, process_id, morning(now))
    assert await town.counts() == before


async def test_a_rejection_by_a_slip_of_the_hand_is_corrected_an_hour_later(town: Town):
    process_id = await asked(town)
    said = morning(KNOWN + DAY)
    await town.give("call_result", {"result": chosen("rejected")}, said)
    await town.go_on(process_id, said)
    assert (await town.pursuit(process_id)).state == "submitted"
    standing = await town.standing(process_id, said)
    assert standing.next_at is not None
    assert (standing.next_at.date(), "result" in standing.reached) == (MONDAY, False)
    assert await town.mails() == []
    (question,) = await town.tasks("call_result")
    await town.answer(question, {"result": chosen("awarded")}, said + HOUR)
    await town.go_on(process_id, said + HOUR)
    assert (await town.pursuit(process_id)).state == "awarded"
    assert await town.tasks("call_lessons") == []


async def test_a_rejection_that_is_corrected_to_nothing_yet_is_asked_about_again(town: Town):
    process_id = await asked(town)
    said = morning(KNOWN + DAY)
    await town.give("call_result", {"result": chosen("rejected")}, said)
    await town.go_on(process_id, said)
    (question,) = await town.tasks("call_result")
    await town.answer(question, {"result": chosen("nothing_yet")}, said + HOUR)
    await town.go_on(process_id, morning(MONDAY))
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.ask_again_on) == ("submitted", date(2028, 4, 30))


async def test_on_the_reserve_list_a_corrected_rejection_leaves_the_place_as_it_was(town: Town):
    process_id = await asked(town)
    await town.give("call_result", {"result": chosen("reserve")}, morning(KNOWN))
    await town.go_on(process_id, morning(KNOWN))
    await town.go_on(process_id, morning(date(2028, 7, 3)))
    await town.give("call_result", {"result": chosen("rejected")}, morning(date(2028, 7, 4)))
    await town.go_on(process_id, morning(date(2028, 7, 4)))
    last = (await town.tasks("call_result"))[-1]
    await town.answer(last, {"result": chosen("nothing_yet")}, morning(date(2028, 7, 4)) + HOUR)
    await town.go_on(process_id, morning(date(2028, 7, 5)))
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.result, pursuit.ask_again_on) == ("reserve", "reserve", date(2028, 10, 4))


@pytest.mark.drill
async def test_a_rejection_on_an_earlier_question_is_acted_upon_though_a_later_one_is_open(town: Town):
    process_id = await asked(town)
    await town.give("call_result", {"result": chosen("nothing_yet")}, morning(KNOWN))
    await town.go_on(process_id, morning(date(2028, 5, 3)))
    first, _ = await town.tasks("call_result")
    said = morning(date(2028, 5, 4))
    await town.answer(first, {"result": chosen("rejected")}, said)
    await town.go_on(process_id, said)
    standing = await town.standing(process_id, said)
    assert standing.next_at is not None
    assert standing.next_at.date() == date(2028, 5, 5)
    await town.go_on(process_id, standing.next_at)
    assert (await town.pursuit(process_id)).state == "rejected"
    assert [task.state for task in await town.tasks("call_result")] == ["answered", "cancelled"]


async def test_a_result_can_be_asked_for_before_its_day_and_once(town: Town):
    process_id = await town.call()
    early = SENT + timedelta(days=20)
    async with town.database.transaction() as session:
        await ask_result_now(session, CALL, by="coordinator", now=early)
    (task,) = await town.tasks("call_result")
    assert (task.assignee_code, task.occasion) == ("ecology", "1")
    with pytest.raises(Refused, match="asked for already"):
        async with town.database.transaction() as session:
            await ask_result_now(session, CALL, by="coordinator", now=early)
    await town.act("ask_for_result", process_id, early + timedelta(days=1))
    assert len(await town.tasks("call_result")) == 1
    await town.answer(task, {"result": chosen("awarded")}, early + timedelta(days=1))
    await town.act("ask_for_result", process_id, early + timedelta(days=1))
    assert (await town.pursuit(process_id)).state == "awarded"
    with pytest.raises(Refused, match="waits for no result"):
        async with town.database.transaction() as session:
            await ask_result_now(session, CALL, by="coordinator", now=early + timedelta(days=2))

"""Go or no-go: by a manager, about what is known then, with the time that is left."""

from datetime import date

import pytest
from sqlalchemy import select

from models.contracts.refusal import DecisionRefused
from models.tables.people import Unit
from operations.call_feasibility import feasibility
from store.task import OPEN_STATES
from tests.call_follow_ups.town import AT_DEADLINE, DEADLINE, at, chosen

FIFTH, SEVENTH = at(date(2027, 1, 5)), at(date(2027, 1, 7))
GO = {"go": chosen("go", "Encaixa amb el pla")}


async def test_the_head_of_the_office_decides_and_reads_what_is_short(town, heard):
    (task,) = await town.tasks("go_decision")
    assert (task.unit_code, task.assignee_code, task.occasion) == ("OTPE", "otpe-head", "1")
    async with town.database.reading() as session:
        sheet = {each.key: each for each in await feasibility(session, heard, at(date(2027, 2, 4)))}
    assert (sheet["concept"].unit_code, sheet["concept"].slack, sheet["concept"].short) == ("ECOLOGY", -3, True)
    assert (sheet["legal_report"].unit_code, sheet["legal_report"].short) == ("OTPE", False)


async def test_go_names_the_first_unit_that_would_lead(town):
    process_id = await town.heard(ecology="partner", health="lead")
    await town.give("go_decision", GO, SEVENTH)
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.go, pursuit.lead_unit, pursuit.decided_by) == (
        "preparing",
        True,
        "HEALTH",
        "otpe-head",
    )
    await town.go_on(process_id, SEVENTH)
    assert await town.mails() == [
        ("call_news:go", "ecology"),
        ("call_news:go", "health"),
        ("call_news:go", "otpe"),
        ("office_call:go", "coordinator"),
    ]


@pytest.mark.drill
async def test_where_no_unit_would_lead_the_office_does(town):
    process_id = await town.heard(ecology="watch_call", health="no_capacity")
    await town.give("go_decision", GO, SEVENTH)
    assert (await town.pursuit(process_id)).lead_unit == "OTPE"
    await town.go_on(process_id, SEVENTH)
    assert ("call_news:go", "ecology") in await town.mails()
    assert (await town.milestones())["budget"].unit_code == "OTPE"


@pytest.mark.drill
async def test_a_decision_is_about_what_was_seen_and_asked_again_when_that_changes(town, heard):
    (task,) = await town.open_tasks("go_decision")
    await town.move(date(2027, 5, 20), SEVENTH)
    with pytest.raises(DecisionRefused) as refused:
        await town.answer(task, GO, SEVENTH)
    assert refused.value.code == "changed_since"
    await town.go_on(heard, SEVENTH)
    assert [(each.occasion, each.state in OPEN_STATES) for each in await town.tasks("go_decision")] == [
        ("1", False),
        ("2", True),
    ]
    assert ("task_change:waived", "otpe-head") in [
        (f"{mail.name}:{mail.key.split(':')[2].split('-')[0]}", mail.person_code) for mail in await town.new_mails()
    ]
    await town.says("HEALTH", "no_time", SEVENTH)
    await town.go_on(heard, SEVENTH)
    await town.says("HEALTH", "partner", SEVENTH)
    # Moved back, and said as before: what was seen first is there again, and is asked about all the same.
    await town.move(DEADLINE, SEVENTH)
    await town.go_on(heard, SEVENTH)
    assert [each.occasion for each in await town.open_tasks("go_decision")] == ["4"]
    await town.give("go_decision", GO, SEVENTH)
    assert (await town.pursuit(heard)).go


async def test_whoever_offered_to_lead_does_not_decide(town):
    process_id = await town.followed(units=("OTPE", "HEALTH"), office="OTPE")
    async with town.database.transaction() as session:
        (await session.scalars(select(Unit).where(Unit.code == "OTPE"))).one().head_code = "otpe"
    await town.says("OTPE", "lead", FIFTH)
    await town.says("HEALTH", "partner", FIFTH)
    await town.go_on(process_id, FIFTH)
    (task,) = await town.tasks("go_decision")
    assert task.assignee_code == "mayor"
    with pytest.raises(DecisionRefused) as refused:
        await town.answer(task, GO, SEVENTH, person="otpe")
    assert refused.value.code == "own_work"


async def test_no_go_ends_it_and_everybody_who_was_asked_is_told(town):
    process_id = await town.heard(health="no_time")
    await town.give("go_decision", {"go": chosen("no_go_cofunding", "No hi ha pressupost")}, SEVENTH)
    await town.go_on(process_id, SEVENTH)
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.go, pursuit.go_reason) == (
        "not_pursued",
        False,
        "no_go_cofunding: No hi ha pressupost",
    )
    assert (await town.standing(process_id, SEVENTH)).ended
    assert await town.mails() == [
        ("call_news:no_go", "ecology"),
        ("call_news:no_go", "health"),
        ("call_news:no_go", "otpe"),
        ("office_call:no_go", "coordinator"),
    ]
    text = await town.office.text("call_news", "ecology")
    assert "No hi ha pressupost" in text
    assert "no_go_cofunding" not in text
    assert await town.open_tasks("call_interest") == await town.open_tasks("assignment") == []


async def test_it_is_decided_once(town, heard):
    (task,) = await town.tasks("go_decision")
    await town.answer(task, GO, SEVENTH)
    with pytest.raises(DecisionRefused) as refused:
        await town.answer(task, {"go": chosen("no_go_fit", "Millor que no")}, SEVENTH)
    assert refused.value.code == "decided_before"
    assert (await town.pursuit(heard)).state == "preparing"


@pytest.mark.drill
async def test_nobody_decides_in_time_is_told_and_asked_again(town, heard):
    await town.office.run_until(at(date(2027, 2, 15)))
    await town.mails()
    await town.go_on(heard, at(date(2027, 2, 15)))
    assert await town.mails() == [("office_call:undecided", "coordinator")]
    assert [(each.occasion, each.state) for each in await town.tasks("go_decision")] == [
        ("1", "expired"),
        ("2", "scheduled"),
    ]


async def test_undecided_at_the_deadline_it_is_not_pursued(town, heard):
    await town.go_on(heard, AT_DEADLINE)
    pursuit = await town.pursuit(heard)
    assert (pursuit.state, pursuit.go) == ("not_pursued", None)
    assert (await town.standing(heard, AT_DEADLINE)).ended
    assert await town.open_tasks("go_decision") == []
    assert await town.mails() == [
        ("call_news:missed", "ecology"),
        ("call_news:missed", "health"),
        ("call_news:missed", "otpe"),
        ("office_call:undecided", "coordinator"),
    ]


async def test_after_the_deadline_nobody_decides(town, heard):
    (task,) = await town.open_tasks("go_decision")
    with pytest.raises(DecisionRefused) as refused:
        await town.answer(task, GO, AT_DEADLINE)
    assert refused.value.code == "over"

"""The steps to a proposal: who has which by when, and what becomes of them when the deadline moves."""

from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from models.contracts.refusal import Refused
from operations.call_changes import aim_at, set_lead
from operations.extending import extend
from store.task import OPEN_STATES
from tests.call_follow_ups.town import AT_DEADLINE, DAY, DEADLINE, at, chosen
from tests.world import OPENING

LATER = date(2027, 5, 20)
"""Five weeks later; a Thursday."""
EIGHTH = at(date(2027, 1, 8))
MINUTE = timedelta(minutes=1)


def body(mail):
    """The text of a mail."""
    part = message_from_bytes(mail.rfc822, policy=default).get_body(("plain",))
    assert part is not None
    return part.get_content()


async def days(town):
    """The unit, the day of asking and the due day of each open milestone."""
    return {
        key: (task.unit_code, f"{task.opens_on:%d-%m}", f"{task.due_on:%d-%m}")
        for key, task in (await town.milestones()).items()
    }


async def test_each_step_has_its_owner_and_is_asked_for_in_its_time(town, agreed):
    assert await days(town) == {
        "concept": ("ECOLOGY", "25-01", "15-02"),
        "partners": ("ECOLOGY", "01-02", "01-03"),
        "budget": ("ECOLOGY", "15-02", "08-03"),
        "cofunding": ("ECOLOGY", "01-03", "15-03"),
        "legal_report": ("OTPE", "08-03", "23-03"),
        "intervention_report": ("OTPE", "08-03", "23-03"),
        "council_approval": ("OTPE", "15-03", "08-04"),
    }
    (upload,) = await town.tasks("proposal_upload")
    assert (upload.unit_code, upload.assignee_code, upload.occasion) == ("ECOLOGY", "ecology", "0")
    assert (upload.opens_on, upload.due_on) == (date(2027, 4, 1), date(2027, 4, 13))
    assert upload.closes_at == at(date(2027, 4, 19), 7)
    assert max(task.closes_at for task in (await town.milestones()).values()) == AT_DEADLINE


async def test_an_owner_that_was_named_has_the_step(town):
    await town.agreed(owners={"budget": "HEALTH", "upload": "OTPE"})
    assert (await days(town))["budget"][0] == "HEALTH"
    assert [task.unit_code for task in await town.tasks("proposal_upload")] == ["OTPE"]


async def test_what_is_too_late_already_is_due_as_soon_as_possible_and_said(town):
    await town.agreed(date(2027, 1, 28))
    found = await days(town)
    assert found["concept"] == ("ECOLOGY", "07-01", "08-01")
    assert found["council_approval"] == ("OTPE", "07-01", "21-01")
    assert found["legal_report"] == ("OTPE", "07-01", "08-01")
    (mail,) = [mail for mail in await town.new_mails() if mail.key.startswith("office_call:") and ":go:" in mail.key]
    assert "35" in body(mail)


async def test_a_moved_deadline_gives_open_steps_new_days_and_leaves_done_ones(town, under_way):
    milestones = await town.milestones()
    await town.answer(milestones["concept"], {"done": chosen("done")}, at(date(2027, 2, 3)))
    await town.left(at(date(2027, 2, 3)))
    await town.new_mails()
    before = await town.standing(under_way, at(date(2027, 2, 3)))
    await town.move(LATER, at(date(2027, 2, 3)), reason="El portal l'ha ajornat")
    assert (await town.standing(under_way, at(date(2027, 2, 3)))).revision != before.revision
    await town.go_on(under_way, at(date(2027, 2, 3)))
    assert await days(town) == {
        "partners": ("ECOLOGY", "01-02", "08-04"),
        "budget": ("ECOLOGY", "23-03", "15-04"),
        "cofunding": ("ECOLOGY", "08-04", "22-04"),
        "legal_report": ("OTPE", "15-04", "29-04"),
        "intervention_report": ("OTPE", "15-04", "29-04"),
        "council_approval": ("OTPE", "22-04", "13-05"),
    }
    mails = await town.new_mails()
    told = sorted((mail.name, mail.person_code or "coordinator") for mail in mails)
    assert told == [
        ("call_news", "ecology"),
        ("call_news", "health"),
        ("call_news", "otpe"),
        ("office_call", "coordinator"),
        ("task_change", "ecology"),
    ]
    assert "El portal l'ha ajornat" in await town.office.text("task_change", "ecology")
    news = await town.office.text("call_news", "health")
    assert "El portal l'ha ajornat" in news
    (upload,) = await town.open_tasks("proposal_upload")
    assert (upload.due_on, upload.closes_at) == (date(2027, 5, 18), at(date(2027, 5, 24), 7))
    assert max(task.closes_at for task in (await town.milestones()).values()) == AT_DEADLINE + 35 * DAY
    counts = await town.counts()
    await town.go_on(under_way, at(date(2027, 2, 4)))
    assert await town.counts() == counts


@pytest.mark.drill
async def test_two_moves_before_anybody_was_mailed_are_one(town, under_way):
    night = at(date(2027, 2, 3), 21)
    await town.left(night)
    await town.new_mails()
    await town.move(LATER, night)
    await town.go_on(under_way, night)
    await town.move(date(2027, 6, 17), night + MINUTE, reason="I encara més")
    await town.go_on(under_way, night + MINUTE)
    mails = await town.new_mails()
    told = sorted((mail.name, mail.person_code or "coordinator") for mail in mails)
    assert told == [
        ("call_news", "ecology"),
        ("call_news", "health"),
        ("call_news", "otpe"),
        ("office_call", "coordinator"),
        ("task_change", "ecology"),
        ("task_change", "ecology"),
    ]
    text = await town.office.text("call_news", "ecology")
    assert "15 April 2027" in text
    assert "17 June 2027" in text
    assert "20 May 2027" not in text
    assert "I encara més" in text


@pytest.mark.drill
async def test_a_move_there_and_back_in_one_night_is_none(town, under_way):
    night = at(date(2027, 2, 3), 21)
    await town.left(night)
    await town.new_mails()
    before = await days(town)
    for now, day in ((night, LATER), (night + MINUTE, DEADLINE)):
        await town.move(day, now)
        await town.go_on(under_way, now)
    assert await town.new_mails() == []
    assert await days(town) == before


@pytest.mark.drill
async def test_a_deadline_that_moves_nearer_asks_at_once_what_was_to_be_asked_later(town, agreed):
    await town.move(date(2027, 3, 11), EIGHTH)
    await town.go_on(agreed, EIGHTH)
    found = await days(town)
    assert found["concept"] == ("ECOLOGY", "08-01", "14-01")
    assert found["partners"] == ("ECOLOGY", "08-01", "28-01")
    await town.fire(EIGHTH)
    asked = {task.occasion for task in await town.tasks("assignment") if task.asked_at is not None}
    assert "0:concept" in asked


async def test_more_time_that_was_given_stays_while_the_deadline_does(town, under_way):
    concept = (await town.milestones())["concept"]
    async with town.database.transaction() as session:
        now = at(date(2027, 2, 3))
        until = date(2027, 2, 22)
        await extend(session, town.settings, concept.id, until=until, reason="Cal", by="coordinator", now=now)
    await town.go_on(under_way, at(date(2027, 2, 3)))
    assert (await days(town))["concept"] == ("ECOLOGY", "25-01", "22-02")


async def test_another_unit_that_leads_takes_over_what_is_open(town, under_way):
    await town.answer((await town.milestones())["concept"], {"done": chosen("done")}, at(date(2027, 2, 3)))
    await town.new_mails()
    now = at(date(2027, 2, 3))
    async with town.database.transaction() as session:
        await set_lead(session, under_way, "HEALTH", by="coordinator", now=now)
    await town.go_on(under_way, now)
    found = await days(town)
    assert {key for key, (unit, *_) in found.items() if unit == "HEALTH"} == {"partners", "budget", "cofunding"}
    assert "ECOLOGY" not in {unit for unit, *_ in found.values()}
    assert [task.unit_code for task in await town.open_tasks("proposal_upload")] == ["HEALTH"]
    told = [(mail.name, mail.person_code) for mail in await town.new_mails() if mail.name == "task_change"]
    assert told == [("task_change", "ecology")]
    for unit, problem in (("HEALTH", r"leads call/.* already"), ("NOBODY", "There is no unit")):
        async with town.database.transaction() as session:
            with pytest.raises(Refused, match=problem):
                await set_lead(session, under_way, unit, by="coordinator", now=now)


async def test_a_stage_that_is_added_leaves_only_what_an_outline_needs(town, agreed):
    await town.move(date(2027, 10, 7), EIGHTH, number=2)
    await town.go_on(agreed, EIGHTH)
    assert await days(town) == {"concept": ("ECOLOGY", "08-03", "01-04"), "partners": ("ECOLOGY", "15-03", "08-04")}
    assert [task.occasion for task in await town.open_tasks("proposal_upload")] == ["0"]


@pytest.mark.drill
async def test_a_step_that_nobody_can_be_asked_for_is_told_once_and_asked_when_there_is_somebody(town):
    await town.register(DEADLINE)
    process_id = await town.start(owners={"budget": "MAYOR"})
    await town.go_on(process_id, OPENING)
    await town.says("ECOLOGY", "lead", at(date(2027, 1, 5)))
    await town.says("HEALTH", "partner", at(date(2027, 1, 5)))
    await town.go_on(process_id, at(date(2027, 1, 5)))
    await town.give("go_decision", {"go": chosen("go", "Sí")}, at(date(2027, 1, 7)))
    await town.retire("mayor")
    for now in (at(date(2027, 1, 7)), at(date(2027, 1, 8))):
        await town.go_on(process_id, now)
    assert [mail for mail in await town.mails() if "nobody" in mail[0]] == [("office_call:nobody", "coordinator")]
    assert "budget" not in await days(town)
    await town.appoint("mayor", "MAYOR")
    await town.go_on(process_id, at(date(2027, 1, 11)))
    assert (await days(town))["budget"] == ("MAYOR", "15-02", "08-03")


@pytest.mark.drill
async def test_another_cut_off_is_aimed_at(town):
    process_id = await town.agreed(DEADLINE, LATER, date(2027, 10, 5), model="cut_offs")
    async with town.database.transaction() as session:
        deadline = await aim_at(session, process_id, 2, reason="No arribem", by="coordinator", now=EIGHTH)
    assert deadline.date() == LATER
    await town.go_on(process_id, EIGHTH)
    assert (await days(town))["council_approval"][2] == "13-05"
    for number, problem in ((2, "aims at cut-off 2 already"), (9, "has no cut-off 9")):
        async with town.database.transaction() as session:
            with pytest.raises(Refused, match=problem):
                await aim_at(session, process_id, number, reason="Prova", by="coordinator", now=EIGHTH)
    async with town.database.transaction() as session:
        with pytest.raises(Refused, match=r"Cut-off 1 of .* was on 2027-04-15"):
            await aim_at(session, process_id, 1, reason="Prova", by="coordinator", now=AT_DEADLINE + DAY)


async def test_a_call_without_cut_offs_has_nothing_to_choose(town, agreed):
    async with town.database.transaction() as session:
        with pytest.raises(Refused, match="has no cut-offs to choose from"):
            await aim_at(session, agreed, 2, reason="Prova", by="coordinator", now=EIGHTH)
    assert all(task.state in OPEN_STATES for task in await town.tasks("assignment"))

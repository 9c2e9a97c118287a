"""A call that is given up or cancelled; and the whole story told a second time."""

from datetime import date

import pytest

from models.contracts.refusal import Refused
from operations.call_changes import ask_unit, drop, set_lead
from tests.call_follow_ups.town import AT_DEADLINE, DAY, at, sent

NOW = at(date(2027, 2, 3))


async def give_up(town, process_id, now=NOW, reason="No tenim temps"):
    async with town.database.transaction() as session:
        await drop(session, town.settings, process_id, reason=reason, by="coordinator", now=now)


async def test_given_up_while_units_are_asked(town):
    process_id = await town.followed()
    await town.fire(at(date(2027, 1, 4), 9))
    await town.says("HEALTH", "no_fit", at(date(2027, 1, 5)))
    await town.new_mails()
    await give_up(town, process_id, at(date(2027, 1, 5)))
    pursuit = await town.pursuit(process_id)
    assert (pursuit.state, pursuit.reason) == ("dropped", "No tenim temps")
    assert await town.open_tasks("call_interest") == []
    told = sorted((mail.name, mail.person_code or "coordinator") for mail in await town.new_mails())
    assert told == [
        ("call_news", "ecology"),
        ("call_news", "health"),
        ("call_news", "otpe"),
        ("office_call", "coordinator"),
    ]
    assert (await town.standing(process_id, NOW)).ended


async def test_given_up_after_go_ends_every_task_and_tells_each_person_once(town):
    process_id = await town.agreed(owners={"budget": "MAYOR"})
    await town.office.run_until(at(date(2027, 2, 16)))
    await town.new_mails()
    await give_up(town, process_id, at(date(2027, 2, 16)))
    told = sorted((mail.name, mail.person_code or "coordinator") for mail in await town.new_mails())
    # The mayor's office takes no part but has a step: whoever has it hears that it is not needed.
    assert told == [
        ("call_news", "ecology"),
        ("call_news", "health"),
        ("call_news", "otpe"),
        ("office_call", "coordinator"),
        ("task_change", "mayor"),
    ]
    assert await town.milestones() == {}
    assert await town.open_tasks("proposal_upload") == []
    assert "No tenim temps" in await town.office.text("task_change", "mayor")


async def test_it_is_given_up_once_and_for_a_reason(town):
    process_id = await town.followed()
    with pytest.raises(Refused, match="Give a reason"):
        await give_up(town, process_id, reason="  ")
    await give_up(town, process_id)
    counts = await town.counts()
    with pytest.raises(Refused, match="is over"):
        await give_up(town, process_id)
    for change in (set_lead, ask_unit):
        async with town.database.transaction() as session:
            with pytest.raises(Refused, match="is over"):
                await change(session, process_id, "MAYOR", by="coordinator", now=NOW)
    await town.go_on(process_id, NOW)
    assert await town.counts() == counts


@pytest.mark.drill
async def test_given_up_after_it_was_sent(town, agreed):
    await town.fire(at(date(2027, 4, 1)))
    await town.give("proposal_upload", sent(), at(date(2027, 4, 13)))
    await town.go_on(agreed, at(date(2027, 4, 13)))
    with pytest.raises(Refused, match="was sent"):
        async with town.database.transaction() as session:
            await set_lead(session, agreed, "HEALTH", by="coordinator", now=at(date(2027, 4, 13)))
    await give_up(town, agreed, at(date(2027, 5, 3)))
    assert (await town.pursuit(agreed)).state == "dropped"
    assert (await town.standing(agreed, at(date(2027, 5, 3)))).ended


async def test_a_call_that_its_programme_cancels_ends_and_everybody_is_told_once(town, agreed):
    await town.new_mails()
    await town.cancel(NOW)
    assert await town.mails() == [
        ("call_news:cancelled", "ecology"),
        ("call_news:cancelled", "health"),
        ("call_news:cancelled", "otpe"),
        ("office_call:cancelled", "coordinator"),
    ]
    pursuit = await town.pursuit(agreed)
    assert (pursuit.state, pursuit.reason) == ("cancelled", "No hi ha diners")
    with pytest.raises(Refused, match="was cancelled already"):
        await town.cancel(NOW)
    with pytest.raises(Refused, match="is over"):
        await give_up(town, agreed)


@pytest.mark.drill
async def test_the_story_told_again_in_any_later_year_writes_nothing(town, agreed):
    moments = [at(date(2027, 1, 7), 12), at(date(2027, 2, 3)), AT_DEADLINE - DAY, AT_DEADLINE]
    for now in moments:
        await town.office.run_until(now)
        await town.go_on(agreed, now)
        counts = await town.counts()
        await town.go_on(agreed, now)
        assert await town.counts() == counts
    await town.give("proposal_upload", sent(), AT_DEADLINE + DAY)
    await town.go_on(agreed, AT_DEADLINE + DAY)
    counts = await town.counts()
    for year in (2027, 2028, 2033):
        for name in (
            "ask_interest",
            "tell_of_interest",
            "ask_for_decision",
            "tell_of_decision",
            "plan_milestones",
            "ask_for_upload",
            "raise_alarm",
            "ask_whether_it_was_sent",
            "tell_of_submission",
        ):
            await town.act(name, agreed, at(date(year, 6, 1)))
    assert await town.counts() == counts

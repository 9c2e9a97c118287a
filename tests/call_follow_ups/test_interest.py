"""Beginning to follow a call, and asking the units who is interested."""

from datetime import date, time

import pytest
from sqlalchemy import delete, select

from models.contracts.refusal import DecisionRefused, Refused
from models.tables.calls import Call, CallDeadline
from operations.call_changes import ask_unit, deadline_changed
from tests.call_follow_ups.town import AT_DEADLINE, DAY, DEADLINE, at
from tests.world import OPENING

JANUARY = at(date(2027, 1, 5))


async def test_units_are_asked_at_once_and_what_each_says_is_kept(town):
    process_id = await town.followed(units=("ECOLOGY", "HEALTH", "MAYOR"))
    tasks = await town.tasks("call_interest")
    assert [(task.unit_code, task.assignee_code) for task in tasks] == [
        ("ECOLOGY", "ecology"),
        ("HEALTH", "health"),
        ("MAYOR", "mayor"),
    ]
    assert len({task.opens_on for task in tasks}) == 1
    assert await town.mails() == [("office_call:opened", "coordinator")]
    await town.says("HEALTH", "no_other", JANUARY, reason="Ja en fem prou")
    await town.says("ECOLOGY", "partner", JANUARY, contribution="La xarxa de parcs")
    assert await town.interests(process_id) == {
        "ECOLOGY": ("partner", "", "La xarxa de parcs"),
        "HEALTH": ("no", "no_other: Ja en fem prou", ""),
        "MAYOR": ("asked", "", ""),
    }
    assert "interest" not in (await town.standing(process_id, JANUARY)).reached
    await town.says("MAYOR", "watch_call", JANUARY)
    assert "interest" in (await town.standing(process_id, JANUARY)).reached


async def test_who_keeps_silent_is_named(town):
    process_id = await town.followed()
    await town.says("ECOLOGY", "lead", JANUARY)
    await town.office.run_until(at(date(2027, 1, 29)))
    assert [task.state for task in await town.tasks("call_interest")] == ["answered", "expired"]
    await town.mails()
    await town.go_on(process_id, at(date(2027, 1, 29)))
    assert (await town.interests(process_id))["HEALTH"][0] == "silent"
    assert ("office_call:interest", "coordinator") in await town.mails()
    assert len(await town.open_tasks("go_decision")) == 1


async def test_a_unit_with_nobody_to_ask_is_told_once_and_the_others_go_on(town):
    await town.retire("health", "health-head")
    process_id = await town.followed()
    assert await town.mails() == [("office_call:nobody", "coordinator"), ("office_call:opened", "coordinator")]
    assert [task.unit_code for task in await town.tasks("call_interest")] == ["ECOLOGY"]
    await town.says("ECOLOGY", "no_fit", JANUARY)
    await town.go_on(process_id, JANUARY)
    assert {unit: said[0] for unit, said in (await town.interests(process_id)).items()} == {
        "ECOLOGY": "no",
        "HEALTH": "silent",
    }
    assert ("office_call:nobody_interested", "coordinator") in await town.mails()


async def test_without_a_deadline_everything_waits_and_goes_on_when_it_comes(town):
    await town.register()
    process_id = await town.start()
    await town.go_on(process_id, OPENING)
    before = await town.standing(process_id, OPENING)
    assert before.reached == ()
    assert before.next_at is None
    assert await town.tasks("call_interest") == []
    assert await town.mails() == []
    await town.move(DEADLINE, JANUARY)
    after = await town.standing(process_id, JANUARY)
    assert after.revision != before.revision
    await town.go_on(process_id, JANUARY)
    assert len(await town.tasks("call_interest")) == 2
    assert await town.mails() == [("office_call:opened", "coordinator")]


async def test_one_more_unit_is_asked_and_the_story_is_told_again(town):
    process_id = await town.followed()
    before = await town.standing(process_id, OPENING)
    async with town.database.transaction() as session:
        await ask_unit(session, process_id, "MAYOR", by="coordinator", now=JANUARY)
    after = await town.standing(process_id, JANUARY)
    assert after.revision != before.revision
    await town.go_on(process_id, JANUARY)
    assert [task.unit_code for task in await town.tasks("call_interest")] == ["ECOLOGY", "HEALTH", "MAYOR"]
    for unit, problem in (("MAYOR", "asked about"), ("NOBODY", "There is no unit")):
        async with town.database.transaction() as session:
            with pytest.raises(Refused, match=problem):
                await ask_unit(session, process_id, unit, by="coordinator", now=JANUARY)


async def test_the_themes_say_whom_to_ask_and_whose_the_office_is(town):
    await town.register(DEADLINE)
    process_id = await town.start((), office=None, plan=None)
    pursuit = await town.pursuit(process_id)
    assert (pursuit.office_unit, pursuit.action_code) == ("OTPE", "TST-E1-OE1-A1")
    assert list(await town.interests(process_id)) == ["OTPE", "ECOLOGY", "HEALTH"]
    async with town.database.reading() as session:
        assert (await session.scalars(select(Call.decision))).one() == "follow"


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"units": ("NOBODY",)}, "There is no unit “NOBODY”"),
        ({"units": ("HEALTH", "HEALTH")}, "HEALTH is named twice"),
        ({"office": "NOBODY"}, "There is no unit “NOBODY”"),
        ({"decider": "nobody"}, "There is no person “nobody”"),
        ({"action": "TST-E9"}, "There is no action “TST-E9”"),
        ({"owners": {"catering": "HEALTH"}}, "There is no milestone “catering”"),
        ({"owners": {"budget": "NOBODY"}}, "There is no unit “NOBODY”"),
        ({"plan": "ABC"}, "There is no plan “ABC”"),
        ({"identifier": "CERV-2028"}, "There is no call “CERV-2028”"),
        ({"now": AT_DEADLINE + DAY}, "The last deadline of"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_starts(town, wish, problem):
    await town.register(DEADLINE)
    with pytest.raises(Refused, match=problem):
        await town.start(**wish)
    process_id = await town.start()
    with pytest.raises(Refused, match="is under way: a call is followed once"):
        await town.start()
    assert (await town.pursuit(process_id)).state == "interest"


async def test_nobody_is_asked_to_lead_what_no_theme_knows(town):
    await town.register(DEADLINE, title="Deep sea mining")
    with pytest.raises(Refused, match="say whom to ask with --unit"):
        await town.start((), office=None, plan=None)
    with pytest.raises(Refused, match="say whose head decides with --office"):
        await town.start(office=None)
    with pytest.raises(Refused, match="Say under which plan"):
        await town.start(plan=None)


async def test_the_second_stage_alone_is_not_for_newcomers(town):
    await town.register(date(2027, 1, 4), date(2027, 6, 1), hour=time(8))
    with pytest.raises(Refused, match="the second is by invitation"):
        await town.start(now=OPENING)


async def test_a_call_with_cut_offs_is_aimed_at_the_next_one(town):
    await town.register(date(2026, 11, 3), DEADLINE, date(2027, 10, 5), model="cut_offs")
    process_id = await town.start()
    assert (await town.pursuit(process_id)).deadline_number == 2


async def test_what_a_unit_says_can_be_corrected_until_it_is_decided(town):
    process_id = await town.agreed()
    with pytest.raises(DecisionRefused, match="It was decided already") as refused:
        await town.says("HEALTH", "lead", at(date(2027, 1, 8)))
    assert refused.value.code == "decided_before"
    assert (await town.interests(process_id))["HEALTH"][0] == "partner"


async def test_a_deadline_that_the_portal_takes_away_is_told_and_so_is_the_next_one(town):
    process_id = await town.followed()
    await town.fire(at(date(2027, 1, 4), 9))
    await town.left(JANUARY)
    await town.mails()
    async with town.database.transaction() as session:
        await session.execute(delete(CallDeadline))
        call = (await session.scalars(select(Call))).one()
        await deadline_changed(session, call, None, None, "", by="portal", now=JANUARY)
    for _ in range(2):
        await town.go_on(process_id, JANUARY)
    told = [
        ("call_news:moved", "ecology"),
        ("call_news:moved", "health"),
        ("office_call:moved", "coordinator"),
    ]
    assert await town.mails() == told
    assert "decision" not in (await town.standing(process_id, AT_DEADLINE)).reached
    await town.left(JANUARY)
    await town.move(DEADLINE + DAY, JANUARY + DAY)
    await town.go_on(process_id, JANUARY + DAY)
    assert await town.mails() == told


async def test_whoever_has_not_heard_of_a_call_is_not_told_that_it_moved(town):
    process_id = await town.followed()
    await town.left(OPENING)
    await town.new_mails()
    await town.move(DEADLINE + DAY, OPENING)
    await town.go_on(process_id, OPENING)
    assert await town.mails() == [("office_call:moved", "coordinator")]

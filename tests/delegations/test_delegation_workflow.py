"""Delegations from their announcement to the last commitment, on the real classes, with the days skipped."""

from datetime import timedelta

import pytest

from models.tables.delegation_reception import VisitRecord
from operations.delegating import delegate
from tests.delegations.reception import NO, YES
from tests.delegations.town import Town, announce
from tests.workflows.conftest import House
from tests.workflows.replaying import follow_ups, replay_all

OTHERS = ("diplomatic", "institutional", "business", "municipal_association")
KINDS = ("study", *(pytest.param(kind, marks=pytest.mark.drill) for kind in OTHERS))
"""What they do differently is looked at by hand; the drills follow each to its end."""
EVERYBODY = ("ecology", "marco", "mayor")


async def told(town: Town, news: str) -> list[str]:
    """Who heard some news, as often as they did."""
    return [who for each, who in await town.all_letters() if each == news]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_delegation_of_each_kind_comes_goes_and_is_followed_to_its_last_commitment(house: House, kind: str):
    town = await announce(house, kind=kind)
    await town.prepare()
    await town.receive()
    await town.told("recorded", "international.office")
    outcome = await town.end()
    assert outcome.expired == 0
    assert outcome.answered == 2 + 1 + 2 + 2, "two hosts, an approval, two reports, two commitments"
    for news in ("confirmed", "reminder"):
        assert await told(town, news) == list(EVERYBODY)
    for news in ("acknowledged", "thanks"):
        assert await told(town, news) == ["marco"]
    visit, process = await town.reception.visit(), await town.reception.process()
    assert (visit.state, process.state) == ("received", "closed")
    async with house.database.reading() as session:
        kept = await session.get_one(VisitRecord, town.reception.process_id)
        assert [each["state"] for each in kept.content["commitments"]] == ["answered", "answered"]
    assert len([event async for event in town.handle.fetch_history_events()]) < 700
    await replay_all(town.handle, *await follow_ups(house), record_as=f"delegation-{kind}")


@pytest.mark.drill
async def test_a_visit_that_moves_twice_takes_place_on_the_last_days(house: House):
    town = await announce(house)
    await town.asked("hosting_request", 2)
    for weeks, reason in ((2, "Strike"), (3, "Elections")):
        first = town.first + timedelta(weeks=weeks)
        await town.reception.move(first, first + timedelta(days=1), await house.now(), reason=reason)
        await town.asked("hosting_request", 2)
    assert await told(town, "moved") == ["international.office", "international.office", "marco", "marco"]
    await town.prepare()
    await town.reach(town.last + timedelta(days=5))
    assert await town.reception.tasks("visit_report") == []
    await town.receive()
    await town.end()
    assert (await town.reception.visit()).version == 3
    assert await told(town, "confirmed") == list(EVERYBODY)
    await replay_all(town.handle, *await follow_ups(house), record_as="delegation-moved")


@pytest.mark.drill
async def test_one_host_says_no_and_another_passes_it_to_a_colleague(house: House):
    town = await announce(house)
    await town.asked("hosting_request", 2)
    now = await house.now()
    await town.reception.answer("hosting_request", "MAYOR", NO, now)
    task = await town.reception.task("hosting_request", "ECOLOGY")
    async with house.database.transaction() as session:
        await delegate(session, house.settings, task.id, to="ecology-head", by="ecology", note="", now=now)
    await town.prepare()
    await town.receive()
    await town.end()
    assert await told(town, "confirmed") == ["ecology-head", "marco"]
    assert [task.assignee_code for task in await town.reception.tasks("visit_report")] == ["ecology-head"]
    await replay_all(town.handle, record_as="delegation-passed-on")


@pytest.mark.drill
async def test_a_visit_that_is_called_off_after_its_confirmation_ends_at_once(house: House):
    town = await announce(house)
    await town.prepare()
    await house.pass_time(timedelta(hours=1))
    await town.reception.call_off(await house.now(), reason="Floods")
    await town.house.relay.sweep()
    outcome = await town.handle.result()
    assert outcome.answered == 3
    assert outcome.cancelled == 6
    assert await told(town, "called_off") == ["ecology", "health", "marco", "mayor"]
    assert (await town.reception.process()).state == "closed"
    await replay_all(town.handle, *await follow_ups(house), record_as="delegation-called-off")


@pytest.mark.drill
async def test_hosts_come_and_go_after_the_confirmation(house: House):
    town = await announce(house)
    await town.prepare()
    await town.reception.add_host("HEALTH", await house.now())
    await town.asked("hosting_request")
    await town.reception.answer("hosting_request", "HEALTH", YES, await house.now())
    await town.reception.remove_host("MAYOR", await house.now(), reason="The mayor is away")
    await town.told("hosts", "international.office")
    await town.compose()
    await town.asked("agenda_approval")
    await town.answer("agenda_approval")
    await town.told("changed", "marco")
    await town.receive()
    await town.end()
    assert await told(town, "released") == ["mayor"]
    assert await told(town, "changed") == ["ecology", "marco"]
    assert await told(town, "confirmed") == ["ecology", "health", "marco", "mayor"]
    assert sorted(task.unit_code for task in await town.reception.tasks("visit_report")) == ["ECOLOGY", "HEALTH"]
    await replay_all(town.handle, record_as="delegation-hosts")


@pytest.mark.drill
async def test_an_agenda_is_sent_back_and_then_nobody_decides_in_time(house: House):
    town = await announce(house)
    await town.asked("hosting_request", 2)
    await town.answer("hosting_request")
    await town.told("hosts", "international.office")
    await town.compose()
    await town.asked("agenda_approval")
    await town.answer("agenda_approval", {"agenda": "send_back"}, why="Too short")
    await town.told("sent_back", "international.office")
    await town.compose()
    await town.asked("agenda_approval")
    await house.pass_time(timedelta(days=30))
    await town.told("not_approved", "international.office")
    await town.compose()
    await town.asked("agenda_approval")
    await town.answer("agenda_approval")
    await town.told("confirmed", "marco")
    await town.receive()
    await town.end()
    assert (await town.reception.visit()).confirmed_version == 3
    await replay_all(town.handle, record_as="delegation-sent-back")


@pytest.mark.drill
async def test_the_coordinator_hears_when_an_agenda_is_approved_after_all(house: House):
    town = await announce(house)
    await town.asked("hosting_request", 2)
    await town.answer("hosting_request")
    await town.told("hosts", "international.office")
    await town.compose()
    await town.asked("agenda_approval")
    await town.answer("agenda_approval", {"agenda": "send_back"}, why="Too short")
    await town.told("sent_back", "international.office")
    await town.reception.answer("agenda_approval", "HEALTH", {"agenda": "approve"}, await house.now())
    await town.told("confirmed", "marco")
    assert await told(town, "approved") == ["international.office"]
    await town.reception.call_off(await house.now())
    await town.house.relay.sweep()
    await town.handle.result()
    await replay_all(town.handle, record_as="delegation-approved-after-all")


@pytest.mark.drill
async def test_a_visit_that_nobody_confirmed_ends_when_its_days_are_over(house: House):
    town = await announce(house)
    await town.reach(town.last + timedelta(days=4))
    outcome = await town.handle.result()
    assert outcome.answered == 0
    assert await told(town, "thanks") == []
    assert (await town.reception.visit()).state == "called_off"

"""Hosts are asked, answer, change their minds, pass the question on, are added and released."""

from datetime import timedelta
from typing import Any

import pytest

from models.contracts.refusal import DecisionRefused, Refused
from operations.delegating import delegate
from tests.delegations.reception import AGENDA, LAST, NO, YES, Reception, slot
from tests.world import OPENING

DAY = timedelta(days=1)
TOMORROW = OPENING + DAY


async def asked(reception: Reception, **changes: Any) -> None:
    """Started, everybody asked, and the first mails seen."""
    await reception.start(OPENING, **changes)
    await reception.tell(OPENING)
    await reception.fire(OPENING)
    await reception.letters()


async def test_each_host_is_asked_once_however_often_the_story_is_told(reception: Reception):
    await asked(reception)
    for _ in range(3):
        assert await reception.tell(TOMORROW) == "hosts"
    tasks = await reception.tasks("hosting_request")
    assert sorted((task.unit_code, task.assignee_code, task.occasion) for task in tasks) == [
        ("ECOLOGY", "ecology", "1"),
        ("MAYOR", "mayor", "1"),
    ]
    assert await reception.letters() == []


async def test_the_coordinator_hears_of_all_hosts_at_once_and_where_to_go_on(reception: Reception):
    await asked(reception)
    await reception.answer("hosting_request", "ECOLOGY", {**NO, "other_days": "16 i 17 de març"}, TOMORROW)
    assert await reception.tell(TOMORROW) == "hosts"
    assert await reception.letters() == []
    await reception.answer("hosting_request", "MAYOR", {**YES, "receives": "Maria Alcaldessa"}, TOMORROW)
    assert await reception.tell(TOMORROW) == "agenda"
    assert await reception.letters() == [("hosts", "international.office")]
    assert await reception.hosts() == {"ECOLOGY": "other_days", "MAYOR": "accepts"}
    text = await reception.text("hosts")
    assert "16 i 17 de març" in text
    assert f"{reception.office.settings.office_url}/delegations/2027-0001/agenda" in text


@pytest.mark.drill
async def test_a_host_that_never_answers_is_silent_and_holds_nobody_up(reception: Reception):
    await asked(reception)
    await reception.answer("hosting_request", "MAYOR", YES, TOMORROW)
    await reception.fire_until(OPENING + 30 * DAY)
    assert await reception.tell(OPENING + 30 * DAY) == "agenda"
    assert await reception.hosts() == {"ECOLOGY": "silent", "MAYOR": "accepts"}


async def test_a_colleague_answers_for_a_host_and_receives_the_agenda(reception: Reception):
    await asked(reception)
    task = await reception.task("hosting_request", "ECOLOGY")
    async with reception.office.database.transaction() as session:
        settings = reception.office.settings
        await delegate(session, settings, task.id, to="ecology-head", by="ecology", note="", now=TOMORROW)
    await reception.prepared(TOMORROW)
    assert [who for news, who in await reception.letters() if news == "confirmed"] == ["ecology-head", "marco", "mayor"]


@pytest.mark.drill
async def test_a_host_that_changes_its_mind_before_all_have_answered_is_no_news(reception: Reception):
    await asked(reception)
    await reception.answer("hosting_request", "ECOLOGY", YES, TOMORROW)
    await reception.tell(TOMORROW)
    await reception.answer("hosting_request", "ECOLOGY", NO, TOMORROW + DAY)
    await reception.tell(TOMORROW + DAY)
    assert await reception.hosts() == {"ECOLOGY": "declines", "MAYOR": "asked"}
    assert await reception.letters() == []


@pytest.mark.drill
async def test_a_host_that_says_no_after_the_confirmation_is_news_once(confirmed: Reception):
    await confirmed.answer("hosting_request", "ECOLOGY", NO, TOMORROW)
    for _ in range(2):
        assert await confirmed.tell(TOMORROW) == "day before"
    assert await confirmed.letters() == [("hosts", "international.office")]
    # A new agenda without it: it is released, the others hear what changed.
    await confirmed.compose(TOMORROW, slot("MAYOR", "9:00", "12:00"))
    await confirmed.tell(TOMORROW)
    await confirmed.answer("agenda_approval", "HEALTH", {"agenda": "approve"}, TOMORROW)
    await confirmed.tell(TOMORROW)
    assert await confirmed.letters() == [
        ("approved", "international.office"),
        ("changed", "marco"),
        ("changed", "mayor"),
        ("released", "ecology"),
    ]


async def test_a_visit_tomorrow_is_asked_about_until_it_begins(reception: Reception):
    evening = OPENING + timedelta(hours=11)  # 20:00: working hours are over
    await reception.start(evening, first_day="2027-01-05", last_day="2027-01-05")
    await reception.tell(evening)
    task = await reception.task("hosting_request", "ECOLOGY")
    assert (task.opens_on.isoformat(), task.closes_on.isoformat()) == ("2027-01-04", "2027-01-04")


async def test_a_host_is_added_and_only_it_is_asked(reception: Reception):
    await reception.start(OPENING, hosts=["ECOLOGY"])
    await reception.tell(OPENING)
    await reception.answer("hosting_request", "ECOLOGY", YES, OPENING)
    await reception.tell(OPENING)
    await reception.letters()
    await reception.add_host("MAYOR", TOMORROW)
    assert await reception.tell(TOMORROW) == "hosts"
    assert [(task.unit_code, task.occasion) for task in await reception.tasks("hosting_request")] == [
        ("ECOLOGY", "1"),
        ("MAYOR", "2"),
    ]
    await reception.answer("hosting_request", "MAYOR", YES, TOMORROW)
    assert await reception.tell(TOMORROW) == "agenda"
    assert await reception.letters() == [("hosts", "international.office")]


@pytest.mark.drill
async def test_a_host_added_after_the_confirmation_leaves_the_agenda_and_is_told_of(confirmed: Reception):
    await confirmed.add_host("HEALTH", TOMORROW)
    assert await confirmed.tell(TOMORROW) == "day before"
    assert await confirmed.letters() == []
    await confirmed.answer("hosting_request", "HEALTH", YES, TOMORROW)
    await confirmed.tell(TOMORROW)
    assert await confirmed.letters() == [("hosts", "international.office")]
    await confirmed.compose(TOMORROW, *AGENDA, slot("HEALTH", "16:00", "17:00"))
    await confirmed.tell(TOMORROW)
    await confirmed.answer("agenda_approval", "HEALTH", {"agenda": "approve"}, TOMORROW)
    await confirmed.tell(TOMORROW)
    letters = await confirmed.letters()
    assert [news for news, _ in letters] == ["approved", *["changed"] * 3, "confirmed"]
    assert letters[-1] == ("confirmed", "health")


async def test_a_host_with_hours_is_removed_and_the_agenda_falls(confirmed: Reception):
    await confirmed.remove_host("ECOLOGY", TOMORROW, reason="The theme is gone")
    assert await confirmed.letters() == [("released", "ecology")]
    assert "The theme is gone" in await confirmed.text("released", "ecology")
    assert await confirmed.tell(TOMORROW) == "agenda"
    assert await confirmed.letters() == [("hosts", "international.office")]
    with pytest.raises(Refused, match="ECOLOGY is no host of this visit"):
        await confirmed.compose(TOMORROW)
    await confirmed.add_host("ECOLOGY", TOMORROW)
    await confirmed.tell(TOMORROW)
    assert (await confirmed.task("hosting_request", "ECOLOGY")).occasion == "3"


@pytest.mark.drill
async def test_a_host_without_hours_is_removed_and_the_agenda_stands(reception: Reception):
    await reception.start(OPENING, hosts=["ECOLOGY", "MAYOR", "HEALTH"])
    await reception.prepared(OPENING)
    await reception.letters()
    await reception.remove_host("HEALTH", TOMORROW)
    assert await reception.letters() == [("released", "health")]
    assert await reception.tell(TOMORROW) == "day before"
    assert await reception.letters() == []


async def test_who_was_not_asked_yet_or_declined_is_not_released_from_anything(reception: Reception):
    await reception.start(OPENING)
    await reception.tell(OPENING)
    await reception.letters()
    await reception.answer("hosting_request", "MAYOR", NO, OPENING)
    await reception.remove_host("MAYOR", OPENING)
    await reception.remove_host("ECOLOGY", OPENING)
    assert await reception.letters() == []
    tasks = {task.unit_code: task.state for task in await reception.tasks("hosting_request")}
    assert tasks == {"ECOLOGY": "cancelled", "MAYOR": "answered"}


@pytest.mark.parametrize(
    ("unit", "said"),
    [("ECOLOGY", r"Àrea Ecologia Urbana \(ECOLOGY\) is a host of delegation/2027-0001 already"), ("X", "no unit “X”")],
)
async def test_a_host_that_cannot_be_added(reception: Reception, unit: str, said: str):
    await asked(reception)
    with pytest.raises(Refused, match=said):
        await reception.add_host(unit, TOMORROW)
    assert (await reception.visit()).version == 1


async def test_hosts_that_cannot_be_removed(reception: Reception):
    await asked(reception)
    with pytest.raises(Refused, match="HEALTH is no host of delegation/2027-0001"):
        await reception.remove_host("HEALTH", TOMORROW)
    with pytest.raises(Refused, match="Give a reason"):
        await reception.remove_host("ECOLOGY", TOMORROW, reason=" ")
    await reception.remove_host("ECOLOGY", TOMORROW)
    with pytest.raises(Refused, match="ECOLOGY is no host"):
        await reception.remove_host("ECOLOGY", TOMORROW)


async def test_an_answer_about_days_of_before_is_refused(reception: Reception):
    await asked(reception)
    await reception.answer("hosting_request", "ECOLOGY", YES, TOMORROW)
    before = await reception.task("hosting_request", "ECOLOGY")
    await reception.move(LAST, LAST, TOMORROW)
    with pytest.raises(DecisionRefused) as refusal:
        await reception.answer_task(before, NO, TOMORROW)
    assert refusal.value.code == "changed_since"

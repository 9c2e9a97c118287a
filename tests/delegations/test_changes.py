"""A visit is moved or called off: everything follows, everybody hears of it once, and what cannot be is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mail.visit_calendar import events_in
from models.contracts.refusal import Refused
from models.tables.mail import OutgoingMail
from operations.steering import waive
from tests.delegations.reception import APPROVE, FIRST, LAST, YES, Reception, slot
from tests.world import OPENING

DAY = timedelta(days=1)
TOMORROW = OPENING + DAY
NEW_FIRST, NEW_LAST = date(2027, 3, 16), date(2027, 3, 17)
AFTER = datetime(2027, 3, 11, 9, tzinfo=UTC)


async def confirmed(reception: Reception, **changes: Any) -> None:
    await reception.start(OPENING, **changes)
    await reception.tell(OPENING)
    await reception.fire_until(TOMORROW)
    await reception.prepared(TOMORROW)
    await reception.letters()


async def calendar(reception: Reception, address: str) -> list[tuple[str, int, bool]]:
    """The events that mails brought to an address: which news, the sequence, whether it takes out."""
    async with reception.office.database.reading() as session:
        query = select(OutgoingMail).where(OutgoingMail.name == "visit_news", OutgoingMail.recipient == address)
        mails = list(await session.scalars(query.order_by(OutgoingMail.created_at)))
    return [
        (mail.key.split(":")[2], sent.sequence, sent.cancelled) for mail in mails for sent in events_in(mail.rfc822)
    ]


async def delivered(reception: Reception) -> None:
    """The mail server took everything that waits."""
    async with reception.office.database.transaction() as session:
        for mail in await session.scalars(select(OutgoingMail).where(OutgoingMail.state == "ready")):
            mail.state = "accepted"


async def waiting(reception: Reception, part: str) -> list[tuple[str, datetime]]:
    """Of the news with some part in their key, those that wait to leave: to whom, and from when on."""
    async with reception.office.database.reading() as session:
        news = (OutgoingMail.name == "visit_news", OutgoingMail.key.contains(part), OutgoingMail.state == "ready")
        query = select(OutgoingMail).where(*news)
        mails = list(await session.scalars(query.order_by(OutgoingMail.key)))
    return sorted((mail.recipient.partition("@")[0], mail.not_before) for mail in mails)


async def test_a_visit_that_moves_is_asked_planned_and_told_anew(reception: Reception):
    await confirmed(reception)
    await delivered(reception)
    await reception.move(NEW_FIRST, NEW_LAST, TOMORROW, reason="Strike of the trains")
    assert await reception.letters() == [("moved", "ecology"), ("moved", "marco"), ("moved", "mayor")]
    assert "Strike of the trains" in await reception.text("moved", "marco")
    assert await reception.tell(TOMORROW) == "hosts"
    letters = await reception.letters()
    assert ("moved", "international.office") in letters
    # Five requests a day leave: of the sixth preparation nobody has heard yet.
    assert letters.count(("rescheduled", "health")) == 5
    assert await reception.hosts() == {"ECOLOGY": "asked", "MAYOR": "asked"}
    days = {task.occasion: task.due_on for task in await reception.tasks("assignment")}
    assert days["briefing"] == date(2027, 3, 12)
    # An old agenda cannot come back: its hours lie outside the days of now.
    for unit in ("ECOLOGY", "MAYOR"):
        await reception.answer("hosting_request", unit, YES, TOMORROW)
    with pytest.raises(Refused, match="lies outside the visit"):
        await reception.compose(TOMORROW)
    await reception.compose(TOMORROW, slot(day=NEW_FIRST.isoformat()))
    await reception.tell(TOMORROW)
    await reception.answer("agenda_approval", "HEALTH", APPROVE, TOMORROW)
    assert await reception.tell(TOMORROW) == "day before"
    assert [news for news, _ in await reception.letters()].count("confirmed") == 3
    contact = await calendar(reception, "marco@bologna.example")
    assert [news for news, _, _ in contact] == ["confirmed", "moved", "confirmed"]
    assert [cancelled for _, _, cancelled in contact] == [False, False, False]
    host = await calendar(reception, "ecology@prova.example")
    assert [(news, cancelled) for news, _, cancelled in host] == [
        ("confirmed", False),
        ("moved", True),
        ("confirmed", False),
    ]
    for events in (contact, host):
        sequences = [sequence for _, sequence, _ in events]
        assert sequences == sorted(set(sequences)), "each file is newer than the one before"


async def test_what_is_done_or_waived_stays_so_when_the_visit_moves(reception: Reception):
    await confirmed(reception)
    tasks = {task.occasion: task for task in await reception.tasks("assignment")}
    await reception.answer_task(tasks["briefing"], {"done": "done"}, TOMORROW)
    async with reception.office.database.transaction() as session:
        settings = reception.office.settings
        await waive(session, settings, tasks["transport"].id, reason="They walk", by="coordinator", now=TOMORROW)
    await reception.move(NEW_FIRST, NEW_LAST, TOMORROW)
    await reception.tell(TOMORROW)
    after = {task.occasion: task for task in await reception.tasks("assignment")}
    assert after.keys() == tasks.keys()
    assert (after["briefing"].state, after["transport"].state) == ("answered", "waived")
    assert after["briefing"].due_on == tasks["briefing"].due_on
    assert after["rooms"].due_on - tasks["rooms"].due_on == 7 * DAY


async def test_preparations_that_come_too_late_are_told_at_once(reception: Reception):
    await reception.start(OPENING, first_day="2027-01-12", last_day="2027-01-12")
    await reception.tell(OPENING)
    text = await reception.text("opened")
    assert text.count("5") >= 2  # materials and methods need five working days, and three are left
    await reception.letters()
    await reception.move(FIRST, LAST, OPENING)
    await reception.tell(OPENING)
    assert await reception.letters() == [("moved", "international.office"), ("moved", "marco")]


async def test_a_visit_can_move_twice_and_back(reception: Reception):
    await confirmed(reception)
    for first, last in ((NEW_FIRST, NEW_LAST), (FIRST, LAST)):
        await reception.move(first, last, TOMORROW)
        assert await reception.tell(TOMORROW) == "hosts"
    assert [task.occasion for task in await reception.tasks("hosting_request") if task.unit_code == "MAYOR"] == [
        "1",
        "2",
        "3",
    ]
    letters = await reception.letters()
    assert letters.count(("moved", "marco")) == 1, "whoever has not heard that it moves need not hear that it does not"
    assert [sent for _, sent in await waiting(reception, ":moved:")] == []
    # Not confirmed for these days, though an agenda was sent for them once.
    for unit in ("ECOLOGY", "MAYOR"):
        await reception.answer("hosting_request", unit, YES, TOMORROW)
    await reception.compose(TOMORROW)
    await reception.tell(TOMORROW)
    await reception.answer("agenda_approval", "HEALTH", APPROVE, TOMORROW)
    await reception.tell(TOMORROW)
    assert (await reception.visit()).confirmed_version == 2


async def test_a_visit_that_is_called_off_after_its_confirmation_leaves_no_calendar(reception: Reception):
    await confirmed(reception)
    await delivered(reception)
    await reception.call_off(TOMORROW, reason="Elections at home")
    # The preparations are Sofia's: one mail, not six.
    assert await reception.letters() == [(("called_off"), who) for who in ("ecology", "health", "marco", "mayor")]
    assert "Elections at home" in await reception.text("called_off", "health")
    for address in ("marco@bologna.example", "ecology@prova.example", "mayor@prova.example"):
        *_, (news, sequence, cancelled) = await calendar(reception, address)
        assert (news, cancelled) == ("called_off", True)
        assert sequence > max(before for _, before, _ in (await calendar(reception, address))[:-1])
    async with reception.office.database.reading() as session:
        mails = {mail.id: mail for mail in await session.scalars(select(OutgoingMail))}
    cancels = [mail for mail in mails.values() if ":called_off:" in mail.key and list(events_in(mail.rfc822))]
    assert len(cancels) == 3
    assert all(mail.after_id and ":confirmed:" in mails[mail.after_id].key for mail in cancels), "none overtakes"
    assert await reception.tell(TOMORROW) == "end"
    assert (await reception.process()).state == "closed"
    kinds = ("hosting_request", "assignment", "agenda_approval")
    states = {task.state for kind in kinds for task in await reception.tasks(kind)}
    assert states == {"answered", "cancelled"}
    assert await reception.letters() == []


async def test_a_visit_called_off_before_anybody_was_told_is_told_to_its_contact_alone(reception: Reception):
    await reception.start(OPENING)
    await reception.call_off(OPENING)
    assert await reception.tell(OPENING) == "end"
    assert await reception.letters() == [("called_off", "marco")]
    assert await reception.tasks("hosting_request") == []


@pytest.mark.parametrize(
    ("first", "last", "reason", "said"),
    [
        (FIRST, LAST, "Why", "is on these days already"),
        (date(2027, 1, 4), LAST, "Why", "would begin on 2027-01-04, and today is 2027-01-05"),
        (LAST, FIRST, "Why", "comes before the first"),
        (NEW_FIRST, date(2027, 5, 1), "Why", "longer than 31 days"),
        (NEW_FIRST, NEW_LAST, "  ", "Give a reason"),
        (NEW_FIRST, NEW_LAST, "x" * 2001, "Shorten a reason"),
        (date(2041, 1, 7), date(2041, 1, 7), "Why", "known until 2040"),
    ],
)
async def test_days_to_which_a_visit_cannot_move(reception: Reception, first, last, reason, said):
    await confirmed(reception)
    with pytest.raises(Refused, match=said):
        await reception.move(first, last, TOMORROW, reason=reason)
    assert await reception.tell(TOMORROW) == "day before"
    assert await reception.letters() == []


async def test_a_visit_that_is_over_or_called_off_is_changed_no_more(reception: Reception):
    await confirmed(reception)
    changes = (
        lambda now: reception.move(NEW_FIRST, NEW_LAST, now),
        reception.call_off,
        lambda now: reception.add_host("HEALTH", now),
        lambda now: reception.remove_host("MAYOR", now),
        reception.compose,
    )
    for change in changes:
        with pytest.raises(Refused, match="delegation/2027-0001 is over: it ended on 2027-03-10"):
            await change(AFTER)
    await reception.tell(AFTER)
    for change in changes:
        with pytest.raises(Refused, match="is over"):
            await change(AFTER)
    await reception.start(OPENING, city="Mainz")
    await reception.call_off(OPENING)
    for change in changes:
        with pytest.raises(Refused, match="delegation/2027-0002 was called off: Elections at home"):
            await change(TOMORROW)


async def test_a_reason_is_given_for_calling_off(reception: Reception):
    await confirmed(reception)
    with pytest.raises(Refused, match="Give a reason"):
        await reception.call_off(TOMORROW, reason="")
    assert (await reception.visit()).state == "coming"


async def test_a_visit_that_was_never_confirmed_did_not_take_place(reception: Reception):
    await reception.start(OPENING)
    await reception.tell(OPENING)
    await reception.letters()
    assert await reception.tell(AFTER) == "end"
    visit = await reception.visit()
    assert (visit.state, visit.reason) == ("called_off", "It was not confirmed before its last day was over.")
    assert await reception.letters() == [("lapsed", "international.office")]
    assert await reception.tasks("visit_report") == []


async def test_the_coordinator_is_told_once_when_a_visit_comes_near_and_is_not_confirmed(reception: Reception):
    await reception.start(OPENING)
    await reception.tell(OPENING)
    await reception.letters()
    near = datetime(2027, 3, 2, 8, tzinfo=UTC)
    assert (await reception.look(near - timedelta(minutes=1))).next_at == near
    assert await reception.letters() == []
    for hours in (0, 1, 30):
        await reception.look(near + timedelta(hours=hours))
    assert await reception.letters() == [("unconfirmed", "international.office")]
    assert "AGENDA.yaml" in await reception.text("unconfirmed")


async def test_urgent_news_do_not_wait_for_office_hours(reception: Reception):
    await confirmed(reception, first_day="2027-03-09", last_day="2027-03-09")
    await delivered(reception)
    night = datetime(2027, 3, 8, 18, tzinfo=UTC)  # Monday, 19:00 in València
    await reception.move(NEW_FIRST, NEW_LAST, night)
    assert await waiting(reception, ":moved:") == [("ecology", night), ("marco", night), ("mayor", night)]


async def test_a_contact_who_may_be_about_to_travel_hears_at_once(reception: Reception):
    await confirmed(reception)
    await delivered(reception)
    night = datetime(2027, 3, 5, 18, tzinfo=UTC)  # Friday evening; the visit begins on Tuesday
    await reception.call_off(night)
    morning = datetime(2027, 3, 8, 7, tzinfo=UTC)
    assert dict(await waiting(reception, ":called_off:")) == {
        "ecology": morning,
        "health": morning,
        "marco": night,
        "mayor": morning,
    }


async def test_hosts_hear_that_a_visit_that_moved_is_called_off(reception: Reception):
    await confirmed(reception)
    await delivered(reception)
    await reception.move(NEW_FIRST, NEW_LAST, TOMORROW)
    await delivered(reception)
    await reception.letters()
    await reception.call_off(TOMORROW + timedelta(hours=1))
    told = await reception.letters()
    assert {("called_off", who) for who in ("ecology", "marco", "mayor")} <= set(told)


async def test_a_host_without_hours_is_not_told_of_days_that_do_not_count_any_more(reception: Reception):
    await confirmed(reception, hosts=["ECOLOGY", "MAYOR", "HEALTH"])
    await delivered(reception)
    night = TOMORROW.replace(hour=20)
    await reception.move(NEW_FIRST, NEW_LAST, night)
    assert "health" in dict(await waiting(reception, ":moved:"))
    await reception.call_off(night + timedelta(hours=1))
    assert await waiting(reception, ":moved:") == []
    assert sorted(dict(await waiting(reception, ":called_off:"))) == ["ecology", "health", "marco", "mayor"]


async def test_who_has_not_heard_of_the_first_move_hears_of_the_days_they_know(reception: Reception):
    await confirmed(reception)
    await delivered(reception)
    night = TOMORROW.replace(hour=20)
    await reception.move(NEW_FIRST, NEW_LAST, night)
    await reception.move(date(2027, 3, 23), date(2027, 3, 24), night + timedelta(minutes=10), reason="A slip")
    for reader in ("marco", "mayor"):
        text = await reception.text("moved", reader)
        assert "9" in text
        assert "16" not in text, "nobody ever heard of 16 March"


async def test_a_visit_that_moves_away_and_back_and_is_not_confirmed_again_was_not_received(reception: Reception):
    await confirmed(reception)
    for first, last in ((NEW_FIRST, NEW_LAST), (FIRST, LAST)):
        await delivered(reception)
        await reception.move(first, last, TOMORROW)
    await reception.tell(AFTER)
    assert (await reception.visit()).state == "called_off"


async def test_what_was_done_for_other_days_is_told_once_when_the_visit_moves(reception: Reception):
    await confirmed(reception)
    for task in await reception.tasks("assignment"):
        await reception.answer_task(task, {"done": "done"}, TOMORROW)
    await reception.move(NEW_FIRST, NEW_LAST, TOMORROW)
    await reception.letters()
    for _ in range(2):
        await reception.tell(TOMORROW)
    assert await reception.letters() == [("moved", "international.office")]
    text = await reception.text("moved")
    assert "Ja fets" in text or "Already done" in text

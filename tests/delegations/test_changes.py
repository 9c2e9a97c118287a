"""A visit is moved or called off: everything follows, everybody hears of it once, and what cannot be is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from embedded.postgres import EmbeddedPostgres
from mail.visit_calendar import events_in
from models.contracts.refusal import Refused
from models.tables.mail import OutgoingMail
from operations.steering import waive
from settings import Settings
from store.database import Database
from tests.conftest import furnished
from tests.delegations.reception import APPROVE, FIRST, LAST, YES, Reception, slot
from tests.operations.steps import Office
from tests.world import OPENING, build_world

DAY = timedelta(days=1)
TOMORROW = OPENING + DAY
NEW_FIRST, NEW_LAST = date(2027, 3, 16), date(2027, 3, 17)
AFTER = datetime(2027, 3, 11, 9, tzinfo=UTC)


async def announce(reception: Reception, **changes: Any) -> None:
    """Announce a delegation, and confirm its visit a day later."""
    await reception.start(OPENING, **changes)
    await reception.tell(OPENING)
    await reception.fire_until(TOMORROW)
    await reception.prepared(TOMORROW)
    await reception.letters()


async def furnish(database: Database, settings: Settings) -> None:
    """The small city, and a visit that was confirmed a day after it was announced."""
    await build_world(database)
    await announce(Reception(Office(database, settings)))


@pytest_asyncio.fixture(scope="session")
async def with_visit_since_yesterday(postgres: EmbeddedPostgres) -> str:
    """The name of a database with this visit."""
    return await furnished(postgres, "with_visit_since_yesterday", furnish)


@pytest.fixture
def template(request: pytest.FixtureRequest, small_city: str, with_visit_since_yesterday: str) -> str:
    """What a test begins with is what it asks for."""
    return with_visit_since_yesterday if "confirmed" in request.fixturenames else small_city


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


@pytest.mark.drill
async def test_a_visit_that_moves_is_asked_planned_and_told_anew(confirmed: Reception):
    await delivered(confirmed)
    await confirmed.move(NEW_FIRST, NEW_LAST, TOMORROW, reason="Strike of the trains")
    assert await confirmed.letters() == [("moved", "ecology"), ("moved", "marco"), ("moved", "mayor")]
    assert "Strike of the trains" in await confirmed.text("moved", "marco")
    assert await confirmed.tell(TOMORROW) == "hosts"
    letters = await confirmed.letters()
    assert ("moved", "international.office") in letters
    # Five requests a day leave: of the sixth preparation nobody has heard yet.
    assert letters.count(("rescheduled", "health")) == 5
    assert await confirmed.hosts() == {"ECOLOGY": "asked", "MAYOR": "asked"}
    days = {task.occasion: task.due_on for task in await confirmed.tasks("assignment")}
    assert days["briefing"] == date(2027, 3, 12)
    # An old agenda cannot come back: its hours lie outside the days of now.
    for unit in ("ECOLOGY", "MAYOR"):
        await confirmed.answer("hosting_request", unit, YES, TOMORROW)
    with pytest.raises(Refused, match="lies outside the visit"):
        await confirmed.compose(TOMORROW)
    await confirmed.compose(TOMORROW, slot(day=NEW_FIRST.isoformat()))
    await confirmed.tell(TOMORROW)
    await confirmed.answer("agenda_approval", "HEALTH", APPROVE, TOMORROW)
    assert await confirmed.tell(TOMORROW) == "day before"
    assert [news for news, _ in await confirmed.letters()].count("confirmed") == 3
    contact = await calendar(confirmed, "marco@bologna.example")
    assert [news for news, _, _ in contact] == ["confirmed", "moved", "confirmed"]
    assert [cancelled for _, _, cancelled in contact] == [False, False, False]
    host = await calendar(confirmed, "ecology@prova.example")
    assert [(news, cancelled) for news, _, cancelled in host] == [
        ("confirmed", False),
        ("moved", True),
        ("confirmed", False),
    ]
    for events in (contact, host):
        sequences = [sequence for _, sequence, _ in events]
        assert sequences == sorted(set(sequences)), "each file is newer than the one before"


@pytest.mark.drill
async def test_what_is_done_or_waived_stays_so_when_the_visit_moves(confirmed: Reception):
    tasks = {task.occasion: task for task in await confirmed.tasks("assignment")}
    await confirmed.answer_task(tasks["briefing"], {"done": "done"}, TOMORROW)
    async with confirmed.office.database.transaction() as session:
        settings = confirmed.office.settings
        await waive(session, settings, tasks["transport"].id, reason="They walk", by="coordinator", now=TOMORROW)
    await confirmed.move(NEW_FIRST, NEW_LAST, TOMORROW)
    await confirmed.tell(TOMORROW)
    after = {task.occasion: task for task in await confirmed.tasks("assignment")}
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


@pytest.mark.drill
async def test_a_visit_can_move_twice_and_back(confirmed: Reception):
    for first, last in ((NEW_FIRST, NEW_LAST), (FIRST, LAST)):
        await confirmed.move(first, last, TOMORROW)
        assert await confirmed.tell(TOMORROW) == "hosts"
    assert [task.occasion for task in await confirmed.tasks("hosting_request") if task.unit_code == "MAYOR"] == [
        "1",
        "2",
        "3",
    ]
    letters = await confirmed.letters()
    assert letters.count(("moved", "marco")) == 1, "whoever has not heard that it moves need not hear that it does not"
    assert [sent for _, sent in await waiting(confirmed, ":moved:")] == []
    # Not confirmed for these days, though an agenda was sent for them once.
    for unit in ("ECOLOGY", "MAYOR"):
        await confirmed.answer("hosting_request", unit, YES, TOMORROW)
    await confirmed.compose(TOMORROW)
    await confirmed.tell(TOMORROW)
    await confirmed.answer("agenda_approval", "HEALTH", APPROVE, TOMORROW)
    await confirmed.tell(TOMORROW)
    assert (await confirmed.visit()).confirmed_version == 2


async def test_a_visit_that_is_called_off_after_its_confirmation_leaves_no_calendar(confirmed: Reception):
    await delivered(confirmed)
    await confirmed.call_off(TOMORROW, reason="Elections at home")
    # The preparations are Sofia's: one mail, not six.
    assert await confirmed.letters() == [(("called_off"), who) for who in ("ecology", "health", "marco", "mayor")]
    assert "Elections at home" in await confirmed.text("called_off", "health")
    for address in ("marco@bologna.example", "ecology@prova.example", "mayor@prova.example"):
        *_, (news, sequence, cancelled) = await calendar(confirmed, address)
        assert (news, cancelled) == ("called_off", True)
        assert sequence > max(before for _, before, _ in (await calendar(confirmed, address))[:-1])
    async with confirmed.office.database.reading() as session:
        mails = {mail.id: mail for mail in await session.scalars(select(OutgoingMail))}
    cancels = [mail for mail in mails.values() if ":called_off:" in mail.key and list(events_in(mail.rfc822))]
    assert len(cancels) == 3
    assert all(mail.after_id and ":confirmed:" in mails[mail.after_id].key for mail in cancels), "none overtakes"
    assert await confirmed.tell(TOMORROW) == "end"
    assert (await confirmed.process()).state == "closed"
    kinds = ("hosting_request", "assignment", "agenda_approval")
    states = {task.state for kind in kinds for task in await confirmed.tasks(kind)}
    assert states == {"answered", "cancelled"}
    assert await confirmed.letters() == []


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
async def test_days_to_which_a_visit_cannot_move(confirmed: Reception, first, last, reason, said):
    with pytest.raises(Refused, match=said):
        await confirmed.move(first, last, TOMORROW, reason=reason)
    assert await confirmed.tell(TOMORROW) == "day before"
    assert await confirmed.letters() == []


async def test_a_visit_that_is_over_or_called_off_is_changed_no_more(confirmed: Reception):
    changes = (
        lambda now: confirmed.move(NEW_FIRST, NEW_LAST, now),
        confirmed.call_off,
        lambda now: confirmed.add_host("HEALTH", now),
        lambda now: confirmed.remove_host("MAYOR", now),
        confirmed.compose,
    )
    for change in changes:
        with pytest.raises(Refused, match="delegation/2027-0001 is over: it ended on 2027-03-10"):
            await change(AFTER)
    await confirmed.tell(AFTER)
    for change in changes:
        with pytest.raises(Refused, match="is over"):
            await change(AFTER)
    await confirmed.start(OPENING, city="Mainz")
    await confirmed.call_off(OPENING)
    for change in changes:
        with pytest.raises(Refused, match="delegation/2027-0002 was called off: Elections at home"):
            await change(TOMORROW)


async def test_a_reason_is_given_for_calling_off(confirmed: Reception):
    with pytest.raises(Refused, match="Give a reason"):
        await confirmed.call_off(TOMORROW, reason="")
    assert (await confirmed.visit()).state == "coming"


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
    assert "/delegations/2027-0001" in await reception.text("unconfirmed")


async def test_urgent_news_do_not_wait_for_office_hours(reception: Reception):
    await announce(reception, first_day="2027-03-09", last_day="2027-03-09")
    await delivered(reception)
    night = datetime(2027, 3, 8, 18, tzinfo=UTC)  # Monday, 19:00 in València
    await reception.move(NEW_FIRST, NEW_LAST, night)
    assert await waiting(reception, ":moved:") == [("ecology", night), ("marco", night), ("mayor", night)]


async def test_a_contact_who_may_be_about_to_travel_hears_at_once(confirmed: Reception):
    await delivered(confirmed)
    night = datetime(2027, 3, 5, 18, tzinfo=UTC)  # Friday evening; the visit begins on Tuesday
    await confirmed.call_off(night)
    morning = datetime(2027, 3, 8, 7, tzinfo=UTC)
    assert dict(await waiting(confirmed, ":called_off:")) == {
        "ecology": morning,
        "health": morning,
        "marco": night,
        "mayor": morning,
    }


async def test_hosts_hear_that_a_visit_that_moved_is_called_off(confirmed: Reception):
    await delivered(confirmed)
    await confirmed.move(NEW_FIRST, NEW_LAST, TOMORROW)
    await delivered(confirmed)
    await confirmed.letters()
    await confirmed.call_off(TOMORROW + timedelta(hours=1))
    told = await confirmed.letters()
    assert {("called_off", who) for who in ("ecology", "marco", "mayor")} <= set(told)


@pytest.mark.drill
async def test_a_host_without_hours_is_not_told_of_days_that_do_not_count_any_more(reception: Reception):
    await announce(reception, hosts=["ECOLOGY", "MAYOR", "HEALTH"])
    await delivered(reception)
    night = TOMORROW.replace(hour=20)
    await reception.move(NEW_FIRST, NEW_LAST, night)
    assert "health" in dict(await waiting(reception, ":moved:"))
    await reception.call_off(night + timedelta(hours=1))
    assert await waiting(reception, ":moved:") == []
    assert sorted(dict(await waiting(reception, ":called_off:"))) == ["ecology", "health", "marco", "mayor"]


@pytest.mark.drill
async def test_who_has_not_heard_of_the_first_move_hears_of_the_days_they_know(confirmed: Reception):
    await delivered(confirmed)
    night = TOMORROW.replace(hour=20)
    await confirmed.move(NEW_FIRST, NEW_LAST, night)
    await confirmed.move(date(2027, 3, 23), date(2027, 3, 24), night + timedelta(minutes=10), reason="A slip")
    for reader in ("marco", "mayor"):
        text = await confirmed.text("moved", reader)
        assert "9" in text
        assert "16" not in text, "nobody ever heard of 16 March"


@pytest.mark.drill
async def test_a_visit_that_moves_away_and_back_and_is_not_confirmed_again_was_not_received(confirmed: Reception):
    for first, last in ((NEW_FIRST, NEW_LAST), (FIRST, LAST)):
        await delivered(confirmed)
        await confirmed.move(first, last, TOMORROW)
    await confirmed.tell(AFTER)
    assert (await confirmed.visit()).state == "called_off"


@pytest.mark.drill
async def test_what_was_done_for_other_days_is_told_once_when_the_visit_moves(confirmed: Reception):
    for task in await confirmed.tasks("assignment"):
        await confirmed.answer_task(task, {"done": "done"}, TOMORROW)
    await confirmed.move(NEW_FIRST, NEW_LAST, TOMORROW)
    await confirmed.letters()
    for _ in range(2):
        await confirmed.tell(TOMORROW)
    assert await confirmed.letters() == [("moved", "international.office")]
    text = await confirmed.text("moved")
    assert "Ja fets" in text or "Already done" in text

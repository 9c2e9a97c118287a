"""How mail goes, as rows tell it and as the command says it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from commands.mail import lasting, told
from models.contracts.mail_status import MailStatus
from models.tables.indicator_collection import Collection
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from operations.indicator_collection import announce_report, close_collection
from operations.pausing import pause
from operations.report import write_report
from store.mail_status import mail_status
from tests.operations.post import HEALTH, SOON, Post
from tests.operations.steps import Office
from tests.world import OPENING

MADRID = ZoneInfo("Europe/Madrid")


async def status(post: Post, now: Any = SOON) -> MailStatus:
    async with post.database.reading() as session:
        return await mail_status(session, now)


async def copies(post: Post, *changes: dict[str, Any]) -> None:
    """More mails like Health's, each with some changes."""
    model = await post.mail()
    same = {column.name: getattr(model, column.name) for column in OutgoingMail.__table__.columns}
    own = [{"id": uuid4(), "key": str(uuid4()), "message_id": str(uuid4()), **change} for change in changes]
    async with post.database.transaction() as session:
        await session.execute(insert(OutgoingMail), [{**same, **each} for each in own])


async def test_when_all_is_well_it_says_so(post: Post):
    found = await status(post)
    assert found.states == {"accepted": 2}
    assert (found.late, found.oldest_due_at, found.standing, found.last_accepted_at) == (0, None, False, OPENING)
    assert list(told(found, MADRID)) == [
        "mails: 2 accepted",
        "late: none",
        "from due to accepted, last 24 hours: 2 mails, half within 0.0 s, 95 % within 0.0 s, all within 0.0 s",
        "from due to accepted, last 168 hours: 2 mails, half within 0.0 s, 95 % within 0.0 s, all within 0.0 s",
        "came back in 7 days: none",
        "paused: nothing",
    ]


async def test_with_no_mails_at_all_there_is_nothing_to_measure(office: Any):
    found = await status(Post(office))
    assert list(told(found, MADRID)) == [
        "mails: none",
        "late: none",
        "from due to accepted, last 24 hours: no mails",
        "from due to accepted, last 168 hours: no mails",
        "came back in 7 days: none",
        "paused: nothing",
    ]


async def test_the_service_line_runs_from_when_a_mail_was_due_until_it_was_accepted(post: Post):
    await post.change(due_at=OPENING - timedelta(seconds=1))
    await copies(
        post,
        *({"due_at": OPENING, "accepted_at": OPENING + timedelta(seconds=n)} for n in range(1, 99)),
        {"due_at": OPENING, "accepted_at": OPENING + timedelta(hours=2)},
        {"due_at": OPENING - timedelta(days=8), "accepted_at": OPENING - timedelta(days=3)},
        {"due_at": OPENING - timedelta(days=9), "accepted_at": OPENING - timedelta(days=8)},
    )
    day, week = (await status(post, OPENING + timedelta(hours=3))).service
    assert (day.hours, day.mails, day.longest) == (24, 101, 7200)
    assert day.median == pytest.approx(49)
    assert day.p95 == pytest.approx(94)
    assert (week.hours, week.mails, week.longest) == (168, 102, 5 * 86_400)


async def test_a_mail_that_waits_is_late_by_when_it_should_have_left_however_often_it_was_put_off(post: Post):
    waiting = {"state": "ready", "accepted_at": None, "due_at": OPENING - timedelta(hours=4)}
    await copies(
        post,
        {**waiting, "not_before": SOON + timedelta(minutes=9), "last_reply": f"450 4.2.0 <{HEALTH}> greylisted"},
        {**waiting, "not_before": SOON + timedelta(minutes=3), "last_reply": "450 4.2.0 <a@b.example> greylisted"},
        {**waiting, "not_before": SOON + timedelta(minutes=3), "last_reply": "451 Busy"},
    )
    found = await status(post)
    assert (found.late, found.oldest_due_at) == (3, OPENING - timedelta(hours=4))
    assert not found.standing, "each waits for its own turn"
    assert [(each.reply, each.mails) for each in found.deferred] == [("450 4.2.0 … greylisted", 2), ("451 Busy", 1)]
    lines = list(told(found, MADRID))
    assert "late: 3, the first by 4 h 5 min" in lines
    assert "put off: 2 by “450 4.2.0 … greylisted”" in lines


@pytest.mark.parametrize("changes", [{"state": "ready"}, {"state": "sending", "leased_until": OPENING}])
async def test_that_nothing_leaves_is_known_from_mails_that_nobody_takes(post: Post, changes):
    later = OPENING + timedelta(minutes=30)
    await copies(post, {"accepted_at": None, "due_at": OPENING, "not_before": OPENING, **changes})
    found = await status(post, later)
    assert not found.standing, "another was accepted at that very instant"
    waits = "leased_until" if changes["state"] == "sending" else "not_before"
    async with post.database.transaction() as session:
        waiting = update(OutgoingMail).where(OutgoingMail.state == changes["state"])
        await session.execute(waiting.values({waits: OPENING + timedelta(seconds=1)}))
    found = await status(post, later)
    assert found.standing
    assert (
        "NOTHING LEAVES: none was accepted since 2027-01-04 09:00. Is a worker running, does the mail server answer?"
        in told(found, MADRID)
    )


async def test_what_a_pause_holds_back_is_not_late(post: Post):
    await copies(post, {"state": "ready", "accepted_at": None})
    async with post.database.transaction() as session:
        until = OPENING + timedelta(days=9)
        await pause(session, None, since=OPENING, until=until, reason="Elections", by="coordinator", now=OPENING)
    found = await status(post, OPENING + timedelta(hours=2))
    assert (found.late, found.standing) == (0, False)
    assert "paused: everything until 2027-01-13 09:00: Elections" in told(found, MADRID)
    async with post.database.transaction() as session:
        await session.execute(update(OutgoingMail).values(wanted_while_open=False))
    assert (await status(post, OPENING + timedelta(hours=2))).late == 1, "receipts leave all the same"


async def test_what_came_back_and_dead_addresses_are_listed_with_whose_they_are(post: Post):
    await post.bounce("dead", status="5.1.1")
    await post.bounce("delayed", status="4.4.1")
    await post.bounce("delayed", status="4.4.1")
    found = await status(post)
    assert found.bounces == {"dead": 1, "delayed": 2}
    lines = list(told(found, MADRID))
    assert "came back in 7 days: 1 dead, 2 delayed" in lines
    assert f"dead address: {HEALTH}, Sofia Salut (health), since 2027-01-04 09:05 5.1.1" in lines
    assert (await status(post, SOON + timedelta(days=8))).bounces == {}
    async with post.database.transaction() as session:
        await session.execute(update(Person).where(Person.code == "health").values(address="new@prova.example"))
    assert f"dead address: {HEALTH}, nobody's any more, since 2027-01-04 09:05 5.1.1" in told(
        await status(post), MADRID
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (1.26, "1.3 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "1 h 0 min"),
        (3600, "1 h 0 min"),
        (7500, "2 h 5 min"),
        (86_400, "1 d 0 h"),
        (277_200, "3 d 5 h"),
    ],
)
def test_times_are_said_as_people_say_them(seconds, said):
    assert lasting(timedelta(seconds=seconds)) == said


async def test_a_report_that_waits_for_the_morning_is_not_late(office: Office):
    """A quarter that closes by itself closes at midnight; the mail of its report is due when people are written to."""
    process_id = await office.open()
    async with office.database.transaction() as session:
        collection = await session.get_one(Collection, process_id)
        await close_collection(session, process_id, by="focal", now=collection.closes_at)
        report = await write_report(session, process_id, now=collection.closes_at)
        await announce_report(session, office.settings, report, now=collection.closes_at)
    async with office.database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail).where(OutgoingMail.name == "collection_report"))).one()
    assert mail.created_at < mail.due_at == mail.not_before

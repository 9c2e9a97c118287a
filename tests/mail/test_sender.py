"""The outbox and who empties it, on the real database and a real mail server; the clock is handed in."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import event, func, insert, select, text, update

from embedded.postgres import EmbeddedPostgres
from mail import transport
from mail.sender import BATCH, Sender, after
from mail.transport import Outcome, State, Transport
from models.tables.mail import BounceRow, DeadAddress, Matter, OutgoingMail
from models.tables.people import Person
from models.tables.process import TaskSet
from models.tables.task import Task
from operations.bounces import note_long_stop, note_rejection
from operations.follow_up import fire_due
from operations.indicator_collection import create_set, left_to_ask, open_collection
from settings import Settings
from store.database import Database, ReadSession
from store.outbox import lease_mails, settle_mail
from tests.conftest import furnished
from tests.mail.server import Act, MailServer
from tests.world import OPENING, build_world

LEASE = timedelta(minutes=12)
Row = TypeVar("Row")
HEALTH, ECOLOGY = "health@prova.example", "ecology@prova.example"


async def mails_by_state(session: ReadSession, process_id: UUID) -> dict[tuple[str, str], int]:
    """Counts of a process's mails by name and state."""
    rows = await session.execute(
        select(OutgoingMail.name, OutgoingMail.state, func.count())
        .where(OutgoingMail.process_id == process_id)
        .group_by(OutgoingMail.name, OutgoingMail.state)
    )
    return {(name, state): count for name, state, count in rows}


@dataclass
class Office:
    """An outbox with two requests in it, a mail server, and a clock that stands still until it is moved."""

    database: Database
    settings: Settings
    server: MailServer
    process_id: UUID
    now: datetime = OPENING
    transports: list[Transport] = field(default_factory=list)
    measured: list[tuple[str, timedelta]] = field(default_factory=list)

    def sender(self, lease: timedelta = LEASE, **timing: float) -> Sender:
        transport = Transport(self.settings, **timing)
        self.transports.append(transport)
        return Sender(
            self.database,
            transport,
            lambda: self.now,
            lease,
            on_rejected=note_rejection,
            on_long_stop=note_long_stop,
            measure=lambda outcome, after_due: self.measured.append((outcome.state, after_due)),
        )

    async def mail(self, recipient: str) -> OutgoingMail:
        async with self.database.reading() as session:
            return (await session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == recipient))).one()

    async def all(self, table: type[Row]) -> list[Row]:
        """Every row of a table."""
        async with self.database.reading() as session:
            return list(await session.scalars(select(table)))

    async def states(self) -> dict[str, int]:
        """How many mails are in each state."""
        return Counter(mail.state for mail in await self.all(OutgoingMail))

    async def attempts(self) -> dict[int, int]:
        """How many mails were tried how often."""
        return Counter(mail.attempts for mail in await self.all(OutgoingMail))

    async def copies(self, count: int, key: str = "copy", **changes: Any) -> None:
        """Put more mails into the outbox, each for somebody of their own if nothing else is said."""
        model = await self.mail(ECOLOGY)
        same = {column.name: getattr(model, column.name) for column in OutgoingMail.__table__.columns}
        same |= {"state": "ready", "attempts": 0, "leased_until": None, "accepted_at": None, "finished_at": None}
        same |= {"due_at": self.now, "not_before": self.now}
        own = [
            {"id": uuid4(), "key": f"{key}:{n}:{uuid4()}", "message_id": f"<{uuid4()}@focal.example>"}
            | {"recipient": f"person-{n}@prova.example", **changes}
            for n in range(count)
        ]
        async with self.database.transaction() as session:
            await session.execute(insert(OutgoingMail), [{**same, **mail} for mail in own])

    def taken(self, recipient: str) -> list[bytes]:
        """The texts that arrived for somebody, in order."""
        return [taken.content for taken in self.server.taken if taken.recipient == recipient]


async def ask(database: Database, settings: Settings) -> None:
    """Open a collection of the small city, and write its two requests."""
    await build_world(database)
    async with database.transaction() as session:
        opened = await open_collection(session, "TST", "2026-Q4", by="coordinator", now=OPENING)
        process_id = opened.order.process_id
    async with database.transaction() as session:
        await create_set(session, process_id, await left_to_ask(session, process_id), now=OPENING)
        set_id = (await session.scalars(select(TaskSet.id))).one()
        assert await fire_due(session, settings, set_id, OPENING) == 2


@pytest_asyncio.fixture(scope="session")
async def two_requests(postgres: EmbeddedPostgres) -> str:
    """The name of a database with two requests in its outbox."""
    return await furnished(postgres, "two_requests", ask)


@pytest.fixture
def template(two_requests: str) -> str:
    """Every test begins with two requests."""
    return two_requests


@pytest_asyncio.fixture
async def office(database: Database, settings: Settings, server: MailServer) -> AsyncIterator[Office]:
    async with database.reading() as session:
        process_id = (await session.scalars(select(TaskSet.process_id))).one()
    office = Office(database, settings.model_copy(update={"smtp_port": server.port}), server, process_id)
    yield office
    for used in office.transports:
        await used.close()


@asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[asyncio.Task[None]]:
    """A sender at work, stopped at the end."""
    work = asyncio.create_task(sender.run())
    try:
        yield work
        sender.stop()
        await work
    finally:
        work.cancel()


async def test_every_waiting_mail_is_sent_once_with_its_frozen_bytes(office: Office):
    assert await office.sender().send_waiting() == 2
    for recipient in (HEALTH, ECOLOGY):
        mail = await office.mail(recipient)
        assert office.taken(recipient) == [mail.rfc822]
        assert (mail.state, mail.attempts, mail.finished_at, mail.accepted_at) == ("accepted", 1, OPENING, OPENING)
        assert mail.last_reply == f"250 2.0.0 kept for {recipient}"
        assert mail.leased_until is None
    assert {taken.mail_from for taken in office.server.taken} == {
        (await office.mail(recipient)).mail_from for recipient in (HEALTH, ECOLOGY)
    }
    assert await office.sender().send_waiting() == 0


async def test_a_mail_waits_for_its_hour(office: Office):
    async with office.database.transaction() as session:
        later = OPENING + timedelta(hours=1)
        await session.execute(update(OutgoingMail).where(OutgoingMail.recipient == HEALTH).values(not_before=later))
    sender = office.sender()
    assert await sender.send_waiting() == 1
    office.now = later
    assert await sender.send_waiting() == 1


async def test_two_senders_never_send_one_mail_twice(office: Office):
    await office.copies(3 * BATCH)
    senders = [office.sender(), office.sender()]
    tried = await asyncio.gather(*(sender.send_waiting() for sender in senders))
    assert sum(tried) == len(office.server.taken) == 3 * BATCH + 2
    assert all(tried), "both had a part in it"
    recipients = [taken.recipient for taken in office.server.taken]
    assert len(set(recipients)) == len(recipients)
    async with office.database.reading() as session:
        assert await mails_by_state(session, office.process_id) == {("task_request", "accepted"): 3 * BATCH + 2}


async def test_a_mail_under_lease_is_left_alone(office: Office):
    async with office.database.transaction() as session:
        taken = await lease_mails(session, now=OPENING, length=LEASE, limit=10)
    assert {mail.leased_until for mail in taken} == {OPENING + LEASE}
    office.now = OPENING + LEASE - timedelta(microseconds=1)
    assert await office.sender().send_waiting() == 0


async def test_what_a_dead_sender_held_is_sent_again_with_the_same_bytes(office: Office):
    office.server.answers("DATA", HEALTH, Act.SILENCE)
    sender = office.sender()
    work = asyncio.create_task(sender.send_waiting())
    await office.server.silent.wait()
    killed = [work, *sender._sending]
    for task in killed:
        task.cancel()
    await asyncio.wait(killed)
    assert (await office.mail(HEALTH)).state == "sending"
    office.now += LEASE
    assert await office.sender().send_waiting() >= 1
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.attempts) == ("accepted", 2)
    first, second = office.taken(HEALTH)
    assert first == second == mail.rfc822


async def test_whoever_lost_the_lease_changes_nothing_any_more(office: Office):
    async with office.database.transaction() as session:
        stale = next(
            mail for mail in await lease_mails(session, now=OPENING, length=LEASE, limit=10) if mail.recipient == HEALTH
        )
    office.now += LEASE
    await office.sender().send_waiting()
    async with office.database.transaction() as session:
        await settle_mail(session, stale, state="rejected", reply="550 late", unknowns=0, now=office.now)
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.attempts) == ("accepted", 2)
    assert mail.last_reply == f"250 2.0.0 kept for {HEALTH}"


async def test_a_mail_is_settled_before_another_may_take_it(office: Office):
    office.server.answers("DATA", HEALTH, Act.SILENCE)
    assert await office.sender(lease=timedelta(seconds=1)).send_waiting() == 2
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.leased_until, mail.unknowns) == ("ready", None, 1)
    assert mail.not_before == OPENING + timedelta(minutes=15)


@pytest.mark.parametrize("state", ["answered", "expired", "waived", "cancelled"])
async def test_a_mail_that_asks_is_withdrawn_when_the_answer_came_before_it_left(office: Office, state):
    async with office.database.transaction() as session:
        await session.execute(update(Task).where(Task.assignee_code == "health").values(state=state))
    assert await office.sender().send_waiting() == 1
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.attempts, mail.finished_at) == ("withdrawn", 0, OPENING)
    assert [taken.recipient for taken in office.server.taken] == [ECOLOGY]


async def test_a_mail_that_asks_still_leaves_when_the_answer_is_partial(office: Office):
    async with office.database.transaction() as session:
        await session.execute(update(Task).values(state="partly_answered"))
    assert await office.sender().send_waiting() == 2


async def test_a_mail_that_tells_leaves_whatever_became_of_its_task(office: Office):
    async with office.database.transaction() as session:
        await session.execute(update(Task).values(state="answered"))
        await session.execute(
            update(OutgoingMail).where(OutgoingMail.recipient == HEALTH).values(wanted_while_open=False)
        )
    assert await office.sender().send_waiting() == 1
    assert [taken.recipient for taken in office.server.taken] == [HEALTH]


async def test_a_rejected_mail_is_not_tried_again_and_holds_up_nobody(office: Office):
    office.server.answers("RCPT", HEALTH, "550 5.1.1 No such person")
    sender = office.sender()
    assert await sender.send_waiting() == 2
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.last_reply, mail.finished_at) == ("rejected", "550 5.1.1 No such person", OPENING)
    assert (await office.mail(ECOLOGY)).state == "accepted"
    office.now += timedelta(days=30)
    assert await sender.send_waiting() == 0


async def test_a_deferred_mail_is_tried_again_after_growing_waits(office: Office):
    office.server.answers("RCPT", HEALTH, *["450 4.2.0 Greylisted"] * 3)
    sender, waits = office.sender(), []
    for _ in range(3):
        await sender.send_waiting()
        mail = await office.mail(HEALTH)
        assert (mail.state, mail.last_reply) == ("ready", "450 4.2.0 Greylisted")
        waits.append(mail.not_before - office.now)
        office.now = mail.not_before - timedelta(microseconds=1)
        assert await sender.send_waiting() == 0
        office.now = mail.not_before
    assert waits == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert await sender.send_waiting() == 1
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.attempts) == ("accepted", 4)
    assert office.taken(HEALTH) == [mail.rfc822]


def test_waits_grow_to_half_an_hour_and_end_after_five_days():
    deferred, attempt, now = Outcome("deferred", "recipient", "451"), 0, OPENING
    waits: list[timedelta] = []
    while True:
        attempt += 1
        state, again = after(deferred, attempt, 0, now, due=OPENING)
        if again is None:
            break
        assert state == "ready"
        waits.append(again - now)
        now = again
    assert state == "rejected"
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=30)
    assert timedelta(days=5) <= now - OPENING < timedelta(days=5, minutes=30)


async def test_a_mail_that_may_have_arrived_is_sent_once_more_after_a_while_and_then_left_to_people(office: Office):
    office.server.answers("DATA", HEALTH, Act.DROP, Act.DROP)
    sender = office.sender()
    await sender.send_waiting()
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.unknowns, mail.not_before) == ("ready", 1, OPENING + timedelta(minutes=15))
    office.now = mail.not_before
    assert await sender.send_waiting() == 1
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.unknowns, mail.finished_at) == ("unknown", 2, office.now)
    assert office.taken(HEALTH) == [mail.rfc822] * 2
    office.now += timedelta(days=30)
    assert await sender.send_waiting() == 0


async def test_a_mail_that_was_deferred_first_is_still_sent_once_more_when_it_may_have_arrived(office: Office):
    office.server.answers("RCPT", HEALTH, *["450 4.2.0 Greylisted"] * 2)
    office.server.answers("DATA", HEALTH, Act.DROP)
    sender = office.sender()
    for _ in range(4):
        await sender.send_waiting()
        mail = await office.mail(HEALTH)
        office.now = mail.not_before
    assert (mail.state, mail.attempts, mail.unknowns) == ("accepted", 4, 1)


@pytest.mark.parametrize(
    ("outcome", "unknowns", "state", "wait"),
    [
        ("accepted", 0, "accepted", None),
        ("rejected", 0, "rejected", None),
        ("unknown", 1, "ready", timedelta(minutes=15)),
        ("unknown", 2, "unknown", None),
        ("deferred", 1, "ready", timedelta(seconds=30)),
    ],
)
def test_every_outcome_leads_somewhere(outcome: State, unknowns, state, wait):
    expected = None if wait is None else OPENING + wait
    assert after(Outcome(outcome, "message", ""), 1, unknowns, OPENING, due=OPENING) == (state, expected)


async def test_one_mail_on_which_a_server_hangs_holds_up_no_other(office: Office):
    office.server.answers("DATA", HEALTH, Act.SILENCE)
    async with running(office.sender()):
        await office.server.until_taken(2)
        await office.copies(BATCH)
        await office.server.until_taken(2 + BATCH)
        assert (await office.mail(HEALTH)).state == "sending"
        office.server.release.set()
    assert (await office.mail(HEALTH)).state == "accepted"


async def test_stopping_finishes_what_was_begun_and_begins_nothing(office: Office):
    office.server.answers("DATA", HEALTH, Act.SILENCE)
    sender = office.sender()
    async with running(sender) as work:
        await office.server.until_taken(2)
        sender.stop()
        await office.copies(1)
        assert not work.done()
        office.server.release.set()
        await work
    assert (await office.mail(HEALTH)).state == "accepted"
    assert (await office.mail("person-0@prova.example")).state == "ready"
    await office.server.until_lines(0)


async def test_what_a_server_took_is_not_forgotten_while_the_database_is_away(office: Office):
    refused = await refusals(office.database)
    office.server.answers("DATA", HEALTH, Act.SILENCE)
    async with running(office.sender()):
        await office.server.until_taken(2)
        await execute(office.database, "alter table outgoing_mails rename to gone")
        office.server.release.set()
        await refused()
        await execute(office.database, "alter table gone rename to outgoing_mails")
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.attempts) == ("accepted", 1)
    assert len(office.taken(HEALTH)) == 1


# What a rejection means for the address, and who is told


async def test_an_address_that_a_server_does_not_know_gets_no_more_mail_and_the_coordinator_is_told(office: Office):
    office.server.answers("RCPT", HEALTH, "550 5.1.1 No such person")
    await office.sender().send_waiting()
    mail = await office.mail(HEALTH)
    assert [
        (row.outgoing_mail_id, row.incoming_mail_id, row.kind, row.status) for row in await office.all(BounceRow)
    ] == [(mail.id, None, "dead", "5.1.1")]
    (dead,) = await office.all(DeadAddress)
    assert (dead.address, dead.outgoing_mail_id, dead.since, dead.status) == (HEALTH, mail.id, OPENING, "5.1.1")
    (matter,) = await office.all(Matter)
    assert (matter.kind, matter.person_code, matter.task_id) == ("dead_address", "health", mail.task_id)
    assert matter.outgoing_mail_id == mail.id
    assert matter.detail == {"address": HEALTH, "excerpt": "550 5.1.1 No such person"}

    await office.copies(1, recipient=HEALTH.upper(), wanted_while_open=False)
    await office.copies(2)
    office.now += timedelta(days=3)
    assert await office.sender().send_waiting() == 2
    later = await office.mail(HEALTH.upper())
    assert (later.state, later.last_reply) == ("withdrawn", "no such address since 2027-01-04")
    assert (later.attempts, later.finished_at, later.leased_until) == (0, office.now, None)


async def test_a_dead_address_is_told_once_however_many_mails_were_under_way(office: Office):
    await office.copies(3, recipient=HEALTH)
    office.server.answers("RCPT", HEALTH, *["550 5.1.1 No such person"] * 4)
    await office.sender().send_waiting()
    assert len(await office.all(BounceRow)) == 4
    assert len(await office.all(DeadAddress)) == len(await office.all(Matter)) == 1


@pytest.mark.parametrize(
    ("where", "reply", "scope"),
    [
        ("RCPT", "550 5.7.26 Not authenticated", "sender"),
        ("RCPT", "550 5.1.8 Sender address rejected", "sender"),
        ("MAIL", "550 5.7.1 You are blocked", "sender"),
        ("DATA", "552 5.3.4 Too large", "message"),
    ],
)
async def test_a_refusal_that_is_not_about_the_address_marks_nobody_dead_and_is_told_once_a_day(
    office: Office, where, reply, scope
):
    await office.copies(20)
    office.server.answers(where, "*", *[reply] * 22)
    await office.sender().send_waiting()
    assert await office.states() == {"rejected": 22}
    assert [*await office.all(DeadAddress), *await office.all(BounceRow)] == []
    (matter,) = await office.all(Matter)
    assert (matter.kind, matter.key) == ("mail_refused", f"mail_refused:2027-01-04:{scope}")
    assert matter.detail["excerpt"] == reply
    office.now += timedelta(days=1)
    await office.copies(1)
    office.server.answers(where, "*", reply)
    await office.sender().send_waiting()
    assert len(await office.all(Matter)) == 2


async def test_a_refusal_of_an_address_that_was_corrected_meanwhile_says_nothing_of_the_person(office: Office):
    async with office.database.transaction() as session:
        await session.execute(update(Person).where(Person.code == "health").values(address="sofia@prova.example"))
    office.server.answers("RCPT", HEALTH, "550 5.1.1 No such person")
    await office.sender().send_waiting()
    assert (await office.mail(HEALTH)).state == "rejected"
    assert [*await office.all(DeadAddress), *await office.all(Matter)] == []


async def test_the_coordinators_own_address_is_never_dead_because_that_is_where_such_things_are_told(office: Office):
    await office.copies(2, recipient="office@prova.example", person_code=None)
    office.server.answers("RCPT", "office@prova.example", "550 5.1.1 No such person", "550 5.1.1 No such person")
    await office.sender().send_waiting()
    assert await office.all(DeadAddress) == []
    (matter,) = await office.all(Matter)
    assert matter.kind == "mail_refused"


async def test_a_rejection_that_comes_after_the_lease_was_lost_says_nothing(office: Office):
    office.server.answers("RCPT", HEALTH, Act.SILENCE)
    late = asyncio.create_task(office.sender().send_waiting())
    await office.server.silent.wait()
    async with office.database.transaction() as session:
        later = OPENING + 2 * LEASE
        await session.execute(
            update(OutgoingMail).where(OutgoingMail.recipient == HEALTH).values(leased_until=later, attempts=2)
        )
    office.server.answers("DATA", HEALTH, "550 5.1.1 No such person")
    office.server.release.set()
    await late
    mail = await office.mail(HEALTH)
    assert (mail.state, mail.leased_until) == ("sending", later)
    assert [*await office.all(BounceRow), *await office.all(Matter)] == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("452 4.2.2 Mailbox full", "full_mailbox"), ("450 4.2.0 Greylisted", "mail_refused")],
)
async def test_a_mail_that_was_put_off_for_five_days_is_given_up_and_its_address_is_not_dead(
    office: Office, reply, kind
):
    async with office.database.transaction() as session:
        await session.execute(update(OutgoingMail).where(OutgoingMail.recipient == HEALTH).values(attempts=200))
    office.server.answers("RCPT", HEALTH, reply, reply)
    office.now += timedelta(days=5) - timedelta(seconds=1)
    await office.sender().send_waiting()
    assert (await office.mail(HEALTH)).state == "ready"
    office.now += timedelta(hours=1)
    await office.sender().send_waiting()
    assert (await office.mail(HEALTH)).state == "rejected"
    assert [matter.kind for matter in await office.all(Matter)] == [kind]
    assert await office.all(DeadAddress) == []
    assert [row.kind for row in await office.all(BounceRow)] == (["full"] if kind == "full_mailbox" else [])


async def test_a_mail_that_a_pause_held_back_for_weeks_is_not_given_up_at_the_first_greylisting(office: Office):
    office.now += timedelta(weeks=3)
    office.server.answers("RCPT", HEALTH, "450 4.2.0 Greylisted")
    await office.sender().send_waiting()
    assert (await office.mail(HEALTH)).state == "ready"


# The line to the server


@pytest.mark.drill
async def test_when_the_server_goes_away_nothing_more_is_taken_and_no_mail_is_blamed(
    office: Office, caplog: pytest.LogCaptureFixture
):
    await office.copies(BATCH + 10)
    office.server.answers("RCPT", "*", *["421 4.3.2 Shutting down"] * (2 * BATCH))
    sender = office.sender()
    with caplog.at_level(logging.INFO, logger="mail.sender"):
        assert await sender.send_waiting() == BATCH
        assert await office.attempts() == {0: BATCH + 11, 1: 1}, "one found it out, the others were under way"
        for _ in range(3):
            assert await sender.send_waiting() == 0
        assert await office.states() == {"ready": BATCH + 12}

        waits = []
        for _ in range(7):
            since = office.now
            while await sender.send_waiting() == 0:
                office.now += timedelta(seconds=5)
            waits.append((office.now - since).total_seconds())
        assert waits == [30, 60, 120, 240, 480, 600, 600]
        assert sum(office.server.commands.count(name) for name in ("DATA",)) == 0
        assert len(caplog.records) == 1, "the log says it once"

        office.server.script.clear()
        office.now += timedelta(minutes=10)
        assert await sender.send_waiting() == BATCH + 12, "one that works, and then all"
        assert [record.getMessage() for record in caplog.records][1:] == ["The mail server takes mail again"]
    assert await office.states() == {"accepted": BATCH + 12}


async def test_after_a_success_the_next_stop_is_short_again(office: Office):
    await office.copies(3)
    sender = office.sender()
    for expected in (30, 60):
        office.server.answers("RCPT", "*", *["421 4.3.2 Shutting down"] * 5)
        await sender.send_waiting()
        office.server.script.clear()
        office.now += timedelta(seconds=expected) - timedelta(microseconds=1)
        assert await sender.send_waiting() == 0
        office.now += timedelta(microseconds=1)
    assert await sender.send_waiting() >= 4
    await office.copies(1, key="again")
    office.server.answers("RCPT", "*", *["421 4.3.2 Shutting down"] * 5)
    office.now += timedelta(hours=1)
    await sender.send_waiting()
    office.now += timedelta(seconds=30)
    office.server.script.clear()
    assert await sender.send_waiting() == 1


async def test_a_mail_on_which_the_server_always_breaks_does_not_keep_the_others_from_leaving(office: Office):
    await office.copies(10)
    office.server.answers("RCPT", HEALTH, *["421 4.3.2 Shutting down"] * 100)
    sender = office.sender()
    for _ in range(3):
        await sender.send_waiting()
        office.now += timedelta(seconds=30)
    assert await office.states() == {"accepted": 11, "ready": 1}


async def test_a_password_that_is_refused_rejects_nobodys_mail_however_long(office: Office):
    office.settings = office.settings.model_copy(update={"smtp_user": "focal", "smtp_password": SecretStr("wrong")})
    sender = office.sender()
    for _ in range(20):
        await sender.send_waiting()
        office.now += timedelta(days=1)
    assert await office.states() == {"ready": 2}
    assert await office.all(DeadAddress) == []


@pytest.mark.drill
async def test_an_hour_in_which_nothing_gets_through_is_told_once_whoever_sends(office: Office):
    office.server.answers("MAIL", "*", *["421 4.3.2 Come back later"] * 1000)
    senders = [office.sender(), office.sender()]
    for _ in range(59 * 2):
        await asyncio.gather(*(sender.send_waiting() for sender in senders))
        office.now += timedelta(seconds=30)
    assert await office.all(Matter) == []
    for _ in range(60 * 2):
        await asyncio.gather(*(sender.send_waiting() for sender in senders))
        office.now += timedelta(seconds=30)
    (matter,) = await office.all(Matter)
    assert (matter.kind, matter.key) == ("mail_refused", "mail_refused:2027-01-04:system")
    assert matter.detail["excerpt"] == "421 4.3.2 Come back later"
    assert matter.outgoing_mail_id is None


@pytest.mark.drill
async def test_a_slow_server_is_not_taken_for_a_broken_one(office: Office, monkeypatch: pytest.MonkeyPatch):
    office.settings = office.settings.model_copy(update={"smtp_connections": 1})
    sender = office.sender()
    assert await sender.send_waiting() == 2
    monkeypatch.setattr(transport, "PLACE_SECONDS", 0.01)
    await office.copies(16)
    assert await sender.send_waiting() > 16, "some found no connection and were taken again"
    assert await office.states() == {"accepted": 18}
    assert await office.attempts() == {1: 18}


async def test_how_long_after_it_was_due_a_mail_was_accepted_is_measured(office: Office):
    office.server.answers("RCPT", HEALTH, "450 4.2.0 Greylisted")
    sender = office.sender()
    office.now += timedelta(seconds=7)
    await sender.send_waiting()
    office.now += timedelta(minutes=1)
    await sender.send_waiting()
    seven, more = timedelta(seconds=7), timedelta(seconds=67)
    assert sorted(office.measured) == [("accepted", seven), ("accepted", more), ("deferred", seven)]
    mail = await office.mail(HEALTH)
    assert (mail.due_at, mail.accepted_at) == (OPENING, OPENING + more)


async def refusals(database: Database) -> Callable[[], Awaitable[Any]]:
    """Something to await that ends when the database next refuses an update of the outbox."""
    refused = asyncio.Event()

    def notice(context: Any) -> None:
        if str(context.statement).startswith("UPDATE outgoing_mails"):
            refused.set()

    event.listen(database.engine.sync_engine, "handle_error", notice)
    return refused.wait


async def execute(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement))

"""Mails that come back, on the real database: what becomes of the mail, its address and the coordinator's matters."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mail.transport import Outcome
from models.contracts.inbound import BounceKind
from models.tables.mail import BounceRow, DeadAddress, Matter, OutgoingMail
from models.tables.people import Person
from operations.bounces import note_rejection
from operations.matters import open_matter
from store.outbox import lease_mails, settle_mail
from tests.operations.post import HEALTH, SOON, Post
from tests.world import OPENING


async def test_a_mail_to_nobody_comes_back_and_its_address_gets_no_more(post: Post):
    incoming = await post.bounce("dead", status="5.1.1")
    mail = await post.mail()
    assert (mail.state, mail.finished_at, mail.last_reply) == ("bounced", SOON, "5.1.1 smtp; they said so")
    assert mail.accepted_at == OPENING, "it was taken, and came back"
    (row,) = await post.all(BounceRow)
    assert (row.outgoing_mail_id, row.incoming_mail_id, row.at, row.kind) == (mail.id, incoming, SOON, "dead")
    assert (row.status, row.diagnostic) == ("5.1.1", "smtp; they said so")
    (dead,) = await post.all(DeadAddress)
    assert (dead.address, dead.since, dead.outgoing_mail_id) == (HEALTH, SOON, mail.id)
    (matter,) = await post.all(Matter)
    assert (matter.kind, matter.state, matter.person_code) == ("dead_address", "open", "health")
    await post.change(state="ready")
    assert await post.deliver(SOON) == []
    assert (await post.mail()).state == "withdrawn"


async def test_the_same_report_read_again_changes_nothing(post: Post):
    incoming = await post.bounce("full", status="4.2.2")
    before = (await post.mail()).due_at
    await post.bounce("full", SOON + timedelta(hours=1), status="4.2.2", incoming=incoming)
    assert (await post.mail()).due_at == before
    assert len(await post.all(BounceRow)) == 1


async def test_an_address_dies_once_however_many_reports_come(post: Post):
    for _ in range(3):
        await post.bounce("dead", status="5.1.1")
    assert len(await post.all(BounceRow)) == 3
    assert len(await post.all(DeadAddress)) == len(await post.all(Matter)) == 1


async def test_a_full_mailbox_gets_the_same_bytes_again_a_day_later_three_times_and_then_the_coordinator_knows(
    post: Post,
):
    now, frozen = OPENING, (await post.mail()).rfc822
    for _ in range(3):
        now += timedelta(minutes=5)
        await post.bounce("full", now, status="5.2.2")
        mail = await post.mail()
        assert (mail.state, mail.not_before, mail.due_at) == ("ready", now + timedelta(days=1), now + timedelta(days=1))
        assert (mail.attempts, mail.unknowns, mail.accepted_at, mail.finished_at) == (0, 0, None, None)
        assert mail.last_reply == "5.2.2 smtp; they said so"
        assert await post.deliver(now + timedelta(hours=23)) == []
        now += timedelta(days=1)
        assert await post.deliver(now) == [HEALTH]
        assert (await post.mail()).accepted_at == now
    assert await post.all(Matter) == []
    await post.bounce("full", now, status="5.2.2")
    mail = await post.mail()
    assert (mail.state, mail.rfc822) == ("bounced", frozen)
    (matter,) = await post.all(Matter)
    assert (matter.kind, matter.person_code, matter.outgoing_mail_id) == ("full_mailbox", "health", mail.id)
    assert await post.all(DeadAddress) == []


async def test_what_was_answered_meanwhile_is_not_sent_again_to_a_full_mailbox(post: Post):
    await post.bounce("full", status="5.2.2")
    await post.office.answer(await post.office.task(), "health", SOON)
    await post.deliver(SOON)
    assert await post.deliver(SOON + timedelta(days=1)) == []
    async with post.database.reading() as session:
        request = await session.scalar(
            select(OutgoingMail).where(OutgoingMail.name == "task_request", OutgoingMail.recipient == HEALTH)
        )
    assert request is not None
    assert request.state == "withdrawn"


async def test_a_second_report_of_a_full_mailbox_does_not_put_the_mail_off_further(post: Post):
    await post.bounce("full", status="5.2.2")
    before = await post.mail()
    await post.bounce("full", SOON + timedelta(hours=5), status="5.2.2")
    assert (await post.mail()).not_before == before.not_before
    assert len(await post.all(BounceRow)) == 2


@pytest.mark.parametrize("kind", ["delayed", "delivered", "unknown"])
async def test_a_report_that_decides_nothing_is_only_kept(post: Post, kind: BounceKind):
    await post.bounce(kind)
    assert (await post.mail()).state == "accepted"
    assert [row.kind for row in await post.all(BounceRow)] == [kind]
    assert await post.all(Matter) == []


async def test_what_a_server_has_against_us_says_nothing_of_the_address(post: Post):
    await post.bounce("refused", status="5.7.1")
    assert (await post.mail()).state == "bounced"
    assert await post.all(DeadAddress) == []
    (matter,) = await post.all(Matter)
    assert (matter.kind, matter.key) == ("mail_refused", "mail_refused:2027-01-04:bounced")


@pytest.mark.parametrize(
    ("state", "then"),
    [
        ("accepted", "bounced"),
        ("unknown", "bounced"),
        ("ready", "bounced"),  # the first copy came back before the second was sent
        ("sending", "bounced"),
        ("withdrawn", "withdrawn"),
        ("rejected", "rejected"),
    ],
)
async def test_a_report_is_believed_in_whatever_state_the_mail_is(post: Post, state, then):
    await post.change(state=state)
    await post.bounce("dead", status="5.1.1")
    assert (await post.mail()).state == then
    assert len(await post.all(DeadAddress)) == 1


async def test_a_report_that_overtakes_the_servers_own_answer_stands(post: Post):
    await post.change(state="ready", not_before=OPENING)
    async with post.database.transaction() as session:
        (mail,) = await lease_mails(session, now=SOON, length=timedelta(minutes=12), limit=1)
    await post.bounce("dead", status="5.1.1")
    async with post.database.transaction() as session:
        assert not await settle_mail(session, mail, state="accepted", reply="250 OK", unknowns=0, now=SOON)
    assert (await post.mail()).state == "bounced"


async def test_a_report_about_an_address_the_person_does_not_have_any_more_tells_nobody(post: Post):
    async with post.database.transaction() as session:
        await session.execute(update(Person).where(Person.code == "health").values(address="new@prova.example"))
    await post.bounce("dead", status="5.1.1")
    assert (await post.mail()).state == "bounced"
    assert [*await post.all(DeadAddress), *await post.all(Matter)] == []


async def test_a_matter_is_opened_once_even_after_it_was_settled(post: Post):
    for _ in range(2):
        async with post.database.transaction() as session:
            await open_matter(session, key="left:health", kind="left", now=SOON, person_code="health")
            await session.execute(update(Matter).values(state="dismissed"))
    (matter,) = await post.all(Matter)
    assert (matter.state, matter.detail, matter.opened_at) == ("dismissed", {}, SOON)
    assert len(matter.reference) == len("7K2M-9QXD")


async def test_only_a_refusal_of_the_recipient_says_that_there_is_no_such_address(post: Post):
    mail = await post.mail()
    for outcome in (
        Outcome("rejected", "sender", "550 5.7.1 Blocked"),
        Outcome("rejected", "message", "554 5.6.0 Unreadable"),
        Outcome("deferred", "recipient", "450 4.2.0 Greylisted"),
    ):
        async with post.database.transaction() as session:
            await note_rejection(session, mail, outcome, now=SOON)
    assert await post.all(DeadAddress) == []
    assert {matter.kind for matter in await post.all(Matter)} == {"mail_refused"}

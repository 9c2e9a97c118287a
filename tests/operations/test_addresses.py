"""A coordinator corrects an address, or sends again what came to nothing; on the real database."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from models.contracts.refusal import Refused
from models.tables.mail import DeadAddress, Matter, OutgoingMail
from models.tables.people import Person
from models.tables.process import AuditEvent, Process, TaskSet
from models.tables.task import Step
from operations.addresses import correct_address, retry_mails
from operations.matters import open_matter
from tests.operations.post import HEALTH, SOON, Post
from tests.world import OPENING

NEW = "sofia.salut@prova.example"
LATER = SOON + timedelta(hours=2)


async def correct(post: Post, address: str = NEW, person: str = "health") -> list[str]:
    async with post.database.transaction() as session:
        return await correct_address(session, person, address, by="coordinator", now=LATER)


async def retry(post: Post, ids: list[UUID] | None = None, **given: Any) -> int:
    async with post.database.transaction() as session:
        return await retry_mails(session, ids=ids, since=given.get("since"), by="coordinator", now=LATER)


async def persons_address(post: Post) -> str:
    return next(person.address for person in await post.all(Person) if person.code == "health")


async def test_a_corrected_address_gets_what_the_dead_one_did_not(post: Post):
    await post.bounce("dead", status="5.1.1")
    task = await post.office.task()
    assert await correct(post) == [task.reference]
    assert await persons_address(post) == NEW
    (dead,) = await post.all(DeadAddress)
    assert (dead.cleared_at, dead.cleared_by) == (LATER, "coordinator")
    (matter,) = await post.all(Matter)
    assert (matter.state, matter.settled_at, matter.settled_by) == ("accepted", LATER, "coordinator")
    assert matter.outcome == f"The address is {NEW}."
    assert await post.office.fire(LATER) != []
    assert await post.deliver(LATER) == [NEW]
    (again,) = [mail for mail in await post.all(OutgoingMail) if mail.recipient == NEW]
    assert (again.name, again.person_code, again.task_id) == ("task_request", "health", task.id)
    told = {event.action: event.detail for event in await post.all(AuditEvent)}
    assert told["person.address_corrected"] == {"person": "health", "before": HEALTH, "after": NEW}
    assert told["matter.accepted"] == {"matter": matter.reference, "kind": matter.kind, "outcome": matter.outcome}
    assert told["task.asked_again"] == {"because": "address_corrected"}


async def test_the_follow_up_is_woken_for_the_request_that_leaves_again(post: Post):
    await post.bounce("dead", status="5.1.1")
    assert (await post.all(TaskSet))[0].wake_at is not None
    await correct(post)
    assert (await post.all(TaskSet))[0].wake_at is None
    planned = [step for step in await post.all(Step) if step.state == "planned" and step.kind == "request"]
    assert [(step.number, step.reason) for step in planned] == [(2, {"rule": "request"})]


async def test_a_task_whose_mail_was_taken_is_not_asked_for_again(post: Post):
    assert await correct(post) == []
    assert await persons_address(post) == NEW
    assert await post.office.fire(LATER) == []


async def test_a_task_that_was_answered_or_closed_meanwhile_is_not_asked_for_again(post: Post):
    await post.bounce("dead", status="5.1.1")
    await post.office.answer(await post.office.task(), "health", SOON)
    assert await correct(post) == []


async def test_nothing_is_asked_of_a_process_that_is_closed(post: Post):
    await post.bounce("dead", status="5.1.1")
    async with post.database.transaction() as session:
        await session.execute(update(Process).values(state="closed", closed_at=SOON))
    assert await correct(post) == []


async def test_what_waits_for_the_old_address_does_not_leave_and_is_asked_for_anew(post: Post):
    await post.change(state="ready")
    task = await post.office.task()
    assert await correct(post) == [task.reference]
    assert (await post.mail()).state == "withdrawn"
    assert await post.deliver(LATER) == []
    await post.office.fire(LATER)
    assert await post.deliver(LATER) == [NEW]


async def test_what_was_held_back_from_a_dead_address_counts_as_not_received(post: Post):
    await post.bounce("dead", status="5.1.1")
    await post.change(state="ready")
    assert await post.deliver(SOON) == []
    assert (await post.mail()).last_reply == "no such address since 2027-01-04"
    assert len(await correct(post)) == 1


async def test_the_same_address_again_says_that_it_is_right_after_all(post: Post):
    await post.bounce("dead", status="5.1.1")
    assert len(await correct(post, HEALTH)) == 1
    assert [dead.cleared_at for dead in await post.all(DeadAddress)] == [LATER]
    await post.office.fire(LATER)
    assert await post.deliver(LATER) == [HEALTH]


async def test_an_address_that_died_under_somebody_else_may_be_given_to_another(post: Post):
    async with post.database.transaction() as session:
        mail = await post.mail()
        session.add(DeadAddress(id=uuid4(), address=NEW, outgoing_mail_id=mail.id, since=OPENING, status="5.1.1"))
    await post.bounce("dead", status="5.1.1")
    await correct(post)
    await post.office.fire(LATER)
    assert await post.deliver(LATER) == [NEW]


@pytest.mark.parametrize(
    ("address", "person", "said"),
    [
        ("sofia", "health", "“sofia” is not a mail address we can write to"),
        ("núria@prova.example", "health", "is not a mail address we can write to"),
        ("a@b.example, c@d.example", "health", "is not a mail address we can write to"),
        ("", "health", "“” is not a mail address"),
        ("ECOLOGY@prova.example", "health", "ecology@prova.example is the address of Eric Verd (ecology)."),
        (HEALTH, "health", f"{HEALTH} is the address of Sofia Salut already, and mail is sent there."),
        (NEW, "nobody", "There is no person “nobody”."),
    ],
)
async def test_an_address_that_cannot_be_is_refused_and_nothing_changes(post: Post, address, person, said):
    with pytest.raises(Refused) as refusal:
        await correct(post, address, person)
    assert said in str(refusal.value)
    assert await persons_address(post) == HEALTH


async def test_an_address_is_kept_in_the_form_it_is_written_to(post: Post):
    await correct(post, "  Sofia.Salut@València.example ")
    assert await persons_address(post) == "sofia.salut@xn--valncia-4xa.example"


@pytest.mark.parametrize("state", ["rejected", "unknown", "bounced"])
async def test_what_came_to_nothing_is_sent_again_with_the_same_bytes(post: Post, state):
    await post.change(state=state, unknowns=2, attempts=7, finished_at=SOON)
    before = await post.mail()
    assert await retry(post) == 1
    mail = await post.mail()
    assert (mail.state, mail.attempts, mail.unknowns, mail.due_at) == ("ready", 0, 0, LATER)
    assert (mail.rfc822, mail.message_id) == (before.rfc822, before.message_id)
    assert await post.deliver(LATER) == [HEALTH]
    (event,) = [event for event in await post.all(AuditEvent) if event.action == "mail.sent_again"]
    assert event.detail == {"mails": [str(mail.id)]}


async def test_what_was_accepted_is_not_sent_again(post: Post):
    assert await retry(post) == 0
    with pytest.raises(Refused, match=f"Mail {(await post.mail()).id} cannot be sent again"):
        await retry(post, [(await post.mail()).id])
    nobody = uuid4()
    with pytest.raises(Refused, match=str(nobody)):
        await retry(post, [nobody])
    assert await post.deliver(LATER) == []


async def test_only_what_came_to_nothing_since_a_day_is_sent_again(post: Post):
    await post.change(state="rejected", finished_at=SOON)
    assert await retry(post, since=SOON + timedelta(seconds=1)) == 0
    assert await retry(post, since=SOON) == 1


async def test_an_address_that_a_server_refused_by_mistake_is_tried_again_and_its_matter_settled(post: Post):
    await post.bounce("dead", status="5.1.1")
    async with post.database.transaction() as session:
        await open_matter(session, key="other", kind="dead_address", now=SOON, person_code="ecology")
    assert await retry(post, [(await post.mail()).id]) == 1
    assert await post.deliver(LATER) == [HEALTH]
    assert [dead.cleared_by for dead in await post.all(DeadAddress)] == ["coordinator"]
    assert {matter.person_code: matter.state for matter in await post.all(Matter)} == {
        "health": "accepted",
        "ecology": "open",
    }
    await post.bounce("dead", LATER, status="5.1.1")
    assert len(await post.all(DeadAddress)) == 2
    assert len([matter for matter in await post.all(Matter) if matter.state == "open"]) == 2, "it died again"


async def test_frozen_bytes_do_not_follow_somebody_to_another_address(post: Post):
    await post.bounce("dead", status="5.1.1")
    await correct(post)
    assert await retry(post) == 0
    async with post.database.reading() as session:
        states = list(await session.scalars(select(OutgoingMail.state).where(OutgoingMail.recipient == HEALTH)))
    assert states == ["bounced"]

"""The office sees what came in and what was made of it, what became of what went out, and what is to be settled."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from models.contracts.answering import Typed
from models.contracts.inbound import Decision
from models.tables.mail import Matter, OutgoingMail
from operations.confirming import vouch
from operations.incoming import begin_reading, put_off
from operations.replies import bounce_address
from operations.settling import dismiss_matter
from store.outbox import lease_mails, settle_mail
from tests.api.house import COUNT, House
from tests.inbox import arrives, letter, read, reply

DSN = """\
From: MAILER-DAEMON@prova.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

No such user here.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.prova.example

Final-Recipient: rfc822; health@prova.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user here
--b--
"""
AWAY = "Estaré fora de l'oficina fins al 3 de febrer de 2031. Podeu escriure a ecology@prova.example.\n"
MACHINE = (("Auto-Submitted", "auto-replied"),)
STRANGE: dict[str, Any] = {"sender": "sofia@elsewhere.example", "vouched": False}


async def written(house: House, text: str, decided: Decision, **letter: Any) -> UUID:
    """A reply to what Sofia is asked; gives its id."""
    return await reply(house, await house.task("health"), text, decided=decided, **letter)


async def request(house: House) -> OutgoingMail:
    """The mail in which Sofia is asked."""
    async with house.database.reading() as session:
        query = select(OutgoingMail).where(OutgoingMail.name == "task_request", OutgoingMail.person_code == "health")
        return (await session.scalars(query.order_by(OutgoingMail.created_at.desc()).limit(1))).one()


async def sent(house: House, seconds: int = 42) -> OutgoingMail:
    """The mail server takes everything that waits, some seconds after it was due."""
    mail = await request(house)
    async with house.database.transaction() as session:
        now = datetime.now(UTC)
        for each in await lease_mails(session, now=now, length=timedelta(minutes=1), limit=100):
            await settle_mail(session, each, state="accepted", reply="250 OK", unknowns=0, now=now)
        due = OutgoingMail.accepted_at - timedelta(seconds=seconds)
        await session.execute(update(OutgoingMail).where(OutgoingMail.id == mail.id).values(due_at=due))
    return mail


async def bounced(house: House) -> UUID:
    """Sofia's request comes back; gives the id of the mail that says so."""
    mail = await sent(house)
    to = bounce_address(house.settings.secret_key.get_secret_value(), mail.id, house.settings.mail_domain)
    report = await arrives(house, DSN.replace("\n", "\r\n").encode(), to, sender="")
    assert await read(house, report) == "bounced"
    return report


async def eventful(house: House) -> dict[str, UUID]:
    """A mail of each kind that the office looks at, by what was decided."""
    personal = f"{house.settings.answer_url}/a/{await house.token('health')}"
    found = {
        "held": await written(house, "1 = 5\n", decided="held", **STRANGE),
        "quarantined": await arrives(house, letter("Hola"), "focal@focal.example"),
        "away_noted": await arrives(house, letter(AWAY, subject="Fora de l'oficina", headers=MACHINE), "x@x.example"),
        "not_read": await written(house, f"Què vol dir <b>açò</b>? {personal}\n", decided="not_read"),
        "accepted": await written(house, f"1 = 12\n2 = 10-12\n{personal}\n", decided="accepted"),
        "bounced": await bounced(house),
    }
    for decision in ("quarantined", "away_noted"):
        assert await read(house, found[decision]) == decision
    found["waiting"] = await arrives(house, letter("Encara no"), "focal@focal.example")
    return found


async def page(house: House, path: str) -> str:
    """A page of the office in English, its blanks as single spaces."""
    async with house.staff() as client:
        answer = await client.get(path, params={"lang": "en"})
    assert answer.status_code == 200, path
    return " ".join(answer.text.split())


async def test_what_came_in_is_listed_with_its_decision_and_filtered_by_it(house: House):
    found = await eventful(house)
    everything = await page(house, "/incoming")
    for mail_id in found.values():
        assert f'href="/incoming/{mail_id}"' in everything
    for words in ("Taken as an answer", "Writer to be confirmed", "Not read yet", "Its address names no task."):
        assert words in everything
    async with house.staff() as client:
        held = (await client.get("/incoming?decision=held&lang=en")).text
        assert (await client.get("/incoming?decision=drop table")).text.count('href="/incoming/') == len(found)
    assert str(found["held"]) in held
    assert str(found["accepted"]) not in held
    assert "It comes from an address that is not known for this task." in held


async def test_a_reply_shows_what_was_read_and_where_and_what_was_not(house: House):
    found = await eventful(house)
    token = await house.token("health")
    shown = await page(house, f"/incoming/{found['accepted']}")
    values = shown[shown.index('id="read"') : shown.index('id="not-read"')]
    for words in (COUNT, "<strong>12</strong>", "Own words, line 1", "Sure", "1 = 12"):
        assert words in values
    assert "2 = 10-12" in shown[shown.index('id="not-read"') :]
    assert "This is a range. Write a single number." in shown
    assert "A: The sender’s domain vouches for it" in shown
    assert f'href="/tasks/{await house.reference("health")}"' in shown
    assert "Sofia Salut" in shown
    assert '<dt lang="en">Authentication-Results</dt>' in shown
    assert "/a/…" in shown
    assert token not in shown
    assert token not in await page(house, "/matters")


async def test_what_a_reply_holds_is_shown_as_text(house: House):
    found = await eventful(house)
    shown = await page(house, f"/incoming/{found['not_read']}")
    assert "Què vol dir &lt;b&gt;açò&lt;/b&gt;?" in shown
    assert "No value could be read in it." in shown
    async with house.database.reading() as session:
        reference = await session.scalar(select(Matter.reference).where(Matter.kind == "not_read"))
    assert f'href="/matters/{reference}"' in shown
    assert "Reply that was not taken" in shown


async def test_a_mail_beyond_the_limits_is_shown_without_being_opened(house: House):
    raw = letter("1 = 5\n").replace(b"1 = 5", b"x" * 31_000_000)
    mail_id = await arrives(house, raw, "focal@focal.example")
    await read(house, mail_id)
    shown = await page(house, f"/incoming/{mail_id}")
    assert "It is too large." in shown
    assert "There is no text to show." in shown


async def test_a_mail_that_cannot_be_read_says_why(house: House):
    mail_id = await arrives(house, letter("Hola"), "focal@focal.example")
    async with house.database.transaction() as session:
        await begin_reading(session, mail_id, now=datetime.now(UTC))
        await put_off(session, mail_id, "RecursionError: <too deep>", now=datetime.now(UTC))
    shown = await page(house, f"/incoming/{mail_id}")
    assert "Reading it failed 1 time:" in shown
    assert "RecursionError: &lt;too deep&gt;" in shown
    async with house.database.transaction() as session:
        for _ in range(4):
            await begin_reading(session, mail_id, now=datetime.now(UTC))
            await put_off(session, mail_id, "RecursionError", now=datetime.now(UTC))
    assert "A mail that could not be read" in await page(house, "/matters")


async def test_a_bounce_and_the_mail_that_came_back_lead_to_each_other(house: House):
    report = await bounced(house)
    mail = await request(house)
    shown = await page(house, f"/incoming/{report}")
    assert "There is no such address" in shown
    assert "5.1.1" in shown
    assert f'href="/mails/{mail.id}"' in shown
    back = await page(house, f"/mails/{mail.id}")
    assert "Came back" in back
    assert "42 seconds after it was due" in back
    assert f'href="/incoming/{report}"' in back
    assert "Came back" in await page(house, "/mails?state=bounced")


async def test_a_receipt_leads_to_the_reply_that_it_answers(house: House):
    mail_id = await written(house, "1 = 12\n", decided="accepted")
    async with house.database.reading() as session:
        receipt = (await session.scalars(select(OutgoingMail).where(OutgoingMail.answers_id == mail_id))).one()
    assert f'<dt>Answers</dt><dd><a href="/incoming/{mail_id}">' in await page(house, f"/mails/{receipt.id}")
    assert f'href="/mails/{receipt.id}"' in await page(house, f"/incoming/{mail_id}")


@pytest.mark.drill
async def test_a_task_says_which_answers_came_by_mail_and_what_became_of_each_reply(house: House):
    await house.answer("health", {COUNT: Typed(value="7")})
    mail_id = await written(house, "1 = 12\n", decided="accepted")
    await written(house, "1 = 5\n", decided="held", **STRANGE)
    shown = await page(house, f"/tasks/{await house.reference('health')}")
    course = shown[shown.index('class="course"') : shown.index('id="answers"')]
    answers = shown[shown.index('id="answers"') : shown.index('id="mails"')]
    for part in (course, answers):
        assert "through the form" in part
        assert f'<a href="/incoming/{mail_id}">by mail</a>' in part
    replies = shown[shown.index("Replies to this task") : shown.index('id="record"')]
    assert "Taken as an answer" in replies
    assert "Writer to be confirmed" in replies
    assert "A reply waits for its writer to be confirmed" in shown[shown.index('id="record"') :]


async def test_what_is_to_be_settled_is_counted_on_every_page_and_leads_to_where_it_is_settled(house: House):
    assert "Nothing waits." in await page(house, "/matters")
    await eventful(house)
    async with house.database.reading() as session:
        open_matters = list(await session.scalars(select(Matter).order_by(Matter.opened_at)))
    count = len(open_matters)
    assert count > 2
    for path in ("/", "/tasks", "/mails", "/incoming", "/collections/TST/2026-Q4", "/collections/TST/2026-Q4/report"):
        assert f'Inbox <span class="count">{count}</span></a>' in await page(house, path), path
    shown = await page(house, "/matters")
    for matter in open_matters:
        assert f'id="{matter.reference}"' in shown
        assert f'href="/matters/{matter.reference}"' in shown
    assert shown.index(open_matters[0].reference) < shown.index(open_matters[-1].reference)


async def test_what_was_settled_stands_below_with_who_and_how(house: House):
    await written(house, "Què vol dir això?\n", decided="not_read")
    async with house.database.transaction() as session:
        matter = (await session.scalars(select(Matter))).one()
        await dismiss_matter(session, matter.reference, "Li he <telefonat>.", by="health-head", now=datetime.now(UTC))
    shown = await page(house, "/matters")
    below = shown[shown.index('id="settled"') :]
    for words in (
        matter.reference,
        "Dismissed",
        "Li he &lt;telefonat&gt;.",
        "Hèctor Cap",
        f"/matters/{matter.reference}",
    ):
        assert words in below
    assert "Nothing waits." in shown
    assert "Inbox</a>" in shown


async def test_a_reply_that_was_vouched_for_says_so(house: House):
    mail_id = await written(house, "1 = 5\n", decided="held", **STRANGE)
    async with house.database.transaction() as session:
        task_id = (await house.task("health")).id
        now = datetime.now(UTC)
        taken = await vouch(session, house.settings, mail_id, task_id, "health", by="coordinator", now=now)
    shown = await page(house, f"/incoming/{mail_id}")
    assert "Taken by the office" in shown
    assert taken.submission_reference in shown


@pytest.mark.drill
async def test_a_matter_is_found_from_its_mail_by_the_keyboard(house: House):
    mail_id = await written(house, "Què vol dir això?\n", decided="not_read")
    async with house.desk(java_script_enabled=False) as window:
        await window.goto(f"{house.settings.office_url}/incoming/{mail_id}?lang=en")
        await window.locator('main a[href^="/matters/"]').focus()
        await window.keyboard.press("Enter")
        await expect(window.locator("h1")).to_contain_text("Sofia Salut")

"""A reply of unproven origin: its person looks at it through their link and says whether it is theirs."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from mail.translation import LANGUAGES
from models.contracts.answering import Typed
from models.tables.mail import IncomingMail, Matter
from models.tables.task import Submission
from operations.confirming import vouch
from tests.api.house import COUNT, House, said
from tests.api.test_answer_form import enter
from tests.inbox import reply

STRANGER = "sofia.salut@elsewhere.example"
WORDS = "1 = 128\n2 = <b>potser</b>\n7 = 3\n"


async def held(house: House, text: str = WORDS, sender: str = STRANGER) -> UUID:
    """A reply to Sofia's task from an address that is not hers."""
    return await reply(house, await house.task("health"), text, decided="held", sender=sender, vouched=None)


async def address(house: House, mail_id: UUID | str, person: str = "health") -> str:
    """Where a person says whether a reply is theirs, as the mail has it."""
    return f"/a/{await house.token(person)}/reply/{mail_id}"


async def settled(house: House, mail_id: UUID) -> str | None:
    """What was said of a reply."""
    async with house.database.reading() as session:
        return (await session.get_one(IncomingMail, mail_id)).settled_as


async def test_a_reply_is_looked_at_and_confirmed_without_script(house: House):
    await house.answer("health", {COUNT: Typed(value="12")})
    mail_id = await held(house)
    async with house.window(java_script_enabled=False) as page:
        await page.goto(f"{house.settings.answer_url}{await address(house, mail_id)}?lang=en")
        await expect(page.locator("h1")).to_have_text("Is this reply from you?")
        await expect(page.locator(".facts")).to_contain_text(STRANGER)
        first = page.locator("#read + .list .list__row").first
        await expect(first).to_contain_text("1 Nombre d'accions impulsades")
        await expect(first).to_contain_text(COUNT)
        await expect(first.locator(".reading")).to_have_text("128")
        await expect(first).to_contain_text("Last time: 7")
        await expect(first).to_contain_text("Now it says “12”; that would be replaced.")
        unread = page.locator("section[aria-labelledby=not-read]")
        await expect(unread).to_contain_text("7 = 3")
        await expect(unread).to_contain_text("This request asks for nothing with this number or code.")
        await expect(unread).to_contain_text("<b>potser</b>")
        assert await settled(house, mail_id) is None
        await page.locator("button[value=confirm]").click()
        await expect(page.locator(".panel h1")).to_have_text("Your answers were sent")
        await page.locator("p.buttons a").click()
        await expect(page.locator(".entry__stands").first).to_contain_text("128")
        await expect(page.locator(".entry__stands").first).to_contain_text("by mail")
    async with house.database.reading() as session:
        sent = (await session.scalars(select(Submission).where(Submission.incoming_mail_id == mail_id))).one()
    assert (sent.channel, sent.person_code, sent.entered_by) == ("mail", "health", None)
    assert await settled(house, mail_id) == "confirmed"


async def test_looking_changes_nothing_however_often_and_by_whomever(house: House):
    mail_id = await held(house)
    before = await house.counts()
    async with house.client() as client:
        for _ in range(3):
            assert (await client.head(await address(house, mail_id))).status_code == 200
            # What mail programs add to the end of a link does no harm.
            assert (await client.get(await address(house, f"{mail_id}>)."))).status_code == 200
    assert await house.counts() == before
    assert await settled(house, mail_id) is None


async def test_a_disowned_reply_changes_no_answer_and_the_office_is_told(house: House):
    mail_id = await held(house)
    async with house.client() as client:
        client.cookies.set("focal-language", "en")
        answer = await client.post(await address(house, mail_id), data={"do": "disown"})
        assert answer.status_code == 303
        told = await client.get(answer.headers["location"])
        again = await client.get(await address(house, mail_id), params={"lang": "en"})
    for page in (told, again):
        assert page.status_code == 200
        assert "<h1>Nothing of this reply was recorded</h1>" in page.text
        assert STRANGER in page.text
        assert "is told and finds out who wrote it" in page.text
    assert await settled(house, mail_id) == "disowned"
    async with house.database.reading() as session:
        assert (await session.scalars(select(Submission).where(Submission.incoming_mail_id == mail_id))).all() == []
        (matter,) = (await session.scalars(select(Matter))).all()
    assert (matter.kind, matter.person_code, matter.incoming_mail_id) == ("disowned", "health", mail_id)


@pytest.mark.parametrize(("first", "other"), [("confirm", "disown"), ("disown", "confirm")])
async def test_said_twice_it_is_done_once_and_whoever_says_the_contrary_is_told(house: House, first: str, other: str):
    mail_id = await held(house)
    async with house.client() as client:
        where = await address(house, mail_id)
        done = await client.post(where, data={"do": first})
        after = await house.counts()
        again = await client.post(where, data={"do": first})
        contrary = await client.post(where, data={"do": other, "language": "en"})
    assert (done.status_code, again.status_code, contrary.status_code) == (303, 303, 409)
    assert "Somebody said already whose this reply is." in contrary.text
    assert await house.counts() == after
    assert await settled(house, mail_id) == {"confirm": "confirmed", "disown": "disowned"}[first]


async def test_what_is_no_held_reply_to_the_task_is_the_same_as_a_link_that_opens_nothing(house: House):
    mail_id = await held(house)
    taken = await reply(house, await house.task("health"), "1 = 5", decided="accepted")
    token = await house.token("health")
    wrong = (
        f"/a/{token}/reply/{uuid4()}",
        f"/a/{token}/reply/{taken}",
        f"/a/{token}/reply/nonsense",
        f"/a/{token[:-1]}/reply/{mail_id}",
        f"/a/{await house.token('ecology-head')}/reply/{mail_id}",
    )
    before = await house.counts()
    async with house.client() as client:
        unknown = await client.get("/a/unknown")
        for path in wrong:
            looked = await client.get(path)
            assert (looked.status_code, looked.text) == (404, unknown.text), path
        for path in wrong[:3]:
            assert (await client.post(path, data={"do": "confirm"})).status_code == 404
    async with house.visitor("ecology-head") as client:
        stranger = await client.get(f"/answer/{await house.reference('ecology-head')}/reply/{mail_id}")
        elsewhere = await client.get(f"/answer/{await house.reference('health')}/reply/{mail_id}")
    assert (stranger.status_code, elsewhere.status_code) == (404, 403)
    assert await house.counts() == before


async def test_after_the_close_nothing_is_taken_but_it_can_still_be_disowned(house: House):
    mail_id = await held(house)
    await house.close_collection()
    async with house.client() as client:
        where = await address(house, mail_id)
        shown = await client.get(where, params={"lang": "en"})
        refused = await client.post(where, data={"do": "confirm", "language": "en"})
        assert await settled(house, mail_id) is None
        disowned = await client.post(where, data={"do": "disown"})
    for page in (shown, refused):
        assert "Nothing of this reply can be recorded any more." in page.text
        assert 'value="confirm"' not in page.text
        assert 'value="disown"' in page.text
    assert (shown.status_code, refused.status_code, disowned.status_code) == (200, 409, 303)
    assert await settled(house, mail_id) == "disowned"


@pytest.mark.drill
async def test_the_way_to_the_form_opens_it_and_the_reply_goes_on_waiting(house: House):
    mail_id = await held(house)
    async with house.window(java_script_enabled=False) as page:
        await page.goto(f"{house.settings.answer_url}{await address(house, mail_id)}?lang=fr")
        await page.locator(".ways button").click()
        await expect(page.locator("html")).to_have_attribute("lang", "fr")
        await expect(page.locator("#answer")).to_be_visible()
        # By the cookie alone, a reply that waits is not shown: its own link is the way there.
        await page.goto(f"{page.url}/reply/{mail_id}")
        await expect(page.locator("#answer")).to_be_visible()
    assert await settled(house, mail_id) is None


@pytest.mark.drill
async def test_it_is_answered_with_the_keyboard_alone(house: House):
    mail_id = await held(house)
    async with house.window(java_script_enabled=False) as page:
        await page.goto(f"{house.settings.answer_url}{await address(house, mail_id)}?lang=en")
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await page.locator(":focus").get_attribute("value") == "disown":
                break
        await page.keyboard.press("Enter")
        await expect(page.locator(".panel h1")).to_have_text("Nothing of this reply was recorded")


@pytest.mark.drill
async def test_the_page_speaks_every_language(house: House):
    mail_id = await held(house)
    async with house.client() as client:
        for language in LANGUAGES:
            page = await client.get(await address(house, mail_id), params={"lang": language})
            for sentence in ("Is this reply from you?", "Yes, take these answers", "No, this is not from me"):
                assert said(language, sentence) in page.text, language
            assert page.headers["content-language"] == language


async def test_what_a_coordinator_vouched_for_is_said_as_taken(house: House):
    mail_id = await held(house)
    async with house.database.transaction() as session:
        task_id = (await house.task("health")).id
        now = datetime.now(UTC)
        taken = await vouch(session, house.settings, mail_id, task_id, "health", by="coordinator", now=now)
    async with house.client() as client:
        page = await client.get(await address(house, mail_id), params={"lang": "en"})
    assert taken.submission_reference in page.text
    assert "had its answers recorded as yours" in page.text


@pytest.mark.drill
async def test_a_form_shows_which_answer_came_by_mail(house: House):
    await reply(house, await house.task("health"), "1 = 5", decided="accepted")
    async with house.window() as page:
        await enter(house, page, "health")
        await page.locator(".languages button[value=en]").click()
        await expect(page.locator(".entry__stands")).to_have_text("Sent by mail 5")

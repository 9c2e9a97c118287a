"""The office settles what mails brought up, and sends again what came to nothing, with the mail beside it."""

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from mail.registry import MAILS
from mail.samples import samples
from models.tables.mail import IncomingMail, Matter, OutgoingMail
from models.tables.people import Absence
from models.tables.task import Submission
from tests.api.house import COUNT, House
from tests.api.test_accessibility import LANGUAGES, inspector
from tests.api.test_office_mail import eventful, request, sent, written
from tests.inbox import arrives, letter, read


async def matter_of(house: House, kind: str) -> Matter:
    async with house.database.reading() as session:
        return (await session.scalars(select(Matter).where(Matter.kind == kind))).one()


def tidy(html: str) -> str:
    return " ".join(html.split())


async def test_what_an_automatic_reply_says_is_entered_with_what_was_corrected(house: House):
    await eventful(house)
    matter = await matter_of(house, "away")
    address = f"/matters/{matter.reference}"
    async with house.staff() as client:
        assert (await client.get("/matters/M-NONE-0000")).status_code == 404
        shown = tidy((await client.get(f"{address}?lang=en")).text)
        assert "Estaré fora de l'oficina" in shown.replace("&#39;", "'")
        assert 'value="03/02/2031"' in shown
        assert '<option value="ecology" selected>' in shown
        wrong = await client.post(f"{address}?lang=en", data={"act": "accept", "first_day": "", "last_day": "never"})
        assert wrong.status_code == 422
        assert 'value="never"' in wrong.text
        days = {"act": "accept", "first_day": "1/2/2031", "last_day": "4/2/2031", "person": "ecology"}
        assert (await client.post(address, data=days)).headers["location"] == "/matters?done=matter_absence"
        late = await client.post(f"{address}?lang=en", data=days)
        assert late.status_code == 409
        assert "Somebody was here before you" in late.text
    async with house.database.reading() as session:
        absence = (await session.scalars(select(Absence))).one()
    assert (absence.first_day.day, absence.last_day.day, absence.substitute_code) == (1, 4, "ecology")


async def test_a_reply_of_a_stranger_is_looked_at_and_then_taken_as_somebodys_answer(house: House):
    mail_id = await arrives(house, letter("1 = 41\nsalut", sender="sofia@elsewhere.example"), "focal@focal.example")
    assert await read(house, mail_id) == "quarantined"
    matter, reference = await matter_of(house, "quarantined"), await house.reference("health")
    address = f"/matters/{matter.reference}"
    async with house.staff() as client:
        missing = await client.post(f"{address}?lang=en", data={"act": "accept", "task": "", "person": ""})
        assert missing.status_code == 422
        assert "Write the reference of the task" in missing.text
        unknown = await client.post(f"{address}?lang=en", data={"act": "look", "task": "ZZZZ-ZZZZ", "person": "health"})
        assert unknown.status_code == 422
        choice = {"task": reference.lower(), "person": "health"}
        looked = await client.post(f"{address}?lang=en", data=choice | {"act": "look"})
        assert looked.status_code == 200
        assert "<strong>41</strong>" in looked.text
        assert COUNT in looked.text
        async with house.database.reading() as session:
            assert await session.scalar(select(Submission).where(Submission.incoming_mail_id == mail_id)) is None
        taken = await client.post(address, data=choice | {"act": "accept"})
        assert taken.headers["location"] == "/matters?done=matter_taken"
        assert (await client.post(f"/incoming/{mail_id}", data=choice | {"act": "accept"})).status_code == 409
        assert (await client.post(f"/incoming/{mail_id}", data={"act": "burn"})).status_code == 404
    async with house.database.reading() as session:
        submission = await session.scalar(select(Submission).where(Submission.incoming_mail_id == mail_id))
        assert submission is not None
        assert submission.person_code == "health"


@pytest.mark.drill
async def test_a_held_reply_is_taken_from_its_own_page_or_read_once_more(house: House):
    mail_id = await written(house, "1 = 5\n", decided="held", sender="sofia@elsewhere.example", vouched=None)
    async with house.staff() as client:
        shown = tidy((await client.get(f"/incoming/{mail_id}?lang=en")).text)
        assert f'value="{await house.reference("health")}"' in shown
        again = await client.post(f"/incoming/{mail_id}", data={"act": "again"})
        assert again.headers["location"] == f"/incoming/{mail_id}?done=read_again"
        choice = {"act": "accept", "task": await house.reference("health"), "person": "health"}
        taken = await client.post(f"/incoming/{mail_id}", data=choice)
        assert taken.headers["location"].endswith("done=reply_taken")
    async with house.database.reading() as session:
        assert (await session.get_one(IncomingMail, mail_id)).settled_as == "vouched"


@pytest.mark.drill
async def test_an_address_that_came_back_is_corrected_or_tried_again(house: House):
    await eventful(house)
    mail, matter = await request(house), await matter_of(house, "dead_address")
    async with house.staff() as client:
        shown = tidy((await client.get("/mails?lang=en")).text)
        assert "Addresses to correct" in shown
        assert f"/people/person/{mail.person_code}#correct" in shown
        one = tidy((await client.get(f"/mails/{mail.id}?lang=en")).text)
        assert "It left and came back." in one
        assert (await client.post(f"/mails/{matter.id}/again")).status_code == 404
        again = await client.post(f"/mails/{mail.id}/again")
        assert again.headers["location"] == f"/mails/{mail.id}?done=mail_again"
        assert (await client.post(f"/mails/{mail.id}/again")).status_code == 409
        assert "Settled" in (await client.get(f"/matters/{matter.reference}?lang=en")).text
    async with house.database.transaction() as session:
        broken = update(OutgoingMail).where(OutgoingMail.id == mail.id).values(state="unknown", finished_at=mail.due_at)
        await session.execute(broken)
    async with house.staff() as client:
        assert "Send 1 mail again" in tidy((await client.get("/mails/again?lang=en")).text)
        wrong = await client.post("/mails/again", data={"since": "yesterday"})
        assert wrong.status_code == 422
        assert 'value="yesterday"' in wrong.text
        assert (
            (await client.post("/mails/again", data={"since": ""})).headers["location"].startswith("/mails?state=ready")
        )
        assert "There is nothing to send again." in (await client.get("/mails/again?lang=en")).text
    async with house.staff("manager", person="health-head") as client:
        assert (await client.post("/mails/again", data={"since": ""})).status_code == 404


@pytest.mark.drill
async def test_the_gallery_leads_through_every_mail_in_a_language(house: House):
    async with house.staff() as client:
        shown = (await client.get("/mails/gallery?in=es&lang=en")).text
        for name in MAILS:
            for number, _ in enumerate(samples(name, "es"), start=1):
                assert f'href="/mails/gallery/{name}/{number}/es"' in shown
        one = await client.get("/mails/gallery/task_request/1/es")
        assert "frame-src 'self'" in one.headers["content-security-policy"]
        body = await client.get("/mails/gallery/task_request/1/es/body")
        assert "sandbox" in body.headers["content-security-policy"]
        for path in ("task_request/99/es", "task_request/0/es", "task_request/x/es", "none/1/es", "task_request/1/xx"):
            assert (await client.get(f"/mails/gallery/{path}")).status_code == 404


async def test_a_coordinator_settles_a_matter_without_script(house: House):
    await eventful(house)
    matter = await matter_of(house, "not_read")
    async with house.desk(java_script_enabled=False) as page:
        await page.goto(house.settings.office_url + "/matters?lang=en")
        await page.click(f'h3:has-text("{matter.reference}") a')
        await expect(page.locator("pre.letter")).to_contain_text("Què vol dir")
        await page.click("button[value=dismiss]")
        await expect(page.locator(".summary--error")).to_contain_text("Say why")
        await page.fill("#reason", "Li he telefonat.")
        await page.click("button[value=dismiss]")
        await expect(page.locator("[role=status]")).to_contain_text("The matter is dismissed.")
        await expect(page.locator("main")).to_contain_text("Li he telefonat.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.drill
async def test_people_inbox_and_mail_are_accessible(house: House, language: str):
    await sent(house)
    async with inspector(house, language, office=True) as see:
        page, office = see.page, house.settings.office_url

        async def at(path: str, name: str) -> None:
            await page.goto(f"{office}{path}{'&' if '?' in path else '?'}lang={language}")
            await see.look(name)

        await at("/matters", "inbox")
        await eventful(house)
        await at("/people", "people")
        await at("/people/unit/HEALTH", "unit")
        await page.click("main .halves form:first-of-type button")
        await see.look("unit, with errors", error=True)
        await at("/people/person/health", "person")
        await page.click("section[aria-labelledby=away] button")
        await see.look("person, with errors", error=True)
        await at("/people/person/health/leave", "leaving")
        await at("/people/import", "import")
        csv = "person,name,address,language,unit\nx,Nou,no address,ca,HEALTH\n"
        await page.set_input_files("#files", {"name": "p.csv", "mimeType": "text/csv", "buffer": csv.encode()})
        await page.click("section[aria-labelledby=choose] button")
        await see.look("import, with errors", error=True)
        await page.set_input_files(
            "#files",
            {"name": "p.csv", "mimeType": "text/csv", "buffer": csv.replace("no address", "x@x.example").encode()},
        )
        await page.click("section[aria-labelledby=choose] button")
        await see.look("import")
        await at("/matters", "inbox")
        for kind in ("away", "quarantined", "dead_address"):
            await at(f"/matters/{(await matter_of(house, kind)).reference}", f"matter {kind}")
        await page.click("form.apart button")
        await see.look("matter dead_address, with errors", error=True)
        for path, name in (
            ("/incoming", "incoming"),
            ("/mails", "mails"),
            ("/mails/again", "again"),
            ("/mails/gallery", "gallery"),
            ("/mails/gallery/task_reminder/1/ca", "specimen"),
        ):
            await at(path, name)
        await at(f"/mails/{(await request(house)).id}", "mail")

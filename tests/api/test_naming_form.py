"""A head names the focal point that the unit lacks, in a real browser without script."""

from playwright.async_api import expect
from sqlalchemy import select

from models.tables.people import FocalPoint, Person
from models.tables.task import Task
from tests.api.house import House
from tests.api.test_answer_form import enter


async def test_a_head_names_somebody_new_who_is_asked(house: House):
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "ecology-head")
        await page.check("input[value=new]")
        await page.fill("#name", "Núria Nova")
        await page.fill("#address", "nuria@")
        await page.locator("main .button").click()
        assert (await page.title()).startswith("Error: ")
        await expect(page.locator("#name")).to_have_value("Núria Nova")
        await page.fill("#address", "nuria.nova@prova.example")
        await page.select_option("#language", "fr")
        await page.locator("main .button").click()
        await expect(page.locator("dl.list")).to_contain_text("nuria.nova@prova.example")
        await page.locator(".languages button[value=en]").click()
        await expect(page.locator("dl.list")).to_contain_text("nuria.nova@prova.example")
        await page.locator("form[action$=send] button").click()
        await expect(page.locator(".panel")).to_be_visible()
        await enter(house, page, "ecology-head")
        await expect(page.locator("[role=status]")).to_contain_text("Núria Nova")
    async with house.database.reading() as session:
        person = (await session.scalars(select(Person).where(Person.address == "nuria.nova@prova.example"))).one()
        assert person.language == "fr"
        named = await session.scalars(select(FocalPoint.unit_code).where(FocalPoint.person_code == person.code))
        assert named.one() == "ECOLOGY"
        asked = await session.scalars(select(Task.kind).where(Task.assignee_code == person.code))
        assert asked.one() == "indicator_request"


async def test_a_head_may_choose_a_colleague_and_change_their_mind_before_confirming(house: House):
    reference = await house.reference("ecology-head")
    async with house.visitor("ecology-head") as client:
        checking = await client.post(f"/answer/{reference}", data={"person": "ecology", "do": "check"})
        assert checking.status_code == 200
        assert "ecology@prova.example" in checking.text
        assert "en horari laboral" in checking.text, "outside working hours nobody is written to at once"
        again = await client.post(f"/answer/{reference}", data={"person": "ecology"})
        assert 'value="ecology" checked' in again.text
        sent = await client.post(f"/answer/{reference}/send", data={"person": "ecology"})
        twice = await client.post(f"/answer/{reference}/send", data={"person": "ecology"})
        done = await client.get(sent.headers["location"])
    assert sent.status_code == twice.status_code == 303
    assert sent.headers["location"] == twice.headers["location"]
    assert "en horari laboral" in done.text


async def test_nobody_chosen_a_stranger_and_a_header_in_a_name_are_refused(house: House):
    reference = await house.reference("ecology-head")
    new = {"person": "new", "address": "a@prova.example", "write_in": "ca", "do": "check"}
    async with house.visitor("ecology-head") as client:
        client.cookies.set("focal-language", "en")
        for form, words in (
            ({"do": "check"}, "Choose a person"),
            ({"person": "mayor", "do": "check"}, "people listed"),
            (new | {"name": "Bcc: x\r\nBcc: victim@example.org"}, "on one line"),
            (new | {"name": "Anna", "write_in": "tlh"}, "language"),
        ):
            answer = await client.post(f"/answer/{reference}", data=form)
            assert answer.status_code == 422
            assert answer.text.count(words) >= 2
        taken = new | {"name": "Anna", "address": "mayor@prova.example"}
        answer = await client.post(f"/answer/{reference}/send", data=taken)
        assert answer.status_code == 422
        assert "mayor@prova.example" in answer.text

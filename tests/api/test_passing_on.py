"""Somebody else should answer: a task is passed on through one's own link, which goes on working."""

import asyncio
import re
from datetime import UTC, datetime

import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from api.sentences import PERSON_PROBLEMS
from models.contracts.answering import Typed
from models.contracts.mail import Language
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from models.tables.task import Delegation, Submission
from operations.steering import waive
from tests.api.house import COUNT, FRENCH_FIRST, PERCENT, YES_NO, House, said
from tests.api.test_answer_form import checked, enter

NEW = {"person": "new", "name": "Núria Nova", "address": "nuria.nova@prova.example", "write_in": "fr", "do": "pass_on"}
HEAD = {"person": "health-head", "do": "pass_on"}
WHOLE = {COUNT: Typed(value="1"), PERCENT: Typed(value="2"), YES_NO: Typed(value="no")}


async def way(house: House) -> list[tuple[str, str, str]]:
    """How tasks were passed on: from whom, to whom, by whom."""
    async with house.database.reading() as session:
        rows = await session.scalars(select(Delegation).order_by(Delegation.at))
        return [(row.from_code, row.to_code, row.by) for row in rows]


async def code_of(house: House, address: str) -> str:
    """The code of the person with an address."""
    async with house.database.reading() as session:
        return (await session.scalars(select(Person.code).where(Person.address == address))).one()


async def pass_on(house: House, person: str, form: dict[str, str]) -> httpx.Response:
    """Pass a person's task on, and give the page that follows."""
    async with house.visitor(person) as client:
        client.cookies.set("focal-language", "en")
        done = await client.post(f"/answer/{await house.reference(person)}/pass-on", data=form)
        return done if done.status_code != 303 else await client.get(done.headers["location"])


async def test_a_task_goes_to_a_colleague_and_both_may_answer(house: House):
    ids = await house.ids("health")
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        home = page.url
        await page.locator(".languages button[value=en]").click()
        await page.fill(f"#value-{ids[COUNT]}", "12")
        await page.locator(".way[value=pass-on]").click()
        assert await page.locator("input[name=person]").count() == 2, "Hèctor, or somebody else; not Sofia herself"
        await page.check("input[value=health-head]")
        await page.fill("#note", "You know this better.")
        await page.locator("main button[value=pass_on]").click()
        await expect(page.locator(".panel")).to_contain_text("Hèctor Cap has it now.")
        points = page.locator(".points")
        await expect(points).to_contain_text("We write to Hèctor Cap on")
        await expect(points).to_contain_text("You know this better.")
        await expect(points).to_contain_text("reminders go to Hèctor Cap. The next one leaves on")
        await expect(points).to_contain_text("Your own link still opens the form")
        await page.goto(home)
        await expect(page.locator(".standing")).to_contain_text("Hèctor Cap has had this since")
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("12")
        assert await way(house) == [("health", "health-head", "health")]
        await house.fire()
        await enter(house, page, "health-head")
        await expect(page.locator(".standing")).to_contain_text("Sofia Salut")
        await expect(page.locator(".standing")).to_contain_text("You know this better.")
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("12")
    await house.answer("health", WHOLE)
    async with house.database.reading() as session:
        latest = select(Submission.person_code).order_by(Submission.received_at.desc()).limit(1)
        assert await session.scalar(latest) == "health"
    assert (await house.task("health")).assignee_code == "health-head"
    assert (await house.task("health")).state == "answered"


async def test_somebody_new_is_made_known_and_asked_in_their_language(house: House):
    page = await pass_on(house, "health", NEW)
    assert "<strong>Núria Nova</strong> has it now." in page.text
    await house.fire()
    async with house.database.reading() as session:
        asked = select(OutgoingMail.language).where(OutgoingMail.recipient == NEW["address"])
        assert (await session.scalars(asked)).all() == ["fr"]
        person = (await session.scalars(select(Person).where(Person.address == NEW["address"]))).one()
        assert (person.name, person.unit_code) == ("Núria Nova", "HEALTH")


REFUSED = (
    ({"person": "new"}, "nobody_chosen", "person_code"),
    ({"person": "mayor"}, "person_unknown", "person_code"),
    ({"person": "health"}, "same_person", "person_code"),
    (NEW | {"address": "Health@prova.example"}, "same_person", "address"),
    ({"person": "health-head"}, "no_address", "person_code"),
    (NEW | {"name": ""}, "name_missing", "name"),
    (NEW | {"name": "Anna\nBcc: x"}, "name_unprintable", "name"),
    (NEW | {"address": ""}, "address_missing", "address"),
    (NEW | {"address": "nuria@"}, "address_invalid", "address"),
    (NEW | {"address": "mayor@prova.example"}, "address_taken", "address"),
    (NEW | {"write_in": "tlh"}, "language_missing", "language"),
    (NEW | {"note": "x" * 2001}, "too_long", "note"),
)


@pytest.mark.parametrize("language", FRENCH_FIRST)
@pytest.mark.drill
async def test_what_cannot_be_passed_on_comes_back_with_a_sentence_beside_its_field(house: House, language: Language):
    reference = await house.reference("health")
    async with house.database.transaction() as session:
        await session.execute(update(Person).where(Person.code == "health-head").values(address="no address"))
    before = await house.counts()
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", language)
        for fields, code, field in REFUSED:
            form = {"note": "Una nota", "do": "pass_on"} | fields
            answer = await client.post(f"/answer/{reference}/pass-on", data=form)
            assert answer.status_code == 422, code
            words = said(language, PERSON_PROBLEMS[code])
            assert f'<a href="#{field}">{words}</a>' in answer.text, f"{language} {code}"
            shown = answer.text[answer.text.index(f'id="error-{field}"') :]
            assert words in shown[: shown.index("</p>")]
            assert form["note"] in answer.text
            assert f'value="{fields.get("address", "")}"' in answer.text
    assert await house.counts() == before
    assert await way(house) == []


@pytest.mark.drill
async def test_a_task_does_not_go_round_in_a_circle(house: House):
    await pass_on(house, "health", HEAD)
    await house.fire()
    async with house.visitor("health-head") as client:
        client.cookies.set("focal-language", "en")
        address = f"/answer/{await house.reference('health-head')}/pass-on"
        assert "Sofia Salut</label>" not in (await client.get(address)).text
        for form, field in (
            ({"person": "health", "do": "pass_on"}, "person_code"),
            (NEW | {"address": "health@prova.example"}, "address"),
        ):
            back = await client.post(address, data=form)
            assert back.status_code == 422
            assert f'<a href="#{field}">It came from this person' in back.text
    assert len(await way(house)) == 1


@pytest.mark.drill
async def test_whoever_had_it_before_may_pass_it_on_again_but_not_to_themselves(house: House):
    await pass_on(house, "health", HEAD)
    page = await pass_on(house, "health", NEW)
    assert "Núria Nova" in page.text
    new = await code_of(house, NEW["address"])
    assert await way(house) == [("health", "health-head", "health"), ("health-head", new, "health")]


async def test_passed_on_twice_with_the_same_form_it_is_done_once_and_confirmed_twice(house: House):
    for form in (NEW, NEW):
        page = await pass_on(house, "health", form)
        assert page.status_code == 200
        assert '<div class="panel">' in page.text
    assert len(await way(house)) == 1


async def test_looking_at_the_page_changes_nothing(house: House):
    before = await house.counts()
    async with house.visitor("health") as client:
        home = f"/answer/{await house.reference('health')}"
        assert (await client.get(f"{home}/pass-on")).status_code == 200
        away = await client.get(f"{home}/pass-on/done")
    assert (away.status_code, away.headers["location"]) == (303, home)
    assert await house.counts() == before


async def test_without_its_link_nothing_is_passed_on_and_what_was_typed_is_shown(house: House):
    before = await house.counts()
    async with house.client() as client:
        answer = await client.post(
            f"/answer/{await house.reference('health')}/pass-on", data=NEW | {"note": "Una nota"}
        )
    assert answer.status_code == 403
    for typed in ("Núria Nova", NEW["address"], "Una nota"):
        assert f"<pre>{typed}</pre>" in answer.text
    assert await house.counts() == before


@pytest.mark.drill
async def test_errors_are_first_focused_and_lead_to_their_fields_and_follow_the_language(house: House):
    async with house.window() as page:
        await enter(house, page, "health")
        await page.locator(".way[value=pass-on]").click()
        await page.check("input[value=new]")
        await page.fill("#address", "health@prova.example")
        await page.fill("#name", "Jo mateixa")
        await page.select_option("#language", "ca")
        await page.fill("#note", "Una nota")
        await page.locator("main button[value=pass_on]").click()
        await page.locator(".languages button[value=en]").click()
        assert (await page.title()).startswith("Error: ")
        await expect(page.locator(".summary--error")).to_be_focused()
        await expect(page.locator("#note")).to_have_value("Una nota")
        link = page.locator(".summary--error a")
        assert await link.inner_text() == "This person has it already. Choose somebody else."
        await link.click()
        await expect(page.locator("#address")).to_be_focused()
        await expect(page.locator("#address")).to_have_value("health@prova.example")


@pytest.mark.drill
async def test_a_head_passes_on_the_naming_and_the_other_one_names(house: House):
    reference = await house.reference("ecology-head")
    async with house.visitor("ecology-head") as client:
        client.cookies.set("focal-language", "en")
        form = await client.get(f"/answer/{reference}")
        assert f'href="/answer/{reference}/pass-on">Somebody else should name the person</a>' in form.text
        done = await client.post(f"/answer/{reference}/pass-on", data=NEW)
        assert done.status_code == 303
    await house.fire()
    new = await code_of(house, NEW["address"])
    async with house.visitor(new) as client:
        client.cookies.set("focal-language", "en")
        form = await client.get(f"/answer/{reference}")
        assert "This came from <strong>Elena Cap</strong>" in form.text
        named = await client.post(f"/answer/{reference}/send", data={"person": "ecology"})
        assert "/sent/" in named.headers["location"]


@pytest.mark.parametrize("state", ["answered", "waived", "closed"])
async def test_a_task_that_has_just_ended_is_not_passed_on_and_what_was_typed_is_shown(house: House, state: str):
    task, now = await house.task("health"), datetime.now(UTC)
    if state == "answered":
        await house.answer("health", WHOLE)
    elif state == "closed":
        await house.close_collection()
    else:
        async with house.database.transaction() as session:
            await waive(session, house.settings, task.id, reason="Not this year", by="coordinator", now=now)
    before = await house.counts()
    words = {
        "answered": r"Already answered at \d\d:\d\d on [A-Z]\w+day \d+ \w+ \d{4} by Sofia Salut\.",
        "waived": r"Nothing is asked any more since .*, because: “Not this year”",
        "closed": r"The last day is over since ",
    }[state]
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        answer = await client.post(f"/answer/{task.reference}/pass-on", data=NEW | {"note": "Una nota"})
        looked = await client.get(f"/answer/{task.reference}/pass-on")
        again = await client.post(
            f"/answer/{task.reference}/pass-on", data=NEW | {"note": "Una nota", "language": "es"}
        )
        form = await client.get(f"/answer/{task.reference}")
    assert (answer.status_code, looked.status_code, again.status_code) == (409, 200, 409)
    for page in (answer, looked):
        assert re.search(words, page.text)
    for typed in ("Núria Nova", NEW["address"], "Una nota"):
        assert f"<pre>{typed}</pre>" in answer.text
        assert f"<pre>{typed}</pre>" in again.text
    assert '<html lang="es">' in again.text
    assert 'class="ways"' not in form.text, "nothing is offered that cannot be done"
    assert await house.counts() == before


@pytest.mark.drill
async def test_passing_on_while_somebody_answers_ends_in_one_order_or_the_other(house: House):
    await pass_on(house, "health", HEAD)
    await house.fire()
    reference = await house.reference("health")
    async with house.visitor("health") as sofia, house.visitor("health-head") as hector:
        ids = await house.ids("health")
        entries = {f"value-{ids[COUNT]}": "1", f"value-{ids[PERCENT]}": "2", f"choice-{ids[YES_NO]}": "no"}
        await sofia.post(f"/answer/{reference}", data=entries | {"draft_version": "0", "do": "save"})
        form = await checked(house, sofia, "5")
        answered, passed = await asyncio.gather(
            sofia.post(f"/answer/{reference}/send", data=form),
            hector.post(f"/answer/{reference}/pass-on", data=NEW),
        )
    assert answered.status_code == 303
    assert "/sent/" in answered.headers["location"]
    task = await house.task("health")
    assert task.state == "answered"
    assert passed.status_code in {303, 409}
    assert (len(await way(house)) == 2) == (passed.status_code == 303) == (task.assignee_code != "health-head")


@pytest.mark.drill
async def test_a_task_passed_on_keeps_its_receipts_and_its_closed_page_for_who_had_it(house: House):
    await pass_on(house, "health", HEAD)
    sent = await house.answer("health", {COUNT: Typed(value="47")})
    reference = await house.reference("health")
    async with house.visitor("health") as client:
        assert sent in (await client.get(f"/answer/{reference}/sent/{sent}")).text
        await house.close_collection()
        assert "47" in (await client.get(f"/answer/{reference}")).text
    async with house.database.reading() as session:
        receipts = select(OutgoingMail.person_code).where(OutgoingMail.name == "task_receipt")
        receipts = receipts.where(OutgoingMail.task_id == (await house.task("health")).id)
        assert (await session.scalars(receipts)).all() == ["health"]

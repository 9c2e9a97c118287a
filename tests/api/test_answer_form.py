"""Answering through the form, in a real browser without script: nothing is lost, nothing is sent by accident."""

import html
import re

import httpx
import pytest
from playwright.async_api import Page, expect
from sqlalchemy import delete, select

from models.contracts.answering import Typed
from models.contracts.mail import TaskKind
from models.tables.mail import OutgoingMail
from models.tables.task import Answer, Draft, Item, Submission
from tests.api.house import COUNT, PERCENT, YES_NO, House

MEGABYTE = 1024 * 1024


async def enter(house: House, page: Page, person: str, kind: TaskKind | None = None) -> None:
    """Come in through a person's link."""
    await page.goto(f"{house.settings.answer_url}/a/{await house.token(person, kind)}")
    await page.locator("main button").click()
    await page.wait_for_url(re.compile("/answer/"))


async def press(page: Page, action: str) -> None:
    """Press one of the buttons at the end of the form: save or check."""
    await page.locator(f".ending button[value={action}]").click()


async def standing(house: House) -> dict[str | None, str]:
    """Kind and value of every answer that stands in the open quarter, by indicator."""
    async with house.database.reading() as session:
        ids = set((await house.ids("health")).values())
        rows = await session.execute(
            select(Item.indicator_code, Answer).join(Answer, Answer.id == Item.answer_id).where(Item.id.in_(ids))
        )
        return {
            code: f"{answer.kind} {answer.number if answer.number is not None else answer.yes}" for code, answer in rows
        }


async def test_a_quarter_is_answered_in_two_visits_without_script(house: House):
    ids = await house.ids("health")
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        await expect(page.locator("html")).to_have_attribute("lang", "ca-ES-valencia")
        await expect(page.locator(f"#previous-{ids[COUNT]}")).to_contain_text("7")
        await page.fill(f"#value-{ids[COUNT]}", "1.234")
        await page.locator(f"#value-{ids[COUNT]}").press("Enter")
        await expect(page.locator("[role=status]")).to_be_visible()
        assert await standing(house) == {}
        await enter(house, page, "health")
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("1.234")
        await page.check(f"#choice-{ids[PERCENT]}-unavailable")
        await page.fill(f"#reason-{ids[PERCENT]}", "Encara no ho sabem.\nEn maig, sí.")
        await press(page, "check")
        await expect(page).to_have_url(f"{house.settings.answer_url}/answer/{await house.reference('health')}/check")
        await expect(page.locator(".list__row").first).to_contain_text("1.234")
        await expect(page.locator(".list__row").nth(1)).to_contain_text("Encara no ho sabem.")
        assert await standing(house) == {}
        await page.locator("form.ending button").click()
        await expect(page.locator(".panel h1")).to_be_visible()
        reference = await page.locator(".panel__reference").inner_text()
        assert await standing(house) == {COUNT: "value 1234", PERCENT: "not_available None"}
        await page.locator("a.button").click()
        await page.check(f"#choice-{ids[YES_NO]}-no")
        await press(page, "check")
        await page.locator("form.ending button").click()
        await expect(page.locator(".panel h1")).to_be_visible()
    assert (await standing(house))[YES_NO] == "value False"
    async with house.database.reading() as session:
        submissions = list(await session.scalars(select(Submission).order_by(Submission.received_at.desc()).limit(2)))
        receipts = await session.scalars(
            select(OutgoingMail.person_code)
            .where(OutgoingMail.name == "task_receipt")
            .order_by(OutgoingMail.created_at)
        )
        assert list(receipts)[-2:] == ["health", "health"]
    assert submissions[1].reference == reference
    assert b"1.234" in submissions[1].raw, "the record holds what was confirmed, not only that it was"


async def test_what_was_sent_can_be_corrected_and_what_stood_before_is_said(house: House):
    await house.answer("health", {COUNT: Typed(value="12")})
    ids = await house.ids("health")
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        await expect(page.locator(f"#stands-{ids[COUNT]}")).to_contain_text("12")
        await page.locator(".entry summary").click()
        await page.fill(f"#value-{ids[COUNT]}", "13")
        await press(page, "check")
        await expect(page.locator(".list__row")).to_contain_text("12")
        await page.locator("form.ending button").click()
        await expect(page.locator(".panel h1")).to_be_visible()
    assert await standing(house) == {COUNT: "value 13"}


@pytest.mark.drill
async def test_changing_the_language_keeps_what_is_typed_and_the_page(house: House):
    ids = await house.ids("health")
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        await page.fill(f"#value-{ids[COUNT]}", "muchos")
        await page.check(f"#choice-{ids[PERCENT]}-nothing")
        await page.locator(".languages button[value=es]").click()
        await expect(page.locator("html")).to_have_attribute("lang", "es")
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("muchos")
        await expect(page.locator(f"#choice-{ids[PERCENT]}-nothing")).to_be_checked()
        await press(page, "check")
        await expect(page.locator(".summary--error")).to_contain_text("Hay que escribir un número")
        await page.locator(".languages button[value=fr]").click()
        await expect(page.locator(".summary--error")).to_contain_text("Écrivez un nombre")
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("muchos")


UNREADABLE = (
    (COUNT, "-1", "zero or a number above zero"),
    (COUNT, "1,5", "so it has no decimals"),
    (COUNT, "10-12", "not a range"),
    (COUNT, "=1+1", "digits only"),
    (COUNT, "9" * 20, "larger than any figure"),
    (COUNT, "1" * 61, "60 characters: now there are 61"),
    (PERCENT, "101", "between 0 and 100"),
    (PERCENT, "about 50", "digits only"),
)


async def test_a_value_that_cannot_be_read_comes_back_with_a_sentence_that_helps(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        for code, value, words in UNREADABLE:
            other = COUNT if code == PERCENT else PERCENT
            form = {f"value-{ids[code]}": value, f"value-{ids[other]}": "5", "do": "check"}
            answer = await client.post(f"/answer/{reference}", data=form)
            assert answer.status_code == 422, value
            assert answer.text.count(words) == 2, f"{value}: once in the summary and once beside the field"
            assert f'value="{value}"' in answer.text
            assert 'value="5"' in answer.text
    assert await standing(house) == {}


async def test_errors_are_summed_up_first_focused_and_lead_to_their_fields(house: House):
    ids = await house.ids("health")
    async with house.window() as page:
        await enter(house, page, "health")
        await page.fill(f"#value-{ids[COUNT]}", "dotze")
        await page.check(f"#choice-{ids[PERCENT]}-unavailable")
        await press(page, "check")
        assert (await page.title()).startswith("Error: ")
        await expect(page.locator(".summary--error")).to_be_focused()
        links = page.locator(".summary--error a")
        assert await links.count() == 2
        for number in range(2):
            link = links.nth(number)
            target = page.locator(await link.get_attribute("href") or "")
            described = await target.get_attribute("aria-describedby")
            message = " ".join((await page.locator(f"#{described}").inner_text()).split())
            assert message == f"Error: {await link.inner_text()}"
            await link.click()
            await expect(target).to_be_focused()


async def test_checking_an_empty_form_says_what_is_needed(house: House):
    reference = await house.reference("health")
    async with house.visitor("health") as client:
        answer = await client.post(f"/answer/{reference}", data={"do": "check"})
    assert answer.status_code == 422
    assert "almenys un indicador" in answer.text


async def test_a_pasted_megabyte_comes_back_whole(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    text = "dotze mil " * (MEGABYTE // 10)
    async with house.visitor("health") as client:
        form = {f"value-{ids[COUNT]}": text, f"value-{ids[PERCENT]}": "50", "do": "save"}
        answer = await client.post(f"/answer/{reference}", data=form)
        assert answer.status_code == 422
        assert text.strip() in answer.text
        assert 'value="50"' in (await client.get(f"/answer/{reference}")).text


async def test_more_than_a_form_can_hold_is_refused_with_advice(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.visitor("health") as client:
        headers = {"Accept-Language": "en"}
        form = {f"value-{ids[COUNT]}": "x" * 5 * MEGABYTE}
        answer = await client.post(f"/answer/{reference}", data=form, headers=headers)
        client.cookies.set("focal-language", "fr")
        chosen = await client.post(f"/answer/{reference}", data=form, headers=headers)
        client.cookies.clear()
        stranger = await client.post(f"/answer/{reference}", data=form, headers=headers)
    assert answer.status_code == chosen.status_code == stranger.status_code == 413
    assert house.settings.coordinator_address in answer.text
    assert "És massa llarg per a enviar-ho" in answer.text, "the language of the person, not of the browser"
    assert f'href="/answer/{reference}">Torna al formulari</a>' in answer.text
    assert f'href="/answer/{reference}">Retour au formulaire</a>' in chosen.text
    assert "This is too long to be sent" in stranger.text
    assert f'href="/answer/{reference}"' not in stranger.text


async def test_a_count_that_is_no_number_is_not_told_to_have_decimals(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    form = {f"value-{ids[COUNT]}": "dotze", f"value-{ids[PERCENT]}": "mig", "do": "check"}
    async with house.visitor("health") as client:
        page = (await client.post(f"/answer/{reference}", data=form)).text
    for item, words in ((COUNT, "un nombre enter només amb xifres, com ara 12 o 1234."), (PERCENT, "12 o 1234,5.")):
        shown = page[page.index(f'id="error-value-{ids[item]}"') :]
        assert words in shown[: shown.index("</p>")]
        assert page.count(words) == 2, "beside the field and in the summary"


@pytest.mark.drill
async def test_a_version_that_is_no_number_of_a_form_counts_as_a_changed_draft(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.visitor("health") as client:
        form = {f"value-{ids[COUNT]}": "5", "draft_version": "0", "do": "check"}
        assert (await client.post(f"/answer/{reference}", data=form)).status_code == 303
        for version in ("9" * 5_000, "01", "", "x"):
            sent = await client.post(f"/answer/{reference}/send", data={"draft_version": version})
            assert sent.status_code == 409, version[:3]
        assert (await client.post(f"/answer/{reference}/send", data={"draft_version": "1"})).status_code == 303


async def test_a_form_without_a_length_is_measured_as_it_comes(house: House):
    async def endless():
        for _ in range(5):
            yield b"x" * MEGABYTE

    async with house.visitor("health") as client:
        answer = await client.post(f"/answer/{await house.reference('health')}", content=endless())
    assert answer.status_code == 413


@pytest.mark.drill
async def test_control_characters_and_line_ends_do_no_harm(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    form = {
        f"choice-{ids[COUNT]}": "not_available",
        f"reason-{ids[COUNT]}": "una\0 línia\r\ni una altra",
        "do": "check",
    }
    async with house.visitor("health") as client:
        assert (await client.post(f"/answer/{reference}", data=form)).status_code == 303
        page = await client.get(f"/answer/{reference}/check")
        sent = await client.post(f"/answer/{reference}/send", data=hidden(page))
        assert sent.status_code == 303
        assert "/sent/" in sent.headers["location"]
    async with house.database.reading() as session:
        reasons = await session.scalars(select(Answer.reason).where(Answer.item_id == ids[COUNT]))
        assert reasons.one() == "una línia\ni una altra"


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the form that sends."""
    form = page.text[page.text.index('class="ending"') :]
    pairs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in pairs}


async def checked(house: House, client: httpx.AsyncClient, value: str) -> dict[str, str]:
    """Type a count, go on to the check page, and give what its button would send."""
    ids, reference = await house.ids("health"), await house.reference("health")
    page = await client.get(f"/answer/{reference}")
    version = page.text.split('name="draft_version" value="')[1].split('"')[0]
    form = {f"value-{ids[COUNT]}": value, "draft_version": version, "do": "check"}
    assert (await client.post(f"/answer/{reference}", data=form)).status_code == 303
    return hidden(await client.get(f"/answer/{reference}/check"))


async def test_a_form_sent_twice_is_taken_once_and_confirmed_twice(house: House):
    reference = await house.reference("health")
    async with house.visitor("health") as client:
        form = await checked(house, client, "5")
        first = await client.post(f"/answer/{reference}/send", data=form)
        before = await house.counts()
        second = await client.post(f"/answer/{reference}/send", data=form)
    assert first.headers["location"] == second.headers["location"]
    assert await house.counts() == before


@pytest.mark.drill
async def test_what_changed_in_another_window_is_not_sent_unseen(house: House):
    reference = await house.reference("health")
    async with house.visitor("health") as client:
        old = await checked(house, client, "5")
        await checked(house, client, "6")
        answer = await client.post(f"/answer/{reference}/send", data=old)
        assert answer.status_code == 409
        assert await standing(house) == {}
        assert (await client.post(f"/answer/{reference}/send", data=hidden(answer))).status_code == 303
    assert await standing(house) == {COUNT: "value 6"}


async def test_an_older_window_does_not_empty_what_a_newer_one_saved(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.visitor("health") as client:
        first = {"draft_version": "0", "do": "save", f"value-{ids[COUNT]}": "5", f"value-{ids[PERCENT]}": ""}
        second = {"draft_version": "0", "do": "save", f"value-{ids[COUNT]}": "", f"value-{ids[PERCENT]}": "60"}
        for form in (first, second):
            assert (await client.post(f"/answer/{reference}", data=form)).status_code == 303
        page = await client.get(f"/answer/{reference}")
    assert 'value="5"' in page.text
    assert 'value="60"' in page.text


@pytest.mark.drill
async def test_a_collection_that_closes_while_typing_shows_what_was_typed(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.visitor("health") as client:
        form = await checked(house, client, "4711")
        await house.close_collection()
        saved = await client.post(
            f"/answer/{reference}", data={f"value-{ids[PERCENT]}": "33", "draft_version": "1", "do": "save"}
        )
        sent = await client.post(f"/answer/{reference}/send", data=form)
        later = await client.get(f"/answer/{reference}")
    assert (saved.status_code, sent.status_code, later.status_code) == (409, 409, 200)
    assert "33" in saved.text
    assert "4711" in sent.text
    assert "4711" in later.text, "what was saved and never sent is shown, too"
    assert "<form" not in later.text
    assert await standing(house) == {}


@pytest.mark.drill
async def test_typing_in_a_browser_that_forgot_its_link_loses_nothing(house: House):
    ids = await house.ids("health")
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        await page.fill(f"#value-{ids[COUNT]}", "1234")
        await page.context.clear_cookies()
        await press(page, "save")
        await expect(page.locator(".kept")).to_contain_text("1234")
        other = await page.context.new_page()
        await enter(house, other, "health")
        await page.locator(".kept button").click()
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("1234")


async def test_a_failure_on_our_side_loses_nothing_that_was_typed(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.database.transaction() as session:
        await session.execute(delete(Draft))
        connection = await session.connection()
        await connection.exec_driver_sql("alter table drafts rename to drafts_gone")
    async with house.visitor("health") as client:
        form = {f"value-{ids[COUNT]}": "4711", "draft_version": "0", "do": "save"}
        failed = await client.post(f"/answer/{reference}", data=form)
        assert failed.status_code == 500
        assert 'value="4711"' in failed.text
        assert "drafts" not in failed.text
        async with house.database.transaction() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("alter table drafts_gone rename to drafts")
        assert (await client.post(f"/answer/{reference}", data=form)).status_code == 303


async def test_an_entry_can_be_emptied_again_without_script(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.visitor("health") as client:
        await client.post(f"/answer/{reference}", data={f"choice-{ids[COUNT]}": "nothing_to_report", "do": "save"})
        form = {f"choice-{ids[COUNT]}": "clear", "draft_version": "1", "do": "save"}
        await client.post(f"/answer/{reference}", data=form)
        page = await client.get(f"/answer/{reference}")
    assert "checked" not in page.text

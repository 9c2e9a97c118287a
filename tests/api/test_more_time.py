"""More time: asked for through one's own link, decided about through the head's, and said wherever it matters."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from playwright.async_api import Page, expect
from sqlalchemy import func, select, update

from api.sentences import TIME_PROBLEMS
from mail.translation import long_date
from models.contracts.answering import Typed
from models.contracts.mail import Language, TaskKind
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from models.tables.task import Extension, Task
from operations.ending import end_tasks
from operations.extending import decide_wish
from operations.notices import Desk
from operations.steering import send_back
from store.calendars import load_calendar
from tests.api.house import COUNT, FRENCH_FIRST, PERCENT, YES_NO, House, said
from tests.api.test_answer_form import enter, press

WHY = "The laboratory is closed.\nIt opens on Monday."
BECAUSE = "Take the time you need."
DECISION: TaskKind = "extension_decision"
WHOLE = {COUNT: Typed(value="1"), PERCENT: Typed(value="2"), YES_NO: Typed(value="no")}


async def later(house: House, person: str = "health", working_days: int = 3) -> date:
    """A working day after the due day of a person's task."""
    async with house.database.reading() as session:
        calendar = await load_calendar(session, "valencia")
    return calendar.shift((await house.task(person)).due_on, working_days)


def digits(day: date) -> str:
    """A day as people write it."""
    return f"{day.day}/{day.month}/{day.year}"


async def ask(house: House, person: str = "health", reason: str = WHY) -> httpx.Response:
    """Ask for three more working days."""
    async with house.visitor(person) as client:
        client.cookies.set("focal-language", "en")
        form = {"day": digits(await later(house, person)), "reason": reason, "do": "ask"}
        return await client.post(f"/answer/{await house.reference(person)}/more-time", data=form)


async def decide(house: House, form: dict[str, str], person: str = "health-head") -> httpx.Response:
    """Decide about it."""
    async with house.visitor(person, DECISION) as client:
        client.cookies.set("focal-language", "en")
        return await client.post(f"/answer/{await house.reference(person, DECISION)}", data={"do": "decide"} | form)


async def wishes(house: House) -> list[Extension]:
    """Every wish, the first first."""
    async with house.database.reading() as session:
        return list(await session.scalars(select(Extension).order_by(Extension.wished_at)))


async def open_form(page: Page) -> None:
    """Go on from the answer form to the one for more time."""
    await page.locator(".languages button[value=en]").click()
    await page.locator(".way[value=more-time]").click()


async def test_more_time_is_asked_for_granted_and_said_without_script(house: House):
    old, new = (await house.task("health")).due_on, await later(house)
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        home = page.url
        await open_form(page)
        await expect(page.locator(".lead")).to_contain_text("Hèctor Cap decides. Until then")
        await expect(page.locator(".facts")).to_contain_text("Last possible day")
        await page.fill("#day", f"{new.day} {new:%B}")
        await page.fill("#reason", WHY)
        await page.locator("main button[value=ask]").click()
        await expect(page.locator(".panel")).to_contain_text(long_date(new, "en"))
        points = page.locator(".points")
        await expect(points).to_contain_text(re.compile("We ask Hèctor Cap on .*, within working hours, to decide."))
        await expect(points).to_contain_text(f"Until it is decided, {long_date(old, 'en')} stands. The reminder of")
        await expect(points).to_contain_text("you may answer at any time")
        await page.goto(home)
        await expect(page.locator(".standing")).to_contain_text(long_date(new, "en"))
        await expect(page.locator(".standing")).to_contain_text("Hèctor Cap decides; until then")
        await page.locator(".way[value=more-time]").click()
        await expect(page.locator(".panel h1")).to_have_text("More time was asked for")
        await house.answer("health", {COUNT: Typed(value="12")})
        await house.fire()
        await enter(house, page, "health-head", DECISION)
        await page.locator(".languages button[value=en]").click()
        await expect(page.locator(".opening")).to_contain_text("Sofia Salut asked for it on")
        await expect(page.locator(".facts")).to_contain_text(long_date(old, "en"))
        await expect(page.locator(".facts")).to_contain_text(long_date(new, "en"))
        rows = page.locator("main > dl.list")
        await expect(rows).to_contain_text("It opens on Monday.")
        await expect(rows).to_contain_text("Indicators, 4th quarter of 2026")
        await expect(rows).to_contain_text("2 of 3 indicators")
        await expect(rows).to_contain_text(re.compile("Asked on .*Not reminded yet", re.DOTALL))
        await page.check("#decision")
        await expect(page.locator("#day")).to_have_value(digits(new))
        await page.fill("#reason", BECAUSE)
        await page.locator("main button[value=decide]").click()
        await expect(page.locator(".panel")).to_contain_text("More time was granted")
        await expect(page.locator("dl.list")).to_contain_text(f"Was {long_date(old, 'en')}, is {long_date(new, 'en')}")
        await expect(page.locator(".points")).to_contain_text("A mail tells Sofia Salut what was decided, and why")
        await enter(house, page, "health")
        await expect(page.locator(".standing")).to_contain_text(
            f"the day was {long_date(old, 'en')} and is {long_date(new, 'en')}, because: {BECAUSE} (Hèctor Cap)"
        )
    assert (await house.task("health")).due_on == new
    (wish,) = await wishes(house)
    assert (wish.state, wish.wished_by, wish.decided_by) == ("granted", "health", "health-head")
    async with house.database.reading() as session:
        told = select(OutgoingMail.person_code).where(OutgoingMail.name == "task_change")
        assert (await session.scalars(told)).all() == ["health"]


@pytest.mark.drill
async def test_more_time_is_refused_and_the_day_stands(house: House):
    old = (await house.task("health")).due_on
    await ask(house)
    await house.fire()
    done = await decide(house, {"decision": "refuse", "day": "never mind", "reason": BECAUSE})
    assert done.status_code == 303
    async with house.visitor("health-head", DECISION) as client:
        client.cookies.set("focal-language", "en")
        shown = await client.get(done.headers["location"])
    assert "<h1>More time was not granted" in " ".join(shown.text.split()).replace("<h1> ", "<h1>")
    assert f"{long_date(old, 'en')} stands" in shown.text
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        form = await client.get(f"/answer/{await house.reference('health')}")
    assert "Hèctor Cap did not grant more time until" in form.text
    assert f'<q class="typed">{BECAUSE}</q> <strong>{long_date(old, "en")}</strong> stands.' in form.text
    assert (await house.task("health")).due_on == old


@pytest.mark.parametrize("language", FRENCH_FIRST)
async def test_a_wish_that_cannot_be_taken_comes_back_with_a_sentence_beside_its_field(
    house: House, language: Language
):
    task, today = await house.task("health"), datetime.now(UTC).date()
    refused = (
        ({"day": "", "reason": WHY}, "day_missing", "day"),
        ({"day": "soon", "reason": WHY}, "day_unread", "day"),
        ({"day": "30/2/2027", "reason": WHY}, "day_unread", "day"),
        ({"day": digits(task.due_on), "reason": WHY}, "day_not_later", "day"),
        ({"day": digits(task.due_on + timedelta(days=300)), "reason": WHY}, "day_after_closing", "day"),
        ({"day": digits(await later(house)), "reason": " "}, "reason_missing", "reason"),
        ({"day": digits(await later(house)), "reason": "x" * 2001}, "too_long", "reason"),
    )
    before = await house.counts()
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", language)
        last = re.findall(r"<dd>(.*?)</dd>", (await client.get(f"/answer/{task.reference}/more-time")).text)[-1]
        values = {"due": long_date(task.due_on, language), "last": last, "today": long_date(today, language)}
        for fields, code, field in refused:
            answer = await client.post(f"/answer/{task.reference}/more-time", data=fields | {"do": "ask"})
            assert answer.status_code == 422, code
            words = said(language, TIME_PROBLEMS[code], **values)
            assert f'<a href="#{field}">{words}</a>' in answer.text, f"{language} {code}"
            shown = answer.text[answer.text.index(f'id="error-{field}"') :]
            assert words in shown[: shown.index("</p>")]
            assert f'value="{fields["day"]}"' in answer.text
            assert fields["reason"] in answer.text
    assert await house.counts() == before
    assert await wishes(house) == []


async def test_a_day_that_is_over_is_refused_although_it_is_after_the_due_day(house: House):
    async with house.database.transaction() as session:
        long_ago = datetime.now(UTC).date() - timedelta(days=20)
        await session.execute(update(Task).where(Task.assignee_code == "health").values(due_on=long_ago))
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        form = {"day": digits(long_ago + timedelta(days=2)), "reason": WHY, "do": "ask"}
        answer = await client.post(f"/answer/{await house.reference('health')}/more-time", data=form)
    assert answer.status_code == 422
    assert answer.text.count("Write a day that is not over.") == 2


async def test_asked_twice_with_the_same_form_it_is_asked_once_and_confirmed_twice(house: House):
    first, second = await ask(house), await ask(house)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert len(await wishes(house)) == 1


async def test_somebody_who_asks_while_a_wish_is_open_sees_it_and_loses_nothing(house: House):
    await ask(house)
    second = await ask(house, reason="Another reason")
    assert second.status_code == 409
    assert "More time was asked for already." in second.text
    assert "<pre>Another reason</pre>" in second.text
    assert "The laboratory is closed." in second.text
    assert len(await wishes(house)) == 1


@pytest.mark.drill
async def test_where_nobody_is_above_the_page_says_whom_to_write_to(house: House):
    reference = await house.reference("health")
    async with house.database.transaction() as session:
        await session.execute(update(Person).where(Person.code.in_(["health-head", "mayor"])).values(active=False))
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        looked = await client.get(f"/answer/{reference}/more-time")
        asked = await ask(house)
    for page in (looked, asked):
        assert "Nobody above you is there to decide about this." in page.text
        assert house.settings.coordinator_address in page.text
        assert 'value="ask">Ask' not in page.text.split("<main")[1]
    assert asked.status_code == 409
    assert "The laboratory is closed." in asked.text, "what was typed can be copied"


async def test_on_the_last_day_there_is_no_more_time_to_give(house: House):
    async with house.database.transaction() as session:
        await session.execute(update(Task).where(Task.assignee_code == "health").values(due_on=Task.closes_on))
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        page = await client.get(f"/answer/{await house.reference('health')}/more-time")
    assert "so there is no more time to give" in page.text
    assert 'id="day"' not in page.text


@pytest.mark.drill
async def test_a_head_asks_for_more_time_to_name_somebody(house: House):
    asked = await ask(house, "ecology-head")
    assert asked.status_code == 303
    await house.fire()
    async with house.visitor("mayor", DECISION) as client:
        client.cookies.set("focal-language", "en")
        page = await client.get(f"/answer/{await house.reference('mayor', DECISION)}")
    assert "Name a focal point, 4th quarter of 2026" in page.text
    assert "Still missing" not in page.text
    done = await decide(
        house, {"decision": "grant", "day": digits(await later(house, "ecology-head")), "reason": "Yes"}, "mayor"
    )
    assert done.status_code == 303
    assert [wish.state for wish in await wishes(house)] == ["granted"]


@pytest.mark.parametrize("language", FRENCH_FIRST)
@pytest.mark.drill
async def test_a_decision_that_cannot_be_taken_comes_back_with_a_sentence_beside_its_field(
    house: House, language: Language
):
    await ask(house)
    await house.fire()
    task = await house.task("health")
    good = {"decision": "grant", "day": digits(await later(house)), "reason": BECAUSE}
    refused = (
        (good | {"decision": ""}, "decision_missing", "decision"),
        (good | {"decision": "perhaps"}, "decision_missing", "decision"),
        (good | {"day": ""}, "day_missing", "day"),
        (good | {"day": "soon"}, "day_unread", "day"),
        (good | {"day": digits(task.due_on)}, "day_not_later", "day"),
        (good | {"reason": ""}, "reason_missing", "reason"),
        (good | {"decision": "refuse", "reason": ""}, "reason_missing", "reason"),
    )
    before = await house.counts()
    async with house.visitor("health-head", DECISION) as client:
        address = f"/answer/{await house.reference('health-head', DECISION)}"
        client.cookies.set("focal-language", language)
        for fields, code, field in refused:
            answer = await client.post(address, data=fields | {"do": "decide"})
            assert answer.status_code == 422, code
            words = said(language, TIME_PROBLEMS[code], due=long_date(task.due_on, language))
            assert f'<a href="#{field}">{words}</a>' in answer.text, f"{language} {code}"
            shown = answer.text[answer.text.index(f'id="error-{field}"') :]
            assert words in shown[: shown.index("</p>")]
            assert fields["reason"] in answer.text
    assert await house.counts() == before
    assert [wish.state for wish in await wishes(house)] == ["wished"]


async def test_two_who_decide_at_once_decide_once_and_the_other_is_told(house: House):
    await ask(house)
    await house.fire()
    day = digits(await later(house))
    forms = ({"decision": "grant", "day": day, "reason": "Yes"}, {"decision": "refuse", "day": day, "reason": "No"})
    answers = await asyncio.gather(*(decide(house, form) for form in forms))
    (wish,) = await wishes(house)
    taken, told = sorted(answers, key=lambda answer: answer.status_code)
    assert (taken.status_code, told.status_code) == (303, 409)
    assert "Your decision was not taken." in told.text
    words = "More time was granted" if wish.state == "granted" else "More time was not granted"
    assert words in told.text
    assert f"<pre>{'No' if wish.state == 'granted' else 'Yes'}</pre>" in told.text
    async with house.database.reading() as session:
        told_by_mail = select(func.count()).select_from(OutgoingMail).where(OutgoingMail.name == "task_change")
        assert await session.scalar(told_by_mail) == 1


async def test_a_decision_sent_twice_is_taken_once_and_confirmed_twice(house: House):
    await ask(house)
    await house.fire()
    form = {"decision": "grant", "day": digits(await later(house)), "reason": BECAUSE}
    first, second = await decide(house, form), await decide(house, form)
    assert first.headers["location"] == second.headers["location"]


@pytest.mark.drill
async def test_an_older_decision_page_does_not_decide_about_a_newer_wish(house: House):
    await ask(house)
    await house.fire()
    old_address = f"/answer/{await house.reference('health-head', DECISION)}"
    async with house.visitor("health-head", DECISION) as client:
        client.cookies.set("focal-language", "en")
        await client.post(old_address, data={"decision": "refuse", "reason": BECAUSE, "do": "decide"})
        assert (await ask(house, reason="Once more")).status_code == 303
        day = digits(await later(house))
        again = await client.post(
            old_address, data={"decision": "grant", "day": day, "reason": "Now yes", "do": "decide"}
        )
    assert again.status_code == 409
    assert "More time was not granted" in again.text
    assert [wish.state for wish in await wishes(house)] == ["refused", "wished"]


async def test_whoever_asked_cannot_decide(house: House):
    await ask(house)
    await house.fire()
    async with house.database.transaction() as session:
        # As happens when the head asked: the decision is put to the level above, and its escalation comes back.
        await session.execute(update(Extension).values(wished_by="health-head"))
    async with house.visitor("health-head", DECISION) as client:
        client.cookies.set("focal-language", "en")
        page = await client.get(f"/answer/{await house.reference('health-head', DECISION)}")
        assert "You asked for this time yourself." in page.text
        assert "<form" not in page.text
    day = digits(await later(house))
    answer = await decide(house, {"decision": "grant", "day": day, "reason": BECAUSE})
    assert answer.status_code == 409
    assert [wish.state for wish in await wishes(house)] == ["wished"]


@pytest.mark.drill
async def test_a_decision_is_passed_on_but_not_to_whoever_asked(house: House):
    await ask(house)
    await house.fire()
    address = f"/answer/{await house.reference('health-head', DECISION)}"
    async with house.visitor("health-head", DECISION) as client:
        client.cookies.set("focal-language", "en")
        assert f'href="{address}/pass-on">Somebody else should decide</a>' in (await client.get(address)).text
        assert f'href="{address}/more-time"' not in (await client.get(address)).text
        own = await client.post(f"{address}/pass-on", data={"person": "health", "do": "pass_on"})
        assert own.status_code == 422
        assert own.text.count("asked for more time and cannot decide about it") == 2
        new = {"person": "new", "name": "Vera Vice", "address": "vera@prova.example", "write_in": "en", "do": "pass_on"}
        assert (await client.post(f"{address}/pass-on", data=new)).status_code == 303
        for path in ("/more-time", "/check", "/send"):
            away = await (client.post(address + path) if path == "/send" else client.get(address + path))
            assert (away.status_code, away.headers["location"]) == (303, address)
    await house.fire()
    async with house.database.reading() as session:
        vera = (await session.scalars(select(Person.code).where(Person.address == "vera@prova.example"))).one()
    done = await decide(house, {"decision": "refuse", "reason": BECAUSE}, vera)
    assert done.status_code == 303
    assert [wish.decided_by for wish in await wishes(house)] == [vera]


@pytest.mark.drill
async def test_a_decision_about_what_has_just_been_answered_has_no_effect(house: House):
    await ask(house)
    await house.fire()
    before = (await house.task("health")).due_on
    day = digits(await later(house))
    await house.answer("health", WHOLE)
    answer = await decide(house, {"decision": "grant", "day": day, "reason": BECAUSE})
    assert answer.status_code == 409
    assert re.search(r"Already answered at \d\d:\d\d on .* by Sofia Salut\.", answer.text)
    assert f"<pre>{BECAUSE}</pre>" in answer.text
    assert (await house.task("health")).due_on == before


async def test_a_wish_about_what_has_just_been_answered_has_no_effect(house: House):
    day = digits(await later(house))
    await house.answer("health", WHOLE)
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        form = {"day": day, "reason": WHY, "do": "ask"}
        answer = await client.post(f"/answer/{await house.reference('health')}/more-time", data=form)
    assert answer.status_code == 409
    assert re.search(r"Already answered at \d\d:\d\d on .* by Sofia Salut\.", answer.text)
    assert f"<pre>{day}</pre>" in answer.text
    assert "It opens on Monday." in answer.text
    assert await wishes(house) == []


@pytest.mark.drill
async def test_a_wish_that_nobody_decided_lapses_and_both_are_told_so(house: House):
    await ask(house)
    await house.fire()
    decision = await house.task("health-head", DECISION)
    async with house.database.transaction() as session:
        await session.execute(update(Task).where(Task.id == decision.id).values(state="expired"))
        await end_tasks(Desk(session, house.settings, datetime.now(UTC)), [decision.id])
    async with house.visitor("health-head", DECISION) as head, house.visitor("health") as sofia:
        for client in (head, sofia):
            client.cookies.set("focal-language", "en")
        decided = await head.get(f"/answer/{decision.reference}")
        form = await sofia.get(f"/answer/{await house.reference('health')}")
    assert "Nobody decided in time:" in decided.text
    assert "Nobody decided in time about more time until" in form.text


async def test_a_decision_by_the_coordinator_is_shown_to_the_head(house: House):
    await ask(house)
    await house.fire()
    task = await house.task("health")
    async with house.database.transaction() as session:
        await decide_wish(
            session, house.settings, task.id, grant_until=None, reason="No", by="coordinator", now=datetime.now(UTC)
        )
    async with house.visitor("health-head", DECISION) as client:
        client.cookies.set("focal-language", "en")
        page = await client.get(f"/answer/{await house.reference('health-head', DECISION)}")
    assert "More time was not granted" in page.text
    assert f'<span class="hint">{house.settings.coordinator_name}, ' in page.text


@pytest.mark.parametrize("language", FRENCH_FIRST)
async def test_an_answer_that_was_sent_back_is_shown_with_its_note_until_it_is_given_again(
    house: House, language: Language
):
    await house.answer("health", WHOLE | {COUNT: Typed(value="12")})
    task, note = await house.task("health"), "Amb els de gener?\n<b>Sí</b>"
    async with house.database.transaction() as session:
        await send_back(session, task.id, indicator=COUNT, note=note, by="coordinator", now=datetime.now(UTC))
    ids = await house.ids("health")
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", language)
        page = (await client.get(f"/answer/{task.reference}")).text
        shown = page[page.index(f'id="returned-{ids[COUNT]}"') : page.index(f'id="choice-{ids[COUNT]}"')]
        assert f"<strong>{said(language, 'Sent back:')}</strong>" in shown
        assert "&lt;b&gt;Sí&lt;/b&gt;" in shown
        assert f"{said(language, 'The answer was:')} <strong>12</strong>" in shown
        assert page.count('class="entry__returned"') == 1
        await house.answer("health", {COUNT: Typed(value="13")})
        assert "entry__returned" not in (await client.get(f"/answer/{task.reference}")).text


@pytest.mark.drill
async def test_errors_of_a_wish_are_first_focused_and_follow_the_language(house: House):
    async with house.window() as page:
        await enter(house, page, "health")
        await open_form(page)
        await page.fill("#day", "30/2")
        await page.locator("main button[value=ask]").click()
        await page.locator(".languages button[value=fr]").click()
        assert (await page.title()).startswith("Erreur")
        await expect(page.locator(".summary--error")).to_be_focused()
        links = page.locator(".summary--error a")
        assert await links.count() == 2
        await links.first.click()
        await expect(page.locator("#day")).to_be_focused()
        await expect(page.locator("#day")).to_have_value("30/2")


@pytest.mark.drill
async def test_what_is_typed_is_saved_on_the_way_to_another_page(house: House):
    ids = await house.ids("health")
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        home = page.url
        await page.fill(f"#value-{ids[COUNT]}", "dotze")
        await page.locator(".way[value=more-time]").click()
        await expect(page).to_have_url(f"{home}/more-time")
        await page.goto(home)
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("dotze")
        await press(page, "check")
        await page.locator(".way[value=pass-on]").click()
        await expect(page).to_have_url(f"{home}/pass-on")

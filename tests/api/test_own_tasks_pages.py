"""All that one person can answer, behind the link to any of it; what they said before, and what comes next."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from api.sparkline import sparkline
from mail.translation import long_date
from models.contracts.answering import AnswerKind, Previous, Reading, Typed
from models.tables.task import Link, Step, Task
from operations.links import new_link, token
from operations.steering import waive
from tests.api.desk import Asked, put
from tests.api.house import COUNT, PERCENT, YES_NO, House, answer, link_of, open_quarter
from tests.api.test_accessibility import LANGUAGES, inspector
from tests.api.test_answer_form import enter


async def link_for(house: House, task: Asked, person: str) -> None:
    """Give somebody else a link into a task, as a mail to them does."""
    now = datetime.now(UTC)
    async with house.database.transaction() as session:
        row = await session.get_one(Task, task.task_id)
        secret = house.settings.secret_key.get_secret_value()
        session.add(new_link(row, person, now + timedelta(days=9), secret, now))


async def earlier_quarters(house: House) -> None:
    """Sofia answered the two quarters before the last one as well: one of them with a figure."""
    before = datetime.now(UTC) - timedelta(days=150)
    for period, count in (("2026-Q1", Typed(value="1200")), ("2026-Q2", Typed(choice="nothing_to_report"))):
        await open_quarter(house.database, house.settings, period, before)
        link = await link_of(house.database, house.settings, "health", period)
        await answer(house.database, house.settings, link, {COUNT: count, YES_NO: Typed(value="no")}, before)


async def test_one_link_leads_to_all_open_tasks_and_each_opens_with_its_own(house: House):
    reference = await house.reference("health")
    networks, hosting = await put(house, "joined_networks"), await put(house, "hosting_request")
    await link_for(house, networks, "health-head")
    async with house.database.transaction() as session:
        await session.execute(
            update(Task).where(Task.id == hosting.task_id).values(due_at=datetime.now(UTC) - timedelta(days=1))
        )
    async with house.visitor("health") as client:
        form = await client.get(f"/answer/{reference}?lang=en")
        assert "3 other tasks wait for you" in form.text, "one of them is what is missing of the quarter before"
        away = await client.post(f"/answer/{reference}", data={"do": "tasks", "draft_version": "0"})
        assert away.headers["location"] == f"/answer/{reference}/tasks"
        page = await client.get(away.headers["location"])
        first, second = (page.text.index(task.reference) for task in (hosting, networks))
        assert first < second, "what is due first stands first"
        assert "Overdue since" in page.text
        assert "Stadt Mainz" in page.text
        before = await house.counts()
        opened = await client.get(f"/answer/{reference}/tasks/{networks.reference}")
        assert (opened.status_code, opened.headers["location"]) == (303, networks.home)
        assert f"Path={networks.home}" in opened.headers["set-cookie"]
        assert '<html lang="en">' in (await client.get(networks.home)).text, "the language goes along"
        assert (await client.get(hosting.home)).status_code == 403, "only what was opened"
        assert await house.counts() == before, "looking and opening change nothing"


async def test_what_was_answered_can_be_corrected_and_what_is_over_is_not_listed(house: House):
    networks, hosting = await put(house, "joined_networks"), await put(house, "hosting_request")
    await house.answer("health", {COUNT: Typed(value="1"), PERCENT: Typed(value="2"), YES_NO: Typed(value="no")})
    async with house.database.transaction() as session:
        now = datetime.now(UTC)
        await waive(session, house.settings, hosting.task_id, reason="No", by="coordinator", now=now)
    async with house.visitor("health") as client:
        page = await client.get(f"/answer/{await house.reference('health')}/tasks?lang=en")
    assert hosting.reference not in page.text
    assert "2 tasks wait for you." in page.text
    answered = page.text.partition("you may still look at it or correct it")[2]
    assert re.search("Indicators, 4th quarter of 2026.*Completed", answered, re.DOTALL)
    assert networks.reference in page.text


async def test_a_link_to_questions_opens_no_decision_and_nobody_elses_task(house: House):
    """People forward mails with questions to whoever knows the answer."""
    decision, questions = await put(house, "membership_decision"), await put(house, "hosting_request")
    go = await put(house, "go_decision")
    await link_for(house, questions, "mayor")
    async with house.client() as client:
        client.cookies.set("focal-language", "en")
        await questions.enter(client)
        foreign = await client.get(f"{questions.home}/tasks/{decision.reference}")
        unknown = await client.get(f"{questions.home}/tasks/NONE-SUCH")
        assert [foreign.status_code, unknown.status_code] == [404, 404]
    async with house.database.reading() as session:
        theirs = select(Link).where(Link.task_id == questions.task_id, Link.person_code == "mayor")
        link = (await session.scalars(theirs)).one()
    async with house.client() as client:
        client.cookies.set("focal-language", "en")
        await client.post(f"/a/{token(house.settings.secret_key.get_secret_value(), link.id)}")
        page = await client.get(f"{questions.home}/tasks")
        assert page.text.count("open it with the link in its own mail") == 2
        assert decision.reference not in page.text
        assert "Others have it, and you may answer too" in page.text
        assert (await client.get(f"{questions.home}/tasks/{decision.reference}")).status_code == 404
    async with house.client() as client:
        await decision.enter(client)
        for other in (go, questions):
            opened = await client.get(f"{decision.home}/tasks/{other.reference}")
            assert opened.headers["location"] == other.home


async def test_what_comes_next_is_said_and_follows_the_plan(house: House):
    task = await house.task("health")
    async with house.database.reading() as session:
        steps = list(await session.scalars(select(Step).where(Step.task_id == task.id).order_by(Step.at)))
    reminder, escalation = (next(s for s in steps if s.kind == kind) for kind in ("reminder", "escalation"))
    async with house.visitor("health") as client:
        page = (await client.get(f"/answer/{task.reference}?lang=en")).text
        coming = " ".join(page.partition('class="next" aria-labelledby="next-title"')[2].split())
        assert f"{long_date(reminder.on, 'en')}</strong><br> We remind you by mail." in coming
        assert f"{long_date(escalation.on, 'en')}</strong><br> We tell Hèctor Cap that it is late." in coming
        assert "The last day." in coming
        await house.answer("health", {COUNT: Typed(value="1"), PERCENT: Typed(value="2"), YES_NO: Typed(value="no")})
        assert 'id="next-title"' not in (await client.get(f"/answer/{task.reference}")).text


async def test_earlier_quarters_are_drawn_and_told(house: House):
    await earlier_quarters(house)
    async with house.visitor("health") as client:
        page = (await client.get(f"/answer/{await house.reference('health')}?lang=en")).text
    count, percent, yes_no = page.split("<fieldset")[1:4]
    assert "The last 3 quarters" in count
    assert "<svg" in count
    cells = re.findall(r'<th scope="row">([^<]*)</th><td[^>]*>([^<]*)</td>', count)
    assert cells == [
        ("3rd quarter of 2026", "7"),
        ("2nd quarter of 2026", "nothing to report"),
        ("1st quarter of 2026", "1,200"),
    ]
    assert "history" not in percent, "one quarter before is said in the form"
    assert "The last 2 quarters" in yes_no
    assert "<svg" not in yes_no


def quarter(figure: str | None, kind: AnswerKind = "value") -> Previous:
    number = None if figure is None else Decimal(figure)
    return Previous(quarter=1, year=2026, reading=Reading(kind=kind, typed="", number=number))


def test_a_line_begins_at_zero_and_breaks_where_there_is_no_figure():
    line = sparkline([quarter("0"), quarter("10"), quarter(None, "nothing_to_report"), quarter("5"), quarter("5")])
    assert line is not None
    assert len(line.lines) == 2
    assert [dot.last for dot in line.dots] == [False, False, False, True]
    assert line.dots[0].y == line.zero
    assert line.dots[1].y < line.dots[2].y == line.dots[3].y < line.zero
    assert sparkline([quarter("3"), quarter(None, "not_available")]) is None
    flat = sparkline([quarter("0"), quarter("0")])
    assert flat is not None
    assert {dot.y for dot in flat.dots} == {flat.zero}


async def test_the_list_and_the_history_work_without_script(house: House):
    await earlier_quarters(house)
    task = await put(house, "joined_networks")
    ids = await house.ids("health")
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        home = page.url
        await page.locator(".languages button[value=es]").click()
        await page.locator(".history summary").first.click()
        await expect(page.locator(".history table").first).to_be_visible()
        await page.fill(f"#value-{ids[COUNT]}", "12")
        await page.locator(".others button").click()
        await expect(page.locator(".task").first).to_be_visible()
        await page.locator(".task a", has_text="Redes").click()
        await expect(page).to_have_url(house.settings.answer_url + task.home)
        await expect(page.locator("html")).to_have_attribute("lang", "es")
        await page.locator(".others button").click()
        await expect(page.locator(".tag--warn")).to_have_text("Guardada, sin enviar")
        await page.goto(home)
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("12")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.drill
async def test_the_list_and_the_history_are_accessible(house: House, language: str):
    await earlier_quarters(house)
    await put(house, "joined_networks")
    async with inspector(house, language) as see:
        page = see.page
        await page.goto(f"{house.settings.answer_url}/a/{await house.token('health')}?lang={language}")
        await page.locator("main button").click()
        for summary in await page.locator(".history summary").all():
            await summary.click()
        await see.look("form")
        await page.locator(".others button").click()
        await see.look("own tasks")

"""What waits for somebody's own answer is seen and answered inside the office, as through their link."""

import html
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from models.contracts.mail import TaskKind
from models.tables.people import Absence
from models.tables.process import AuditEvent
from models.tables.task import Extension, Link, Submission, Task
from tests.api.desk import Asked, answers, put
from tests.api.house import FRENCH_FIRST, House
from tests.api.test_accessibility import inspector
from tests.api.test_answer_form import press
from tests.api.test_more_time import BECAUSE, DECISION, WHY, ask, digits, later
from tests.api.test_question_forms import GOOD, sent

OF_OFFICE: tuple[TaskKind, ...] = ("agenda_approval", "membership_decision", "go_decision")
WHAT = {"agenda_approval": "Stadt Mainz", "membership_decision": "Xarxa de Prova", "go_decision": "CERV-2027-PROVA"}
"""What each is about."""


class Inside(Asked):
    """A task as it is answered inside the office."""

    @property
    def home(self) -> str:
        """The address of its form."""
        return f"/decisions/{self.reference}"


async def put_inside(house: House, kind: TaskKind, within: Asked | None = None) -> Inside:
    """Ask the mayor, whose request has left."""
    task = await put(house, kind, within=within)
    async with house.database.transaction() as session:
        now = datetime.now(UTC)
        await session.execute(update(Task).where(Task.id == task.task_id).values(state="open", asked_at=now))
    return Inside(**{each.name: getattr(task, each.name) for each in fields(task)})


async def wished(house: House) -> str:
    """Sofia asks for more time, and Hèctor is asked to decide; gives the reference of his task."""
    await ask(house)
    await house.fire()
    return await house.reference("health-head", DECISION)


@pytest.mark.drill
async def test_more_time_is_decided_about_inside_the_office_with_its_reason_beside_the_buttons(house: House):
    reference, new = await wished(house), await later(house)
    async with house.staff("manager", person="health-head", unit="HEALTH") as client:
        client.cookies.set("focal-office-language", "en")
        waiting = await client.get("/decisions")
        home = f"/decisions/{reference}"
        form = await client.get(home)
        around = [await client.get(f"{home}/{page}") for page in ("evidence", "pass-on")]
        huge = await client.post(home, data={"do": "decide", "reason": "x" * (5 * 1024 * 1024)})
        wrong = await client.post(home, data={"do": "decide", "reason": BECAUSE})
        granted = await client.post(
            home, data={"do": "decide", "decision": "grant", "day": digits(new), "reason": BECAUSE}
        )
        told = await client.get(granted.headers["location"])
        twice = await client.post(
            home, data={"do": "decide", "decision": "grant", "day": digits(new), "reason": BECAUSE}
        )
        after = await client.get("/decisions")
    assert "1 decision is yours" in waiting.text
    for words in ("Sofia Salut", html.escape(WHY.splitlines()[0]), f'href="{home}"'):
        assert words in waiting.text
    assert 'aria-current="true"' in form.text
    assert f'action="{home}"' in form.text
    assert "This link was issued" not in form.text
    assert all(page.status_code == 200 and f'href="{home}' in page.text for page in around)
    assert (huge.status_code, "This is too long to be sent" in huge.text) == (413, True)
    assert (wrong.status_code, BECAUSE in wrong.text) == (422, True)
    assert (granted.status_code, granted.headers["location"]) == (303, f"{home}?decided=1")
    assert "More time was granted" in told.text
    assert twice.status_code == 303
    assert "Nothing waits for you." in after.text
    assert (await house.task("health")).due_on == new
    async with house.database.reading() as session:
        (wish,) = await session.scalars(select(Extension))
        actors = await session.scalars(select(AuditEvent.actor).where(AuditEvent.action == "task.extended"))
        assert [wish.decided_by, *actors] == ["health-head", "health-head"]


@pytest.mark.drill
async def test_every_decision_of_the_office_is_shown_with_what_it_rests_on_and_taken_there(house: House):
    tasks = {kind: await put_inside(house, kind) for kind in OF_OFFICE}
    async with house.staff("manager") as client:
        waiting = (await client.get("/decisions?lang=en")).text
        for kind, task in tasks.items():
            assert waiting.count(f'href="{task.home}"') == 2, kind
            assert WHAT[kind] in (await client.get(task.home)).text
            given, stands = GOOD[kind]
            confirmation = await sent(client, task, given)
            assert "Your answers were sent" in confirmation.text
            assert await answers(house, task) == stands
        left = (await client.get("/decisions")).text
    assert "3 decisions are yours" in waiting
    assert "Nothing waits for you." in left
    async with house.database.reading() as session:
        by = set(await session.scalars(select(Submission.person_code)))
    assert "mayor" in by


async def test_whoever_was_not_asked_finds_nothing_there_and_nobody_without_signing_in(house: House):
    theirs = await wished(house)
    pages = ("", "/check", "/pass-on", "/pass-on/done", "/more-time", "/sent/AAAA-AAAA")
    async with house.staff("coordinator") as client:
        foreign = [await client.get(f"/decisions/{theirs}{page}") for page in pages]
        unknown = await client.get("/decisions/AAAA-AAAA")
        posted = [
            await client.post(f"/decisions/{theirs}{page}", data={"do": "decide", "decision": "refuse", "reason": "x"})
            for page in ("", "/send", "/pass-on", "/more-time")
        ]
    assert {page.status_code for page in (*foreign, unknown, *posted)} == {404}
    async with house.client(office=True) as stranger:
        assert (await stranger.get(f"/decisions/{theirs}")).headers["location"].startswith("/sign-in?next=%2Fdecisions")
        assert (await stranger.post(f"/decisions/{theirs}", data={"do": "decide"})).status_code == 401
    async with house.staff("operator", person="ecology") as client:
        assert (await client.get("/decisions")).status_code == 404
    async with house.staff("manager", person="health-head") as client:
        assert (await client.get(f"/decisions/{theirs}")).status_code == 200
        await house.change_links(revoked_at=datetime.now(UTC))
        assert (await client.get(f"/decisions/{theirs}")).status_code == 404
    async with house.database.reading() as session:
        assert (await session.scalars(select(Extension.state))).all() == ["wished"]


async def test_whoever_stands_in_sees_the_task_while_the_other_is_away(house: House):
    today = datetime.now(UTC).date()
    reference = await house.reference("health")
    async with house.database.transaction() as session:
        away = {"person_code": "health", "first_day": today, "last_day": today + timedelta(days=60)}
        session.add(Absence(id=uuid4(), substitute_code="health-head", **away))
    async with house.staff("manager", person="health-head") as client:
        client.cookies.set("focal-office-language", "en")
        assert reference not in (await client.get("/decisions")).text
        await house.fire(days=20)
        waiting = await client.get("/decisions")
        first = await client.get("/")
        form = await client.get(f"/decisions/{reference}")
        async with house.database.transaction() as session:
            await session.execute(update(Absence).values(last_day=today))
            await session.execute(update(Absence).values(first_day=today - timedelta(days=9)))
            await session.execute(update(Absence).values(last_day=today - timedelta(days=2)))
        back = await client.get("/decisions")
    assert f'href="/decisions/{reference}"' in waiting.text
    assert "You stand in for Sofia Salut, who is away." in waiting.text
    count = waiting.text.count('href="/decisions/')
    assert f'<span class="gate__count">{count}</span> <span class="gate__name">wait for your answer' in first.text
    assert form.status_code == 200
    assert reference not in back.text


async def test_a_manager_decides_from_the_first_page_on_without_script(house: House):
    await wished(house)
    async with house.desk("manager", person="health-head", unit="HEALTH", java_script_enabled=False) as page:
        await page.locator(".languages a[hreflang=en]").click()
        await page.get_by_role("link", name="wait for your answer").click()
        await page.get_by_role("link", name="Look at it and decide").click()
        await expect(page.locator("main > dl.list")).to_contain_text("It opens on Monday.")
        await page.locator("main button[value=decide]").click()
        await expect(page.locator(".summary--error a").first).to_have_text("Choose whether you grant more time.")
        await page.check("#decision-refuse")
        await page.fill("#reason", BECAUSE)
        await page.locator(".languages button[value=fr]").click()
        await expect(page.locator("html")).to_have_attribute("lang", "fr")
        await expect(page.locator("#reason")).to_have_value(BECAUSE)
        await page.locator("main button[value=decide]").click()
        await expect(page.locator(".panel h1")).to_have_text("Le délai n’a pas été accordé")
        await page.locator(".back a").click()
        await expect(page.locator("h1")).to_have_text("Décisions")
        await expect(page.locator(".card")).to_have_count(0)


@pytest.mark.parametrize("language", FRENCH_FIRST)
@pytest.mark.drill
async def test_the_pages_of_decisions_can_be_read_by_everybody(house: House, language: str):
    if language in {"ca", "en"}:
        pytest.skip("looked at in Valencian, Spanish and French")
    async with inspector(house, language, office=True) as see:
        page, url = see.page, house.settings.office_url
        await page.goto(f"{url}/decisions?lang={language}")
        await see.look("decisions")
        tasks = [await put_inside(house, kind) for kind in OF_OFFICE]
        tasks.append(await put_inside(house, "membership_opinion", within=tasks[1]))
        await page.goto(f"{url}/decisions")
        await see.look("decisions")
        for task in tasks[:3]:
            await page.goto(f"{url}{task.home}")
            await see.look(task.home)
        await press(page, "check")
        await see.look(f"{task.home}, with errors", error=True)
        await page.goto(f"{url}{tasks[0].home}")
        await page.locator("input[type=radio]").first.check()
        await press(page, "check")
        await see.look("check")
        await page.locator("form.ending button").click()
        await see.look("sent")
    async with house.database.reading() as session:
        assert len((await session.scalars(select(Link.id).where(Link.person_code == "mayor"))).all()) == len(tasks)

"""Every page, empty, with errors and filled: accessible as far as a machine can tell, on a desk and on a phone."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from playwright.async_api import Page, expect

from models.contracts.answering import Typed
from operations.steering import send_back
from tests.api.desk import put
from tests.api.house import COUNT, PERCENT, YES_NO, House
from tests.api.test_answer_form import enter, press
from tests.api.test_confirming import address, held
from tests.api.test_feedback import visited
from tests.api.test_more_time import BECAUSE, DECISION, WHOLE, WHY, digits, later
from tests.api.test_office_mail import eventful, request
from tests.api.test_office_pages import busy

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE = {"width": 1100, "height": 900}, {"width": 320, "height": 640}
LANGUAGES = ("fr", *(pytest.param(language, marks=pytest.mark.drill) for language in ("ca-ES-valencia", "es")))
"""French has the longest words; the others are looked at in the drills."""
SCHEMES = {"ca-ES-valencia": "light", "es": "dark", "fr": "light"}


class Inspector:
    """Looks at one page after another, in one language."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language
        # Colours are the same in every language: they are measured once in light and once in dark.
        contrast = {"color-contrast": {"enabled": language != "fr"}}
        self.options = {"runOnly": RULES, "resultTypes": ["violations"], "rules": contrast}
        self.titles: dict[str, str] = {}

    async def look(self, name: str, *, error: bool = False) -> None:
        """Check the page that is open now; `error`: it tells of an error."""
        page = self.page
        assert await page.locator("html").get_attribute("lang") == self.language, name
        assert await page.locator("h1").count() == 1, name
        title = await page.title()
        assert title.startswith(("Error: ", "Erreur\u00a0: ")) == error, f"{name}: {title}"
        assert self.titles.setdefault(title, name) == name, f"{name} has the title of {self.titles[title]}"
        await page.evaluate(AXE)
        found = await page.evaluate("options => axe.run(options)", self.options)
        assert [
            (violation["id"], node["html"], node["failureSummary"])
            for violation in found["violations"]
            for node in violation["nodes"]
        ] == [], name
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        await page.set_viewport_size(DESK)  # type: ignore[arg-type]


@asynccontextmanager
async def inspector(house: House, language: str, *, office: bool = False) -> AsyncIterator[Inspector]:
    """An inspector with a window of their own, in light or in dark; `office`: signed in there."""
    window = house.desk if office else house.window
    async with window(viewport=DESK, color_scheme=SCHEMES[language]) as page:
        yield Inspector(page, language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_answer_pages(house: House, language: str):
    ids = await house.ids("health")
    url = house.settings.answer_url
    async with inspector(house, language) as see:
        page = see.page
        await page.goto(f"{url}/a/{await house.token('health')}?lang={language}")
        await see.look("door")
        await page.locator("main button").click()
        await see.look("form")
        await page.fill(f"#value-{ids[COUNT]}", "dotze")
        await page.check(f"#choice-{ids[PERCENT]}-unavailable")
        await press(page, "check")
        await see.look("form, with errors", error=True)
        await page.fill(f"#value-{ids[COUNT]}", "1.234")
        await page.fill(f"#reason-{ids[PERCENT]}", "Sense dades encara.")
        await press(page, "save")
        await see.look("form")
        await page.check(f"#choice-{ids[YES_NO]}-no")
        await press(page, "check")
        await see.look("check")
        await page.locator("form.ending button").click()
        await see.look("sent")
        await page.locator("p.buttons a").click()
        await see.look("form")
        await page.goto(f"{url}/a/none?lang={language}")
        await see.look("unusable link")
        await page.goto(f"{url}/answer/{await house.reference('ecology-head')}?lang={language}")
        await see.look("link needed")
        await house.close_collection()
        await page.goto(f"{url}/answer/{await house.reference('health')}")
        await see.look("form")


@pytest.mark.drill
@pytest.mark.parametrize("language", LANGUAGES)
async def test_naming_pages(house: House, language: str):
    async with inspector(house, language) as see:
        page = see.page
        await page.goto(f"{house.settings.answer_url}/a/{await house.token('ecology-head')}?lang={language}")
        await page.locator("main button").click()
        await see.look("naming")
        await page.check("input[value=new]")
        await page.fill("#address", "nuria@")
        await page.locator("main .button").click()
        await see.look("naming, with errors", error=True)
        await page.fill("#name", "Núria Nova")
        await page.fill("#address", "nuria.nova@prova.example")
        await page.select_option("#language", "fr")
        await page.locator("main .button").click()
        await see.look("naming, to confirm")
        await page.locator("form[action$=send] button").click()
        await see.look("named")
        await page.goto(f"{house.settings.answer_url}/answer/{await house.reference('ecology-head')}")
        await see.look("who was named")


@pytest.mark.drill
@pytest.mark.parametrize("language", LANGUAGES)
async def test_passing_on_pages(house: House, language: str):
    async with inspector(house, language) as see:
        page = see.page
        await page.goto(f"{house.settings.answer_url}/a/{await house.token('health')}?lang={language}")
        await page.locator("main button").click()
        home = page.url
        await page.locator(".way[value=pass-on]").click()
        await see.look("passing on")
        await page.check("input[value=new]")
        await page.fill("#address", "nuria@")
        await page.fill("#note", "x" * 2001)
        await page.locator("main button[value=pass_on]").click()
        await see.look("passing on, with errors", error=True)
        await page.fill("#note", "Una nota")
        await page.locator("main button[value=pass_on]").click()
        await see.look("passing on, with errors", error=True)
        await page.check("input[value=health-head]")
        await page.locator("main button[value=pass_on]").click()
        await see.look("passed on")
        await page.locator("p.buttons a").click()
        await see.look("form")
        await page.goto(f"{home}/pass-on")
        await house.answer("health", WHOLE)
        await page.check("input[value=new]")
        await page.locator("main button[value=pass_on]").click()
        await see.look("ended")


@pytest.mark.drill
@pytest.mark.parametrize("language", LANGUAGES)
async def test_more_time_pages(house: House, language: str):
    day = digits(await later(house))
    url = house.settings.answer_url
    async with inspector(house, language) as see:
        page = see.page
        await page.goto(f"{url}/a/{await house.token('health')}?lang={language}")
        await page.locator("main button").click()
        home = page.url
        await page.locator(".way[value=more-time]").click()
        await see.look("more time")
        await page.fill("#day", "30/2")
        await page.locator("main button[value=ask]").click()
        await see.look("more time, with errors", error=True)
        await page.fill("#day", day)
        await page.fill("#reason", WHY)
        await page.locator("main button[value=ask]").click()
        await see.look("more time asked")
        await page.locator("p.buttons a").click()
        await see.look("form")
        await house.fire()
        await page.goto(f"{url}/a/{await house.token('health-head', DECISION)}?lang={language}")
        await page.locator("main button").click()
        await see.look("decision")
        await page.check("#decision")
        await page.fill("#day", "30/2")
        await page.locator("main button[value=decide]").click()
        await see.look("decision, with errors", error=True)
        await page.fill("#day", day)
        await page.fill("#reason", BECAUSE)
        await page.locator("main button[value=decide]").click()
        await see.look("decided")
        await page.goto(page.url.split("?", maxsplit=1)[0])
        await see.look("decided")
        await page.goto(f"{url}/a/{await house.token('health')}?lang={language}")
        await page.locator("main button").click()
        await see.look("form")
        await house.answer("health", WHOLE)
        async with house.database.transaction() as session:
            task_id = (await house.task("health")).id
            told = {"indicator": COUNT, "note": "Amb els de gener?", "by": "coordinator"}
            await send_back(session, task_id, now=datetime.now(UTC), **told)
        await page.goto(home)
        await see.look("form")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_office_pages(house: House, language: str):
    await house.answer("health", {COUNT: Typed(value="0"), PERCENT: Typed(choice="nothing_to_report")})
    await busy(house)
    reference, url = await house.reference("health"), house.settings.office_url
    async with inspector(house, language, office=True) as see:
        page = see.page
        for path in (
            "/",
            "/audit",
            "/collections/TST/2026-Q4",
            "/tasks",
            "/tasks?overdue=1",
            f"/tasks/{reference}",
            "/mails",
        ):
            await page.goto(f"{url}{path}{'&' if '?' in path else '?'}lang={language}")
            await see.look(path)
        await page.locator("tbody a").first.click()
        await see.look("mail")
        await page.goto(f"{url}/incoming")
        await see.look("replies")
        await page.locator("tbody a").first.click()
        await see.look("reply")
        await page.goto(f"{url}/nowhere")
        await see.look("nowhere")


@pytest.mark.drill
@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_about_a_reply(house: House, language: str):
    first, second = await held(house), await held(house, "1 = 99\n")
    url = house.settings.answer_url
    async with inspector(house, language) as see:
        page = see.page
        await page.goto(f"{url}{await address(house, first)}?lang={language}")
        await see.look("whose a reply is")
        await page.locator("button[value=disown]").click()
        await see.look("disowned")
        await page.goto(f"{url}{await address(house, second)}?lang={language}")
        await page.locator("button[value=confirm]").click()
        await see.look("sent")
        await page.locator("p.buttons a").click()
        await see.look("form")
        await page.goto(f"{url}{await address(house, second)}?lang={language}")
        await see.look("confirmed")
        last = await held(house, "1 = 98\n")
        await house.close_collection()
        await page.goto(f"{url}{await address(house, last)}?lang={language}")
        await page.locator(".opening").wait_for()
        await see.look("whose a reply is")


@pytest.mark.drill
@pytest.mark.parametrize("language", LANGUAGES)
async def test_office_pages_about_mail(house: House, language: str):
    found, url = await eventful(house), house.settings.office_url
    paths = ["/incoming", *(f"/incoming/{found[name]}" for name in ("accepted", "bounced", "away_noted"))]
    paths += ["/matters", f"/mails/{(await request(house)).id}", f"/tasks/{await house.reference('health')}"]
    async with inspector(house, language, office=True) as see:
        for path in paths:
            await see.page.goto(f"{url}{path}?lang={language}")
            await see.look(path)


@pytest.mark.drill
@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_of_questions(house: House, language: str):
    """One of each shape: yes or no, a choice under an agenda or a sheet, promises, scores, days; and the office."""
    url = house.settings.answer_url
    host, opinion = await put(house, "hosting_request"), await put(house, "membership_opinion")
    approval, report = (await put(house, "agenda_approval", within=host), await put(house, "visit_report", within=host))
    decision = await put(house, "go_decision")
    agreement = await put(house, "grant_agreement", within=decision)
    forms = {"decision": decision, "agreement": agreement, "host": host, "approval": approval, "report": report}
    forms["opinion"] = opinion
    async with inspector(house, language, office=True) as see:
        page = see.page
        for name, task in forms.items():
            await page.goto(f"{url}/a/{task.token}?lang={language}")
            await page.locator("main button").click()
            await see.look(name)
        await page.fill(f"[id='reason-{opinion.items['score.objectives']}']", "Molt")
        await press(page, "check")
        await see.look("opinion, with errors", error=True)
        await page.check(f"[id='choice-{opinion.items['score.objectives']}-3']")
        await press(page, "check")
        await see.look("check")
        await page.locator("form.ending button").click()
        await see.look("sent")
        await page.goto(f"{url}{report.home}?lang={language}")
        await page.fill(f"[id='value-{report.items['commitments']}']", "Enviar l'estudi")
        await press(page, "check")
        await see.look("report, with errors", error=True)
        await page.goto(f"{house.settings.office_url}/tasks/{opinion.reference}?lang={language}")
        await see.look("office")


@pytest.mark.drill
@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_of_a_guest(house: House, language: str):
    _, path = await visited(house)
    _, over = await visited(house, days_ago=90, number=2)
    async with inspector(house, language) as see:
        page = see.page
        await page.goto(f"{house.settings.answer_url}{path}?lang={language}")
        await see.look("feedback")
        await page.locator("main button[value=send]").click()
        await see.look("feedback, with errors", error=True)
        await page.check("#rating-4")
        await page.locator("main button[value=send]").click()
        await see.look("thanks")
        await page.goto(f"{house.settings.answer_url}{over}?lang={language}")
        await see.look("over")


async def test_the_form_is_answered_with_the_keyboard_alone(house: House):
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        await page.keyboard.press("Tab")
        assert await page.locator(":focus").get_attribute("href") == "#main"
        await page.keyboard.press("Enter")
        for _ in range(40):
            await page.keyboard.press("Tab")
            if (await page.locator(":focus").get_attribute("id") or "").startswith("value-"):
                break
        await page.keyboard.type("12")
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.locator(":focus").get_attribute("value") == "check":
                break
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/check$"))

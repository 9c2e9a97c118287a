"""The board: what is overdue, of whom, what comes next; and acting on one task or on many, after having looked."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode

import pytest
from openpyxl import load_workbook
from playwright.async_api import expect
from sqlalchemy import event, select, update
from sqlalchemy.engine import Engine

from models.contracts.answering import Typed
from models.tables.people import Unit
from models.tables.process import AuditEvent
from models.tables.task import Task
from operations.steering import waive
from store.board import BoardFilter, BoardOrder, board
from tests.api.house import COUNT, FRENCH_FIRST, PERCENT, House
from tests.api.test_accessibility import inspector
from tests.api.test_more_time import digits, later

WHY = "Acordat amb la regidoria"


async def late(house: House, person: str = "health", days: int = 10) -> str:
    """The day of somebody's task was some days ago; gives its reference."""
    task = await house.task(person)
    ago = timedelta(days=days)
    async with house.database.transaction() as session:
        values = {"due_at": datetime.now(UTC) - ago, "due_on": datetime.now(UTC).date() - ago}
        await session.execute(update(Task).where(Task.id == task.id).values(**values))
    return task.reference


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page))


def begun(act: str, *references: str, back: str = "") -> str:
    """Where an act on some tasks begins."""
    return "/board/act?" + urlencode({"act": act, "back": back, **{f"pick-{one}": "1" for one in references}})


async def test_the_board_shows_what_is_late_of_whom_and_narrows_as_asked(house: House):
    reference = await late(house)
    async with house.staff("manager") as client:

        async def shown(query: str = "") -> str:
            return (await client.get(f"/board?lang=en&{query}")).text

        row = await shown()
        assert all(word in row for word in (reference, "Sofia Salut", "Head: Hèctor Cap", "10 days late", "Reminder"))
        quarter = "process=collection/tst/2026-q4"
        assert "Elena Cap" not in await shown(quarter)
        assert "Elena Cap" in await shown(f"{quarter}&when=all")
        for query in (
            "person=SOFIA",
            "unit=MAYOR",
            quarter,
            "days=7",
            "sort=level",
            "sort=unit",
        ):
            assert reference in await shown(query), query
        for query in (
            "person=100%25",
            f"unit=ECOLOGY&{quarter}",
            "process=review",
            f"days=30&{quarter}",
            f"level=1&{quarter}",
            "kind=call_follow_up",
        ):
            assert "No task is like that." in await shown(query), query
        for query in (
            "sort=drop",
            "after=x~y",
            "after=1~2~3",
            "when=x",
            "days=1e9",
            "level=-1",
            "kind=x",
            "after=2026-01-01~",
        ):
            assert reference in await shown(query), query


async def test_a_manager_of_one_unit_sees_nothing_of_another_and_cannot_act_on_it(house: House):
    reference = await late(house)
    async with house.staff("manager", person="ecology", unit="ECOLOGY") as client:
        page = (await client.get("/board?lang=en")).text
        assert ("Elena Cap" in page, "Sofia Salut" in page) == (True, False)
        assert "Sofia" not in (await client.get("/board.csv?when=all&unit=HEALTH")).text
        unknown = [(await client.get(begun("waive", each))).status_code for each in (reference, "NONE-SUCH")]
        forged = {"act": "waive", "reason": WHY, "go": "confirm", f"pick-{reference}": "1"}
        posted = await client.post("/board/act", data=forged)
        assert [*unknown, posted.status_code] == [404, 404, 404]
        for odd in (begun("fire", reference), begun("snooze"), "/board.exe"):
            assert (await client.get(odd)).status_code == 404
        assert (await client.post("/board/act", data={"act": "remind", "pick-\0": "1"})).status_code == 404
        nothing = await client.get(begun("remind", back="process=%00") + "&all=1")
        assert nothing.status_code in {200, 422}
        everything = {"act": "waive", "reason": WHY, "go": "confirm", "all": "1"}
        assert (await client.post("/board/act", data=everything)).status_code == 404, "only what was looked at"
    assert (await house.task("health")).state == "open"


@pytest.mark.parametrize("order", ["due", "unit", "level"])
async def test_page_after_page_shows_every_task_once_and_in_order(house: House, order: BoardOrder):
    seen, place = [], ""
    async with house.database.reading() as session:
        wanted, now = BoardFilter(None, when="all"), datetime.now(UTC)
        whole, end = await board(session, wanted, order=order, now=now)
        for _ in whole:
            rows, place = await board(session, wanted, order=order, after=place, limit=1, now=now)
            seen += [row.task.reference for row in rows]
    assert len(seen) > 2
    assert (seen, place, end) == ([row.task.reference for row in whole], "", "")


async def test_a_page_of_the_board_takes_six_statements_at_most(house: House):
    await late(house)
    counted: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        counted.append(statement)

    async with house.staff("coordinator") as everybody, house.staff("manager", person="health", unit="HEALTH") as one:
        event.listen(Engine, "before_cursor_execute", count)
        try:
            for client in (everybody, one):
                for query in ("", "when=all&sort=level&unit=HEALTH&person=s&process=c&level=1", "sort=unit"):
                    counted.clear()
                    assert (await client.get(f"/board?{query}")).status_code == 200
                    assert len(counted) <= 6, counted
        finally:
            event.remove(Engine, "before_cursor_execute", count)


async def test_acts_are_shown_first_then_done_and_never_twice(house: House):
    reference, until = await house.reference("health"), digits(await later(house))
    acts = {
        "extend": ({"day": until, "reason": WHY}, "1 person will be mailed:", "task.extended"),
        "escalate": ({"reason": WHY}, "2 people will be mailed:", "task.escalated_by_hand"),
        "snooze": ({"day": until, "reason": WHY}, "Nobody will be mailed.", "task.snoozed"),
        "reassign": ({"person": "health-head", "reason": ""}, "2 people will be mailed:", "task.delegated"),
        "send_back": ({"item": COUNT, "reason": WHY}, "1 person will be mailed:", "task.sent_back"),
        "waive": ({"reason": WHY}, "1 person will be mailed:", "task.waived"),
    }
    await house.answer("health", {COUNT: Typed(value="12")})
    async with house.staff("coordinator") as client:
        for act, (fields, mailed, recorded) in acts.items():
            back = "task" if act in {"snooze", "send_back"} else "when=all"
            form = await client.get(begun(act, reference, back=back) + "&lang=en")
            assert form.status_code == 200
            before = await house.counts()
            shown = await client.post("/board/act?lang=en", data={**hidden(form.text), **fields, "go": "preview"})
            assert mailed in shown.text, (act, shown.text[shown.text.index("<h1") :])
            assert await house.counts() == before, "looking changes nothing"
            again = await client.post("/board/act?lang=en", data={**hidden(shown.text), "go": "change"})
            assert all(value in again.text for value in fields.values() if value)
            sent = {**hidden(shown.text), "go": "confirm"}
            done = await client.post("/board/act?lang=en", data=sent)
            assert done.status_code == (303 if back == "task" else 200), done.text
            assert (await house.counts())["audit_events"] > before["audit_events"]
            after = await house.counts()
            twice = await client.post("/board/act?lang=en", data=sent)
            assert (twice.status_code, await house.counts()) == (409, after)
            async with house.database.reading() as session:
                query = select(AuditEvent.actor).where(AuditEvent.action == recorded).order_by(AuditEvent.id.desc())
                assert await session.scalar(query.limit(1)) == "mayor"


async def test_what_cannot_be_done_is_said_with_everything_still_typed(house: House):
    mine, other = await house.reference("health"), await house.reference("ecology-head")
    async with house.staff("coordinator") as client:
        early = await client.get(begun("remind", mine, other) + "&lang=en")
        assert early.status_code == 422
        assert early.text.count("leave") >= 2, "one reason for each"
        form = hidden((await client.get(begun("extend", mine, other) + "&lang=en")).text)
        wrong = await client.post("/board/act?lang=en", data={**form, "day": "30/2", "reason": "  "})
        assert wrong.status_code == 422
        assert 'href="#day"' in wrong.text
        assert 'href="#reason"' in wrong.text
        assert 'value="30/2"' in wrong.text
        past = await client.post("/board/act?lang=en", data={**form, "day": "1/1/2026", "reason": WHY})
        assert past.status_code == 422
        assert WHY in past.text
        nothing = await client.get("/board/act?act=waive&back=when%3Dall&lang=en")
        assert nothing.status_code == 422
        assert "Choose at least one row." in nothing.text


async def test_whoever_is_second_sees_what_the_first_did_and_the_rest_is_done(house: House):
    mine, other = await house.reference("health"), await house.reference("ecology-head")
    async with house.staff("coordinator") as client:
        data = {"act": "waive", "back": "when=all", "reason": WHY, f"pick-{mine}": "1", f"pick-{other}": "1"}
        shown = await client.post("/board/act?lang=en", data=data)
        alone = await client.post("/board/act?lang=en", data={**data, "back": "task"} | {f"pick-{other}": "1"})
        async with house.database.transaction() as session:
            task_id, now = (await house.task("health")).id, datetime.now(UTC)
            await waive(session, house.settings, task_id, reason="Abans", by="health-head", now=now)
        done = await client.post("/board/act?lang=en", data={**hidden(shown.text), "go": "confirm"})
    assert alone.status_code == 404, "from the page of one task one acts on one"
    assert done.status_code == 200
    assert "1 task: done." in done.text
    assert "Hèctor Cap, It was waived" in done.text
    assert (await house.task("ecology-head")).state == "waived"


async def test_a_manager_decides_nothing_in_their_own_favour(house: House):
    reference = await house.reference("health")
    async with house.staff("manager", person="health", unit="HEALTH") as client:
        for act, fields in (("waive", {"reason": WHY}), ("extend", {"reason": WHY, "day": digits(await later(house))})):
            told = await client.post("/board/act?lang=en", data={"act": act, f"pick-{reference}": "1", **fields})
            assert told.status_code == 422
            assert "This task is your own" in told.text


async def test_the_files_hold_the_same_rows_and_no_formula(house: House):
    reference = await late(house)
    async with house.database.transaction() as session:
        await session.execute(update(Unit).where(Unit.code == "HEALTH").values(name="=1+1"))
    async with house.staff("manager") as client:
        plain = await client.get("/board.csv?lang=ca&process=collection/TST/2026-Q4")
        book = await client.get("/board.xlsx?lang=fr&when=all&sort=unit")
    head, *rows = plain.content.decode("utf-8-sig").splitlines()
    assert head.startswith("Tasca;Procés;")
    assert len(rows) == 1
    assert reference in rows[0]
    assert ";'=1+1;" in rows[0]
    assert re.fullmatch(r'attachment; filename="focal-overdue-[0-9-]{10}\.csv"', plain.headers["content-disposition"])
    sheet = load_workbook(BytesIO(book.content)).worksheets[0]
    assert sheet.max_row > 2
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"} == {"s"}


async def test_the_page_of_a_task_offers_what_can_be_done_to_it(house: House):
    await house.answer("health", {COUNT: Typed(value="12")})
    async with house.staff("coordinator") as client:
        page = (await client.get(f"/tasks/{await house.reference('health')}?lang=en")).text
        assert re.findall(r'name="act" value="(\w+)"', page) == [
            "remind",
            "extend",
            "reassign",
            "waive",
            "escalate",
            "snooze",
            "send_back",
        ]
        await house.close_collection()
        page = (await client.get(f"/tasks/{await house.reference('health')}?lang=en")).text
        assert 'name="act"' not in page


async def test_a_manager_gives_a_task_that_is_late_more_time_without_script(house: House):
    reference = await late(house)
    async with house.desk("manager", java_script_enabled=False) as page:
        await page.goto(house.settings.office_url + "/board?lang=en")
        await page.check(f"[name=pick-{reference}]")
        await page.click("button[value=extend]")
        await page.fill("#day", digits(await later(house, working_days=10)))
        await page.click("button[value=preview]")
        await expect(page.locator(".summary--error")).to_be_focused()
        await page.fill("#reason", WHY)
        await page.click("button[value=preview]")
        await expect(page.locator("main")).to_contain_text("1 person will be mailed: Sofia Salut.")
        await page.click("button[value=confirm]")
        await expect(page.locator(".summary--good")).to_contain_text("1 task: done.")
        await page.click(f"text={reference} >> xpath=ancestor::th//a")
        await expect(page.locator("#course ~ ol")).to_contain_text("Reminder")
        await expect(page.locator("main")).to_contain_text("More time was granted")


@pytest.mark.parametrize("language", FRENCH_FIRST)
@pytest.mark.drill
async def test_pages_of_the_board(house: House, language: str):
    url = house.settings.office_url
    async with inspector(house, language, office=True) as see:
        page = see.page
        await page.goto(f"{url}/board?person=zzz&lang={language}")
        await see.look("board, empty")
        await house.answer("health", {COUNT: Typed(value="12"), PERCENT: Typed(value="3")})
        reference = await late(house)
        await page.goto(f"{url}/board?when=all&lang={language}")
        await see.look("board")
        await page.click("button[value=waive]")
        await see.look("board, nothing chosen", error=True)
        await page.check("#all")
        await page.click("button[value=waive]")
        await see.look("act")
        await page.click("button[value=preview]")
        await see.look("act, with errors", error=True)
        await page.fill("#reason", WHY)
        await page.click("button[value=preview]")
        await see.look("what would happen")
        await page.goto(f"{url}/tasks/{reference}?lang={language}")
        await see.look("task")
        for act in ("extend", "reassign", "send_back"):
            await page.click(f"button[value={act}]")
            await see.look(act)
            await page.go_back()
        await page.goto(f"{url}/board?when=all&lang={language}")
        await page.check("#all")
        await page.click("button[value=waive]")
        await page.fill("#reason", WHY)
        await page.click("button[value=preview]")
        await page.click("button[value=confirm]")
        await see.look("done")

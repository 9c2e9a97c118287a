"""The office sees how collections stand, what happened to each task, what comes next and why."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from mail.translation import LANGUAGES
from models.contracts.answering import Typed
from models.tables.mail import OutgoingMail
from models.tables.task import Task
from operations.incoming import receive
from operations.replies import reply_address
from tests.api.desk import put
from tests.api.house import COUNT, PERCENT, House

REPLY = (
    "From: Sofia Salut <health@prova.example>\r\nSubject: =?utf-8?q?Una_pregunta_m=C3=A9s?=\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n<b>Què és</b> http://x.example/a/SECRETSECRETSECRET\r\n"
)


async def busy(house: House) -> None:
    """Sofia is late, and has written a mail."""
    now = datetime.now(UTC)
    async with house.database.transaction() as session:
        late = {"due_at": now - timedelta(days=1), "escalated_at": now}
        await session.execute(update(Task).where(Task.assignee_code == "health").values(**late))
        task_id = (await session.scalars(select(Task.id).where(Task.assignee_code == "health").limit(1))).one()
        secret = house.settings.secret_key.get_secret_value()
        await receive(
            session,
            house.settings,
            raw=REPLY.encode(),
            envelope_from="health@prova.example",
            envelope_to=reply_address(secret, task_id, house.settings.mail_domain),
            now=now,
        )


async def test_a_collection_shows_the_five_kinds_of_answers_apart(house: House):
    await house.answer("health", {COUNT: Typed(value="0"), PERCENT: Typed(choice="nothing_to_report")})
    async with house.staff() as client:
        page = (await client.get("/collections/TST/2026-Q4?lang=en")).text
    tiles = page[page.index('class="tiles"') :].replace("\n", "")
    for name, count in (
        ("Entries asked", 4),
        ("With a figure", 0),
        ("Zero", 1),
        ("Nothing to report", 1),
        ("Not available", 0),
        ("Missing", 2),
    ):
        assert f"<dt>{name}</dt><dd>{count}</dd>" in tiles


async def test_who_goes_astray_in_the_office_is_led_to_its_first_page_and_to_no_mail(house: House):
    async with house.staff() as client:
        lost = await client.get("/nowhere?lang=en")
        elsewhere = await client.get("/?lang=en", headers={"Host": "rebound.example"})
        wrong = await client.request("PUT", "/?lang=en")
    assert [page.status_code for page in (lost, elsewhere, wrong)] == [404, 421, 405]
    for page in (lost, elsewhere, wrong):
        assert f'first page of the office: <a href="{house.settings.office_url}">' in page.text
        assert "newest mail" not in page.text


async def test_a_unit_without_a_focal_point_is_shown_as_waiting_for_one(house: House):
    async with house.staff() as client:
        page = (await client.get("/collections/TST/2026-Q4?lang=en")).text
    row = page[page.index(">Àrea Ecologia Urbana</th>") :]
    assert "To be named" in row[: row.index("</tr>")]


async def test_the_table_of_overdue_tasks_shows_those_and_no_others(house: House):
    await busy(house)
    async with house.staff() as client:
        everything = (await client.get("/tasks?lang=en")).text
        overdue = (await client.get("/tasks?overdue=1&collection=TST/2026-Q4&lang=en")).text
        nothing = (await client.get("/tasks?collection=TST/1999-Q1&lang=en")).text
    assert "Elena Cap" in everything
    assert "Sofia Salut" in overdue
    assert "Elena Cap" not in overdue
    assert "There is no such task." in nothing


async def test_tasks_are_sorted_as_asked_and_nonsense_is_ignored(house: House):
    async with house.staff() as client:
        page = (await client.get("/tasks?collection=TST/2026-Q4&sort=person")).text
        assert page.index("Elena Cap") < page.index("Sofia Salut")
        for query in ("sort=drop table", "page=0", "page=99999999999", "page=-1", "overdue=maybe"):
            assert (await client.get(f"/tasks?{query}")).status_code == 200


async def test_a_nul_in_an_address_is_no_fault_of_ours(house: House):
    async with house.staff() as client:
        for address in ("/tasks?collection=%00", "/tasks/%00", "/collections/%00/2026-Q4"):
            assert (await client.get(address)).status_code == 404


async def test_a_task_says_what_happened_what_comes_next_and_why(house: House):
    reference = await house.answer("health", {COUNT: Typed(value="12")})
    async with house.staff() as client:
        page = (await client.get(f"/tasks/{await house.reference('health')}?lang=en")).text
    course = " ".join(page[page.index('class="course"') : page.index('id="answers"')].split())
    assert "The day from which it is asked." in course
    assert "1 answer from Sofia Salut" in course
    assert reference in course
    assert course.index("Now,") < course.index("5 working days before the due day,")
    assert "2 working days before the unit’s head is told." in course
    assert "4 working days after the due day," in course
    assert "Will not happen if everything is answered before." in course


async def test_a_corrected_answer_keeps_its_history(house: House):
    await house.answer("health", {COUNT: Typed(value="12")})
    await house.answer("health", {COUNT: Typed(value="1.300")})
    async with house.staff() as client:
        page = (await client.get(f"/tasks/{await house.reference('health')}?lang=en")).text
    assert "<strong>1,300</strong>" in page
    assert "<s>12</s>" in page
    assert '<td class="typed">1.300</td>' in page


async def test_a_mail_is_shown_as_text_and_as_html_without_its_personal_link(house: House):
    token = await house.token("health")
    async with house.database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail).where(OutgoingMail.person_code == "health").limit(1))).one()
    async with house.staff() as client:
        page = await client.get(f"/mails/{mail.id}")
        body = await client.get(f"/mails/{mail.id}/body")
        assert (await client.get("/mails/none")).status_code == 404
    policy = body.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "/a/…" in page.text
    assert token not in page.text + body.text


@pytest.mark.drill
async def test_the_html_of_a_mail_is_framed_and_drawn(house: House):
    async with house.desk() as page:
        await page.goto(f"{house.settings.office_url}/mails")
        await page.locator("tbody a").first.click()
        await expect(page.frame_locator("iframe").locator("h1")).to_be_visible()


async def test_a_reply_is_shown_as_text_whatever_it_holds(house: House):
    await busy(house)
    async with house.staff() as client:
        listed = (await client.get("/incoming")).text
        assert "health@prova.example" in listed
        address = listed.split('href="/incoming/')[1].split('"')[0]
        reply = (await client.get(f"/incoming/{address}")).text
    assert "&lt;b&gt;Què és&lt;/b&gt;" in reply
    assert "SECRETSECRET" not in reply


async def test_the_office_speaks_the_readers_language_and_remembers_another(house: House):
    async with house.client(office=True) as client:
        page = (await client.get("/sign-in", headers={"Accept-Language": "fr"})).text
        assert '<html lang="ca-ES-valencia">' in page, "nobody is known yet: the office's own"
    async with house.staff() as client:
        assert '<html lang="ca">' in (await client.get("/", headers={"Accept-Language": "fr"})).text
        await client.get("/?lang=en")
        assert '<html lang="en">' in (await client.get("/tasks")).text


async def test_an_unknown_task_or_collection_is_a_page_that_says_so(house: House):
    async with house.staff() as client:
        for path in ("/tasks/NONE-NONE", "/collections/TST/2019-Q1", "/collections/XXX/nonsense", "/incoming/x", "/x"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert "<h1>" in answer.text


async def test_tasks_of_a_visit_and_of_a_network_are_listed_and_shown(house: House):
    host, approval = await put(house, "hosting_request"), await put(house, "membership_decision")
    async with house.staff() as client:
        listed = (await client.get("/tasks?lang=en")).text
        assert host.reference in listed
        assert approval.reference in listed
        page = (await client.get(f"/tasks/{host.reference}?lang=en")).text
        assert "Stadt Mainz" in page
        assert "Can you receive the delegation on these days?" in page
        assert "Answers by question" in page
        assert 'href="/tasks"' in page
        assert "Xarxa de Prova" in (await client.get(f"/tasks/{approval.reference}?lang=es")).text
        assert (await client.get("/collections/TST/2026-Q4")).status_code == 200
        assert host.reference not in (await client.get("/tasks?collection=TST%2F2026-Q4")).text


@pytest.mark.parametrize("office", [False, True])
async def test_the_page_on_accessibility_that_every_page_leads_to_is_there_in_every_language(
    house: House, office: bool
):
    async with house.client(office=office) as client:
        for language in LANGUAGES:
            answer = await client.get("/accessibility", params={"lang": language})
            assert (answer.status_code, answer.headers["content-language"]) == (200, language)
            assert "%%" not in answer.text

"""Signing in: the page, the mail, the link that works once, the session, and all that must not let anybody in."""

import asyncio
import logging
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select, update

from api.guard import COOKIE, safe_path
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from models.tables.process import AuditEvent
from models.tables.staff import SignInLink, StaffSession
from operations.signing_in import IDLE
from operations.staff import grant, revoke
from tests.api.house import House

SECOND = timedelta(seconds=1)


async def mails(house: House) -> int:
    async with house.database.reading() as session:
        query = select(func.count()).select_from(OutgoingMail).where(OutgoingMail.name == "sign_in")
        return await session.scalar(query) or 0


async def sign_in_mail(house: House) -> OutgoingMail:
    """The mail with a link, which is written once the answer has left."""
    async with asyncio.timeout(20):
        while True:
            async with house.database.reading() as session:
                mail = await session.scalar(select(OutgoingMail).where(OutgoingMail.name == "sign_in"))
            if mail is not None:
                return mail
            await asyncio.sleep(0.05)


async def actions(house: House) -> list[str]:
    """What the record says of signing in, without roles given."""
    async with house.database.reading() as session:
        query = select(AuditEvent.action).where(AuditEvent.action.startswith("staff.")).order_by(AuditEvent.id)
        return [action for action in await session.scalars(query) if action != "staff.role_granted"]


async def change(house: House, table: type[SignInLink | StaffSession], **values: object) -> None:
    async with house.database.transaction() as session:
        await session.execute(update(table).values(**values))


async def sessions(house: House) -> int:
    async with house.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(StaffSession)) or 0


async def is_in(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/")
    assert answer.status_code == 200 or answer.headers["location"] == "/sign-in?next=%2F"
    return answer.status_code == 200


async def test_a_manager_signs_in_from_the_page_to_the_mail_to_the_office_and_out_without_script(house: House):
    async with house.database.transaction() as session:
        await grant(session, "mayor", "manager", by="operator", now=datetime.now(UTC))
    async with house.window(java_script_enabled=False) as page:
        await page.goto(house.settings.office_url + "/collections")
        assert await page.input_value("[name=next]") == "/collections"
        await page.fill("[name=address]", "Mayor@prova.example")
        await page.click("main button")
        mail = await sign_in_mail(house)
        (link,) = set(re.findall(rb"/sign-in/[\w-]{43}", mail.rfc822.replace(b"=\r\n", b"")))
        await page.goto(house.settings.office_url + link.decode())
        await page.click("main button")
        assert page.url == house.settings.office_url + "/collections"
        await page.click("text=Focal")
        await page.click("header form button")
        await page.goto(house.settings.office_url + "/collections")
        assert "/sign-in?next=" in page.url


async def test_looking_at_a_link_uses_nothing_up_and_pressing_its_button_signs_in_once(house: House):
    link = await house.sign_in_path("mayor")
    async with house.client(office=True) as client:
        for look in (client.get, client.head, client.get):
            door = await look(link)
            assert (door.status_code, door.headers["cache-control"]) == (200, "no-store")
            assert door.headers["referrer-policy"] == "no-referrer"
            assert "set-cookie" not in door.headers
        assert "Maria" not in (await client.get(link)).text
        assert await sessions(house) == 0
        entered = await client.post(link)
        kept = entered.headers["set-cookie"]
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert kept.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} == set(kept.split("; ")[1:])
        for again in (await client.post(link), await client.get(link)):
            assert (again.status_code, "set-cookie" in again.headers) == (404, False)
            assert "used already" in (await client.get(link + "?lang=en")).text
    assert await actions(house) == ["staff.link_issued", "staff.signed_in"]


async def test_of_two_who_use_a_link_at_once_one_comes_in(house: House):
    link = await house.sign_in_path("mayor")
    async with house.client(office=True) as client:
        answers = await asyncio.gather(*(client.post(link) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404, 404]
    assert await sessions(house) == 1


async def test_a_link_that_is_old_cut_forged_or_for_something_else_opens_nothing(house: House):
    link = await house.sign_in_path("mayor")
    await change(house, SignInLink, expires_at=datetime.now(UTC) - SECOND)
    other = f"/sign-in/{await house.token('health')}"
    async with house.client(office=True) as client:
        for wrong in (link, link[:-1], link + "x", link.upper(), other, "/sign-in/x/y", "/sign-in/%00", "/sign-in/é"):
            answer = await client.post(wrong)
            assert (answer.status_code, "set-cookie" in answer.headers) == (404, False), wrong
    async with house.client() as client:
        assert (await client.post(link.replace("/sign-in/", "/a/"))).status_code == 404
    assert await sessions(house) == 0


async def test_a_page_from_elsewhere_cannot_sign_anybody_in_or_out(house: House):
    link = await house.sign_in_path("mayor")
    elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    async with house.client(office=True) as client:
        assert (await client.post(link, headers=elsewhere)).status_code == 403
    async with house.staff(person="health") as client:
        assert (await client.post("/sign-out", headers=elsewhere)).status_code == 403
        assert await is_in(client)
    assert await sessions(house) == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5Cevil.example/\\",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "evil.example",
        "",
        "/sign-out",
        "/sign-in",
        "/" + "x" * 3000,
    ],
)
def test_nobody_is_led_away_after_signing_in(elsewhere: str):
    assert safe_path(elsewhere) == "/"


def test_people_go_on_to_where_they_wanted_to_be():
    for own in ("/", "/tasks?sort=unit&page=2", "/collections/VLC/2026-Q4", "/calls/LIFE-2027-é"):
        assert safe_path(own) == own


async def test_known_and_unknown_addresses_get_the_same_answer_and_only_staff_gets_a_mail(house: House):
    async with house.database.transaction() as session:
        await grant(session, "mayor", "operator", by="operator", now=datetime.now(UTC))
    async with house.client(office=True) as client:
        said = {}
        for address in ("mayor@prova.example", "health@prova.example", "nobody@elsewhere.example"):
            answer = await client.post("/sign-in", data={"address": address})
            said[answer.status_code, answer.text.replace(address, "X")] = address
        assert len(said) == 1
        await client.get("/health")  # by the same connection: what was begun before it is done
        assert await mails(house) == 1
        wrong = ("", "mayor", "mayor@prova", "a@b.c\r\nBcc: x@evil.example", "x" * 250 + "@b.example")
        for address in wrong:
            answer = await client.post("/sign-in", data={"address": address})
            assert answer.status_code == 422, address
            assert 'aria-invalid="true"' in answer.text
    assert await mails(house) == 1


async def test_a_person_gets_three_mails_an_hour_and_a_network_ten_wrong_links_and_many_more_mails(house: House):
    async with house.database.transaction() as session:
        await grant(session, "mayor", "operator", by="operator", now=datetime.now(UTC))
    async with house.client(office=True) as client:
        answers = [await client.post("/sign-in", data={"address": "mayor@prova.example"}) for _ in range(61)]
        assert [answer.status_code for answer in answers] == [200] * 60 + [429]
        wrong = [(await client.get("/sign-in/nothing")).status_code for _ in range(11)]
        assert wrong == [404] * 10 + [429]
        assert (
            await client.post(await house.sign_in_path("mayor"))
        ).status_code == 303  # what opens is never held back
    assert await mails(house) == 3


async def test_a_session_ends_when_it_is_left_alone_too_old_or_ended(house: House):
    now = datetime.now(UTC)
    for end in ({"seen_at": now - IDLE}, {"expires_at": now}, {"ended_at": now}):
        async with house.staff() as client:
            assert await is_in(client)
            await change(house, StaffSession, **end)
            assert not await is_in(client)
    async with house.staff() as client:
        await change(house, StaffSession, seen_at=now - IDLE + timedelta(minutes=1))
        assert await is_in(client)  # and with that it is not alone any more
        async with house.database.reading() as session:
            seen = (await session.scalars(select(func.max(StaffSession.seen_at)))).one()
        assert seen > now - SECOND
        secret = client.cookies.get(COOKIE, domain="") or ""
        out = await client.post("/sign-out")
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in?out=1")
        assert "Max-Age=0" in out.headers["set-cookie"]
        for old in (secret, secret[:-1], "", "x" * 5000):
            client.cookies.clear()
            client.cookies.set(COOKIE, old)
            assert not await is_in(client)


async def test_whoever_loses_the_last_role_or_leaves_is_out_at_once(house: House):
    now = datetime.now(UTC)
    async with house.staff("manager", unit="HEALTH") as client:
        async with house.database.transaction() as session:
            await revoke(session, "mayor", "manager", unit_code="HEALTH", by="operator", now=now)
        assert not await is_in(client)
    late = await house.sign_in_path("mayor", "manager")
    async with house.database.transaction() as session:
        await revoke(session, "mayor", "manager", by="operator", now=now)
    async with house.client(office=True) as client:
        assert (await client.post(late)).status_code == 404
    async with house.staff(person="health") as client:
        async with house.database.transaction() as session:
            await session.execute(update(Person).where(Person.code == "health").values(active=False))
        assert not await is_in(client)


async def test_a_form_sent_after_the_session_is_over_is_kept(house: House):
    async with house.staff("operator") as client:
        await change(house, StaffSession, ended_at=datetime.now(UTC))
        late = await client.post("/staff/grant", data={"person": "<b>Sofia</b>"})
        several = await client.post("/calls", data={"call": ["ONE", "TWO"], "do": "watch"})
    assert late.status_code == 401
    assert "&lt;b&gt;Sofia&lt;/b&gt;" in late.text
    assert re.findall(r'name="call" value="(\w+)"', several.text) == ["ONE", "TWO"], "every value of a field"


async def test_every_sign_in_has_a_secret_of_its_own_and_none_is_logged(house: House, caplog: pytest.LogCaptureFixture):
    secrets = set()
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            link = await house.sign_in_path("mayor")
            async with house.client(office=True) as client:
                await client.get(link)
                secrets |= {link.rpartition("/")[2], (await client.post(link)).headers["set-cookie"][12:55]}
    assert len(secrets) == 4
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("focal", "api", "uvicorn"))]
    assert any("/sign-in/…" in line for line in ours)
    assert not any(secret in line for line in ours for secret in secrets)

"""Signing in: the page, the mail, the link that works once, the session, and all that must not let anybody in."""

import re
from datetime import UTC, datetime

from sqlalchemy import select

from models.tables.mail import OutgoingMail
from operations.staff import grant
from tests.api.house import House


async def test_a_manager_signs_in_from_the_page_to_the_mail_to_the_office_and_out_without_script(house: House):
    async with house.database.transaction() as session:
        await grant(session, "mayor", "manager", by="operator", now=datetime.now(UTC))
    async with house.window(java_script_enabled=False) as page:
        await page.goto(house.settings.office_url + "/collections")
        assert await page.input_value("[name=next]") == "/collections"
        await page.fill("[name=address]", "Mayor@prova.example")
        await page.click("main button")
        async with house.database.reading() as session:
            mail = await session.scalar(select(OutgoingMail).where(OutgoingMail.name == "sign_in"))
        assert mail is not None
        (link,) = set(re.findall(rb"/sign-in/[\w-]{43}", mail.rfc822.replace(b"=\r\n", b"")))
        await page.goto(house.settings.office_url + link.decode())
        await page.click("main button")
        assert page.url == house.settings.office_url + "/collections"
        await page.click("text=Focal")
        await page.click("header form button")
        await page.goto(house.settings.office_url + "/collections")
        assert "/sign-in?next=" in page.url

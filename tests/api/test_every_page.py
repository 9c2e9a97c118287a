"""Every page of the office in every language: accessible as far as a machine can tell, on a phone, enlarged, printed.

Set `FOCAL_SHOTS` to a folder to get a picture of each, in light and in dark.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from mail.translation import LANGUAGES
from models.contracts.mail import Language
from tests.api.house import House
from tests.api.test_access import guarded, placed, places
from tests.api.test_accessibility import AXE, DESK, PHONE, RULES

pytestmark = pytest.mark.drill
SHOTS = os.environ.get("FOCAL_SHOTS")
FILES = re.compile(r"\.(csv|xlsx|ics|\{ending\})$|/body$|evidence/\{file_id\}$")
"""Addresses behind which there is no page."""
ENLARGED = {"width": DESK["width"] // 2, "height": DESK["height"] // 2}


async def look(page: Page, name: str, language: Language) -> list[str]:
    """What is wrong with the page that is open."""
    wrong = []
    if await page.locator("html").get_attribute("lang") != language or await page.locator("h1").count() != 1:
        wrong.append(f"{name}: language or heading")
    await page.evaluate(AXE)
    found = await page.evaluate("options => axe.run(options)", {"runOnly": RULES, "resultTypes": ["violations"]})
    wrong += [f"{name}: {each['id']} {each['nodes'][0]['html']}" for each in found["violations"]]
    for size in (PHONE, ENLARGED, DESK):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        if await page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            wrong.append(f"{name}: wider than {size['width']}")
    return wrong


async def shoot(page: Page, name: str, language: Language) -> None:
    """Take the pictures of a page, if somebody wants them."""
    if SHOTS is None:
        return
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        file = f"{re.sub('[^a-z]+', '-', name.lower()).strip('-') or 'home'}-{language}-{scheme}.png"
        await page.screenshot(path=Path(SHOTS) / file, full_page=True)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_of_the_office_can_be_used_by_everybody(house: House, language: Language):
    known = await places(house)
    wrong = []
    async with (
        house.desk("coordinator", viewport=DESK) as office,
        house.desk("operator", person="ecology", viewport=DESK) as operator,
    ):
        for route, method in guarded():
            if method == "POST" or FILES.search(route.path):
                continue
            place = placed(known, route.path)
            if place.own == "":
                continue
            page = office if "coordinator" in route.access.roles else operator
            address = f"{place.path}{'&' if '?' in place.path else '?'}lang={language}"
            await page.goto(house.settings.office_url + address)
            wrong += await look(page, route.path, language)
            await shoot(page, route.path, language)
    assert not wrong, "\n".join(wrong)

"""A link opens for whoever holds it, as often as they want, and for nobody else."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.house import House


async def test_looking_at_a_link_changes_nothing_however_often(house: House):
    before = await house.counts()
    address = f"/a/{await house.token('health')}"
    async with house.client() as client:
        for method in ("GET", "HEAD", "GET", "HEAD"):
            answer = await client.request(method, address)
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers
    assert await house.counts() == before


async def test_the_page_behind_a_link_shows_a_button_and_nothing_of_the_person_or_the_task(house: House):
    async with house.client() as client:
        page = await client.get(f"/a/{await house.token('health')}")
    assert page.text.count("<button") == 1
    assert ">Obri el formulari</button>" in page.text
    office = house.settings.coordinator_name
    said = f"Este enllaç ve de l’oficina de coordinació ({office}), i el botó obri el que es demana"
    assert said in page.text
    for private in ("Sofia", "Salut", "Nombre d", await house.reference("health")):
        assert private not in page.text


async def test_a_link_opens_its_form_again_and_again(house: House):
    address, reference = f"/a/{await house.token('health')}", await house.reference("health")
    async with house.client() as client:
        for _ in range(2):
            opened = await client.post(address)
            assert (opened.status_code, opened.headers["location"]) == (303, f"/answer/{reference}")
        assert "Sofia Salut" in (await client.get(f"/answer/{reference}")).text
        cookie = opened.headers["set-cookie"]
    assert f"Path=/answer/{reference}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_a_link_with_the_full_stop_of_its_sentence_opens(house: House):
    async with house.client() as client:
        assert (await client.post(f"/a/{await house.token('health')}.>")).status_code == 303


@pytest.mark.parametrize("fault", ["forged", "cut", "empty", "expired", "revoked"])
async def test_a_link_that_is_no_good_gets_one_helpful_page_and_no_detail(house: House, fault: str):
    now, good = datetime.now(UTC), await house.token("health")
    token = {"forged": "A" * 43, "cut": good[:-1], "empty": ""}.get(fault, good)
    if fault == "expired":
        await house.change_links(expires_at=now - timedelta(seconds=1))
    if fault == "revoked":
        await house.change_links(revoked_at=now)
    before = await house.counts()
    async with house.client() as client:
        forged = await client.get("/a/" + "B" * 43)
        for answer in (await client.get(f"/a/{token}"), await client.post(f"/a/{token}")):
            assert answer.status_code == 404
            assert "set-cookie" not in answer.headers
            assert house.settings.coordinator_address in answer.text
            # One page for every fault: only the addresses of its language links differ, and these are relative.
            assert answer.text == forged.text
    assert await house.counts() == before


async def test_a_link_opens_no_other_task(house: House):
    other = await house.reference("ecology-head")
    async with house.client() as client:
        await client.post(f"/a/{await house.token('health')}")
        token = client.cookies.jar
        value = next(cookie.value for cookie in token)
        answer = await client.get(f"/answer/{other}", headers={"Cookie": f"focal-link={value}"})
    assert answer.status_code == 404
    assert "Ecologia" not in answer.text


async def test_a_form_without_its_link_says_how_to_open_it(house: House):
    async with house.client() as client:
        answer = await client.get(f"/answer/{await house.reference('health')}")
    assert answer.status_code == 403
    assert "Sofia" not in answer.text


async def test_after_ten_wrong_links_an_address_is_told_to_wait_but_a_right_link_still_opens(house: House):
    async with house.client() as client:
        wrong = [(await client.get(f"/a/wrong{number}")).status_code for number in range(11)]
        assert wrong == [404] * 10 + [429]
        assert (await client.post(f"/a/{await house.token('health')}")).status_code == 303


async def test_no_token_reaches_the_log(house: House, caplog: pytest.LogCaptureFixture):
    token = await house.token("health")
    with caplog.at_level(logging.DEBUG):
        async with house.client() as client:
            await client.get(f"/a/{token}")
            await client.post(f"/a/{token}")
    served = [record.getMessage() for record in caplog.records if record.name == "focal.pages"]
    assert any("GET /a/… 200" in line for line in served)
    others = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not any(token in record.getMessage() for record in others)

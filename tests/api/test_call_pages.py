"""The office's pages of calls: triage, one call with all that can be done about it, what goes round them, the feed."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, CallDeadline, CallTheme, Programme, ProgrammeClock
from models.tables.process import AuditEvent
from operations.calendar_feed import feed_key
from operations.calls import move_deadline
from operations.staff import revoke
from tests.api.house import House
from tests.api.registers import CALL, OTHER, PORTAL, with_calls, with_networks
from tests.api.test_accessibility import LANGUAGES, Inspector, inspector
from tests.api.test_network_pages import seen_of
from tests.memberships.house import Reviews

LATER = datetime.now(UTC).date() + timedelta(days=150)


def digits(day: date) -> str:
    """A day as people type it."""
    return f"{day.day}/{day.month}/{day.year}"


async def decision(house: House, identifier: str) -> tuple[str | None, str, str | None]:
    """What was decided about a call, why, and by whom."""
    async with house.database.reading() as session:
        call = (await session.scalars(select(Call).where(Call.identifier == identifier))).one()
    return call.decision, call.decision_reason, call.decided_by


async def test_calls_are_looked_through_and_several_are_watched_or_left_aside_at_once(house: House):
    await with_calls(house)
    async with house.staff() as client:
        page = (await client.get("/calls?lang=en")).text
        assert page.index("Citizens") < page.index("Clean water") < page.index("Networks of Towns")
        assert "networks of towns" in page  # the words by which it may concern somebody
        changed = (await client.get("/calls?show=changed&lang=en")).text
        assert PORTAL in changed
        assert OTHER not in changed
        assert PORTAL in (await client.get("/calls?show=closing")).text
        for asked in ("unit=HEALTH", "programme=CERV&q=networks+TOWNS"):
            found = (await client.get(f"/calls?{asked}")).text
            assert CALL in found
            assert OTHER not in found
        nothing = await client.post("/calls?show=new", data={"do": "watch"})
        assert nothing.status_code == 422
        unsaid = await client.post("/calls?show=new", data={"do": "ignore", "call": [OTHER, PORTAL]})
        assert unsaid.status_code == 422
        assert unsaid.text.count(" checked>") == 2
        await client.post("/calls", data={"do": "watch", "call": [CALL, OTHER]})
        done = await client.post(
            "/calls?show=new", data={"do": "ignore", "because": "too_small", "call": [OTHER, PORTAL]}
        )
        assert done.headers["location"] == "/calls?show=new&done=calls_decided"
        assert CALL in (await client.get("/calls?show=watch")).text
    assert await decision(house, CALL) == ("watch", "", "mayor")
    assert await decision(house, OTHER) == await decision(house, PORTAL) == ("ignore", "too_small", "mayor")


async def test_a_coordinator_moves_a_deadline_follows_a_call_steers_it_and_gives_it_up(house: House):
    await with_calls(house)
    async with house.staff() as client:
        page = (await client.get(f"/calls/{CALL.lower()}?lang=en")).text
        assert "<h3>Objectives</h3>" in page
        assert "https://ec.europa.eu/calls/1" in page
        seen = seen_of(page)
        async with house.database.transaction() as session:
            at = datetime.now(UTC)
            await move_deadline(session, CALL, LATER, reason="Portal", by="health-head", now=at)
        typed = {"seen": seen, "move_day": "demà", "move_reason": "Ho diu el portal"}
        wrong = await client.post(f"/calls/{CALL}/move?lang=en", data=typed)
        assert wrong.status_code == 409
        assert "Hèctor Cap" in wrong.text
        assert "demà" in wrong.text
        typed["seen"] = seen_of(wrong.text)
        wrong = await client.post(f"/calls/{CALL}/move?lang=en", data=typed)
        assert wrong.status_code == 422
        assert '<details class="act" open>' in wrong.text
        assert "demà" in wrong.text
        typed |= {"move_day": digits(LATER + timedelta(days=7)), "move_hour": "12:00"}
        assert (await client.post(f"/calls/{CALL}/move", data=typed)).status_code == 303
        follow = (await client.get(f"/calls/{CALL}/follow?lang=en")).text
        assert follow.count(" checked>") == 2  # the units of the theme
        nobody = await client.post(f"/calls/{CALL}/follow", data={"seen": seen_of(follow), "office": "MAYOR"})
        assert nobody.status_code == 422
        chosen = {"seen": seen_of(follow), "units": ["HEALTH"], "office": "MAYOR", "owner-budget": "ECOLOGY"}
        assert (await client.post(f"/calls/{CALL}/follow", data=chosen)).status_code == 303
        page = (await client.get(f"/calls/{CALL}?lang=en")).text
        assert "Whether there is time for a proposal" in page
        assert "No answer yet" in page
        acts = (
            ("ask-unit", {"ask_unit": "ECOLOGY"}, "unit_asked"),
            ("lead", {"lead_unit": "ECOLOGY"}, "lead_set"),
            ("drop", {"drop_reason": "No hi ha temps"}, "call_dropped"),
        )
        for act, fields, done in acts:
            known = {"seen": seen_of((await client.get(f"/calls/{CALL}")).text)}
            assert (await client.post(f"/calls/{CALL}/{act}", data=known)).status_code == 422, act
            sent = await client.post(f"/calls/{CALL}/{act}", data=known | fields)
            assert sent.headers.get("location") == f"/calls/{CALL}?done={done}", sent.text
        over = await client.post(f"/calls/{CALL}/drop", data={"seen": "9" * 12, "drop_reason": "Altra volta"})
        assert over.status_code == 422
        assert (await client.post(f"/calls/{CALL}/dance", data={})).status_code == 404
        assert (await client.get("/calls/NO-SUCH-CALL")).status_code == 404
        assert (await client.get("/calls/pipeline")).text.count(CALL) >= 1
    async with house.database.reading() as session:
        pursuit = (await session.scalars(select(CallFollowUp))).one()
        assert (pursuit.state, pursuit.lead_unit, pursuit.owners) == ("dropped", "ECOLOGY", {"budget": "ECOLOGY"})
        assert len(list(await session.scalars(select(CallInterest)))) == 2
        hour = (await session.scalars(select(CallDeadline).join(Call).where(Call.identifier == CALL))).one().hour
        assert hour.hour == 12
        by = set(await session.scalars(select(AuditEvent.actor).where(AuditEvent.action == "call.dropped")))
        assert by == {"mayor"}


async def test_a_manager_of_a_unit_sees_the_register_and_only_what_concerns_that_unit(house: House):
    await with_calls(house)
    async with house.staff() as client:
        for call, unit in ((CALL, "HEALTH"), (OTHER, "ECOLOGY")):
            chosen = {"units": [unit], "office": unit, "plan": "TST"}
            assert (await client.post(f"/calls/{call}/follow", data=chosen)).status_code == 303
    async with house.staff("manager", person="ecology-head", unit="ECOLOGY") as client:
        assert (await client.get("/calls")).status_code == 200
        other, own = await client.get(f"/calls/{CALL}?lang=en"), await client.get(f"/calls/{OTHER}?lang=en")
        assert "How the city goes about it" not in other.text
        assert "How the city goes about it" in own.text
        assert '<form method="post" action="/calls' not in own.text
        pipeline = (await client.get("/calls/pipeline")).text
        assert OTHER in pipeline
        assert CALL not in pipeline
        assert OTHER in (await client.get("/calls.ics")).text
        assert CALL not in (await client.get("/calls.ics")).text
        assert (await client.get(f"/calls/{CALL}/follow")).status_code == 404
        for path in (CALL + "/drop", CALL + "/watch", "add", "themes/edit", "programmes/EU"):
            assert (await client.post(f"/calls/{path}", data={})).status_code == 404, path


async def test_a_calendar_program_reads_the_deadlines_with_the_key_of_a_person_who_has_a_role(house: House):
    await with_calls(house)
    async with house.staff() as client:
        await client.post(f"/calls/{CALL}/watch", data={})
        page = (await client.get("/calls/pipeline")).text
    (key,) = parse_qs(urlsplit(page.split("<code>")[1].split("</code>")[0]).query)["key"]
    async with house.client(office=True) as program:
        read = await program.get("/calls.ics", params={"key": key})
        assert read.status_code == 200
        assert CALL in read.text
        assert read.headers["content-type"].startswith("text/calendar")
        assert (await program.get("/calls.ics")).status_code == 303  # without a key: sign in
        assert (await program.get("/calls", params={"key": key})).status_code == 303  # it opens nothing else
        secret = house.settings.secret_key.get_secret_value()
        health = feed_key(secret, "health")  # who has no role
        for wrong in (key + "A", key[:-1], "mayor", ".", "", "mayor." + key, health, feed_key("another", "mayor")):
            assert (await program.get("/calls.ics", params={"key": wrong})).status_code == 404, wrong
        async with house.database.transaction() as session:
            await revoke(session, "mayor", "coordinator", by="operator", now=datetime.now(UTC))
        assert (await program.get("/calls.ics", params={"key": key})).status_code == 404


async def test_a_call_is_entered_by_hand_and_programmes_and_themes_are_set(house: House):
    await with_calls(house)
    typed = {
        "identifier": "URBACT-2027-APN",
        "programme": "CERV",
        "title": "Action Planning Networks",
        "url": "http://urbact.eu",
        "deadlines": f"{digits(LATER)}\nmai",
        "keywords": "towns, action planning",
        "description": "One\n\n<script>two</script>",
    }
    async with house.staff() as client:
        wrong = await client.post("/calls/add?lang=en", data=typed)
        assert wrong.status_code == 422
        assert "Line 2 cannot be read" in wrong.text
        typed["deadlines"] = f"{digits(LATER)} 12:00\n{digits(LATER + timedelta(days=60))}"
        wrong = await client.post("/calls/add?lang=en", data=typed)
        assert wrong.status_code == 422
        assert 'href="#url"' in wrong.text
        typed |= {"url": "https://urbact.eu/calls", "deadline_model": "cut_offs", "budget": "1.000.000"}
        assert (await client.post("/calls/add", data=typed)).headers["location"].startswith("/calls/URBACT-2027-APN")
        page = (await client.get("/calls/URBACT-2027-APN?lang=en")).text
        assert "&lt;script&gt;two" in page
        assert "1,000,000" in page
        assert (await client.post("/calls/programmes/EU", data={"set": "hour", "hour": "25"})).status_code == 422
        hour = {"set": "hour", "hour": "12:30", "zone": "Europe/Madrid"}
        assert (await client.post("/calls/programmes/EU", data=hour)).status_code == 303
        clock = {"set": "clock", "event": "result", "amount": "5", "unit": "months", "source": "https://a.example"}
        assert (await client.post("/calls/programmes/EU", data=clock | {"source": ""})).status_code == 422
        assert (await client.post("/calls/programmes/EU", data=clock)).status_code == 303
        assert "12:30" in (await client.get("/calls/programmes")).text
        assert (await client.get("/calls/programmes/NONE")).status_code == 404
        theme = {"theme": "OWN-WATER", "keywords": "clean water\nrivers", "lead": "ECOLOGY", "programmes": ["LIFE"]}
        assert (await client.post("/calls/themes/edit", data=theme | {"lead": ""})).status_code == 422
        assert (await client.post("/calls/themes/edit", data=theme)).status_code == 303
        assert "OWN-WATER" in (await client.get("/calls/themes")).text
        assert (await client.get("/calls/themes/edit?theme=OWN-WATER")).text.count(" checked>") == 1
    async with house.database.reading() as session:
        assert (await session.get_one(Programme, "EU")).zone == "Europe/Madrid"
        assert (await session.get_one(ProgrammeClock, ("EU", "result"))).amount == 5
        assert (await session.get_one(CallTheme, "OWN-WATER")).keywords == ["clean water", "rivers"]


async def test_a_coordinator_decides_about_a_call_from_the_list_to_the_question_without_script(house: House):
    await with_calls(house)
    async with house.desk(java_script_enabled=False) as page:
        await page.goto(house.settings.office_url + "/calls?lang=en")
        await page.check(f"[value='{PORTAL}']")
        await page.click("text=Leave them aside")
        assert await page.locator(".summary--error a").get_attribute("href") == "#because"
        assert await page.is_checked(f"[value='{PORTAL}']")
        await page.select_option("#because", "too_late")
        await page.click("text=Leave them aside")
        assert await page.locator(f"text={PORTAL}").count() == 0
        await page.click("text=Networks of Towns")
        await page.click("main a.button")
        await page.click("main button.button")
        assert await page.locator(".summary--good").count() == 1
        await page.click("text=Ask one more unit")
        await page.click("text=Ask this unit")
        assert await page.locator("[aria-invalid]").get_attribute("id") == "ask_unit"
        await page.select_option("#ask_unit", "MAYOR")
        await page.click("text=Ask this unit")
        assert await page.locator(".summary--good").count() == 1
    assert (await decision(house, PORTAL))[0] == "ignore"
    async with house.database.reading() as session:
        asked = set(await session.scalars(select(CallInterest.unit_code)))
    assert asked == {"HEALTH", "ECOLOGY", "MAYOR"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.drill
async def test_the_pages_of_networks_and_calls_are_accessible_empty_full_and_with_errors(house: House, language: str):
    async with house.desk() as signed_in:
        cookies = await signed_in.context.cookies()
        async with inspector(house, language) as see:
            await see.page.context.add_cookies(cookies)  # type: ignore[arg-type]
            await _empty(house, see)
            await with_networks(house)
            await with_calls(house)
            await Reviews(house.database, house.settings).to_decision()
            await _full(house, see)


async def _look(house: House, see: Inspector, path: str, name: str = "") -> None:
    await see.page.goto(f"{house.settings.office_url}{path}{'&' if '?' in path else '?'}lang={see.language}")
    await see.look(name or path)


async def _empty(house: House, see: Inspector) -> None:
    for path in ("/networks", "/networks/criteria", "/networks/census", "/networks/reviews"):
        await _look(house, see, path)
    for path in ("/calls", "/calls/pipeline", "/calls/programmes", "/calls/themes"):
        await _look(house, see, path)


async def _full(house: House, see: Inspector) -> None:
    page = see.page
    for path in ("/networks", "/networks/NET-PROVA", "/networks/NET-PROVA/reviews/2027", "/networks/criteria"):
        await _look(house, see, path)
    for path in ("/networks/reviews", "/networks/add", "/networks/NET-PROVA/edit"):
        await _look(house, see, path)
    await page.fill("#fee", "cinc")
    await page.click("main button.button")
    await see.look("network, with errors", error=True)
    for path in ("/calls", f"/calls/{CALL}", f"/calls/{CALL}/follow", "/calls/themes", "/calls/themes/edit"):
        await _look(house, see, path)
    for path in ("/calls/programmes", "/calls/programmes/EU", "/calls/add"):
        await _look(house, see, path)
    await page.fill("#deadlines", "demà")
    await page.click("main button.button")
    await see.look("call by hand, with errors", error=True)
    await page.goto(f"{house.settings.office_url}/calls/{CALL}/follow")
    await page.click("main button.button")
    await see.look(f"/calls/{CALL}")
    await page.locator("details.act summary").last.click()
    await page.locator("details.act[open] button").click()
    await see.look("call, with errors", error=True)
    await _look(house, see, "/calls/pipeline")

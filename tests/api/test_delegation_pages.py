"""Delegations on the office's pages: announced, composed, moved, called off, seen as they stand; whose they are."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from models.tables.process import AuditEvent, Process
from tests.api.house import FRENCH_FIRST, House
from tests.api.test_accessibility import inspector
from tests.delegations.reception import APPROVE, YES, Reception, slot
from tests.operations.steps import Office

FIELDS = {
    "organisation": "Comune di Bologna",
    "city": "Bologna",
    "country": "Itàlia",
    "kind": "study",
    "head": "Giulia Ferri",
    "women": "4",
    "men": "3",
    "others": "",
    "contact_name": "Marco Conti",
    "contact_address": "Marco@bologna.example",
    "language": "en",
    "themes": "Mercats\n\n Salut pública ",
    "host-ECOLOGY": "1",
    "host-MAYOR": "1",
    "office": "HEALTH",
    "plan": "TST",
}


def coming() -> tuple[date, date]:
    """A Tuesday some ten weeks from now, and the day after."""
    first = datetime.now(UTC).date() + timedelta(days=70)
    first += timedelta(days=(1 - first.weekday()) % 7)
    return first, first + timedelta(days=1)


def digits(day: date) -> str:
    """As people type a day."""
    return f"{day.day}/{day.month}/{day.year}"


@dataclass
class Visit:
    """A delegation in the house; `here`: the address of its page."""

    reception: Reception
    here: str

    async def accepted(self) -> None:
        """Both hosts say that they receive it."""
        now = datetime.now(UTC)
        await self.reception.tell(now)
        for unit in ("ECOLOGY", "MAYOR"):
            await self.reception.answer("hosting_request", unit, YES, now)
        await self.reception.look(now)


async def visit(house: House, *, at: datetime | None = None, first: date | None = None, **changes: Any) -> Visit:
    """Announce one, prepared by HEALTH and asked of ECOLOGY and MAYOR."""
    first_day, last_day = coming() if first is None else (first, first)
    reception = Reception(Office(house.database, house.settings))
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    await reception.start(at or datetime.now(UTC), **days | changes)
    return Visit(reception, f"/delegations/{reception.reference.removeprefix('delegation/')}")


async def received(house: House) -> Visit:
    """One that took place; one host has reported."""
    now = datetime.now(UTC)
    past, day = now - timedelta(days=40), now.date() - timedelta(days=10)
    it = await visit(house, at=past, first=day)
    story = it.reception
    await story.tell(past)
    for unit in ("ECOLOGY", "MAYOR"):
        await story.answer("hosting_request", unit, YES, past)
    await story.compose(past, slot(day=day.isoformat()), slot("MAYOR", "11:00", "12:00", day=day.isoformat()))
    await story.tell(past)
    await story.answer("agenda_approval", "HEALTH", APPROVE, past)
    await story.tell(past)
    await story.tell(now)
    promised = f"Send the study; Àrea Salut; 1/9/{now.year + 1}"
    await story.answer("visit_report", "ECOLOGY", {"contacts": "A. Rossi", "commitments": promised}, now)
    await story.tell(now)
    return it


async def seen_on(client: httpx.AsyncClient, path: str) -> str:
    """What a form says that it has seen."""
    found = re.search(r'name="seen" value="(\d+)"', (await client.get(path)).text)
    assert found is not None, path
    return found[1]


async def acts(house: House, person: str = "mayor") -> list[str]:
    """What somebody did, as the record has it."""
    async with house.database.reading() as session:
        done = AuditEvent.action.not_like("staff.%")
        query = select(AuditEvent.action).where(AuditEvent.actor == person, done).order_by(AuditEvent.id)
        return list(await session.scalars(query))


async def test_a_coordinator_announces_a_delegation_and_composes_its_agenda_without_script(house: House):
    first, last = coming()
    async with house.desk(java_script_enabled=False) as page:
        await page.goto(f"{house.settings.office_url}/delegations?lang=en")
        await page.click("text=Announce a delegation")
        for name, value in FIELDS.items():
            if name.startswith("host-"):
                await page.check(f"#{name}")
            elif name in {"kind", "language", "office", "plan"}:
                await page.select_option(f"#{name}", value)
            else:
                await page.fill(f"#{name}", value)
        await page.fill("#first_day", digits(first))
        await page.click("main button")
        assert await page.locator("[role=alert]:focus a").get_attribute("href") == "#last_day"
        assert await page.input_value("#head") == "Giulia Ferri"
        await page.fill("#last_day", digits(last))
        await page.click("main button")
        assert "The delegation is announced." in await page.inner_text("[role=status]")
        reference = page.url.partition("?")[0].rpartition("/")[2]
        it = Visit(Reception(Office(house.database, house.settings)), page.url.partition("?")[0])
        async with house.database.reading() as session:
            process = (
                await session.scalars(select(Process).where(Process.reference == f"delegation/{reference}"))
            ).one()
        it.reception.process_id, it.reception.reference = process.id, process.reference
        await it.accepted()
        await page.click("text=Delegations")
        await page.click("text=Comune di Bologna")
        await page.click("text=Compose the agenda")
        for number, (host, start, end) in enumerate((("ECOLOGY", "9", "10.30"), ("ECOLOGY", "10:00", "11h")), start=1):
            for name, value in (("start", start), ("end", end), ("theme", f"Tema {number}"), ("place", "Saló")):
                await page.fill(f"#{name}-{number}", value)
            await page.select_option(f"#host-{number}", host)
        await page.click("text=Keep it and ask for approval")
        conflict = await page.inner_text("[role=alert]:focus")
        assert "Àrea Ecologia Urbana is to receive the delegation twice at the same time" in conflict
        assert await page.input_value("#theme-2") == "Tema 2"
        await page.fill("#start-2", "10:30")
        await page.click("text=Keep it and ask for approval")
        assert "The agenda is kept." in await page.inner_text("[role=status]")
        assert "Waits for approval" in await page.inner_text("section[aria-labelledby=agenda]")
    assert await acts(house) == ["visit.started", "visit.agenda_composed"]


async def test_the_form_says_everything_that_is_missing_and_starts_one_visit_however_often_it_is_sent(house: House):
    first, last = coming()
    days = {"first_day": digits(first), "last_day": digits(last)}
    async with house.staff() as client:
        nothing = await client.post("/delegations/new?lang=en", data={"women": "many", "themes": " ", "city": "<i>x"})
        assert nothing.status_code == 422
        wanted = ("organisation", "country", "kind", "head", "women", "contact_name", "contact_address", "language")
        for name in (*wanted, "first_day", "last_day", "themes", "hosts", "office", "plan"):
            assert f'href="#{name}"' in nothing.text, name
            assert f'id="{name}"' in nothing.text, name
        assert 'value="&lt;i&gt;x"' in nothing.text
        wrong = FIELDS | days | {"contact_address": "marco@", "last_day": "1/1/2020", "key": "k1"}
        refused = await client.post("/delegations/new?lang=en", data=wrong)
        assert refused.status_code == 422
        assert 'href="#contact_address"' in refused.text
        unknown = await client.post("/delegations/new?lang=en", data=FIELDS | days | {"host-NOWHERE": "1"})
        assert "NOWHERE" in unknown.text
        form = FIELDS | days | {"key": "k1"}
        one, two = [await client.post("/delegations/new", data=form) for _ in range(2)]
        assert one.headers["location"] == two.headers["location"]
        other = await client.post("/delegations/new?lang=en", data=form | {"city": "Imola"})
        assert other.status_code == 409
        assert 'value="Imola"' in other.text
        page = (await client.get(one.headers["location"] + "&lang=en")).text
    assert page.index("Àrea Ecologia Urbana") < page.index("Alcaldia")
    assert "Mercats; Salut pública" in page
    assert await acts(house) == ["visit.started"]


async def test_a_visit_is_moved_gets_and_loses_hosts_and_is_called_off(house: House):
    it = await visit(house)
    await it.accepted()
    first, last = (day + timedelta(days=7) for day in coming())
    async with house.staff() as client:
        forms: dict[str, dict[str, str]] = {
            "move": {"first_day": digits(first), "last_day": digits(last), "reason": "Vaga de trens"},
            "add-host": {"unit": "HEALTH"},
            "release": {"unit": "MAYOR", "reason": "Ja no cal"},
            "cancel": {"reason": "Eleccions"},
        }
        for act, form in forms.items():
            path = f"{it.here}/{act}"
            seen = await seen_on(client, f"{path}?unit={form.get('unit', '')}&lang=en")
            empty = await client.post(f"{path}?lang=en", data=dict.fromkeys(form, "") | {"seen": seen})
            assert (empty.status_code, 'role="alert"' in empty.text) == (422, True), act
            done = await client.post(path, data=form | {"seen": seen})
            assert done.status_code == 303, act
            assert (await client.get(f"{done.headers['location']}&lang=en")).status_code == 200
        over = await client.post(f"{it.here}/move?lang=en", data=forms["move"] | {"seen": seen})
        assert over.status_code == 409
        page = (await client.get(f"{it.here}?lang=en")).text
    assert "Called off" in page
    assert "Vaga de trens" in page
    assert "/cancel" not in page
    assert await acts(house) == ["visit.moved", "visit.host_added", "visit.host_removed", "visit.called_off"]


async def test_the_second_of_two_coordinators_sees_what_the_first_did(house: House):
    it = await visit(house)
    await it.accepted()
    path = f"{it.here}/cancel"
    async with house.staff() as one, house.staff(person="ecology-head") as two:
        seen = await seen_on(one, path)
        assert (await two.post(f"{it.here}/add-host", data={"unit": "HEALTH", "seen": seen})).status_code == 303
        late = await one.post(f"{path}?lang=en", data={"reason": "Eleccions", "seen": seen})
        assert late.status_code == 409
        assert "Elena Cap" in late.text
        assert "Eleccions</textarea>" in late.text
        rows = {"rows": "1", "seen": seen, "start-1": "9", "end-1": "10", "theme-1": "T", "place-1": "P"}
        rows |= {"day-1": coming()[0].isoformat(), "host-1": "ECOLOGY"}
        agenda = await one.post(f"{it.here}/agenda?lang=en", data=rows)
        assert (agenda.status_code, 'value="P"' in agenda.text) == (409, True)
        assert (await one.post(path, data={"reason": "Eleccions", "seen": await seen_on(one, path)})).status_code == 303


async def test_rows_of_an_agenda_are_kept_whatever_is_wrong_with_them(house: House):
    it = await visit(house)
    await it.accepted()
    path = f"{it.here}/agenda?lang=en"
    async with house.staff() as client:
        half = {"rows": "2", "start-1": "25:00", "theme-2": "Tema <b>", "host-2": "HEALTH"}
        more = await client.post(path, data=half | {"more": "1"})
        assert (more.status_code, 'name="theme-5"' in more.text) == (200, True)
        wrong = await client.post(path, data=half)
        assert wrong.status_code == 422
        for field in ("start-1", "end-1", "theme-1", "place-1", "host-1", "start-2", "place-2"):
            assert f'href="#{field}"' in wrong.text, field
        assert 'value="Tema &lt;b&gt;"' in wrong.text
        none = await client.post(path, data={"rows": "nonsense"})
        assert (none.status_code, "Fill in at least one hour" in none.text) == (422, True)
    assert await acts(house) == []


@pytest.mark.drill
async def test_a_visit_that_took_place_shows_what_came_of_it(house: House):
    it = await received(house)
    async with house.staff("manager", person="health-head", unit="HEALTH") as client:
        page = (await client.get(f"{it.here}?lang=en")).text
        listed = (await client.get("/delegations?state=received&lang=en")).text
        nothing = (await client.get("/delegations?state=nonsense&lang=en")).text
    assert "A. Rossi" in page
    assert "Send the study" in page
    assert "Its contact has not said yet how it was." in page
    assert "course__now" in page
    assert "Comune di Bologna" in listed
    assert "No delegation is expected." in nothing


async def test_a_visit_is_shown_and_changed_only_by_those_of_the_unit_that_prepares_it(house: House):
    mine, other = await visit(house), await visit(house, office="ECOLOGY", organisation="Stadt Mainz")
    await mine.accepted()
    changes = ("move", "cancel", "add-host", "release", "agenda", "nothing")
    async with (
        house.staff(person="health", unit="HEALTH") as coordinator,
        house.staff("manager", person="health-head", unit="HEALTH") as manager,
        house.staff("operator", person="ecology") as operator,
    ):
        listed = (await coordinator.get("/delegations?lang=en")).text
        assert ("Comune di Bologna" in listed, "Stadt Mainz" in listed) == (True, False)
        assert (await coordinator.get(mine.here)).status_code == 200
        assert f"{mine.here}/move" not in (await manager.get(mine.here)).text
        assert (await operator.get("/delegations")).status_code == 404
        assert (await coordinator.get(other.here)).status_code == 404
        assert (await coordinator.get("/delegations/2026-9999")).status_code == 404
        for act in changes:
            assert (await coordinator.post(f"{other.here}/{act}", data={"reason": "x"})).status_code == 404, act
            assert (await manager.post(f"{mine.here}/{act}", data={"reason": "x"})).status_code == 404, act
        days = dict(zip(("first_day", "last_day"), map(digits, coming()), strict=True))
        elsewhere = await coordinator.post("/delegations/new?lang=en", data=FIELDS | days | {"office": "ECOLOGY"})
        assert (elsewhere.status_code, 'href="#office"' in elsewhere.text) == (422, True)
    assert [act for act in await acts(house, "health") if act.startswith("visit.")] == []


@pytest.mark.parametrize("language", FRENCH_FIRST)
@pytest.mark.drill
async def test_pages_of_collections_and_delegations_are_accessible(house: House, language: str):
    it = await visit(house)
    await it.accepted()
    url = house.settings.office_url
    rehearsal = "/collections/new?plan=TST&period=2027-Q1&answers=mixed"
    async with inspector(house, language, office=True) as see:
        page = see.page
        for path in ("/collections/TST/2026-Q3", rehearsal, "/delegations", it.here):
            await page.goto(f"{url}{path}{'&' if '?' in path else '?'}lang={language}")
            await see.look(path)
        for path in ("/delegations/new", f"{it.here}/agenda", f"{it.here}/move", "/collections/TST/2026-Q4/pause"):
            await page.goto(f"{url}{path}?lang={language}")
            await see.look(path)
            await page.click("form:not(.sections__who):not(.filter) .button:not(.button--quiet)")
            await see.look(f"{path}, with errors", error=True)

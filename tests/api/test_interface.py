"""What programs read and do over `/api`: with a token, within its role and its units, told of every problem."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from models.contracts.answering import Typed
from models.contracts.refusal import Refused
from models.contracts.staff import Role
from models.tables.mail import OutgoingMail
from models.tables.process import AuditEvent
from models.tables.staff import ApiToken
from models.tables.task import Task
from operations.api_tokens import issue, revoke
from tests.api.desk import put
from tests.api.house import COUNT, House
from tests.api.registers import CALL, OTHER, with_calls, with_networks

PROBLEM = "application/problem+json"
ROLES: tuple[Role, ...] = ("coordinator", "manager", "operator")


@asynccontextmanager
async def program(
    house: House, role: Role = "coordinator", unit: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A program of the city with a token; its name says what it may."""
    name = f"{role}-{(unit or 'city').lower()}"
    async with house.database.transaction() as session:
        token = await issue(session, name, role, unit_code=unit, days=1, by="operator", now=datetime.now(UTC))
    async with house.client() as client:
        client.headers["authorization"] = f"Bearer {token}"
        yield client


async def pages(client: httpx.AsyncClient, address: str, **wanted: Any) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    found: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        answer = (await client.get(address, params={**wanted, **after})).json()
        found += answer["items"]
        if answer["next"] is None:
            return found
        after = {"after": answer["next"]}


async def test_tasks_are_listed_by_page_and_shown_with_what_happened_and_what_comes_next(house: House):
    reference = await house.reference("health")
    async with program(house) as client:
        everything = await pages(client, "/api/tasks", limit=1)
        assert [task["reference"] for task in everything] == sorted({task["reference"] for task in everything})
        assert len(everything) == 4
        mine = await pages(client, "/api/tasks", process="collection/TST/2026-Q4", assignee="health")
        assert [task["reference"] for task in mine] == [reference]
        assert await pages(client, "/api/tasks", kind="focal_point_naming", state="open", unit="ECOLOGY")
        assert await pages(client, "/api/tasks", overdue=True, process="collection/TST/2026-Q4") == []
        assert await pages(client, "/api/tasks", due_by="2020-01-01") == []
        await house.answer("health", {COUNT: Typed(value="1.234")})
        task = (await client.get(f"/api/tasks/{reference}")).json()
    assert (task["asked"], task["answered"], task["state"]) == (3, 1, "partly_answered")
    assert task["page"] == f"{house.settings.office_url}/tasks/{reference}"
    (answered,) = [item for item in task["items"] if item["code"] == COUNT]
    assert (answered["unit"], answered["answer"]["number"]) == ("count", "1234")
    assert {step["kind"] for step in task["steps"]} >= {"request", "reminder", "expiry"}
    assert task["unit"] == {"code": "HEALTH", "name": "Àrea Salut"}


async def test_a_program_acts_as_people_do_and_the_record_names_it(house: House):
    reference, task = await house.reference("health"), await house.task("health")
    later = (task.closes_on - timedelta(days=1)).isoformat()
    async with program(house, "manager", "HEALTH") as client:

        async def act(deed: str, **sent: Any) -> httpx.Response:
            return await client.post(f"/api/tasks/{reference}/{deed}", json=sent)

        seen = (await client.get(f"/api/tasks/{reference}")).json()["seen"]
        given = await act("extend", until=later, reason="The audit is late.", seen=seen)
        assert (given.status_code, given.json()["due_on"] > task.due_on.isoformat()) == (200, True)
        late = await act("extend", until=later, reason="Once more.")
        assert (late.status_code, late.headers["content-type"]) == (422, PROBLEM)
        assert "choose a later day" in late.json()["detail"]
        assert (await act("escalate", reason="The council meets.")).json()["steps"]
        assert (await act("remind")).status_code == 422  # it was asked today
        async with house.database.transaction() as session:
            event = AuditEvent(at=datetime.now(UTC), actor="mayor", action="task.snoozed", task_id=task.id, detail={})
            session.add(event)
        stale = await act("waive", reason="Given up.", seen=given.json()["seen"])
        assert (stale.status_code, stale.json()["title"]) == (409, "Somebody was faster.")
        moved = await act("reassign", person="health-head", note="Sofia is away.")
        assert moved.json()["assignee"]["code"] == "health-head"
        assert (await act("reassign", person="nobody")).status_code == 422
        waived = (await act("waive", reason="The action was given up.")).json()
        assert (waived["state"], waived["outcome_reason"]) == ("waived", "The action was given up.")
        assert (await act("remind")).status_code == 409
    async with program(house, "operator") as client:
        events = await pages(client, "/api/audit", task=reference, actor="api:manager-health", limit=2)
    assert [event["action"] for event in events] == [
        "task.extended",
        "task.escalated_by_hand",
        "task.delegated",
        "task.waived",
    ]
    assert (events[0]["detail"]["before"], events[0]["detail"]["reason"]) == (
        task.due_on.isoformat(),
        "The audit is late.",
    )
    async with house.database.reading() as reading:
        assert await reading.scalar(select(func.count()).where(OutgoingMail.name == "task_change"))


async def test_what_is_not_within_the_units_of_a_token_does_not_exist_for_it(house: House):
    own, foreign = await house.reference("health"), await house.reference("ecology-head")
    before = await house.counts()
    async with program(house, "coordinator", "HEALTH") as client:
        assert {task["unit"]["code"] for task in await pages(client, "/api/tasks")} == {"HEALTH"}
        assert (await client.get("/api/tasks", params={"unit": "ECOLOGY"})).status_code == 404
        assert (await client.get(f"/api/tasks/{own}")).status_code == 200
        unknown = await client.get("/api/tasks/XXXX-XXXX")
        for method, address in (
            ("GET", f"/api/tasks/{foreign}"),
            *(("POST", f"/api/tasks/{foreign}/{deed}") for deed in ("remind", "extend", "waive", "escalate")),
        ):
            sent = {"until": "2027-01-01", "reason": "x"} if "extend" in address else {"reason": "x"}
            answer = await client.request(method, address, json={} if "remind" in address else sent)
            assert (answer.status_code, answer.json()) == (unknown.status_code, unknown.json()), address
    after = await house.counts()
    assert after["audit_events"] == before["audit_events"] + 1  # the token


ALLOWED: dict[str, tuple[Role, ...]] = {
    "/collections": ("coordinator", "manager"),
    "/collections/TST/2026-Q4": ("coordinator", "manager"),
    "/collections/TST/2026-Q3/report": ("coordinator", "manager"),
    "/tasks": ("coordinator", "manager"),
    "/tasks/XXXX-XXXX": ("coordinator", "manager"),
    "/calls": ("coordinator", "manager"),
    "/calls/NONE": ("coordinator", "manager"),
    "/networks": ("coordinator", "manager"),
    "/networks/NONE": ("coordinator", "manager"),
    "/people": ("coordinator", "operator"),
    "/audit": ROLES,
}
"""Who may read what, for the whole city."""
OF_UNITS = {"/tasks", "/tasks/XXXX-XXXX", "/calls", "/calls/NONE", "/networks", "/networks/NONE"}
"""What a token for some units may read as well."""


async def test_every_route_is_open_to_its_roles_only(house: House):
    async with house.client() as client:
        document = (await client.get("/api/openapi.json")).json()
    written = {re.sub(r"\{[^}]*\}", "{}", path) for path, deeds in document["paths"].items() if "get" in deeds}
    here = {re.sub(r"TST|2026-Q[34]|XXXX-XXXX|NONE", "{}", path) for path in ALLOWED}
    assert written == here
    for role in ROLES:
        for unit in (None, "HEALTH"):
            async with program(house, role, unit) as client:
                for address, roles in ALLOWED.items():
                    allowed = role in roles and (unit is None or address in OF_UNITS)
                    answer = await client.get(f"/api{address}")
                    expected = (404 if "XXXX" in address or "NONE" in address else 200) if allowed else 403
                    assert answer.status_code == expected, (role, unit, address)
                    if not allowed:
                        assert answer.headers["content-type"] == PROBLEM
                for path, deeds in document["paths"].items():
                    if "post" in deeds and (role == "operator" or (role == "manager" and path == "/delegations")):
                        assert (await client.post(f"/api{path}", json={})).status_code == 403, path


async def test_only_a_token_that_stands_opens_anything(house: House):
    now = datetime.now(UTC)
    async with program(house) as client:
        shown = client.headers["authorization"]
        assert (await client.get("/api/tasks")).status_code == 200
        async with house.database.reading() as reading:
            used = await reading.scalar(select(ApiToken.used_at))
        assert used is not None
        assert now <= used
        for wrong in ("", "Bearer", f"Basic {shown[7:]}", shown + "x", shown[:-1], "Bearer \xe9"):
            answer = await client.get("/api/tasks", headers={b"authorization": wrong.encode("latin-1")})
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), wrong
            assert answer.headers["content-type"] == PROBLEM
        async with house.database.transaction() as session:
            await session.execute(update(ApiToken).values(expires_at=now))
        assert (await client.get("/api/tasks")).status_code == 401
        async with house.database.transaction() as session:
            await session.execute(update(ApiToken).values(expires_at=now + timedelta(days=1)))
            await revoke(session, "coordinator-city", by="operator", now=now)
        assert (await client.get("/api/tasks")).status_code == 401
        tries = [(await client.get("/api/tasks")).status_code for _ in range(12)]
        assert tries[-1] == 429
    async with house.staff() as client, house.client() as public:
        public.cookies.update(client.cookies)
        assert (await public.get("/api/people")).status_code == 401  # a person's session is no token


async def test_a_token_is_named_well_and_once(house: House):
    now = datetime.now(UTC)

    async def made(name: str, *, days: int = 30, unit: str | None = None) -> str:
        async with house.database.transaction() as session:
            return await issue(session, name, "manager", unit_code=unit, days=days, by="operator", now=now)

    assert (await made("crm")).startswith("focal_")
    for name, days, unit in (
        ("crm", 1, None),
        ("C R M", 1, None),
        ("x", 1, None),
        ("long", 1000, None),
        ("never", 0, None),
        ("lost", 1, "NOWHERE"),
    ):
        with pytest.raises(Refused):
            await made(name, days=days, unit=unit)
    async with house.database.transaction() as session:
        await revoke(session, "crm", by="operator", now=now)
    for name in ("crm", "other"):
        with pytest.raises(Refused):
            async with house.database.transaction() as session:
                await revoke(session, name, by="operator", now=now)
    with pytest.raises(Refused):
        await made("crm")  # the record would not tell the two apart
    async with house.database.reading() as reading:
        kept = (await reading.scalars(select(ApiToken))).one()
        events = select(AuditEvent.action, AuditEvent.detail["name"].astext).where(
            AuditEvent.action.startswith("token.")
        )
        assert [tuple(event) for event in await reading.execute(events)] == [
            ("token.issued", "crm"),
            ("token.revoked", "crm"),
        ]
    assert len(kept.token_hash) == 64


async def test_calls_networks_people_and_collections_are_told_without_addresses(house: House):
    await put(house, "membership_evidence")
    await put(house, "call_interest")
    async with program(house) as client:
        (network,) = await pages(client, "/api/networks")
        shown = (await client.get(f"/api/networks/{network['code'].lower()}")).json()
        assert shown["name"] == network["name"]
        assert [review["state"] for review in shown["reviews"]] == ["open"]
        (call,) = await pages(client, "/api/calls")
        assert call["deadlines"]
        assert call["follow_up"]
        detail = (await client.get(f"/api/calls/{call['identifier']}")).json()
        assert {**call, "description": detail["description"]} == detail
        assert await pages(client, "/api/calls", decision="ignore") == []
        people = await pages(client, "/api/people", limit=2)
        assert [person["code"] for person in people] == ["ecology", "ecology-head", "health", "health-head", "mayor"]
        assert people[2]["focal_point_of"] == ["HEALTH"]
        assert "@" not in json.dumps(people)
        quarters = (await client.get("/api/collections")).json()
        assert [quarter["reference"] for quarter in quarters] == ["collection/TST/2026-Q4", "collection/TST/2026-Q3"]
        assert (await client.get("/api/collections/TST/2026-Q3")).json() == quarters[1]
        report = (await client.get("/api/collections/TST/2026-Q3/report")).json()
        assert report["tally"]["value"] == 2
        for nothing in ("TST/2020-Q1", "XYZ/2026-Q4", "TST/rubbish", "TST/2020-Q1/report"):
            assert (await client.get(f"/api/collections/{nothing}")).status_code == 404


async def test_a_token_of_a_unit_sees_the_networks_and_the_follow_ups_of_its_units(house: House):
    await with_networks(house)
    await with_calls(house)
    async with house.staff() as client:
        for call, unit in ((CALL, "HEALTH"), (OTHER, "ECOLOGY")):
            chosen = {"units": [unit], "office": unit, "plan": "TST"}
            assert (await client.post(f"/calls/{call}/follow", data=chosen)).status_code == 303
    async with program(house, "manager", "HEALTH") as client:
        assert [network["code"] for network in await pages(client, "/api/networks")] == ["NET-SALUT"]
        found = [(await client.get(f"/api/networks/{code}")).status_code for code in ("NET-SALUT", "NET-PROVA")]
        assert found == [200, 404]
        assert [call["identifier"] for call in await pages(client, "/api/calls") if call["follow_up"]] == [CALL]
        assert (await client.get(f"/api/calls/{OTHER}")).json()["follow_up"] is None


async def test_the_record_tells_programs_no_addresses(house: House):
    async with house.staff() as client:
        await client.post("/people/person/health", data={"act": "address", "address": "sofia@prova.example"})
    async with program(house) as client:
        events = await pages(client, "/api/audit", action="person.address_corrected")
    assert [(event["detail"]["before"], event["detail"]["after"]) for event in events] == [("…", "…")]


Send = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


async def test_every_problem_is_told_in_the_form_of_problems(house: House):
    reference = await house.reference("health")
    deed = f"/api/tasks/{reference}/waive"
    kind = {"content-type": "application/json"}
    sent: list[tuple[int, Send]] = [
        (404, lambda client: client.get("/api/nothing")),
        (404, lambda client: client.get("/api/tasks/%00")),
        (404, lambda client: client.get("/api/tasks/x%0A")),
        (422, lambda client: client.get("/api/tasks?after=%00")),
        (405, lambda client: client.put("/api/tasks")),
        (405, lambda client: client.delete("/api/delegations")),
        (422, lambda client: client.get("/api/tasks?limit=0")),
        (422, lambda client: client.get("/api/tasks?state=asleep")),
        (422, lambda client: client.get("/api/audit?after=99999999999999999999")),
        (400, lambda client: client.post(deed, content=b"{", headers=kind)),
        (400, lambda client: client.post(deed, content=b"[" * 50_000, headers=kind)),
        (413, lambda client: client.post(deed, json={"reason": "x" * 70_000})),
        (413, lambda client: client.post(deed, content=b"x" * 5_000_000, headers=kind)),
        (415, lambda client: client.post(deed, data={"reason": "x"})),
        (422, lambda client: client.post(deed, json=[])),
        (422, lambda client: client.post(deed, json={"reason": ""})),
        (422, lambda client: client.post(deed, json={"reason": " "})),
        (422, lambda client: client.post(deed, json={"reason": "x\0"})),
        (422, lambda client: client.post(deed, content=b'{"reason": "\\ud800"}', headers=kind)),
        (422, lambda client: client.post(deed, json={"reason": "x", "why": "y"})),
        (422, lambda client: client.post(deed, json={"reason": "x" * 2_001})),
        (403, lambda client: client.post(deed, json={}, headers={"sec-fetch-site": "cross-site"})),
    ]
    async with program(house) as client:
        for status, send in sent:
            answer = await send(client)
            assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
            problem = answer.json()
            assert problem["status"] == status
            assert problem["title"].endswith(".")
    async with house.database.reading() as session:
        assert await session.scalar(select(func.count()).where(Task.state == "waived")) == 0

"""Starting a delegation over HTTP, by a program that shows the token; problems come back by name."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio
from sqlalchemy import func, select

from api.answers import answer_app
from models.tables.delegation_reception import Visit
from models.tables.process import Process
from operations.api_tokens import issue
from settings import Settings
from store.database import Database
from tests.delegations.reception import order_of
from tests.world import build_world

ADDRESS = "/api/delegations"


def order(**changes: Any) -> dict[str, Any]:
    first = datetime.now(UTC).date() + timedelta(days=60)
    return order_of(first_day=first.isoformat(), last_day=first.isoformat(), **changes)


@pytest_asyncio.fixture
async def client(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Another program of the city, which has a token."""
    await build_world(database)
    async with database.transaction() as session:
        token = await issue(session, "crm", "coordinator", days=1, by="operator", now=datetime.now(UTC))
    transport = httpx.ASGITransport(app=answer_app(settings, database))
    async with httpx.AsyncClient(transport=transport, base_url=settings.answer_url) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def visits(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Visit)) or 0


async def test_a_delegation_is_started_once(client: httpx.AsyncClient, database: Database, settings: Settings):
    year = datetime.now(UTC).year
    first = await client.post(ADDRESS, json=order(), headers={"Idempotency-Key": '"crm-1"'})
    assert (first.status_code, first.json()) == (201, {"reference": f"delegation/{year}-0001", "joined": False})
    assert first.headers["location"] == f"{settings.office_url}/delegations/{year}-0001"
    again = await client.post(ADDRESS, json=order(), headers={"Idempotency-Key": "crm-1"})
    assert (again.status_code, again.json()["joined"]) == (200, True)
    assert again.headers["location"] == first.headers["location"]
    other = await client.post(ADDRESS, json=order(city="Mainz"), headers={"Idempotency-Key": "crm-1"})
    assert other.status_code == 409
    assert "which is another delegation" in other.json()["detail"]
    assert await visits(database) == 1
    async with database.reading() as session:
        assert await session.scalar(select(Process.opened_by)) == "api:crm"


async def test_requests_that_come_at_once_with_one_key_start_one_delegation(
    client: httpx.AsyncClient, database: Database
):
    sent = [client.post(ADDRESS, json=order(), headers={"Idempotency-Key": "k"}) for _ in range(5)]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert await visits(database) == 1


async def test_every_problem_is_named(client: httpx.AsyncClient, database: Database):
    wrong = order(diet="vegan", kind="private")
    answer = await client.post(ADDRESS, json=wrong)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["title"]) == (422, "The delegation cannot be started.")
    assert [each.split(":")[0] for each in problem["errors"][:2]] == ["kind", "diet"]
    unknown = await client.post(ADDRESS, json=order(hosts=["NOWHERE"], office="ELSEWHERE"))
    assert unknown.json()["errors"] == ["There is no unit “NOWHERE”.", "There is no unit “ELSEWHERE”."]
    assert await visits(database) == 0


async def test_what_is_no_order_is_refused(client: httpx.AsyncClient):
    kind = {"Content-Type": "application/json"}
    cases = (
        (b"{", kind, 400),
        (b"\xff", kind, 400),
        (b"[" * 50_000, kind, 400),
        (b'{"number": ' + b"9" * 5000 + b"}", kind, 400),
        (b"[]", kind, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (json.dumps({"city": "x" * 70_000}).encode(), kind, 413),
    )
    for body, headers, status in cases:
        answer = await client.post(ADDRESS, content=body, headers=headers)
        assert answer.status_code == status, body[:20]
        assert answer.headers["content-type"] == "application/problem+json"
    for method in ("GET", "PUT", "DELETE"):
        answer = await client.request(method, ADDRESS)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.headers["content-type"] == "application/problem+json"
    surrogate = json.dumps(order()).replace("Comune di Bologna", "\\ud800").encode()
    assert (await client.post(ADDRESS, content=surrogate, headers=kind)).status_code == 422


async def test_a_token_for_some_units_starts_nothing_for_another_office(client: httpx.AsyncClient, database: Database):
    async with database.transaction() as session:
        token = await issue(
            session, "ecology", "coordinator", unit_code="ECOLOGY", days=1, by="operator", now=datetime.now(UTC)
        )
    answer = await client.post(ADDRESS, json=order(), headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["errors"]) == (422, ["There is no unit “HEALTH”."])
    assert await visits(database) == 0


async def test_a_page_from_elsewhere_cannot_start_one(client: httpx.AsyncClient, database: Database):
    elsewhere = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert (await client.post(ADDRESS, json=order(), headers=elsewhere)).status_code == 403
    assert await visits(database) == 0

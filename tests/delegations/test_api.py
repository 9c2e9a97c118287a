"""Starting a delegation over HTTP, by a program that shows the token; problems come back by name."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import func, select

from api.answers import answer_app
from models.tables.delegation_reception import Visit
from models.tables.process import Process
from settings import Settings
from store.database import Database
from tests.delegations.reception import order_of
from tests.world import build_world

TOKEN = "a token for tests, long enough to be accepted"
ADDRESS = "/api/delegations"


def order(**changes: Any) -> dict[str, Any]:
    first = datetime.now(UTC).date() + timedelta(days=60)
    return order_of(first_day=first.isoformat(), last_day=first.isoformat(), **changes)


async def client_of(settings: Settings, database: Database) -> httpx.AsyncClient:
    await build_world(database)
    transport = httpx.ASGITransport(app=answer_app(settings, database))
    return httpx.AsyncClient(transport=transport, base_url=settings.answer_url)


@pytest_asyncio.fixture
async def client(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Another program of the city, which knows the token."""
    async with await client_of(settings.model_copy(update={"api_token": SecretStr(TOKEN)}), database) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
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
        assert await session.scalar(select(Process.opened_by)) == "api"


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


async def test_only_who_shows_the_token_starts_anything(client: httpx.AsyncClient, database: Database):
    for shown in ("", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer \xe9"):
        answer = await client.post(ADDRESS, json=order(), headers={b"Authorization": shown.encode("latin-1")})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), shown
    assert await visits(database) == 0


async def test_without_a_token_in_the_settings_nobody_can(settings: Settings, database: Database):
    async with await client_of(settings, database) as client:
        for shown in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
            answer = await client.post(ADDRESS, json=order(), headers=shown)
            assert answer.status_code == 403
            assert "FOCAL_API_TOKEN" in answer.json()["title"]


async def test_a_page_from_elsewhere_cannot_start_one(client: httpx.AsyncClient, database: Database):
    elsewhere = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert (await client.post(ADDRESS, json=order(), headers=elsewhere)).status_code == 403
    assert await visits(database) == 0

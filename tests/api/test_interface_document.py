"""The OpenAPI document says all there is to say of `/api`, and `/api` does what it says, whatever it is sent."""

import asyncio
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.desk import put
from tests.api.house import House
from tests.api.test_interface import PROBLEM, program

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


async def test_the_document_is_complete(house: House):
    async with house.client() as client:
        answer = await client.get("/api/openapi.json")
    document: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert document["servers"] == [{"url": f"{house.settings.answer_url}/api"}]
    assert document["security"] == [{"token": []}]
    names = [deed["operationId"] for deeds in document["paths"].values() for deed in deeds.values()]
    assert len(names) == len(set(names)) == 17
    for path, deeds in document["paths"].items():
        for method, deed in deeds.items():
            assert deed["summary"], path
            assert deed["description"], path
            statuses = {int(status) for status in deed["responses"]}
            assert {401, 403, 422, 429, 500} < statuses, path
            assert ({400, 409, 413, 415} <= statuses) == (method == "post"), path
            assert (404 in statuses) or "{" not in path, path
            for status, response in deed["responses"].items():
                kinds = set(response["content"])
                assert kinds == ({"application/json"} if int(status) < 400 else {PROBLEM}), (path, status)
            if method == "post":
                (body,) = deed["requestBody"]["content"].values()
                assert "example" in body or "examples" in _schema(document, body["schema"]), path
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description") or name.startswith("Listing"), name


def _schema(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


@pytest.mark.parametrize("examples", [4, pytest.param(300, marks=pytest.mark.drill)])
async def test_nothing_that_is_sent_gets_an_answer_that_is_not_in_the_document(house: House, examples: int):
    await put(house, "membership_evidence")
    await put(house, "call_interest")
    async with house.client() as client:
        document = (await client.get("/api/openapi.json")).json()
    async with program(house) as client:
        shown = {"Authorization": client.headers["authorization"]}
        known = {
            "plan": "TST",
            "period": "2026-Q4",
            "reference": await house.reference("health"),
            "identifier": (await client.get("/api/calls")).json()["items"][0]["identifier"],
            "code": (await client.get("/api/networks")).json()["items"][0]["code"],
        }
        await asyncio.to_thread(_try_everything, document, shown, known, examples)


def _try_everything(document: dict[str, Any], shown: dict[str, str], known: dict[str, str], examples: int) -> None:
    schema = schemathesis.openapi.from_dict(document)
    health = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    unhurried = settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=health
    )
    answered: set[tuple[str, int]] = set()
    with requests.Session() as session:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            strategy = found.ok().as_strategy
            cases = strategies.one_of([strategy(generation_mode=mode) for mode in schemathesis.GenerationMode])

            @unhurried
            @given(case=cases, there=strategies.booleans())
            def check(case: schemathesis.Case, there: bool) -> None:
                if there:
                    case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
                response = case.call(base_url=document["servers"][0]["url"], headers=shown, session=session)
                case.validate_response(response, checks=CHECKS)
                answered.add((case.method, response.status_code))

            check()
    assert {("GET", 200), ("GET", 404), ("GET", 422), ("POST", 422)} <= answered

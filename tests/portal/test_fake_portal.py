"""The fake portal checks what the real one checks, and ignores what it ignores."""

import json
import re
import signal
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from commands.fake_portal import fake_portal_command
from embedded.fake_portal import FAULTS, FakePortal, open_fake_portal
from models.contracts.refusal import Refused
from tests.portal.reading import SCOPES, TODAY, calls, crawl, refused

ASKED = {"apiKey": "SEDIA", "text": "***", "pageSize": "100", "pageNumber": "1"}
TOPICS = {"bool": {"must": [{"terms": {"type": ["1"]}}]}}
JSON = "application/json"


def part(value: object, media_type: str | None = JSON) -> tuple[Any, ...]:
    return (None, json.dumps(value), media_type) if media_type else (None, json.dumps(value))


async def ask(
    fake: FakePortal, query: object = TOPICS, *, asked: dict[str, str] = ASKED, **more: Any
) -> httpx.Response:
    """What the fake portal answers to one request."""
    files = {"query": part(query), "languages": part(["en"])} | more.pop("files", {})
    async with open_fake_portal(fake) as address, httpx.AsyncClient() as client:
        return await client.post(address, params=asked, **(more or {"files": files}))


async def test_what_is_asked_for_is_answered():
    answer = (await ask(FakePortal.invented(250, TODAY))).json()
    assert (answer["totalResults"], answer["pageNumber"], answer["pageSize"]) == (248, 1, 100)
    assert len(answer["results"]) == 100


async def test_without_a_text_it_answers_400():
    answer = await ask(FakePortal.invented(5, TODAY), asked={**ASKED, "text": ""})
    assert (answer.status_code, "parameter text is not present" in answer.text) == (400, True)


async def test_without_the_key_it_answers_403():
    assert (await ask(FakePortal.invented(5, TODAY), asked={**ASKED, "apiKey": "OTHER"})).status_code == 403


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/octet-stream"])
async def test_a_part_that_is_not_said_to_be_json_gets_500(media_type: str | None):
    answer = await ask(FakePortal.invented(5, TODAY), files={"query": part(TOPICS, media_type)})
    assert (answer.status_code, answer.json()["type"]) == (500, "throwable")


@pytest.mark.parametrize("node", [{"prefix": {"identifier": "LIFE"}}, {"range": {"startDate": {"gte": "2026"}}}])
async def test_a_condition_that_it_does_not_know_gets_400(node: dict[str, Any]):
    assert (await ask(FakePortal.invented(5, TODAY), {"bool": {"must": [node]}})).status_code == 400


async def test_a_page_has_at_most_a_hundred_rows_and_nobody_is_told():
    answer = (await ask(FakePortal.invented(250, TODAY), asked={**ASKED, "pageSize": "500"})).json()
    assert (answer["pageSize"], len(answer["results"])) == (100, 100)


@pytest.mark.parametrize("more", [{"json": {"query": TOPICS}}, {"data": {"query": json.dumps(TOPICS)}}])
async def test_json_and_plain_forms_are_taken_and_not_heeded(more: dict[str, Any]):
    assert (await ask(FakePortal.invented(50, TODAY), **more)).json()["totalResults"] == 50


async def test_rows_are_sorted_and_those_without_the_field_are_left_out():
    fake = FakePortal.invented(40, TODAY)
    files = {"sort": part({"field": "callIdentifier", "order": "DESC"})}
    rows = (await ask(fake, {"bool": {"must": []}}, files=files)).json()["results"]
    found = [row["metadata"]["callIdentifier"][0] for row in rows]
    assert found == sorted(found, reverse=True)
    assert len(found) == 39


@pytest.mark.parametrize("number", [0, 12, 250])
@pytest.mark.drill
async def test_every_invented_call_can_be_read(number: int):
    fake = FakePortal.invented(number, TODAY)
    read = [each for scope in SCOPES.values() for each in await crawl(fake, scope)]
    assert not refused(read)
    closed = sum(row["metadata"]["status"] == ["31094503"] for row in fake.rows)
    assert len(calls(read)) == len(fake.rows) - closed == number - closed
    assert len({call.identifier for call in calls(read)}) == len({call.portal_id for call in calls(read)}) == len(read)


async def test_a_call_can_be_changed_while_the_portal_runs():
    fake = FakePortal.invented(5, TODAY)
    before = (await crawl(fake, SCOPES["CERV"]))[0]
    fake.metadata(before.identifier)["deadlineDate"] = ["2027-06-01T00:00:00.000+0000"]
    after = calls(await crawl(fake, SCOPES["CERV"]))[0]
    assert str(after.deadlines[0].day) == "2027-06-01"
    with pytest.raises(LookupError):
        fake.metadata("CERV-2027-NONE")


def test_the_command_lists_the_faults_and_refuses_one_that_it_does_not_know():
    listed = CliRunner().invoke(fake_portal_command, ["--fault", "list"])
    assert [line.split()[0] for line in listed.output.splitlines()] == list(FAULTS)
    unknown = CliRunner().invoke(fake_portal_command, ["--fault", "flood"])
    assert isinstance(unknown.exception, Refused)
    assert "There is no fault flood" in str(unknown.exception)


def test_the_command_says_that_its_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = CliRunner().invoke(fake_portal_command, ["--port", str(port)]).exception
    assert isinstance(said, Refused)
    assert str(said) == f"The fake portal cannot listen on port {port}: Address already in use. Use --port."


def test_the_command_serves_until_it_is_stopped():
    script = "from commands.fake_portal import fake_portal_command; fake_portal_command()"
    command = [sys.executable, "-u", "-c", script, "--port", "0", "--calls", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        found = re.fullmatch(r"7 calls at (http://127\.0\.0\.1:\d+\S+)\n", served.stdout.readline())
        assert found
        files = {"query": part({"bool": {"must": []}}), "languages": part(["en"])}
        assert httpx.post(found[1], params=ASKED, files=files).json()["totalResults"] == 7
        served.send_signal(signal.SIGTERM)
        assert served.wait(10) == 0

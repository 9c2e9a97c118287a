"""The whole stack on this machine, hurt on purpose: a worker killed while it sends, Temporal stopped, a restart."""

import asyncio
import os
import re
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from embedded.ports import Ports
from embedded.stack import Options, Stack
from embedded.supervisor import running
from embedded.visitor import Visitor
from models.tables.indicator_collection import Report
from models.tables.mail import OutgoingMail
from models.tables.process import Dispatch, Process
from models.tables.task import Task
from operations.indicator_collection import open_collection
from store.database import Database
from tests.conftest import quick_folder
from tests.world import build_crowd

CROWD = 60
FIGURES = f"127.0.0.1:{Ports.free().smtp}"
SETTINGS = {"FOCAL_MAIL_LEASE_SECONDS": "8", "FOCAL_METRICS_ADDRESS": FIGURES}


@dataclass
class Running:
    """A stack, its database and its mailbox."""

    stack: Stack
    database: Database
    mailbox: httpx.AsyncClient

    async def arrived(self) -> list[dict[str, Any]]:
        listed = await self.mailbox.get("/mails.json", params={"limit": 1000})
        return list(listed.json()["mails"])

    async def source(self, mail: dict[str, Any]) -> str:
        return (await self.mailbox.get(f"/mails/{mail['id']}/source")).text

    async def count(self, column: Any, *where: Any) -> int:
        async with self.database.reading() as session:
            return int(await session.scalar(select(func.count(column)).where(*where)) or 0)


async def until(holds: Callable[[], Awaitable[bool]], what: str, seconds: float = 60) -> None:
    """Wait for something that other processes bring about."""
    for _ in range(int(seconds * 10)):
        if await holds():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} s: {what}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def folder() -> AsyncIterator[Path]:
    with quick_folder() as name:
        yield Path(name)


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Running]:
    """The stack, started on a folder as it is."""
    options = Options(data_dir=folder, ports=Ports.free(), fast=True, settings=SETTINGS)
    async with running(options, say=lambda _: None) as stack:
        database = Database(stack.database_url)
        async with httpx.AsyncClient(base_url=stack.mailbox_url, timeout=60) as mailbox:
            yield Running(stack, database, mailbox)
        await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ending() -> AsyncIterator[AsyncExitStack]:
    """Stops the stack that the tests share, at the latest when they are done."""
    async with AsyncExitStack() as ending:
        yield ending


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def up(folder: Path, ending: AsyncExitStack) -> Running:
    """The stack, as the test before left it."""
    return await ending.enter_async_context(started(folder))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asked(up: Running) -> Running:
    """The stack while it asks a crowd: a quarter of the requests have arrived."""
    await build_crowd(up.database, CROWD)
    async with up.database.transaction() as session:
        await open_collection(session, "TST", "2026-Q3", by="coordinator", now=datetime.now(UTC), at_once=True)

    async def a_quarter_sent() -> bool:
        return len(await up.arrived()) > CROWD // 4

    await until(a_quarter_sent, "a quarter of the requests arrive")
    return up


@pytest.mark.drill
async def test_a_worker_killed_while_it_sends_loses_nothing_and_doubles_nothing_visibly(asked: Running) -> None:
    up = asked
    up.stack.kill("worker", signal.SIGKILL)
    assert len(await up.arrived()) < CROWD

    async def all_sent() -> bool:
        return await up.count(OutgoingMail.id, OutgoingMail.state == "accepted") == CROWD

    await until(all_sent, "every request is accepted after the restart")
    copies: dict[str, set[str]] = defaultdict(set)
    for mail in await up.arrived():
        copies[mail["message_id"]].add(await up.source(mail))
    assert len(copies) == CROWD
    assert all(len(sources) == 1 for sources in copies.values())
    recipients = Counter(mail["to"] for mail in await up.arrived())
    assert len(recipients) == CROWD
    async with httpx.AsyncClient() as scraper:
        shown = (await scraper.get(f"http://{FIGURES}/metrics")).text
    (seconds,) = re.findall(r"^focal_mail_seconds_to_accepted_count\{.*\} (\d+)$", shown, re.MULTILINE)
    assert 0 < int(seconds) < CROWD, "of the worker that came after"
    assert "temporal_worker_task_slots_available" in shown, "Temporal's own figures stand beside them"


async def test_a_form_is_accepted_while_temporal_is_stopped_and_the_process_goes_on_when_it_is_back(
    asked: Running,
) -> None:
    up = asked

    async def requests() -> list[dict[str, Any]]:
        return [mail for mail in await up.arrived() if mail["envelope_to"] == ["person-1@prova.example"]]

    async def asked_by_mail() -> bool:
        return bool(await requests())

    await until(asked_by_mail, "the request arrives")
    mails = await requests()
    text = (await up.mailbox.get(f"/mails/{mails[0]['id']}/text")).text
    (link,) = set(re.findall(r"/a/[A-Za-z0-9_-]+", text))
    up.stack.kill("temporal", signal.SIGSTOP)
    async with Visitor(up.stack.answer_url) as visitor:
        form = await visitor.open(link)
        (choice,) = form.choices
        (check,) = [
            page for page in await visitor.press(form, {choice: "nothing_to_report"}, "check") if "/send" in page.action
        ]
        await visitor.press(check, {})

    async def receipt_came() -> bool:
        return len(await requests()) > len(mails)

    await until(receipt_came, "the receipt arrives without Temporal")
    assert await up.count(Task.id, Task.state == "answered") == 1
    # One answer of many needs no poke; this one stands for the last of a set.
    follow_up = "collection/TST/2026-Q3/follow-up/1"
    poke = Dispatch(kind="poke", workflow="FollowUp", workflow_id=follow_up, order={}, created_at=datetime.now(UTC))
    async with up.database.transaction() as session:
        session.add(poke)
    assert await up.count(Dispatch.id, Dispatch.relayed_at.is_(None)) == 1
    up.stack.kill("temporal", signal.SIGCONT)

    async def relayed() -> bool:
        return await up.count(Dispatch.id, Dispatch.relayed_at.is_(None)) == 0

    await until(relayed, "what waited is relayed")


@pytest.mark.drill
async def test_a_collection_goes_on_after_a_restart_that_lost_temporals_file(
    folder: Path, asked: Running, ending: AsyncExitStack
) -> None:
    answered = await asked.count(Task.id, Task.state == "answered")
    await ending.aclose()
    for file in folder.glob("temporal.db*"):
        file.unlink()
    async with started(folder) as up:

        async def revived() -> bool:
            return await up.count(Dispatch.id, Dispatch.kind == "start", Dispatch.attempts > 1) == 1

        await until(revived, "the collection is started again")
        closing = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", "collection", "close", "TST", "2026-Q3"),
            env={**os.environ, **up.stack.settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await closing.communicate()
        assert closing.returncode == 0, told.decode()

        async def reported() -> bool:
            return any("TST 2026-Q3" in mail["subject"] for mail in await up.arrived())

        await until(reported, "the report arrives")
        assert await up.count(Report.process_id) == 1
        assert await up.count(Process.id, Process.state == "closed") == 1
        assert await up.count(Task.id, Task.state == "expired") == CROWD - answered
        assert await up.count(Task.id) == CROWD

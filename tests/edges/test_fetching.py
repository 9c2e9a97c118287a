"""The scheduler as a process of its own, with a mailbox to fetch replies from."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from settings import Settings
from store.database import Database
from tests.doors.conftest import kept
from tests.doors.imap_server import PASSWORD, USER, Act, ImapServer, imap_server
from tests.edges.command import HOUSE, KEY

REPLY = b"Return-Path: <anna@city.example>\r\nTo: focal@focal.example\r\nSubject: x\r\n\r\nBon dia\r\n"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ImapServer]:
    async with imap_server() as told:
        yield told


@pytest_asyncio.fixture
async def scheduler(
    settings: Settings, temporal: Client, server: ImapServer, tmp_path: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FOCAL_", "TEMPORAL_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "scheduler"),
        cwd=HOUSE,
        env={
            **clean,
            "FOCAL_DATABASE_URL": settings.database_url.get_secret_value(),
            "FOCAL_SECRET_KEY": KEY,
            "FOCAL_DATA_DIR": str(tmp_path),
            "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
            "FOCAL_IMAP_HOST": "127.0.0.1",
            "FOCAL_IMAP_PORT": str(server.port),
            "FOCAL_IMAP_SECURITY": "none",
            "FOCAL_IMAP_USER": USER,
            "FOCAL_IMAP_PASSWORD": PASSWORD,
            "FOCAL_IMAP_SECONDS": "0.2",
        },
    )
    yield process
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


@pytest.mark.drill
async def test_replies_are_fetched_again_and_again_and_a_silent_server_does_not_keep_it_from_stopping(
    scheduler: asyncio.subprocess.Process, server: ImapServer, database: Database
):
    for number in range(2):
        server.add(REPLY + b"%d" % number)
        while len(server.raws("Focal")) <= number:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    assert sorted(mail.raw for mail in await kept(database)) == [REPLY + b"0", REPLY + b"1"]
    server.on("UID SEARCH", Act.SILENCE)
    await server.silent.wait()
    scheduler.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        assert await scheduler.wait() == 0

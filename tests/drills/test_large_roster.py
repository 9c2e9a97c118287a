"""Ten thousand people on two cores: how fast they are asked, what it costs, and that nobody is left out."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from embedded.ports import Ports
from embedded.stack import PARTS, Options, Part, Stack
from embedded.supervisor import running
from models.tables.mail import OutgoingMail
from models.tables.process import TaskSet
from models.tables.task import Task
from operations.indicator_collection import open_collection
from settings import Settings
from store.database import Database
from temporal import connect
from tests.world import build_crowd

PEOPLE = int(os.environ.get("FOCAL_DRILL_PEOPLE", "10000"))
WORKERS = ("worker", "worker-2")
"""As many as in production (docker-compose.yml)."""
pytestmark = pytest.mark.drill


class Sink:
    """Takes every mail and forgets it."""

    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802
        return "250 taken"


@asynccontextmanager
async def stack_with_sink() -> AsyncIterator[Stack]:
    """The embedded stack, whose workers send into a sink in this process instead of the mailbox."""
    ports = Ports.free()
    sink_port = Ports.free().smtp
    sink = Controller(Sink(), hostname="127.0.0.1", port=sink_port)
    sink.start()
    with TemporaryDirectory(prefix="focal-") as folder:
        command = ("/usr/bin/env", f"FOCAL_SMTP_PORT={sink_port}", sys.executable, "-m", "cli", "worker")
        workers = tuple(Part(name, command) for name in WORKERS)
        parts = (*workers, *(part for part in PARTS if part.name != "worker"))
        options = Options(data_dir=Path(folder), ports=ports, parts=parts)
        try:
            async with running(options, say=lambda _: None) as stack:
                yield stack
        finally:
            sink.stop()


async def count(database: Database, column: object, *where: object) -> int:
    async with database.reading() as session:
        return int(await session.scalar(select(func.count(column)).where(*where)) or 0)  # type: ignore[arg-type]


async def test_ten_thousand_people_are_asked(capsys: pytest.CaptureFixture[str]) -> None:
    async with stack_with_sink() as stack:
        database = Database(stack.database_url)
        await build_crowd(database, PEOPLE)
        began = time.monotonic()
        async with database.transaction() as session:
            await open_collection(session, "TST", "2026-Q3", by="drill", now=datetime.now(UTC), at_once=True)
        opened = time.monotonic() - began
        memory = 0
        made = written = 0.0
        while (accepted := await count(database, OutgoingMail.id, OutgoingMail.state == "accepted")) < PEOPLE:
            memory = max(memory, *(psutil.Process(stack.pid(name)).memory_info().rss for name in WORKERS))
            passed = time.monotonic() - began
            if not made and await count(database, Task.id) == PEOPLE:
                made = passed
            if not written and await count(database, OutgoingMail.id) == PEOPLE:
                written = passed
            with capsys.disabled():
                print(f"\r{passed:6.0f} s  {accepted:6} accepted  {memory / 2**20:5.0f} MiB", end="", flush=True)  # noqa: T201
            assert passed < 1800, "half an hour is too long"
            await asyncio.sleep(1)
        took = time.monotonic() - began
        async with database.reading() as session:
            ids = list(await session.scalars(select(TaskSet.workflow_id).order_by(TaskSet.number)))
            addresses = await session.scalar(select(func.count(OutgoingMail.recipient.distinct())))
        assert addresses == PEOPLE
        settings = Settings.model_validate(
            {"database_url": stack.database_url, "secret_key": "x" * 32, "TEMPORAL_ADDRESS": stack.temporal_address}
        )
        client = await connect(settings)
        sizes = {}
        for workflow_id in ("collection/TST/2026-Q3", *ids):
            handle = client.get_workflow_handle(workflow_id)
            history = await handle.fetch_history()
            sizes[workflow_id] = (len(history.events), len(history.to_json()))
        follow_ups = [sizes[workflow_id] for workflow_id in ids]
        data = sum(file.stat().st_size for file in stack.data_dir.glob("temporal.db*")) / 2**20
        with capsys.disabled():
            print(  # noqa: T201
                f"\r{PEOPLE} people: opened in {opened:.1f} s, tasks made after {made:.0f} s, requests written after "
                f"{written:.0f} s,\naccepted by the mail server after {took:.0f} s: {PEOPLE / took:.0f} people per "
                f"second; each of {len(WORKERS)} workers at most "
                f"{memory / 2**20:.0f} MiB;\n{len(ids)} follow-ups with at most "
                f"{max(events for events, _ in follow_ups)} events and {max(size for _, size in follow_ups)} bytes "
                f"of history, collection {sizes['collection/TST/2026-Q3'][0]} events; Temporal's files {data:.1f} MiB"
            )
        assert max(events for events, _ in follow_ups) <= 30
        assert await count(database, Task.id, Task.state != "open") == 0
        await database.close()

"""A real Temporal server for what starts processes, and the `focal` command for what people start."""

import os
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from embedded.postgres import EmbeddedPostgres
from settings import Settings
from tests.conftest import TEMPLATE
from tests.edges.command import KEY, ROSTER, Focal, command, outside

DEV_SERVER = Path(sys.executable).parent / "temporal"


async def start_temporal(port: int | None = None) -> WorkflowEnvironment:
    """A server in memory, on a free port or on a given one."""
    return await WorkflowEnvironment.start_local(
        port=port,
        dev_server_existing_path=str(DEV_SERVER),
        dev_server_log_level="never",
        data_converter=pydantic_data_converter,
    )


@pytest_asyncio.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """One server for all tests; each has workflow ids and a task queue of its own."""
    environment = await start_temporal()
    yield environment.client
    await environment.shutdown()


@pytest.fixture
def own(settings: Settings) -> Settings:
    """The test's settings with a task queue of its own."""
    return settings.model_copy(update={"task_queue": f"focal-{uuid.uuid4().hex[:8]}"})


@pytest.fixture
def focal(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Focal:
    """The command in this process, with an empty database and nothing else around it."""
    return command(database_url, tmp_path, monkeypatch, capsys)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Focal:
    """The command in this process, where nothing is installed and nothing set."""
    bare = command("", tmp_path, monkeypatch, capsys)
    for name in [name for name in os.environ if name.startswith(("FOCAL_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FOCAL_DATA_DIR", "/nonexistent")
    return bare


@pytest.fixture
def city(
    loaded: str,
    postgres: EmbeddedPostgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Focal]:
    """The command with a database of its own that holds the plans and the demonstration roster."""
    name = f"t{uuid.uuid4().hex[:12]}"
    postgres.create_database(name, template=loaded)
    yield command(postgres.url(name), tmp_path, monkeypatch, capsys)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def loaded(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The name of a database with the plans and the demonstration roster."""
    name = f"t{uuid.uuid4().hex[:12]}"
    postgres.create_database(name, template=TEMPLATE)
    environment = {"FOCAL_DATABASE_URL": postgres.url(name), "FOCAL_SECRET_KEY": KEY}
    for arguments in (["catalogue", "load"], ["people", "import", *ROSTER]):
        run = outside(environment, *arguments)
        assert run.code == 0, run.err
    yield name
    postgres.drop_database(name)

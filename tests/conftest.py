"""One PostgreSQL server for the whole run; one migrated, empty database per test."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
import pytest_asyncio

from embedded.postgres import EmbeddedPostgres
from settings import Settings
from store.database import Database
from store.migrate import migrate

TEMPLATE = "focal_template"

# Without a stopwatch, and without counting what a test leaves out: a busy machine or an unlucky draw is not a fault.
UNHURRIED = (hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much)
hypothesis.settings.register_profile("unhurried", deadline=None, suppress_health_check=UNHURRIED)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A running server with a migrated template database.

    Not under pytest's own temporary folder: every new run closes that to other users, and root's server is one.
    """
    with TemporaryDirectory(prefix="focal-") as folder, EmbeddedPostgres(Path(folder) / "data", fast=True) as server:
        server.create_database(TEMPLATE)
        migrate(server.url(TEMPLATE))
        yield server


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A fresh copy of the template; dropped afterwards, whoever is still connected."""
    name = f"t{uuid.uuid4().hex[:12]}"
    postgres.create_database(name, template=TEMPLATE)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings as an installation has them, for the test's own database."""
    return Settings(database_url=database_url, secret_key="a key for tests, long enough to be accepted")

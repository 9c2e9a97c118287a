"""A small city with a register of calls."""

import pytest
import pytest_asyncio

from embedded.postgres import EmbeddedPostgres
from settings import Settings
from store.database import Database
from tests.calls.office import CallOffice, build_call_office
from tests.conftest import furnished


@pytest_asyncio.fixture(scope="session")
async def call_city(postgres: EmbeddedPostgres) -> str:
    """A small city that knows programmes and themes, made once."""
    return await furnished(postgres, "call_city", lambda database, _: build_call_office(database))


@pytest.fixture
def template(call_city: str) -> str:
    """Every test begins with that city."""
    return call_city


@pytest.fixture
def office(database: Database, settings: Settings) -> CallOffice:
    """Nothing has been read yet."""
    english = settings.model_copy(update={"coordinator_language": "en"})
    return CallOffice(database, english)

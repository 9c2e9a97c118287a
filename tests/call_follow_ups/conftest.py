"""A small city that looks for calls, without a Temporal server."""

import pytest
import pytest_asyncio

from settings import Settings
from store.database import Database
from tests.call_follow_ups.town import Town, build_town
from tests.conftest import furnished


@pytest_asyncio.fixture(scope="session")
async def town_template(postgres) -> str:
    """The city of `build_town`, made once and copied for each test."""
    return await furnished(postgres, "call_follow_ups", lambda database, _: build_town(database))


@pytest.fixture
def template(town_template: str) -> str:
    """Every test here begins in it."""
    return town_template


@pytest_asyncio.fixture
async def town(database: Database, settings: Settings) -> Town:
    """No call is followed yet."""
    return Town(database, settings)

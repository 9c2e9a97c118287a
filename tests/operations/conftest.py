"""A small city with an open collection, its clock in the test's hands."""

import pytest_asyncio

from settings import Settings
from store.database import Database
from tests.operations.steps import Office
from tests.world import build_world


@pytest_asyncio.fixture
async def office(database: Database, settings: Settings) -> Office:
    """Everybody is known and nothing is open."""
    await build_world(database)
    return Office(database, settings)

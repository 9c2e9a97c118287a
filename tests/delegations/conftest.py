"""A small city to which delegations come."""

import pytest_asyncio

from settings import Settings
from store.database import Database
from tests.delegations.reception import Reception
from tests.operations.steps import Office
from tests.workflows.conftest import house, unstaffed
from tests.world import build_world

__all__ = ["house", "unstaffed"]


@pytest_asyncio.fixture
async def reception(database: Database, settings: Settings) -> Reception:
    """Everybody is known; no delegation is announced yet."""
    await build_world(database)
    return Reception(Office(database, settings))

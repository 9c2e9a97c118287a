"""A small city with a register of networks, without and with a Temporal server whose clock skips."""

import pytest_asyncio

from settings import Settings
from store.database import Database
from tests.memberships.house import Reviews, build_register
from tests.workflows.conftest import house, unstaffed

__all__ = ["house", "unstaffed"]


@pytest_asyncio.fixture
async def reviews(database: Database, settings: Settings) -> Reviews:
    """Networks are known and none is being reviewed."""
    await build_register(database)
    return Reviews(database, settings)

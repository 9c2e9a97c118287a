"""A small city with a register of networks, without and with a Temporal server whose clock skips."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from models.tables.membership_review import Review
from settings import Settings
from store.database import Database
from tests.conftest import TEMPLATE, Furnish
from tests.memberships.house import Reviews, build_register
from tests.workflows.conftest import house, unstaffed

__all__ = ["house", "unstaffed"]


async def register(database: Database, settings: Settings) -> None:
    """Networks are known."""
    await build_register(database)


async def ask_for_decision(database: Database, settings: Settings) -> None:
    """Networks are known, and of one a decision is asked for."""
    await build_register(database)
    await Reviews(database, settings).to_decision()


@pytest_asyncio.fixture
async def template(request: pytest.FixtureRequest, beginning: Callable[[str, Furnish], Awaitable[str]]) -> str:
    """What a test begins with is what it asks for."""
    if "to_decision" in request.fixturenames:
        return await beginning("review_to_decision", ask_for_decision)
    return await beginning("networks", register) if "reviews" in request.fixturenames else TEMPLATE


@pytest.fixture
def reviews(database: Database, settings: Settings) -> Reviews:
    """Networks are known and none is being reviewed, unless a test asks for what comes below."""
    return Reviews(database, settings)


@pytest_asyncio.fixture
async def to_decision(reviews: Reviews) -> UUID:
    """A review of NET-PROVA whose decision is asked for; nobody was written to yet."""
    async with reviews.database.reading() as session:
        return (await session.scalars(select(Review.process_id))).one()

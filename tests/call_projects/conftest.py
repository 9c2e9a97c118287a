"""A small city with calls whose proposals were sent."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from models.tables.call_follow_up import CallFollowUp
from settings import Settings
from store.database import Database
from tests.call_projects.town import Town, build_town
from tests.conftest import Furnish

BEGINNINGS: dict[str, Callable[[Town], Awaitable[UUID]]] = {
    "awarded": Town.awarded,
    "funded": Town.funded,
    "ended": Town.ended,
}
"""What a test may ask for by name, and how it comes about."""


@pytest_asyncio.fixture
async def template(request: pytest.FixtureRequest, beginning: Callable[[str, Furnish], Awaitable[str]]) -> str:
    """What a test begins with is what it asks for."""
    wanted = next((name for name in BEGINNINGS if name in request.fixturenames), "town")

    async def furnish(database: Database, settings: Settings) -> None:
        await build_town(database)
        if wanted in BEGINNINGS:
            await BEGINNINGS[wanted](Town(database, settings))

    return await beginning(f"project_{wanted}", furnish)


@pytest_asyncio.fixture
async def town(database: Database, settings: Settings) -> Town:
    """No call is followed, unless a test asks for what comes below."""
    return Town(database, settings)


async def followed(town: Town) -> UUID:
    """The process of the only call that is followed."""
    async with town.database.reading() as session:
        return (await session.scalars(select(CallFollowUp.process_id))).one()


@pytest_asyncio.fixture
async def awarded(town: Town) -> UUID:
    """A call was funded just now."""
    return await followed(town)


@pytest_asyncio.fixture
async def funded(town: Town) -> UUID:
    """A call was funded, and its agreement is signed."""
    return await followed(town)


@pytest_asyncio.fixture
async def ended(town: Town) -> UUID:
    """The project of a call is over since yesterday."""
    return await followed(town)

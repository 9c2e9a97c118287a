"""A small city that looks for calls, without a Temporal server."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from models.tables.call_follow_up import CallFollowUp
from settings import Settings
from store.database import Database
from tests.call_follow_ups.town import Town, build_town
from tests.conftest import Furnish

BEGINNINGS: dict[str, Callable[[Town], Awaitable[UUID]]] = {
    "heard": Town.heard,
    "agreed": Town.agreed,
    "under_way": Town.under_way,
    "ready": Town.ready,
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

    return await beginning(f"call_{wanted}", furnish)


@pytest_asyncio.fixture
async def town(database: Database, settings: Settings) -> Town:
    """No call is followed, unless a test asks for what comes below."""
    return Town(database, settings)


async def followed(town: Town) -> UUID:
    """The process of the only call that is followed."""
    async with town.database.reading() as session:
        return (await session.scalars(select(CallFollowUp.process_id))).one()


@pytest_asyncio.fixture
async def agreed(town: Town) -> UUID:
    """The city applies to a call."""
    return await followed(town)


@pytest_asyncio.fixture
async def under_way(town: Town) -> UUID:
    """The city applies to a call, and its first steps were asked for."""
    return await followed(town)


@pytest_asyncio.fixture
async def heard(town: Town) -> UUID:
    """A call is put to the manager; the letters so far were read."""
    await town.new_mails()
    return await followed(town)


@pytest_asyncio.fixture
async def ready(town: Town) -> UUID:
    """The proposal to a call is due; the letters so far were read."""
    await town.new_mails()
    return await followed(town)

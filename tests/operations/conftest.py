"""A small city with an open collection, its clock in the test's hands."""

import pytest_asyncio

from settings import Settings
from store.database import Database
from tests.operations.post import Post
from tests.operations.steps import Office
from tests.world import OPENING, build_world


@pytest_asyncio.fixture
async def office(database: Database, settings: Settings) -> Office:
    """Everybody is known and nothing is open."""
    await build_world(database)
    return Office(database, settings)


@pytest_asyncio.fixture
async def post(office: Office) -> Post:
    """A collection is open, and the mail server took both of its requests."""
    await office.open()
    await office.fire(OPENING)
    post = Post(office)
    assert len(await post.deliver(OPENING)) == 2
    return post

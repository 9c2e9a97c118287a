"""A small city to which delegations come."""

import pytest
import pytest_asyncio
from sqlalchemy import select

from embedded.postgres import EmbeddedPostgres
from models.tables.process import Process
from settings import Settings
from store.database import Database
from tests.conftest import TEMPLATE, furnished
from tests.delegations.reception import Reception
from tests.operations.steps import Office
from tests.workflows.conftest import house, unstaffed
from tests.world import OPENING, build_world

__all__ = ["house", "unstaffed"]


async def confirm(database: Database, settings: Settings) -> None:
    """Announce a delegation and confirm its visit, all in the first hour."""
    await build_world(database)
    reception = Reception(Office(database, settings))
    await reception.start(OPENING)
    await reception.prepared(OPENING)


@pytest_asyncio.fixture(scope="session")
async def with_visit(postgres: EmbeddedPostgres) -> str:
    """The name of a database with a visit that is confirmed."""
    return await furnished(postgres, "with_visit", confirm)


@pytest.fixture
def template(request: pytest.FixtureRequest, small_city: str, with_visit: str) -> str:
    """What a test begins with is what it asks for."""
    wanted = request.fixturenames
    return with_visit if "confirmed" in wanted else small_city if "reception" in wanted else TEMPLATE


@pytest.fixture
def reception(database: Database, settings: Settings) -> Reception:
    """Everybody is known; no delegation is announced yet, unless a test asks for what comes below."""
    return Reception(Office(database, settings))


@pytest_asyncio.fixture
async def confirmed(reception: Reception) -> Reception:
    """A delegation is expected: its visit is confirmed, and the letters so far were read."""
    async with reception.office.database.reading() as session:
        process = (await session.scalars(select(Process))).one()
    reception.process_id, reception.reference = process.id, process.reference
    await reception.office.new_mails()
    return reception

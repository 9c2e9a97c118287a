"""A small city with one more colleague and one more holiday."""

from datetime import date

import pytest
import pytest_asyncio

from embedded.postgres import EmbeddedPostgres
from models.tables.people import CalendarDay, Person
from settings import Settings
from store.database import Database
from tests.conftest import furnished
from tests.story.teller import Teller
from tests.world import build_world


async def furnish(database: Database, settings: Settings) -> None:
    """The small city, the colleague and the holiday."""
    await build_world(database)
    pau = {"name": "Pau Verd", "address": "pau@prova.example", "language": "ca", "unit_code": "HEALTH"}
    day = {"day": date(2027, 1, 22), "name": "Sant Vicent Màrtir", "source": "days.csv"}
    async with database.transaction() as session:
        session.add_all([Person(code="pau", **pau), CalendarDay(calendar_code="valencia", **day)])


@pytest_asyncio.fixture(scope="session")
async def told_city(postgres: EmbeddedPostgres) -> str:
    """The name of a database with this city in it."""
    return await furnished(postgres, "told_city", furnish)


@pytest.fixture
def template(told_city: str) -> str:
    """Every test begins with this city."""
    return told_city


@pytest.fixture
def office(database: Database, settings: Settings) -> Teller:
    """Nothing is open yet."""
    return Teller(database, settings)

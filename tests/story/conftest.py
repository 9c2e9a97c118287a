"""A small city with one more colleague and one more holiday."""

from datetime import date

import pytest_asyncio

from models.tables.people import CalendarDay, Person
from settings import Settings
from store.database import Database
from tests.story.teller import Teller
from tests.world import build_world


@pytest_asyncio.fixture
async def office(database: Database, settings: Settings) -> Teller:
    """Nothing is open yet."""
    await build_world(database)
    pau = {"name": "Pau Verd", "address": "pau@prova.example", "language": "ca", "unit_code": "HEALTH"}
    day = {"day": date(2027, 1, 22), "name": "Sant Vicent Màrtir", "source": "days.csv"}
    async with database.transaction() as session:
        session.add_all([Person(code="pau", **pau), CalendarDay(calendar_code="valencia", **day)])
    return Teller(database, settings)

"""The served city for each test."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from pydantic import SecretStr

import api.serve
from api.serve import serve
from embedded.postgres import EmbeddedPostgres
from settings import Settings
from store.database import Database
from tests.api.house import House, furnish
from tests.api.recording import marked, watching
from tests.conftest import furnished
from tests.inbox import SERVER

SECRET = "a key for tests, long enough to be accepted"


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        port: int = place.getsockname()[1]
        return port


@pytest_asyncio.fixture(scope="session")
async def two_quarters(postgres: EmbeddedPostgres) -> str:
    """The name of a database with the city in it."""
    return await furnished(postgres, "two_quarters", furnish)


@pytest.fixture
def template(two_quarters: str) -> str:
    """Every test begins with the city."""
    return two_quarters


@pytest_asyncio.fixture
async def house(database: Database, settings: Settings, browser: Browser | None) -> AsyncIterator[House]:
    """The city, served on free ports; no page may do what no page may do."""
    answer_port, office_port = free_port(), free_port()
    served = settings.model_copy(
        update={
            "secret_key": SecretStr(SECRET),
            "authentication_server": SERVER,
            "answer_port": answer_port,
            "office_port": office_port,
            "answer_url": f"http://127.0.0.1:{answer_port}",
            "office_url": f"http://127.0.0.1:{office_port}",
        }
    )
    house = House(database, served, browser)
    with pytest.MonkeyPatch.context() as patch, watching() as unrecorded:
        for name in ("answer_app", "office_app"):
            make = getattr(api.serve, name)
            patch.setattr(api.serve, name, lambda *parts, make=make: marked(make(*parts)))
        async for each in _served(house):
            yield each
    assert unrecorded == []


async def _served(house: House) -> AsyncIterator[House]:
    served = house.settings
    listening = asyncio.Event()
    serving = asyncio.create_task(serve(served, ready=listening.set))
    await asyncio.wait((serving, asyncio.create_task(listening.wait())), return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    yield house
    serving.cancel()
    await asyncio.wait((serving,))
    assert house.strange == []

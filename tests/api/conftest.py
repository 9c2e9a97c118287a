"""A browser for the whole run, and the served city for each test."""

import asyncio
import shutil
import socket
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from pydantic import SecretStr

from api.serve import serve
from embedded.postgres import EmbeddedPostgres
from settings import Settings
from store.database import Database
from tests.api.house import House, furnish
from tests.conftest import TEMPLATE
from tests.inbox import SERVER

SECRET = "a key for tests, long enough to be accepted"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser | None]:
    """The system's Chromium; None where there is none: then tests that open a window are skipped."""
    if CHROMIUM is None:
        yield None
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        port: int = place.getsockname()[1]
        return port


@pytest_asyncio.fixture(scope="session")
async def furnished(postgres: EmbeddedPostgres) -> str:
    """The name of a database with the city in it, made once and copied for each test."""
    name = "furnished"
    postgres.create_database(name, template=TEMPLATE)
    database = Database(postgres.url(name))
    await furnish(database, Settings(database_url=postgres.url(name), secret_key=SECRET))
    await database.close()
    return name


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, furnished: str) -> Iterator[str]:
    """A copy of the city's database; dropped afterwards."""
    name = f"t{uuid.uuid4().hex[:12]}"
    postgres.create_database(name, template=furnished)
    yield postgres.url(name)
    postgres.drop_database(name)


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
    listening = asyncio.Event()
    serving = asyncio.create_task(serve(served, ready=listening.set))
    await asyncio.wait((serving, asyncio.create_task(listening.wait())), return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    yield house
    serving.cancel()
    await asyncio.wait((serving,))
    assert house.strange == []

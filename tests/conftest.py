"""One PostgreSQL server for the whole run; one database per test: migrated and empty, or with a city in it."""

import gc
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from embedded.postgres import EmbeddedPostgres
from settings import Settings
from store.database import Database
from store.migrate import migrate
from tests.world import build_world

if TYPE_CHECKING:
    from playwright.async_api import Browser

TEMPLATE = "focal_template"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, not a place for a file of a known name
ROOM = 2**30
"""Bytes that the server of one run needs at most, with much to spare."""
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first has no windows to draw, and is the quickest."""
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
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

Furnish = Callable[[Database, Settings], Awaitable[object]]
"""Puts something into a database."""

# Without a stopwatch, and without counting what a test leaves out: a busy machine or an unlucky draw is not a fault.
UNHURRIED = (hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much)
hypothesis.settings.register_profile("unhurried", deadline=None, suppress_health_check=UNHURRIED, max_examples=50)
hypothesis.settings.register_profile("drill", hypothesis.settings.get_profile("unhurried"), max_examples=500)
hypothesis.settings.load_profile("unhurried")


def some(every: Iterable[Any], *first: Any) -> list[Any]:
    """Values of a test that is repeated for each: the first ones always, the others in the drills."""
    values = list(every)
    kept = set(first or values[:1])
    return [value if value in kept else pytest.param(value, marks=pytest.mark.drill) for value in values]


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: some tests wait for other programs, and leave theirs idle."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: let the collector of garbage not look at it again."""
    gc.collect()
    gc.freeze()


def quick_folder() -> TemporaryDirectory[str]:
    """A folder for a database: in memory where there is room.

    A database is some four hundred files; a disk takes its time to make them where others were just removed.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return TemporaryDirectory(prefix="focal-", dir=MEMORY if roomy else None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A running server with a migrated template database.

    Not under pytest's own temporary folder: every new run closes that to other users, and root's server is one.
    """
    with quick_folder() as folder, EmbeddedPostgres(Path(folder) / "data", fast=True) as server:
        server.create_database(TEMPLATE)
        migrate(server.url(TEMPLATE))
        yield server


@pytest_asyncio.fixture(scope="session")
async def statements(postgres: EmbeddedPostgres) -> AsyncIterator[None]:
    """What SQLAlchemy made of our statements is kept from one database to the next, as a server keeps it all its life.

    It belongs to an engine and its dialect. Every test has an engine of its own, and would work it all out again.
    """
    first = create_async_engine(postgres.url("postgres"))
    async with first.connect():
        pass  # the dialect learns what this server can
    await first.dispose()

    def create_alike(*arguments: Any, **options: Any) -> AsyncEngine:
        engine = create_async_engine(*arguments, **options)
        engine.sync_engine.dialect = engine.sync_engine.pool._dialect = first.dialect
        engine.sync_engine._compiled_cache = first.sync_engine._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("store.database.create_async_engine", create_alike)
        yield


def settings_for(url: str) -> Settings:
    """Settings as an installation has them, for one database."""
    return Settings(database_url=url, secret_key="a key for tests, long enough to be accepted")


async def furnished(postgres: EmbeddedPostgres, name: str, furnish: Furnish) -> str:
    """Make a database with something in it, for tests to begin with; gives its name, which is their `template`."""
    postgres.create_database(name, template=TEMPLATE)
    database = Database(postgres.url(name))
    await furnish(database, settings_for(postgres.url(name)))
    await database.close()
    return name


@pytest.fixture(scope="session")
def beginning(postgres: EmbeddedPostgres) -> Callable[[str, Furnish], Awaitable[str]]:
    """Furnishes a database when a first test wants it, and no second time; gives its name."""
    made: set[str] = set()

    async def begin(name: str, furnish: Furnish) -> str:
        if name not in made:
            made.add(await furnished(postgres, name, furnish))
        return name

    return begin


@pytest_asyncio.fixture(scope="session")
async def small_city(postgres: EmbeddedPostgres) -> str:
    """The small city of `build_world`, made once and copied for each test that begins with it."""
    return await furnished(postgres, "small_city", lambda database, _: build_world(database))


@pytest.fixture
def template() -> str:
    """The database that a test begins with a copy of; folders and files whose tests begin with a city say which."""
    return TEMPLATE


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, template: str, statements: None) -> Iterator[str]:
    """A fresh copy of the template; dropped afterwards, whoever is still connected."""
    name = f"t{uuid.uuid4().hex[:12]}"
    postgres.create_database(name, template=template)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The test's own database, migrated."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings as an installation has them, for the test's own database."""
    return settings_for(database_url)


@pytest_asyncio.fixture(scope="session")
async def browser() -> "AsyncIterator[Browser | None]":
    """The system's Chromium; None where there is none: then tests that open a window are skipped."""
    if CHROMIUM is None:
        yield None
        return
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def chromium(browser: "Browser | None") -> "Browser":
    """The browser, for a test that needs one."""
    return browser or pytest.skip("needs Chromium: `apt install chromium-headless-shell`")

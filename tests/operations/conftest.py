"""A small city with an open collection, its clock in the test's hands."""

import pytest
import pytest_asyncio

from embedded.postgres import EmbeddedPostgres
from settings import Settings
from store.database import Database
from tests.conftest import furnished
from tests.inbox import SERVER
from tests.operations.letters import Letters
from tests.operations.post import Post
from tests.operations.steps import Office
from tests.world import OPENING, build_world


async def ask(database: Database, settings: Settings) -> Office:
    """Open a collection, and write its requests."""
    await build_world(database)
    office = Office(database, settings)
    await office.open()
    await office.fire(OPENING)
    return office


async def post_requests(database: Database, settings: Settings) -> None:
    """Open a collection whose requests the mail server took."""
    assert len(await Post(await ask(database, settings)).deliver(OPENING)) == 2


@pytest_asyncio.fixture(scope="session")
async def asked(postgres: EmbeddedPostgres) -> str:
    """The name of a database in which a collection was just asked for."""
    return await furnished(postgres, "asked", ask)


@pytest_asyncio.fixture(scope="session")
async def posted(postgres: EmbeddedPostgres) -> str:
    """The name of a database in which the requests of a collection were taken by the mail server."""
    return await furnished(postgres, "posted", post_requests)


@pytest.fixture
def template(request: pytest.FixtureRequest, small_city: str, asked: str, posted: str) -> str:
    """What a test begins with is what it asks for."""
    wanted = request.fixturenames
    return posted if "post" in wanted else asked if "letters" in wanted else small_city


@pytest_asyncio.fixture
async def office(database: Database, settings: Settings) -> Office:
    """Everybody is known; nothing is open, unless a test asks for what comes below."""
    office = Office(database, settings)
    await office.new_mails()
    return office


@pytest.fixture
def letters(office: Office) -> Letters:
    """A collection that is open and asked for."""
    office.settings = office.settings.model_copy(update={"authentication_server": SERVER})
    return Letters(office)


@pytest.fixture
def post(office: Office) -> Post:
    """A collection is open, and the mail server took both of its requests."""
    return Post(office)

"""Somebody who is signed in to the office's pages, for tests that have a database and no served city."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx

from api.office import office_app
from models.contracts.staff import Role
from operations.signing_in import new_link
from operations.staff import grant
from settings import Settings
from store.database import Database


async def sign_in_path(
    database: Database, person: str = "mayor", role: Role = "coordinator", unit: str | None = None
) -> str:
    """The address of a link that signs a person in, who is given a role first, for a unit or the whole city."""
    now = datetime.now(UTC)
    async with database.transaction() as session:
        await grant(session, person, role, unit_code=unit, by="operator", now=now)
        return f"/sign-in/{await new_link(session, person, '/', by='operator', now=now)}"


@asynccontextmanager
async def signed_in(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the office's pages that is signed in as the mayor, who coordinates."""
    transport = httpx.ASGITransport(app=office_app(settings, database))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{settings.office_port}") as client:
        entered = await client.post(await sign_in_path(database))
        client.headers["cookie"] = entered.headers["set-cookie"].partition(";")[0]
        yield client

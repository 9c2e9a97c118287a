"""What every door does with a mail: into the database with it, before anybody hears that it was taken."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from operations import incoming
from settings import Settings
from store.database import Database

SIZE_LIMIT = 50 * 1024 * 1024
"""Most bytes of one mail: more than what is read, so that who sends too much is told so in a mail, politely."""
STORE_SECONDS = 60.0


async def keep(database: Database, settings: Settings, *, raw: bytes, envelope_from: str, envelope_to: str) -> UUID:
    """Store one mail for one recipient, in a transaction of its own; committed when its id is given.

    Raises:
        TimeoutError: the database does not answer. It may have stored it all the same: hand it in again.
        sqlalchemy.exc.SQLAlchemyError: it did not store it.

    """
    async with asyncio.timeout(STORE_SECONDS), database.transaction() as session:
        return await incoming.receive(
            session,
            settings,
            raw=raw,
            envelope_from=envelope_from,
            envelope_to=envelope_to,
            now=datetime.now(UTC),
        )

"""The pauses of mail that hold or are to come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from models.tables.process import Pause
from store.database import ReadSession


async def pauses_ahead(session: ReadSession, process_id: UUID, now: datetime) -> list[Pause]:
    """The pauses of a process, and of everything, that are not over yet, the first first."""
    of = Pause.process_id.is_(None) | (Pause.process_id == process_id)
    return list(await session.scalars(select(Pause).where(of, Pause.until > now).order_by(Pause.since)))

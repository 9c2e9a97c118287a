"""Mail that comes in: kept whole before it is acknowledged."""

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from models.tables.mail import IncomingMail
from models.tables.task import Task
from operations.audit import record
from operations.replies import task_of_address
from settings import Settings
from store.database import WriteSession


async def receive(
    session: WriteSession,
    settings: Settings,
    *,
    raw: bytes,
    envelope_from: str,
    envelope_to: str,
    now: datetime,
) -> UUID:
    """Store one mail as it arrived and tie it to the task its address names; gives its id.

    The same bytes to the same address are one mail, however often they are handed in.
    """
    digest = hashlib.sha256(raw).hexdigest()
    task_id = task_of_address(settings.secret_key.get_secret_value(), envelope_to)
    task = await session.get(Task, task_id) if task_id else None
    statement = (
        insert(IncomingMail)
        .values(
            id=uuid4(),
            received_at=now,
            envelope_from=envelope_from,
            envelope_to=envelope_to,
            sha256=digest,
            raw=raw,
            task_id=task.id if task else None,
        )
        .on_conflict_do_nothing(index_elements=["sha256", "envelope_to"])
        .returning(IncomingMail.id)
    )
    new_id = await session.scalar(statement)
    if new_id is None:
        known = select(IncomingMail.id).where(IncomingMail.sha256 == digest, IncomingMail.envelope_to == envelope_to)
        return (await session.scalars(known)).one()
    if task is not None:
        record(
            session,
            "task.reply_kept",
            by="mail",
            now=now,
            process_id=task.process_id,
            task_id=task.id,
            mail=str(new_id),
        )
    return new_id

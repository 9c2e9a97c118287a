"""What mails bring up and a coordinator has to settle."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from models.contracts.matters import MatterKind
from models.tables.mail import Matter
from operations.references import new_reference
from store.database import WriteSession


async def open_matter(
    session: WriteSession,
    *,
    key: str,
    kind: MatterKind,
    now: datetime,
    person_code: str | None = None,
    task_id: UUID | None = None,
    incoming_mail_id: UUID | None = None,
    outgoing_mail_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Put something before the coordinator, once: a matter with this key is never opened again, settled or not.

    `detail`: what is needed to show and to settle it, fit for JSON.
    """
    matter = insert(Matter).values(
        id=uuid4(),
        reference=new_reference(),
        key=key,
        kind=kind,
        state="open",
        opened_at=now,
        person_code=person_code,
        task_id=task_id,
        incoming_mail_id=incoming_mail_id,
        outgoing_mail_id=outgoing_mail_id,
        detail=detail or {},
    )
    await session.execute(matter.on_conflict_do_nothing(index_elements=["key"]))

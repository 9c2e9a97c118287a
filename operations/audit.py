"""The record of who changed what, written in the transaction of the change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from models.tables.process import AuditEvent
from store.database import WriteSession


def record(
    session: WriteSession,
    action: str,
    *,
    by: str,
    now: datetime,
    process_id: UUID | None = None,
    task_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Add one event; `by` is a person's code, `focal` for what the clock did, or `coordinator`."""
    session.add(AuditEvent(at=now, actor=by, action=action, process_id=process_id, task_id=task_id, detail=detail))

"""Two people act at once: the second is shown what the first did, before anything of theirs is done.

Every page with a form for a task or a process carries the number of the last event of its record that it showed. What
was recorded since, by somebody else, is what the reader has not seen.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from models.contracts.refusal import Refused
from models.tables.people import Person
from models.tables.process import AuditEvent
from store.database import ReadSession


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that somebody did: who, by name where they have one, what, and when (UTC)."""

    name: str
    action: str
    at: datetime


class ChangedMeanwhile(Refused):
    """Somebody else changed it since the page was made; nothing was done."""

    def __init__(self, events: tuple[Unseen, ...]) -> None:
        super().__init__(*(f"{event.name}: {event.action}" for event in events))
        self.events = events


About = tuple[str, str]
"""What an event without a process is about: a key of its detail and the value, `("network", "NET-EUROCITIES")`."""


def _events_of(process_id: UUID | None, task_id: UUID | None, about: About | None) -> ColumnElement[bool]:
    if about is not None:
        named: ColumnElement[bool] = AuditEvent.detail[about[0]].astext == about[1]
        return named
    return AuditEvent.task_id == task_id if task_id else AuditEvent.process_id == process_id


async def last_event(
    session: ReadSession, *, process_id: UUID | None = None, task_id: UUID | None = None, about: About | None = None
) -> int:
    """The number of the last event of a task, of a process with all its tasks, or about a thing; 0: there is none."""
    of = _events_of(process_id, task_id, about)
    return await session.scalar(select(func.max(AuditEvent.id)).where(of)) or 0


async def check_seen(
    session: ReadSession,
    seen: int,
    *,
    by: str,
    process_id: UUID | None = None,
    task_id: UUID | None = None,
    about: About | None = None,
) -> None:
    """Check that nobody else did anything since an event. Ask once what is to be changed is locked.

    What the clock did (`focal`) does not count: it is what everybody expects.

    Raises:
        ChangedMeanwhile: somebody did.

    """
    of = _events_of(process_id, task_id, about)
    rows = await session.execute(
        select(func.coalesce(Person.name, AuditEvent.actor), AuditEvent.action, AuditEvent.at)
        .outerjoin(Person, Person.code == AuditEvent.actor)
        .where(of, AuditEvent.id > seen, AuditEvent.actor.not_in((by, "focal")))
        .order_by(AuditEvent.id)
    )
    if events := tuple(Unseen(*row) for row in rows):
        raise ChangedMeanwhile(events)

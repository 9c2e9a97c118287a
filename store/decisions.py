"""What was put to one person: their own tasks, and those of people for whom they stand in."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from models.contracts.mail import TaskKind
from models.tables.people import Absence
from models.tables.task import Link, Step, Task
from store.board_numbers import MOST
from store.database import ReadSession
from store.task import OPEN_STATES

DECIDING: tuple[TaskKind, ...] = ("extension_decision", "agenda_approval", "membership_decision", "go_decision")
"""Kinds of tasks that ask for a decision and not for an answer."""
ASKING = ("request", "reminder", "warning")


async def put_to(
    session: ReadSession, person_code: str, *, now: datetime, today: date, limit: int
) -> Sequence[tuple[UUID, bool]]:
    """The open tasks that a person may answer and is asked: ids, decisions first, then those due first.

    With each, whether the person stands in: it is somebody else's who is away `today`, and a mail about it came here.
    A task that no link of theirs opens is not among them.
    """
    stands_in, conditions = _put_to(person_code, now, today)
    rows = await session.execute(
        select(Task.id, stands_in)
        .join(Link, Link.task_id == Task.id)
        .where(*conditions)
        .order_by(Task.kind.not_in(DECIDING), Task.due_at, Task.id)
        .limit(limit)
    )
    return [(task_id, bool(other)) for task_id, other in rows]


async def waiting_count(session: ReadSession, person_code: str, *, now: datetime, today: date) -> int:
    """How many tasks `put_to` has for a person; at most `MOST`."""
    _, conditions = _put_to(person_code, now, today)
    some = select(Task.id).join(Link, Link.task_id == Task.id).where(*conditions).limit(MOST).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


def _put_to(person_code: str, now: datetime, today: date) -> tuple[ColumnElement[bool], list[ColumnElement[bool]]]:
    """That a task is somebody else's, for whom they stand in; and what holds for all that is put to a person."""
    stands_in = (
        (Task.assignee_code != person_code)
        & exists().where(
            Absence.person_code == Task.assignee_code, Absence.first_day <= today, Absence.last_day >= today
        )
        & exists().where(
            Step.task_id == Task.id,
            Step.state == "done",
            Step.kind.in_(ASKING),
            Step.recipient_code == person_code,
        )
    )
    return stands_in, [
        Link.person_code == person_code,
        Link.revoked_at.is_(None),
        Link.expires_at > now,
        Task.state.in_(OPEN_STATES),
        Task.asked_at.is_not(None),
        (Task.assignee_code == person_code) | stands_in,
    ]

"""The numbers of the managers' board. The page and the weekly mail take them from here, so that they agree.

Each stops at a limit: nobody needs to know that 34,518 are overdue, and no page has to wait for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from models.tables.task import Task
from store.database import ReadSession
from store.task import OPEN_STATES

MOST = 1_000
"""A number of this size means: at least as many."""
SOON = timedelta(days=7)
"""So long before a task is due the board shows it as due soon."""


@dataclass(frozen=True, slots=True)
class BoardNumbers:
    """Open tasks: overdue, escalated (whether overdue or not), and due within `SOON`. Each at most `MOST`."""

    overdue: int
    escalated: int
    soon: int


def of_units(units: frozenset[str] | None) -> list[ColumnElement[bool]]:
    """What holds for the tasks that a board is about: open ones, of some units; None: of all."""
    conditions: list[ColumnElement[bool]] = [Task.state.in_(OPEN_STATES)]
    if units is not None:
        conditions.append(Task.unit_code.in_(units))
    return conditions


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """An open task's day is over."""
    return Task.due_at <= now


def is_due_soon(now: datetime) -> ColumnElement[bool]:
    """An open task's day is near."""
    return (Task.due_at > now) & (Task.due_at <= now + SOON)


async def board_numbers(session: ReadSession, units: frozenset[str] | None, now: datetime) -> BoardNumbers:
    """The numbers of the board of somebody who answers for some units; None: for all. One statement."""
    parts = (is_overdue(now), Task.escalated_at.is_not(None), is_due_soon(now))
    counts = [
        select(func.count()).select_from(select(Task.id).where(*of_units(units), part).limit(MOST).subquery())
        for part in parts
    ]
    row = (await session.execute(select(*(count.scalar_subquery() for count in counts)))).one()
    return BoardNumbers(*row)

"""Queries of the office's pages on networks and their reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select

from models.tables.membership_review import Census, Network, Review
from models.tables.people import Person, Unit
from models.tables.process import AuditEvent, Process
from models.tables.task import Task
from store.database import ReadSession

LATEST_EVENTS = 30
"""Of the record, on the page of one process; the record itself has all."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review with its network."""

    process: Process
    review: Review
    network: Network


async def review_rows(session: ReadSession, network_code: str | None = None) -> list[ReviewRow]:
    """The reviews of a network, or of all: those that are open first, then the newest."""
    query = (
        select(Process, Review, Network)
        .join(Review, Review.process_id == Process.id)
        .join(Network, Network.code == Review.network_code)
        .order_by(Process.state.desc(), Review.year.desc(), func.lower(Network.name))
    )
    if network_code is not None:
        query = query.where(Review.network_code == network_code)
    return [ReviewRow(*row) for row in await session.execute(query)]


async def review_row(session: ReadSession, network_code: str, year: int) -> ReviewRow | None:
    """The review of a network for a year."""
    rows = await review_rows(session, network_code)
    return next((row for row in rows if row.review.year == year), None)


@dataclass(frozen=True, slots=True)
class CensusRow:
    """One census: how many areas were asked, and how many have answered."""

    process: Process
    census: Census
    asked: int
    answered: int


async def census_rows(session: ReadSession) -> list[CensusRow]:
    """Every census, the newest first."""
    answered = func.count(case((Task.state == "answered", 1)))
    rows = await session.execute(
        select(Process, Census, func.count(Task.id), answered)
        .join(Census, Census.process_id == Process.id)
        .outerjoin(Task, Task.process_id == Process.id)
        .group_by(Process.id, Census.process_id)
        .order_by(Census.year.desc(), Census.number.desc())
    )
    return [CensusRow(*row) for row in rows]


async def heads(session: ReadSession) -> Sequence[Person]:
    """Everybody who heads a unit and is active, by name: who can be chosen to decide."""
    query = select(Person).where(Person.active, Person.code.in_(select(Unit.head_code))).order_by(Person.name)
    return list(await session.scalars(query))


async def latest_events(session: ReadSession, process_id: UUID) -> list[AuditEvent]:
    """What the record says of a process last, the latest first."""
    query = select(AuditEvent).where(AuditEvent.process_id == process_id).order_by(AuditEvent.id.desc())
    return list(await session.scalars(query.limit(LATEST_EVENTS)))

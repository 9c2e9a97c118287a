"""Queries on what a coordinator has to settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import defer

from models.contracts.refusal import Refused, said
from models.tables.mail import IncomingMail, Matter, OutgoingMail
from models.tables.people import Person, Unit
from models.tables.task import Task
from store.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class MatterFacts:
    """A matter with what it is about; None where it is about no such thing."""

    matter: Matter
    person: Person | None
    task: Task | None
    unit: Unit | None
    incoming: IncomingMail | None
    outgoing: OutgoingMail | None


def _matters() -> Select[Matter, Person, Task, Unit, IncomingMail, OutgoingMail]:
    return (
        select(Matter, Person, Task, Unit, IncomingMail, OutgoingMail)
        .outerjoin(Person, Person.code == Matter.person_code)
        .outerjoin(Task, Task.id == Matter.task_id)
        .outerjoin(Unit, Unit.code == Task.unit_code)
        .outerjoin(IncomingMail, IncomingMail.id == Matter.incoming_mail_id)
        .outerjoin(OutgoingMail, OutgoingMail.id == Matter.outgoing_mail_id)
        .options(defer(IncomingMail.raw), defer(OutgoingMail.rfc822))
    )


async def open_matters(session: ReadSession, *, limit: int | None = None) -> list[MatterFacts]:
    """What is still to be settled, the oldest first."""
    query = _matters().where(Matter.state == "open").order_by(Matter.opened_at, Matter.id).limit(limit)
    return [MatterFacts(*row) for row in await session.execute(query)]


async def open_count(session: ReadSession) -> int:
    """How much is still to be settled."""
    return await session.scalar(select(func.count()).select_from(Matter).where(Matter.state == "open")) or 0


async def settled_matters(session: ReadSession, *, limit: int) -> list[MatterFacts]:
    """What was settled last, the latest first."""
    query = _matters().where(Matter.state != "open").order_by(Matter.settled_at.desc(), Matter.id).limit(limit)
    return [MatterFacts(*row) for row in await session.execute(query)]


async def matters_of_mail(session: ReadSession, mail_id: UUID) -> Sequence[Matter]:
    """What a mail that came in brought up, the first first."""
    query = select(Matter).where(Matter.incoming_mail_id == mail_id).order_by(Matter.opened_at, Matter.id)
    return (await session.scalars(query)).all()


async def matters_to_tell(session: WriteSession, *, told_before: datetime, limit: int) -> list[MatterFacts]:
    """The oldest open matters of which nobody was told, or last before an instant; taken for this transaction."""
    query = _matters().where(Matter.state == "open", or_(Matter.told_at.is_(None), Matter.told_at < told_before))
    ordered = query.order_by(Matter.opened_at, Matter.id).limit(limit).with_for_update(of=Matter, skip_locked=True)
    return [MatterFacts(*row) for row in await session.execute(ordered)]


async def find_matter(session: ReadSession, reference: str) -> MatterFacts:
    """A matter by its printed reference, in whatever letter case.

    Raises:
        Refused: there is none.

    """
    row = (await session.execute(_matters().where(Matter.reference == reference.strip().upper()))).one_or_none()
    if row is None:
        raise Refused(said("There is no matter “%(reference)s”; see `focal matters list`.", reference=reference))
    return MatterFacts(*row)


async def lock_matter(session: WriteSession, matter_id: UUID) -> Matter:
    """Take a matter for this transaction."""
    query = select(Matter).where(Matter.id == matter_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def persons_of_addresses(session: ReadSession, addresses: Sequence[str]) -> list[Person]:
    """The active persons who have any of some addresses."""
    return list(await session.scalars(select(Person).where(Person.address.in_(addresses), Person.active)))


async def persons_named(session: ReadSession, name: str) -> list[Person]:
    """The active persons of exactly this name, whatever the letter case."""
    return list(await session.scalars(select(Person).where(Person.name.ilike(_literally(name)), Person.active)))


def _literally(words: str) -> str:
    """Words for `ilike` in which nothing is a wildcard."""
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")

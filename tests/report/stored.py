"""A quarter run on real rows by the real operations, hour by hour, for the report to read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from models.contracts.answering import PersonChoice, Typed
from models.tables.process import TaskSet
from models.tables.task import Link, Task
from operations.answering import open_link, read_form, save_draft, submit
from operations.follow_up import fire_due
from operations.indicator_collection import close_collection, create_set, left_to_ask, open_collection
from operations.links import token
from operations.naming import name_focal_point
from settings import Settings
from store.database import Database


class RunningQuarter:
    """One collection of the plan TST; whoever uses it hands in the clock."""

    def __init__(self, database: Database, settings: Settings, period: str) -> None:
        self.database = database
        self.settings = settings
        self.period = period
        self.process_id: UUID

    async def open(self, now: datetime) -> "RunningQuarter":
        """Open the collection and send its requests."""
        async with self.database.transaction() as session:
            opened = await open_collection(session, "TST", self.period, by="coordinator", now=now)
            self.process_id = opened.order.process_id
        async with self.database.reading() as session:
            left = await left_to_ask(session, self.process_id)
        async with self.database.transaction() as session:
            await create_set(session, self.process_id, left, now=now)
        await self.fire(now)
        return self

    async def fire(self, now: datetime) -> None:
        """Do what is due at an instant."""
        async with self.database.transaction() as session:
            for set_id in (
                await session.scalars(select(TaskSet.id).where(TaskSet.process_id == self.process_id))
            ).all():
                await fire_due(session, self.settings, set_id, now)

    async def answer(self, person: str, now: datetime, **values: Typed) -> None:
        """Answer through the person's link; indicators by the end of their code, `A1_I1`."""
        async with self.database.transaction() as session:
            holder = await open_link(session, await self._token(person), now=now)
            form = await read_form(session, holder, settings=self.settings)
            ids = {entry.code: entry.item_id for entry in form.entries}
            fields = {ids[f"TST-E1-OE1-{code.replace('_', '-')}"]: typed for code, typed in values.items()}
            version = await save_draft(session, holder, fields, now=now)
        async with self.database.transaction() as session:
            await submit(session, holder, draft_version=version, raw=b"typed", now=now, settings=self.settings)

    async def name(self, head: str, person: str, now: datetime) -> None:
        """The head names a colleague as focal point."""
        async with self.database.transaction() as session:
            holder = await open_link(session, await self._token(head), now=now)
            await name_focal_point(
                session, holder, PersonChoice(person_code=person), raw=b"named", now=now, settings=self.settings
            )

    async def close(self, now: datetime) -> None:
        """Close the collection."""
        async with self.database.transaction() as session:
            await close_collection(session, self.process_id, by="focal", now=now)

    async def _token(self, person: str) -> str:
        async with self.database.reading() as session:
            link = await session.scalar(
                select(Link.id)
                .join(Task, Task.id == Link.task_id)
                .where(Task.process_id == self.process_id, Link.person_code == person)
            )
        assert link is not None, f"{person} was not asked"
        return token(self.settings.secret_key.get_secret_value(), link)

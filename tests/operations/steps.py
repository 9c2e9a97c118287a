"""A collection driven by hand: opened, fired at instants that are handed in, answered through links."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models.contracts.answering import Typed
from models.tables.mail import OutgoingMail
from models.tables.process import TaskSet
from models.tables.task import Link, Step, Task
from operations.answering import open_link, read_form, save_draft, submit
from operations.follow_up import fall_asleep, fire_due
from operations.indicator_collection import create_set, left_to_ask, open_collection
from operations.links import token
from settings import Settings
from store.database import Database
from tests.world import OPENING

NOTHING = Typed(choice="nothing_to_report")


@dataclass
class Office:
    """A database with a small city, and the clock in the test's hands."""

    database: Database
    settings: Settings
    seen: list[UUID] = field(default_factory=list)

    async def open(self, plan: str = "TST", period: str = "2026-Q4", at: datetime = OPENING, **options: Any) -> UUID:
        """Open a collection and make its tasks; gives the process."""
        async with self.database.transaction() as session:
            result = await open_collection(session, plan, period, by="coordinator", now=at, **options)
        async with self.database.reading() as session:
            left = await left_to_ask(session, result.order.process_id)
        async with self.database.transaction() as session:
            await create_set(session, result.order.process_id, left, now=at)
        return result.order.process_id

    async def fire(self, now: datetime) -> list[tuple[str, str]]:
        """Do what the follow-ups do at an instant; gives the mails it made: name and reader."""
        async with self.database.reading() as session:
            sets = list(await session.scalars(select(TaskSet.id).order_by(TaskSet.workflow_id)))
        for set_id in sets:
            async with self.database.transaction() as session:
                await fire_due(session, self.settings, set_id, now)
            async with self.database.transaction() as session:
                await fall_asleep(session, set_id)
        return await self.new_mails()

    async def run_until(self, last: datetime) -> list[tuple[str, str, str]]:
        """Fire every step at its own instant up to one; gives local day, mail and reader of what it made."""
        made: list[tuple[str, str, str]] = []
        while True:
            async with self.database.reading() as session:
                at = await session.scalar(
                    select(Step.at).where(Step.state == "planned", Step.at <= last).order_by(Step.at).limit(1)
                )
            if at is None:
                return made
            made += [(f"{at + timedelta(hours=1):%Y-%m-%d}", *mail) for mail in await self.fire(at)]

    async def new_mails(self) -> list[tuple[str, str]]:
        """Name and reader of the mails made since the last look."""
        async with self.database.reading() as session:
            rows = await session.execute(
                select(OutgoingMail.id, OutgoingMail.name, OutgoingMail.person_code).where(
                    OutgoingMail.id.not_in(self.seen)
                )
            )
            made = sorted((name, person or "coordinator", mail_id) for mail_id, name, person in rows)
        self.seen += [mail_id for *_, mail_id in made]
        return [(name, person) for name, person, _ in made]

    async def task(self, unit: str = "HEALTH", kind: str = "indicator_request") -> Task:
        """The newest task of a unit and kind."""
        async with self.database.reading() as session:
            query = select(Task).where(Task.unit_code == unit, Task.kind == kind).order_by(Task.opens_on.desc())
            return (await session.scalars(query.limit(1))).one()

    async def planned(self, task_id: UUID) -> list[tuple[str, str]]:
        """Kind and day of the steps that are still to come."""
        async with self.database.reading() as session:
            rows = await session.execute(
                select(Step.kind, Step.on)
                .where(Step.task_id == task_id, Step.state == "planned")
                .order_by(Step.at, Step.number)
            )
            return [(kind, on.isoformat()) for kind, on in rows]

    async def answer(self, task: Task, person: str, now: datetime, codes: Sequence[str] | None = None) -> None:
        """A person answers through their own link: nothing to report, for some indicators or for all."""
        secret = self.settings.secret_key.get_secret_value()
        async with self.database.transaction() as session:
            query = select(Link).where(Link.person_code == person, Link.task_id == task.id)
            link = (await session.scalars(query)).one()
            holder = await open_link(session, token(secret, link.id), now=now)
            form = await read_form(session, holder, settings=self.settings)
            typed = {entry.item_id: NOTHING for entry in form.entries if codes is None or entry.code in codes}
            version = await save_draft(session, holder, typed, now=now)
            await submit(session, holder, draft_version=version, raw=b"raw", now=now, settings=self.settings)

    async def text(self, name: str, person: str) -> str:
        """The text of the last mail of a name to a person."""
        from email import message_from_bytes, policy

        async with self.database.reading() as session:
            raw = (
                await session.scalars(
                    select(OutgoingMail.rfc822)
                    .where(OutgoingMail.name == name, OutgoingMail.person_code == person)
                    .order_by(OutgoingMail.created_at.desc())
                    .limit(1)
                )
            ).one()
        body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
        assert body is not None
        return " ".join(body.get_content().split())

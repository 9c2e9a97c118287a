"""Replies as the city's mail server hands them over, and what Focal makes of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models.contracts.inbound import Decision
from models.tables.mail import IncomingMail, Matter
from models.tables.task import Answer, Item, Submission, Task
from operations.replies import reply_address
from store.task import reading_of
from tests.inbox import SOFIA, arrives, letter, read
from tests.operations.steps import Office


@dataclass
class Letters:
    """Brings mails to an office and has them read."""

    office: Office

    def address(self, task: Task) -> str:
        """Where replies to a task go."""
        settings = self.office.settings
        return reply_address(settings.secret_key.get_secret_value(), task.id, settings.mail_domain)

    async def deliver(self, raw: bytes, to: str, now: datetime, *, sender: str = SOFIA) -> tuple[UUID, Decision | None]:
        """Store a mail and read it; gives its id and the decision."""
        mail_id = await arrives(self.office, raw, to, sender=sender, now=now)
        return mail_id, await self.read(mail_id, now + timedelta(seconds=1))

    async def reply(self, task: Task, text: str, now: datetime, **written: Any) -> tuple[UUID, Decision | None]:
        """A reply to a task, delivered and read."""
        address = self.address(task)
        return await self.deliver(letter(text, to=address, **written), address, now)

    async def read(self, mail_id: UUID, now: datetime) -> Decision | None:
        """Have a mail read that waits."""
        return await read(self.office, mail_id, now=now)

    async def row(self, mail_id: UUID) -> IncomingMail:
        """What is known of a mail."""
        async with self.office.database.reading() as session:
            return await session.get_one(IncomingMail, mail_id)

    async def standing(self, task: Task) -> dict[str, str]:
        """The answers that stand, by indicator: the figure, yes or no, words, or what kind of answer it is."""
        async with self.office.database.reading() as session:
            rows = await session.execute(
                select(Item.indicator_code, Answer)
                .join(Answer, Answer.id == Item.answer_id)
                .where(Item.task_id == task.id)
                .order_by(Item.position)
            )
            return {code: _said(answer) for code, answer in rows if code}

    async def submissions(self, task: Task) -> list[Submission]:
        """What was sent for a task, the first first."""
        async with self.office.database.reading() as session:
            query = select(Submission).where(Submission.task_id == task.id).order_by(Submission.received_at)
            return list(await session.scalars(query))

    async def matters(self) -> list[Matter]:
        """What is to be settled, the oldest first."""
        async with self.office.database.reading() as session:
            query = select(Matter).where(Matter.state == "open").order_by(Matter.opened_at, Matter.kind)
            return list(await session.scalars(query))


def _said(answer: Answer) -> str:
    reading = reading_of(answer)
    if reading.number is not None:
        return f"{reading.number.normalize():f}"
    if reading.yes is not None:
        return "yes" if reading.yes else "no"
    return reading.words or reading.reason or reading.kind

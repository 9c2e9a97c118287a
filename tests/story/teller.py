"""A collection driven by hand, and the stories that are told of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.contracts.story import MailStory, Story
from models.tables.mail import OutgoingMail
from models.tables.process import Process
from models.tables.task import Step, Task
from operations.explaining import explain, why_mail
from operations.story_words import task_text
from store.outbox import lease_mails, settle_mail
from tests.operations.steps import Office


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of a winter day of 2027 by València's clock."""
    return datetime(2027, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)


class Teller(Office):
    """An office whose tasks and mails are explained."""

    async def act(self, operation: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> Any:
        """Let somebody do something, in one transaction."""
        async with self.database.transaction() as session:
            return await operation(session, *given, **named)

    async def deliver(self, now: datetime, *, refusing: tuple[str, ...] = ()) -> None:
        """The mail server takes every mail that waits, or refuses those to some persons."""
        async with self.database.transaction() as session:
            for mail in await lease_mails(session, now=now, length=timedelta(minutes=1), limit=100):
                state, reply = (
                    ("rejected", "550 No such mailbox.") if mail.person_code in refusing else ("accepted", "250")
                )
                await settle_mail(session, mail, state=state, reply=reply, unknowns=0, now=now)

    async def go_on(self, last: datetime) -> None:
        """Carry out every step up to an instant at its own, and deliver what it wrote."""
        planned = select(Step.at).where(Step.state == "planned", Step.at <= last).order_by(Step.at).limit(1)
        while True:
            async with self.database.reading() as session:
                at = await session.scalar(planned)
            if at is None:
                return
            await self.fire(at)
            await self.deliver(at)

    async def story(self, now: datetime, kind: str = "indicator_request", period: str = "2026-Q4") -> Story:
        """The story of Health's newest task of a kind in a quarter."""
        query = select(Task.id).join(Process, Process.id == Task.process_id).order_by(Task.opens_on.desc())
        query = query.where(Task.unit_code == "HEALTH", Task.kind == kind, Process.reference.endswith(period))
        async with self.database.reading() as session:
            return await explain(session, (await session.scalars(query.limit(1))).one(), now=now)

    async def why(self, name: str, person: str | None) -> MailStory:
        """Why the last mail of a name to a person (None: the coordinator) was written, found by its Message-ID."""
        async with self.database.reading() as session:
            query = select(OutgoingMail.message_id).where(OutgoingMail.name == name, OutgoingMail.person_code == person)
            message_id = (await session.scalars(query.order_by(OutgoingMail.created_at.desc()).limit(1))).one()
            return await why_mail(session, message_id)


def kinds(story: Story) -> list[str]:
    """What happened, by kind."""
    return [each.kind for each in story.happened]


def told(story: Story, kind: str) -> Any:
    """The only happening of a kind."""
    (only,) = [each for each in story.happened if each.kind == kind]
    return only


def text(story: Story) -> str:
    """The whole story in English, on one line."""
    return " ".join(task_text(story, "en").split())

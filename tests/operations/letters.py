"""Replies as the city's mail server hands them over, and what Focal makes of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID, uuid5

from sqlalchemy import select

from models.contracts.inbound import Decision
from models.tables.mail import IncomingMail, Matter
from models.tables.task import Answer, Item, Submission, Task
from operations.incoming import receive, take_in
from operations.replies import reply_address
from store.task import reading_of
from tests.operations.steps import Office

SERVER = "mx.prova.example"
"""The authserv-id that the settings of these tests trust."""


@dataclass
class Letters:
    """Brings mails to an office and has them read."""

    office: Office

    def address(self, task: Task) -> str:
        """Where replies to a task go."""
        settings = self.office.settings
        return reply_address(settings.secret_key.get_secret_value(), task.id, settings.mail_domain)

    def letter(
        self,
        text: str,
        *,
        sender: str = "health@prova.example",
        to: str = "",
        subject: str = "Re: Indicadors",
        vouched: str | None = "dmarc=pass",
        written_at: datetime | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        files: tuple[tuple[str, bytes], ...] = (),
    ) -> bytes:
        """A mail. `vouched`: what the trusted server says of its sender; None for nothing."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = sender
        mail["To"] = to or "focal@focal.example"
        mail["Subject"] = subject
        if written_at:
            mail["Date"] = format_datetime(written_at)
        name = f"{text}|{sender}|{subject}|{written_at}"
        mail["Message-ID"] = f"<{uuid5(UUID(int=0), name)}@prova.example>"
        for header, value in headers:
            mail[header] = value
        mail.set_content(text)
        for filename, content in files:
            mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=filename)
        raw = mail.as_bytes()
        if vouched is None:
            return raw
        domain = sender.rpartition("@")[2].rstrip(">")
        return f"Authentication-Results: {SERVER}; {vouched} header.from={domain}\r\n".encode() + raw

    async def deliver(
        self, raw: bytes, to: str, now: datetime, *, sender: str = "health@prova.example"
    ) -> tuple[UUID, Decision | None]:
        """Store a mail and read it; gives its id and the decision."""
        async with self.office.database.transaction() as session:
            mail_id = await receive(
                session, self.office.settings, raw=raw, envelope_from=sender, envelope_to=to, now=now
            )
        return mail_id, await self.read(mail_id, now + timedelta(seconds=1))

    async def reply(self, task: Task, text: str, now: datetime, **letter: object) -> tuple[UUID, Decision | None]:
        """A reply to a task, delivered and read."""
        address = self.address(task)
        return await self.deliver(self.letter(text, to=address, **letter), address, now)  # type: ignore[arg-type]

    async def read(self, mail_id: UUID, now: datetime) -> Decision | None:
        """Have a mail read that waits."""
        async with self.office.database.transaction() as session:
            return await take_in(session, self.office.settings, mail_id, now=now)

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

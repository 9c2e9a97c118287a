"""Mails that come in to a small city, as its mail server hands them over."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from models.contracts.inbound import Decision
from models.tables.task import Task
from operations.incoming import receive, take_in
from operations.replies import reply_address
from settings import Settings
from store.database import Database

SERVER = "mx.prova.example"
"""The authserv-id that the settings have to trust."""
SOFIA = "health@prova.example"


class City(Protocol):
    """Where mails arrive."""

    database: Database
    settings: Settings


def letter(
    text: str,
    *,
    sender: str = SOFIA,
    to: str = "focal@focal.example",
    subject: str = "Re: Indicadors",
    vouched: str | None = "dmarc=pass",
    written_at: datetime | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    files: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """A mail; `vouched`: what the trusted server says of its sender, None for nothing."""
    mail = EmailMessage(policy=SMTP)
    date = (("Date", format_datetime(written_at)),) if written_at else ()
    for name, value in (("From", sender), ("To", to), ("Subject", subject), *date, *headers):
        mail[name] = value
    mail["Message-ID"] = f"<{uuid4()}@prova.example>"
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    domain = sender.rpartition("@")[2].rstrip(">")
    seal = f"Authentication-Results: {SERVER}; {vouched} header.from={domain}\r\n" if vouched else ""
    return seal.encode() + mail.as_bytes()


async def arrives(city: City, raw: bytes, to: str, *, sender: str = SOFIA, now: datetime | None = None) -> UUID:
    """A mail is stored; gives its id."""
    async with city.database.transaction() as session:
        arrived = {"envelope_from": sender, "envelope_to": to, "now": now or datetime.now(UTC)}
        return await receive(session, city.settings, raw=raw, **arrived)  # type: ignore[arg-type]


async def read(city: City, mail_id: UUID, *, now: datetime | None = None) -> Decision | None:
    """A mail that waits is read."""
    async with city.database.transaction() as session:
        return await take_in(session, city.settings, mail_id, now=now or datetime.now(UTC))


async def reply(
    city: City, task: Task, text: str, *, decided: Decision, now: datetime | None = None, **written: Any
) -> UUID:
    """A reply to a task arrives and is read; gives its id."""
    to = reply_address(city.settings.secret_key.get_secret_value(), task.id, city.settings.mail_domain)
    mail_id = await arrives(city, letter(text, **written), to, now=now)
    assert await read(city, mail_id, now=now) == decided
    return mail_id

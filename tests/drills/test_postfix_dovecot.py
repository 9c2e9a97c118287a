"""Mail both ways through a real Postfix and a real Dovecot, which are configured as docs/mail.md says."""

import asyncio
import imaplib
import os
import re
import smtplib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from doors.imap import FAULTS, ImapDoor
from embedded.ports import Ports as StackPorts
from embedded.stack import PARTS, Options, Part, Stack
from embedded.supervisor import running
from models.tables.mail import BounceRow, DeadAddress, IncomingMail, Matter, OutgoingMail
from models.tables.people import Person
from models.tables.process import Process
from models.tables.task import Answer, Item, Task
from operations.indicator_collection import open_collection
from settings import Settings
from store.database import Database
from tests.drills.mail_servers import AUTHENTICATION_SERVER, FOCAL, PASSWORD, Dovecot, Ports, postfix, require_servers
from tests.world import build_world

pytestmark = pytest.mark.drill

HEALTH, OFFICE, GONE = "health@prova.example", "office@prova.example", "gone@prova.example"
HOSTED = "focal@hosted.example"
TOKEN = "0123456789abcdef0123456789abcdefabcdefghij234567abcd"
POLLED = 300


@dataclass
class City:
    """The city's mail servers."""

    ports: Ports
    dovecot: Dovecot

    def send(self, mail: EmailMessage | bytes, *, sender: str, to: str, port: int | None = None) -> None:
        """Send as somebody of the city who has proven who they are, or through another port."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP)
        with smtplib.SMTP("127.0.0.1", port or self.ports.staff) as client:
            client.sendmail(sender, [to], raw)

    def mails(self, user: str) -> list[EmailMessage]:
        """What lies in somebody's inbox."""
        with self.dovecot.mailbox(user) as box:
            told = [box.client.uid("FETCH", uid, "(BODY.PEEK[])")[1] for uid in box.uids()]
        return [message_from_bytes(answer[0][1], policy=policy.default) for answer in told]


@pytest.fixture
def city() -> Iterator[City]:
    require_servers()
    ports = Ports.free()
    with TemporaryDirectory(prefix="focal-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # each server has users of its own
        for server in ("postfix", "dovecot"):
            (folder / server).mkdir()
        users = (HEALTH, OFFICE, HOSTED, "health-head@prova.example", "ecology-head@prova.example")
        with postfix(folder / "postfix", ports), Dovecot(folder / "dovecot", ports).running(users) as dovecot:
            yield City(ports, dovecot)


@asynccontextmanager
async def focal(city: City) -> AsyncIterator[tuple[Stack, Database]]:
    """Focal between these servers: the embedded stack, whose workers send through Postfix, and the door."""
    settings = {
        "FOCAL_MAIL_DOMAIN": FOCAL,
        "FOCAL_MAIL_FROM_ADDRESS": f"focal@{FOCAL}",
        "FOCAL_COORDINATOR_ADDRESS": OFFICE,
        "FOCAL_AUTHENTICATION_SERVER": AUTHENTICATION_SERVER,
        "FOCAL_INBOUND_PORT": str(city.ports.focal),
    }
    relay = ("/usr/bin/env", f"FOCAL_SMTP_PORT={city.ports.outside}")
    worker = Part("worker", (*relay, sys.executable, "-m", "cli", "worker"))
    inbound = Part("inbound", (sys.executable, "-m", "cli", "inbound", "serve"))
    parts = (worker, inbound, *(part for part in PARTS if part.name != "worker"))
    with TemporaryDirectory(prefix="focal-") as folder:
        options = Options(data_dir=Path(folder), ports=StackPorts.free(), fast=True, settings=settings, parts=parts)
        async with running(options, say=lambda _: None) as stack:
            database = Database(stack.database_url)
            yield stack, database
            await database.close()


async def until(holds: Callable[[], Awaitable[Any]], what: str, seconds: float = 60) -> Any:
    """Wait for something that other processes bring about; gives it."""
    for _ in range(int(seconds * 5)):
        if found := await holds():
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"not within {seconds:g} s: {what}")


async def arrived(city: City, user: str, name: str) -> EmailMessage:
    """A mail of Focal's in somebody's mailbox, by its name in the registry."""

    async def look() -> list[EmailMessage]:
        mails = await asyncio.to_thread(city.mails, user)
        return [mail for mail in mails if mail["X-Focal-Mail"] == name]

    found: list[EmailMessage] = await until(look, f"{name} reaches {user}")
    return found[-1]


async def read(database: Database, subject: str) -> IncomingMail:
    """A mail that came in, once it is read; by the beginning of its subject."""

    async def look() -> IncomingMail | None:
        async with database.reading() as session:
            mail: IncomingMail | None = await session.scalar(
                select(IncomingMail).where(IncomingMail.subject.startswith(subject), IncomingMail.state != "waiting")
            )
            return mail

    mail: IncomingMail = await until(look, f"“{subject}” is read")
    return mail


async def all_of(database: Database, statement: Any) -> list[Any]:
    async with database.reading() as session:
        return list((await session.scalars(statement)).all())


def answer(request: EmailMessage, words: str, prefix: str = "Re:") -> EmailMessage:
    """A reply as a mail program writes it."""
    reply = EmailMessage()
    reply["From"] = f"Sofia Salut <{HEALTH}>"
    reply["To"] = request["Reply-To"]
    reply["Subject"] = f"{prefix} {request['Subject']}"
    reply["Message-ID"] = make_msgid(domain="prova.example")
    reply["In-Reply-To"] = request["Message-ID"]
    reply["References"] = f"{request['References']} {request['Message-ID']}"
    quoted = request.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    quote = "\n".join(f"> {line}" for line in quoted.splitlines())
    reply.set_content(f"{words}\n\nEl dl., 4 de gen. 2027 a les 9:00, Oficina <focal@{FOCAL}> va escriure:\n{quote}\n")
    return reply


async def test_a_quarter_is_collected_by_mail_alone(city: City) -> None:
    async with focal(city) as (stack, database):
        await build_world(database)
        async with database.transaction() as session:
            await session.execute(update(Person).where(Person.code == "ecology").values(address=GONE))
        async with database.transaction() as session:
            await open_collection(session, "TST", "2026-Q3", by="drill", now=datetime.now(UTC), at_once=True)
        request = await arrived(city, HEALTH, "task_request")
        token = re.search(r"r\+[a-z0-9]{52}", request["Reply-To"])
        bounces = re.fullmatch(rf"<(b\+[a-z0-9]{{52}}@{FOCAL})>", request["Return-Path"])
        assert token and bounces  # noqa: PT018 - both or no mail can come back

        await unknown_mailbox(database)
        await out_of_office(city, database, request, bounces[1])
        await forgery(city, database, request)

        await asyncio.to_thread(
            city.send,
            answer(request, "Bon dia,\n\nTST-E1-OE1-A1-I1 = 128\nTST-E1-OE1-A2-I1 = 97,5 %\n3 = sí\n\nSofia"),
            sender=HEALTH,
            to=request["Reply-To"].addresses[0].addr_spec,
        )
        taken = await read(database, "Re:")
        assert (taken.decision, taken.grade, taken.person_code) == ("accepted", "A", "health")
        receipt = await arrived(city, HEALTH, "task_receipt")
        assert "128" in receipt.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        standing = await all_of(database, select(Answer).join(Item, Item.answer_id == Answer.id))
        assert {each.number for each in standing} == {Decimal(128), Decimal("97.5"), None}
        assert [each.yes for each in standing if each.number is None] == [True]
        assert await all_of(database, select(Task.state).where(Task.assignee_code == "health")) == ["answered"]
        await closed(city, stack, database)


async def unknown_mailbox(database: Database) -> None:
    """Postfix took the mail, Dovecot knows no such user: the bounce comes back to the address of the mail."""

    async def buried() -> list[Any]:
        return await all_of(database, select(DeadAddress.address))

    assert await until(buried, "the bounce is understood") == [GONE]
    (bounce,) = await all_of(database, select(BounceRow))
    assert (bounce.kind, bounce.status) == ("dead", "5.1.1")
    assert bounce.incoming_mail_id is not None
    assert await all_of(database, select(OutgoingMail.recipient).where(OutgoingMail.state == "bounced")) == [GONE]
    (mail,) = await all_of(database, select(IncomingMail).where(IncomingMail.decision == "bounced"))
    assert (mail.envelope_from, mail.envelope_to[:2]) == ("", "b+")


async def out_of_office(city: City, database: Database, request: EmailMessage, bounces: str) -> None:
    """It goes to the envelope sender, from nobody, as vacation programs send it; and is no answer."""
    note = answer(request, "Estaré fora de l'oficina fins al 15 de gener de 2027.", "Resposta automàtica:")
    note.replace_header("To", bounces)
    note["Auto-Submitted"] = "auto-replied"
    await asyncio.to_thread(city.send, note, sender="", to=bounces)
    mail = await read(database, "Resposta autom")
    assert (mail.decision, mail.person_code) == ("away_noted", "health")
    assert await all_of(database, select(Matter.kind).where(Matter.incoming_mail_id == mail.id)) == ["away"]
    assert await all_of(database, select(OutgoingMail.id).where(OutgoingMail.answers_id == mail.id)) == []


async def forgery(city: City, database: Database, request: EmailMessage) -> None:
    """The right token from outside, with what the server would have written: it is taken away on the way in."""
    forged = answer(request, "1 = 999999", "RE:")
    claim = f"Authentication-Results: {AUTHENTICATION_SERVER};\r\n dmarc=pass header.from=prova.example\r\n".encode()
    await asyncio.to_thread(
        city.send,
        claim + forged.as_bytes(policy=policy.SMTP),
        sender="mallory@elsewhere.example",
        to=request["Reply-To"].addresses[0].addr_spec,
        port=city.ports.outside,
    )
    mail = await read(database, "RE:")
    assert (mail.decision, mail.grade) == ("held", "C")
    assert b"dmarc=pass" not in mail.raw


async def closed(city: City, stack: Stack, database: Database) -> None:
    """The quarter closes and its report arrives."""
    closing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "collection", "close", "TST", "2026-Q3"),
        env={**os.environ, **stack.settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await closing.communicate()
    assert closing.returncode == 0, told.decode()
    await arrived(city, OFFICE, "collection_report")
    assert await all_of(database, select(Process.state)) == ["closed"]


def hosted(settings: Settings, city: City) -> Settings:
    """Settings of an installation whose mail lies in a mailbox of Dovecot's."""
    return settings.model_copy(
        update={
            "mail_domain": "hosted.example",
            "mail_from_address": HOSTED,
            "imap_host": "127.0.0.1",
            "imap_port": city.ports.imap,
            "imap_security": "none",
            "imap_user": HOSTED,
            "imap_password": type(settings.imap_password)(PASSWORD),
        }
    )


async def test_a_poll_that_is_told_bye_fetches_everything_after_the_restart(
    city: City, settings: Settings, database: Database
) -> None:
    to = f"r+{TOKEN}@hosted.example"
    for number in range(POLLED):
        raw = f"From: {HEALTH}\r\nTo: <{to}>\r\nSubject: {number}\r\n\r\n1 = {number}\r\n".encode()
        await asyncio.to_thread(city.send, raw, sender=HEALTH, to=to)

    async def delivered() -> bool:
        return len(await asyncio.to_thread(city.mails, HOSTED)) == POLLED

    await until(delivered, "Dovecot has all")
    door = ImapDoor(database, hosted(settings, city), lambda: datetime.now(UTC))
    poll = asyncio.create_task(door.fetch_replies())

    async def stored() -> int:
        async with database.reading() as session:
            return await session.scalar(select(func.count()).select_from(IncomingMail)) or 0

    await until(stored, "the first mails are stored")
    async with database.transaction() as session:
        # However fast it is, the poll now waits with a mail in hand.
        await session.execute(text("lock table incoming_mails in share row exclusive mode"))
        await asyncio.to_thread(city.dovecot.stop)
    with pytest.raises(imaplib.IMAP4.abort, match="shutting down"):
        await poll
    before = await stored()
    assert 0 < before < POLLED
    with pytest.raises(FAULTS):
        await door.fetch_replies()
    await asyncio.to_thread(city.dovecot.start)
    fetched = await door.fetch_replies()
    assert POLLED - before <= fetched <= POLLED - before + 1, "what was stored and not moved yet is fetched again"
    mails = await all_of(database, select(IncomingMail))
    assert len(mails) == len({mail.subject or mail.raw for mail in mails}) == POLLED
    assert {(mail.envelope_from, mail.envelope_to) for mail in mails} == {(HEALTH, to)}
    with city.dovecot.mailbox(HOSTED) as box:
        assert box.uids() == []
        assert box.folder.status("Focal")["MESSAGES"] == POLLED

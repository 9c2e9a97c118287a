"""The door to a mailbox: nothing leaves the inbox before it is stored, and nothing is stored twice."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from imap_tools.errors import MailboxLoginError
from sqlalchemy.exc import OperationalError

from doors import imap
from doors.imap import FAULTS, ImapDoor
from doors.keeping import SIZE_LIMIT
from models.contracts.refusal import Refused
from scheduler import patient
from settings import Settings
from store.database import Database
from tests.conftest import some
from tests.doors.conftest import kept, refusing
from tests.doors.imap_server import PASSWORD, USER, Act, ImapServer, imap_server
from tests.edges.command import unused_port

TASK = "r+0123456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"
OTHER = "r+ffff456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"
OLD = date(2020, 1, 31)
COMMANDS = (
    *("CAPABILITY", "LOGIN", "SELECT", "LIST", "CREATE", "UID SEARCH"),
    *("UID FETCH {0},{1},{2}", "UID FETCH {1} ", "UID MOVE {2}", "UID MOVE"),
)


def reply(number: int, to: str = TASK) -> bytes:
    head = f"Return-Path: <anna@city.example>\r\nDelivered-To: focal@focal.example\r\nTo: Focal <{to}>\r\n"
    return f"{head}Subject: Re: Indicadors\r\n\r\n{number} = 128 \xe0\r\n".encode("latin-1")


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ImapServer]:
    async with imap_server() as told:
        yield told


@pytest.fixture
def mailbox(settings: Settings, server: ImapServer) -> Settings:
    return settings.model_copy(
        update={
            "imap_host": "127.0.0.1",
            "imap_port": server.port,
            "imap_security": "none",
            "imap_user": USER,
            "imap_password": type(settings.imap_password)(PASSWORD),
        }
    )


@pytest.fixture
def door(database: Database, mailbox: Settings) -> ImapDoor:
    return ImapDoor(database, mailbox, lambda: datetime.now(UTC))


async def test_what_is_in_the_inbox_is_stored_byte_for_byte_and_moved(
    door: ImapDoor, server: ImapServer, database: Database
):
    raws = [reply(number) for number in range(3)]
    server.add(*raws)
    assert await door.fetch_replies() == 3
    mails = await kept(database)
    assert sorted(mail.raw for mail in mails) == raws
    assert {(mail.envelope_from, mail.envelope_to) for mail in mails} == {("anna@city.example", TASK)}
    assert (server.raws("INBOX"), server.raws("Focal"), list(server.folders)) == ([], raws, ["INBOX", "Focal"])
    assert await door.fetch_replies() == 0


async def test_a_mail_to_two_tasks_becomes_two_and_one_to_none_belongs_to_the_mailbox(
    door: ImapDoor, server: ImapServer, database: Database
):
    server.add(reply(1, f"{TASK}, {OTHER}"), b"Return-Path: <>\r\nTo: x@y.example\r\n\r\n", b"")
    assert await door.fetch_replies() == 3
    assert [(mail.envelope_from, mail.envelope_to) for mail in await kept(database)] == [
        ("", "focal@focal.example"),
        ("", "focal@focal.example"),
        ("anna@city.example", TASK),
        ("anna@city.example", OTHER),
    ]


@pytest.mark.parametrize("act", some(Act, Act.DROP))
async def test_whatever_breaks_off_the_next_sweep_has_everything_once(
    door: ImapDoor,
    server: ImapServer,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    act: Act,
):
    monkeypatch.setattr(imap, "SILENCE_SECONDS", 0.3)
    sweep = patient(door.fetch_replies)
    seen: list[bytes] = []
    for number, command in enumerate(COMMANDS):
        server.folders.pop("Focal", None)
        raws = [reply(3 * number + n) for n in range(3)]
        server.add(*raws)
        first, second, third = (mail.uid for mail in server.folders["INBOX"])
        server.on(command.format(first, second, third), act)
        await sweep()
        assert server.raws("INBOX"), f"{command} went wrong, so something is still there"
        while server.open_lines:  # noqa: ASYNC110 - the server learns of it when it looks
            await asyncio.sleep(0)
        await sweep()
        seen += raws
        assert server.raws("INBOX") == [], command
        assert sorted(server.raws("Focal")) == sorted(raws), command
        assert sorted(mail.raw for mail in await kept(database)) == sorted(seen), command
    assert all(private not in caplog.text for private in ("anna", "r+01", "Indicadors", "cret"))


async def test_a_server_that_is_away_is_tried_again(mailbox: Settings, database: Database):
    away = mailbox.model_copy(update={"imap_port": unused_port()})
    with pytest.raises(ConnectionRefusedError):
        await ImapDoor(database, away, lambda: datetime.now(UTC)).fetch_replies()
    assert issubclass(ConnectionRefusedError, FAULTS)


async def test_one_mail_that_cannot_be_fetched_or_stored_holds_up_no_other(
    door: ImapDoor, server: ImapServer, database: Database, caplog: pytest.LogCaptureFixture
):
    server.add(reply(1), reply(2, OTHER), reply(3))
    async with refusing(database, "r+ffff%"):
        for _ in range(3):
            server.on("UID FETCH 1 ", Act.REFUSE)
            await door.fetch_replies()
        assert server.raws("INBOX") == [reply(1), reply(2, OTHER)]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        f"A mail of {len(reply(1))} bytes stays in the inbox: error",
        f"A mail of {len(reply(2))} bytes stays in the inbox: ProgrammingError",
    ]
    assert await door.fetch_replies() == 2
    assert len(await kept(database)) == 3


async def test_while_the_database_is_away_everything_stays_in_the_inbox(
    mailbox: Settings, server: ImapServer, database: Database
):
    server.add(reply(1), reply(2))
    nowhere = Database(f"postgresql+psycopg://focal@127.0.0.1:{unused_port()}/focal")
    with pytest.raises(OperationalError):
        await ImapDoor(nowhere, mailbox, lambda: datetime.now(UTC)).fetch_replies()
    assert server.raws("INBOX") == [reply(1), reply(2)]
    await nowhere.close()
    assert await ImapDoor(database, mailbox, lambda: datetime.now(UTC)).fetch_replies() == 2


async def test_a_mail_beyond_the_limit_is_moved_and_not_fetched(
    door: ImapDoor, server: ImapServer, database: Database, caplog: pytest.LogCaptureFixture
):
    server.add(reply(1), size=SIZE_LIMIT + 1)
    server.add(reply(2), size=SIZE_LIMIT)
    assert await door.fetch_replies() == 1
    assert [mail.raw for mail in await kept(database)] == [reply(2)]
    assert server.raws("Focal") == [reply(1), reply(2)]
    assert f"A mail of {SIZE_LIMIT + 1} bytes was refused" in caplog.text


async def test_a_large_mail_is_fetched(door: ImapDoor, server: ImapServer, database: Database):
    large = reply(1) + b"x" * 10_000_000
    server.add(large)
    assert await door.fetch_replies() == 1
    assert (await kept(database))[0].raw == large


async def test_what_a_new_mailbox_held_long_before_is_put_aside_unread(
    door: ImapDoor, server: ImapServer, database: Database, caplog: pytest.LogCaptureFixture
):
    today = datetime.now(UTC).date()
    server.add(*(reply(number) for number in range(1000)), arrived=OLD)
    server.add(reply(2000), arrived=today - timedelta(days=6))
    server.on("UID MOVE 401", Act.DROP)
    with pytest.raises(FAULTS):
        await door.fetch_replies()
    assert len(server.raws("Focal-before")) == 400
    assert await door.fetch_replies() == 1
    assert len(server.raws("Focal-before")) == 1000
    assert server.raws("Focal") == [reply(2000)]
    assert [mail.raw for mail in await kept(database)] == [reply(2000)]
    assert "600 mails from before" in caplog.text


async def test_after_a_long_stop_everything_is_read(door: ImapDoor, server: ImapServer, database: Database):
    assert await door.fetch_replies() == 0
    server.add(reply(1), arrived=OLD)
    assert await door.fetch_replies() == 1
    assert len(await kept(database)) == 1


@pytest.mark.drill
async def test_thousands_of_mails_are_fetched_in_parts(door: ImapDoor, server: ImapServer, database: Database):
    server.add(*(reply(number) for number in range(250)))
    assert await door.fetch_replies() == 250
    assert len(await kept(database)) == 250
    assert sum("RFC822.SIZE" in command for command in server.commands) == 2


async def test_a_server_that_cannot_move_is_asked_to_copy_and_delete(
    door: ImapDoor, server: ImapServer, database: Database
):
    server.can_move = False
    server.add(reply(1), reply(2))
    server.on("UID STORE", Act.DROP)
    with pytest.raises(FAULTS):
        await door.fetch_replies()
    assert await door.fetch_replies() == 2
    assert server.raws("INBOX") == []
    assert len(await kept(database)) == 2


async def test_what_somebody_deletes_or_moves_meanwhile_is_left_alone(
    door: ImapDoor, server: ImapServer, database: Database
):
    server.add(reply(1), reply(2))
    server.folders["INBOX"][0].flags.add("\\Deleted")
    assert await door.fetch_replies() == 1
    assert [mail.raw for mail in await kept(database)] == [reply(2)]


async def test_a_mail_made_to_hurt_a_parser_is_fetched_like_any_other(
    door: ImapDoor, server: ImapServer, database: Database
):
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    server.add(b"To: <" + TASK.encode() + b">\r\n" + deep)
    began = time.process_time()
    assert await door.fetch_replies() == 1
    assert time.process_time() - began < 2


async def test_a_password_may_hold_any_letter(mailbox: Settings, server: ImapServer, database: Database):
    secret = type(mailbox.imap_password)("contrasenya ç")
    named = mailbox.model_copy(update={"imap_user": "núria", "imap_password": secret})
    assert await ImapDoor(database, named, lambda: datetime.now(UTC)).fetch_replies() == 0
    wrong = mailbox.model_copy(update={"imap_password": type(secret)("wrong")})
    with pytest.raises(MailboxLoginError):
        await ImapDoor(database, wrong, lambda: datetime.now(UTC)).fetch_replies()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_no_password_is_told_to_a_server_that_nobody_vouches_for(
    mailbox: Settings, database: Database, security: str
):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(Path(__file__).parent.parent / "mail" / "certificate.pem")
    async with imap_server(context if security == "tls" else None) as server:
        unproven = mailbox.model_copy(update={"imap_port": server.port, "imap_security": security})
        with pytest.raises(FAULTS):
            await ImapDoor(database, unproven, lambda: datetime.now(UTC)).fetch_replies()
        assert not any(command.startswith("LOGIN") for command in server.commands)


async def test_a_sweep_that_waits_for_an_answer_can_be_stopped(door: ImapDoor, server: ImapServer):
    server.on("UID SEARCH", Act.SILENCE)
    sweep = asyncio.create_task(door.fetch_replies())
    await server.silent.wait()
    began = time.monotonic()
    sweep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweep
    assert time.monotonic() - began < 2


def test_mails_cannot_be_moved_to_where_they_are_fetched_from(mailbox: Settings, database: Database):
    same = mailbox.model_copy(update={"imap_done_folder": "Inbox"})
    with pytest.raises(Refused, match="FOCAL_IMAP_DONE_FOLDER"):
        ImapDoor(database, same, lambda: datetime.now(UTC))

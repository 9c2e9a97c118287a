"""The door over real sockets into a real database: kept whole or left with the sender, and one answer for each."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from doors import keeping, mail_server
from doors.keeping import SIZE_LIMIT
from doors.mail_server import MOST_CONNECTIONS, listen
from embedded.postgres import EmbeddedPostgres
from models.contracts.refusal import Refused
from settings import Settings
from store.database import Database
from tests.doors.client import as_sent, connected
from tests.doors.conftest import OpenDoor, kept, opened, refusing
from tests.edges.command import HOUSE, KEY, unused_port

TASK = "r+0123456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"
OTHER = "r+ffff456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"
BOUNCE = "b+0123456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"
MAIL = b"From: Anna <anna@city.example>\r\nSubject: Re: Indicadors\r\n\r\n3 = 128\r\n"
RAWS = (
    MAIL,
    b"",
    b"\r\n",
    b"Subject: \xe0\xff\x00\x80\r\n\r\n\xc3\xa0\xa0 8 bit and NUL \x00\r\n",
    b"Subject: bare\n\nlines\nof a\rcareless program\n\n\r\n",
    b".\r\n",
    b".hidden\r\n..\r\n.\r\n...\r\n",
    b"Subject: x\r\n\r\nno end\n.\nMAIL FROM:<x@y.example>\n.\r\nstill in it\r\n\r.\r\nand this\r\n",
    b"Subject: x\r\n\r\n" + b"l" * 300_000 + b"\r\n" + b"." * 70_000 + b"\r\n",
    b"l" * 1001 + b"\r\n",
    b"l" * 2000 + b"\r\r\n.\r\n",
)


async def test_mails_are_kept_byte_for_byte(door: OpenDoor, database: Database):
    async with connected(door.port) as client:
        for raw in RAWS:
            assert await client.mail(raw, TASK) == ["250 2.0.0 Kept"], raw[:40]
    mails = await kept(database)
    assert sorted(mail.raw for mail in mails) == sorted(RAWS)
    assert {(mail.envelope_from, mail.envelope_to, mail.state) for mail in mails} == {
        ("anna@city.example", TASK, "waiting")
    }


@pytest.mark.parametrize(("said", "noted"), [("", ""), ("núria@ciutat.example", "núria@ciutat.example")])
async def test_the_sender_of_the_envelope_is_noted(door: OpenDoor, database: Database, said: str, noted: str):
    async with connected(door.port) as client:
        await client.mail(MAIL, BOUNCE.upper(), sender=said)
    (mail,) = await kept(database)
    assert (mail.envelope_from, mail.envelope_to) == (noted, BOUNCE.upper())


async def test_by_lmtp_each_recipient_is_kept_and_answered_for_alone(door: OpenDoor, database: Database):
    async with connected(door.port) as client:
        async with refusing(database, "b+%"):
            assert await client.mail(MAIL, TASK, BOUNCE, OTHER) == [
                "250 2.0.0 Kept",
                "451 4.3.0 Not kept, try again later",
                "250 2.0.0 Kept",
            ]
        assert [mail.envelope_to for mail in await kept(database)] == [TASK, OTHER]
        assert await client.mail(MAIL, BOUNCE) == ["250 2.0.0 Kept"]
    assert [mail.envelope_to for mail in await kept(database)] == [BOUNCE, TASK, OTHER]


async def test_by_smtp_a_mail_is_tried_again_until_all_recipients_have_it_and_none_has_it_twice(
    database: Database, settings: Settings
):
    by_smtp = settings.model_copy(update={"inbound_protocol": "smtp"})
    async with opened(database, by_smtp) as door, connected(door.port, "EHLO mx.city.example") as client:
        async with refusing(database, "b+%"):
            await client.say("MAIL FROM:<a@b.example>", f"RCPT TO:<{TASK}>", f"RCPT TO:<{BOUNCE}>", "DATA")
            client.send(as_sent(MAIL))
            assert await client.reply() == "451 4.3.0 Not kept, try again later"
        await client.say("MAIL FROM:<a@b.example>", f"RCPT TO:<{TASK}>", f"RCPT TO:<{BOUNCE}>", "DATA")
        client.send(as_sent(MAIL))
        assert await client.reply() == "250 2.0.0 Kept"
        assert (await client.say("LHLO mx.city.example"))[:3] == "500"
    assert [mail.envelope_to for mail in await kept(database)] == [BOUNCE, TASK]


async def test_by_lmtp_nobody_is_greeted_as_by_smtp(door: OpenDoor):
    async with connected(door.port) as client:
        assert (await client.say("EHLO mx.city.example"))[:3] == "500"
        hello = await client.say("LHLO mx.city.example")
    assert {"250-PIPELINING", "250-8BITMIME", "250-SMTPUTF8", "250-SIZE", "ENHANCEDSTATUSCODES"} <= set(hello.split())


async def test_while_the_database_is_away_a_mail_stays_with_its_sender(
    door: OpenDoor, database: Database, postgres: EmbeddedPostgres
):
    (name,) = (database.engine.url.database or "",)
    async with connected(door.port) as client:
        assert await client.mail(MAIL, TASK) == ["250 2.0.0 Kept"]
        with psycopg.connect(psycopg_url(postgres), autocommit=True) as server:
            server.execute(f'alter database "{name}" allow_connections false')
            server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
            assert await client.mail(MAIL, OTHER) == ["451 4.3.0 Not kept, try again later"]
            server.execute(f'alter database "{name}" allow_connections true')
        assert await client.mail(MAIL, OTHER) == ["250 2.0.0 Kept"]
    assert [mail.envelope_to for mail in await kept(database)] == [TASK, OTHER]


def psycopg_url(postgres: EmbeddedPostgres) -> str:
    return postgres.url("postgres").replace("+psycopg", "")


async def test_a_database_that_does_not_answer_is_not_waited_for(
    door: OpenDoor, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(keeping, "STORE_SECONDS", 0.3)
    async with connected(door.port) as client:
        async with database.transaction() as session:
            await session.execute(text("lock table incoming_mails in access exclusive mode"))
            assert await client.mail(MAIL, TASK) == ["451 4.3.0 Not kept, try again later"]
        assert await client.mail(MAIL, TASK) == ["250 2.0.0 Kept"]


async def test_a_mail_that_comes_again_is_the_same_mail(door: OpenDoor, database: Database):
    for _ in range(3):
        async with connected(door.port) as client:
            assert await client.mail(MAIL, TASK) == ["250 2.0.0 Kept"]
    assert len(await kept(database)) == 1


@pytest.mark.parametrize(
    ("address", "reply"),
    [
        ("anna@focal.example", "550 5.1.1"),
        ("r+abc@city.example", "550 5.1.1"),
        ("postmaster", "550 5.1.1"),
        ("r+a\udcffb@focal.example", "550 5.1.1"),
        ("x" * 450 + "@y.example", "550 5.1.1"),
        ("x" * 600 + "@y.example", "500 Comma"),
        ("", "550 5.1.1"),
        ("a@b@c", "553 5.1.3"),
    ],
)
async def test_mail_for_anybody_else_is_refused_before_it_is_sent(door: OpenDoor, address: str, reply: str):
    async with connected(door.port) as client:
        await client.say("MAIL FROM:<anna@city.example>")
        client.send(f"RCPT TO:<{address}>\r\n".encode(errors="surrogateescape"))
        assert (await client.reply())[:9] == reply
        assert (await client.say("DATA"))[:9] == "503 5.5.1"
        assert await client.say("RCPT TO:<FOCAL@focal.example>") == "250 2.1.5 OK"


async def test_of_several_recipients_only_those_that_were_taken_are_answered_for(door: OpenDoor, database: Database):
    async with connected(door.port) as client:
        await client.say("MAIL FROM:<>", f"RCPT TO:<{TASK}>", "RCPT TO:<anna@focal.example>", f"RCPT TO:<{BOUNCE}>")
        await client.say("DATA")
        client.send(as_sent(MAIL) + b"NOOP\r\n")
        assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "250"]
        assert (await client.say("QUIT"))[:3] == "221", "there were two answers to the mail, and one to NOOP"
    assert [mail.envelope_to for mail in await kept(database)] == [BOUNCE, TASK]


async def test_whole_conversations_may_be_sent_in_one_go(door: OpenDoor, database: Database):
    async with connected(door.port) as client:
        for number in range(50):
            raw = MAIL + b"%d\r\n.\r\n" % number
            client.send(
                f"MAIL FROM:<anna@city.example> SIZE=99\r\nRCPT TO:<{TASK}>\r\nDATA\r\n".encode() + as_sent(raw)
            )
        client.send(b"QUIT\r\n")
        said = (await client.reader.read()).decode()
    assert (said.count("354 "), said.count("250 2.0.0 Kept"), said.splitlines()[-1]) == (50, 50, "221 Bye")
    assert len(await kept(database)) == 50


@pytest.mark.drill
async def test_a_large_mail_is_kept_and_one_beyond_the_limit_is_refused(door: OpenDoor, database: Database):
    row = b"x" * 998 + b"\r\n"
    async with connected(door.port) as client:
        assert await client.say(f"MAIL FROM:<a@b.example> SIZE={SIZE_LIMIT + 1}") == f"552 5.3.4 {limit()}"
        large = MAIL + row * 30_000
        assert await client.mail(large, TASK) == ["250 2.0.0 Kept"]
        too_large = row * (SIZE_LIMIT // len(row) + 1)
        assert await client.mail(too_large, TASK, BOUNCE) == [f"552 5.3.4 {limit()}"] * 2
        assert await client.mail(MAIL, TASK) == ["250 2.0.0 Kept"]
    assert {len(mail.raw) for mail in await kept(database)} == {len(large), len(MAIL)}
    assert door.door.in_hand == 0


def limit() -> str:
    return f"A mail may have {SIZE_LIMIT} bytes"


async def test_what_arrives_at_one_time_is_limited(door: OpenDoor, database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mail_server, "IN_HAND_LIMIT", 100_000)
    async with connected(door.port) as first, connected(door.port) as second:
        await first.say("MAIL FROM:<a@b.example>", f"RCPT TO:<{TASK}>", "DATA")
        first.send(b"x" * 60_000 + b"\r\n")
        while door.door.in_hand < 60_000:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        assert await second.mail(b"x" * 60_000, OTHER) == ["452 4.3.1 Too much at once, try again later"]
        first.send(b".\r\n")
        assert await first.reply() == "250 2.0.0 Kept"
        assert await second.mail(b"x" * 60_000, OTHER) == ["250 2.0.0 Kept"]
    assert len(await kept(database)) == 2


async def test_many_connections_at_a_time_are_served_and_one_too_many_is_told_to_come_back(
    door: OpenDoor, database: Database
):
    async def bring(number: int) -> list[str]:
        async with connected(door.port) as client:
            return [(await client.mail(MAIL + b"%d %d" % (number, n), TASK))[0] for n in range(3)]

    answers = await asyncio.gather(*(bring(number) for number in range(60)))
    assert {answer for several in answers for answer in several} == {"250 2.0.0 Kept"}
    assert len(await kept(database)) == 180
    async with many_connections(door.port, MOST_CONNECTIONS) as (last, *_):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        assert (await reader.read())[:9] == b"421 4.3.2"
        writer.close()
        assert await last.mail(MAIL, TASK) == ["250 2.0.0 Kept"]


@asynccontextmanager
async def many_connections(port: int, count: int):
    clients = [connected(port) for _ in range(count)]
    yield [await client.__aenter__() for client in clients]
    for client in clients:
        await client.__aexit__(None, None, None)


@pytest.mark.parametrize(("limit", "in_text"), [("IDLE_SECONDS", False), ("TEXT_SECONDS", True)])
async def test_a_connection_that_falls_silent_is_closed(
    door: OpenDoor, database: Database, monkeypatch: pytest.MonkeyPatch, limit: str, in_text: bool
):
    monkeypatch.setattr(mail_server, limit, 0.3)
    async with connected(door.port) as client:
        if in_text:
            await client.say("MAIL FROM:<a@b.example>", f"RCPT TO:<{TASK}>", "DATA")
            client.send(MAIL)
        assert await client.reply() == ""
    assert await kept(database) == []
    assert door.door.in_hand == 0


async def test_of_a_mail_that_breaks_off_nothing_is_kept(door: OpenDoor, database: Database):
    async with connected(door.port) as client:
        await client.say("MAIL FROM:<a@b.example>", f"RCPT TO:<{TASK}>", "DATA")
        client.send(MAIL)
        await client.writer.drain()
    async with connected(door.port) as client:
        assert await client.mail(MAIL, OTHER) == ["250 2.0.0 Kept"]
    assert [mail.envelope_to for mail in await kept(database)] == [OTHER]
    assert door.door.in_hand == 0


async def test_at_most_a_hundred_recipients_are_taken_at_a_time(door: OpenDoor):
    async with connected(door.port) as client:
        await client.say("MAIL FROM:<a@b.example>", *(f"RCPT TO:<r+{n}@focal.example>" for n in range(100)))
        assert (await client.say(f"RCPT TO:<{TASK}>"))[:9] == "452 4.5.3"


async def test_nonsense_is_answered_and_does_no_harm(door: OpenDoor):
    async with connected(door.port) as client:
        for nonsense in (
            b"\xff\xfe\r\n",
            b"\r\n",
            b"MAIL\r\n",
            b"RCPT TO:<>\r\n",
            b"DATA now\r\n",
            b"x" * 9000 + b"\r\n",
        ):
            client.send(nonsense)
            assert (await client.reply())[:1] in "45"
        assert await client.mail(MAIL, TASK) == ["250 2.0.0 Kept"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - refused
def test_no_door_is_opened_to_other_machines_unless_told_so(host: str):
    with pytest.raises(Refused, match="--public"):
        listen(host, 0, public=False)
    with suppress(Refused):  # a machine may have no IPv6
        listen(host, 0, public=True).close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3"])
def test_a_door_on_loopback_needs_no_permission(host: str):
    with listen(host, 0, public=False) as place:
        assert place.getsockname()[0].startswith(("127.", "::1"))


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"127.0.0.1:{port}.*FOCAL_INBOUND_PORT"):
            listen("127.0.0.1", port, public=False)


@asynccontextmanager
async def served(settings: Settings, folder: Path) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """`focal inbound serve` as a process of its own."""
    port, ready = unused_port(), folder / "ready"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "inbound", "serve"),
        cwd=HOUSE,
        env={
            "FOCAL_DATABASE_URL": settings.database_url.get_secret_value(),
            "FOCAL_SECRET_KEY": KEY,
            "FOCAL_DATA_DIR": str(folder),
            "FOCAL_INBOUND_PORT": str(port),
            "FOCAL_READY_FILE": str(ready),
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        while not ready.exists() and process.returncode is None:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
        yield port, process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_a_mail_in_flight_is_kept_when_the_process_is_told_to_stop_and_nothing_private_is_logged(
    settings: Settings, database: Database, tmp_path: Path
):
    async with served(settings, tmp_path) as (port, process), connected(port) as idle, connected(port) as busy:
        await busy.say("MAIL FROM:<anna@city.example>", f"RCPT TO:<{TASK}>", f"RCPT TO:<{BOUNCE}>", "DATA")
        busy.send(MAIL)
        await busy.writer.drain()
        process.send_signal(signal.SIGTERM)
        assert (await idle.reply())[:9] == "421 4.3.2"
        assert await idle.reply() == ""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        busy.send(b"one line more\r\n.\r\n")
        assert [(await busy.reply())[:3] for _ in range(4)] == ["250", "250", "421", ""]
        _, logged = await process.communicate()
        assert process.returncode == 0
    assert [mail.raw for mail in await kept(database)] == [MAIL + b"one line more\r\n"] * 2
    mails = await kept(database)
    assert all(str(mail.id).encode() in logged for mail in mails)
    for private in (b"anna", b"city.example", b"r+0123", b"b+0123", b"Indicadors", b"128", b"MAIL", b"RCPT"):
        assert private not in logged


async def test_a_process_that_is_killed_has_answered_for_nothing_that_is_not_kept(
    settings: Settings, database: Database, tmp_path: Path
):
    answered = 0
    async with served(settings, tmp_path) as (port, process), connected(port) as client:
        for number in range(100):
            client.send(f"MAIL FROM:<a@b.example>\r\nRCPT TO:<r+{number}@focal.example>\r\nDATA\r\n".encode())
            client.send(as_sent(MAIL))
        with suppress(ConnectionError):
            while reply := await client.reply():
                answered += reply == "250 2.0.0 Kept"
                if answered == 20:
                    process.kill()
    assert 20 <= answered <= len(await kept(database))

"""What becomes of a mail, on a real line: every answer a server can give, and every way in which it can fail."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mail import transport
from mail.transport import NO_PLACE, Outcome, Transport, classify
from settings import Settings
from tests.mail.server import Act, MailServer, mail_server

CERTIFICATE = Path(__file__).with_name("certificate.pem")
SENDER = "b+1@focal.example"
TEXT = b"Subject: Prova\r\n\r\n.un punt\r\nfins ara\r\n"


def connect(port: int, *, quick: bool = False, **settings: Any) -> Transport:
    """A transport to a port; a quick one waits half a second where others wait minutes."""
    told = Settings(
        database_url="postgresql+psycopg://nobody@nowhere/none",
        secret_key="a key for tests, long enough to be accepted",
        smtp_port=port,
        **{"smtp_connections": 1, **settings},
    )
    return Transport(told, command_seconds=0.5, data_seconds=0.5) if quick else Transport(told)


async def send(line: Transport, recipient: str, text: bytes = TEXT, within: float = 20) -> Outcome:
    return await line.send(SENDER, recipient, text, envelope_id="0f1e2d", within=within)


async def test_an_accepted_mail_arrives_byte_for_byte(server: MailServer):
    line = connect(server.port)
    assert await send(line, "sofia@prova.example") == Outcome(
        "accepted", "message", "250 2.0.0 kept for sofia@prova.example"
    )
    (taken,) = server.taken
    assert (taken.mail_from, taken.recipient, taken.content) == (SENDER, "sofia@prova.example", TEXT)
    await line.close()
    await server.until_lines(0)
    assert server.commands[-1] == "QUIT"


REPLIES = [
    # where, reply, outcome, whom it concerns
    ("RCPT", "421 4.3.2 Shutting down", "deferred", "system"),
    ("RCPT", "450 4.2.0 Greylisted", "deferred", "recipient"),
    ("RCPT", "451 Try again", "deferred", "recipient"),
    ("RCPT", "452 4.2.2 Mailbox full", "deferred", "recipient"),
    ("RCPT", "454 4.7.0 Not now", "deferred", "system"),
    ("RCPT", "530 5.7.0 Must issue STARTTLS first", "deferred", "system"),
    ("RCPT", "550 5.1.1 No such person", "rejected", "recipient"),
    ("RCPT", "550", "rejected", "recipient"),
    ("RCPT", "550 No such person", "rejected", "recipient"),
    ("RCPT", "552 5.2.2 Mailbox full", "deferred", "recipient"),
    ("RCPT", "552 Over quota", "deferred", "recipient"),
    ("RCPT", "552 5.3.4 Too large", "rejected", "message"),
    ("RCPT", "553 5.1.3 Malformed", "rejected", "recipient"),
    ("RCPT", "550 5.2.1 Mailbox disabled", "rejected", "recipient"),
    ("RCPT", "552 5.2.3 Too long for this mailbox", "rejected", "message"),
    ("RCPT", "550 5.4.1 Recipient address rejected", "rejected", "recipient"),
    ("RCPT", "550 5.1.8 Sender address rejected: domain not found", "rejected", "sender"),
    ("RCPT", "553 5.1.7 Sender address malformed", "rejected", "sender"),
    ("RCPT", "450 4.1.8 Sender address rejected: domain not found", "deferred", "sender"),
    ("RCPT", "556 Domain takes no mail", "rejected", "recipient"),
    ("RCPT", "554 Not from here", "rejected", "message"),
    ("RCPT", "501 Syntax", "rejected", "message"),
    ("RCPT", "555 Parameters not recognised", "rejected", "message"),
    ("RCPT", "554 5.7.1 Blocked", "rejected", "sender"),
    ("RCPT", "550 5.7.26 Not authenticated", "rejected", "sender"),
    ("RCPT", "451 4.7.1 Slow down", "deferred", "sender"),
    ("DATA", "421 4.3.2 Shutting down", "deferred", "system"),
    ("DATA", "450 4.2.0 Later", "deferred", "message"),
    ("DATA", "452 4.2.2 Mailbox full", "deferred", "message"),
    ("DATA", "550 5.1.1 No such person", "rejected", "recipient"),
    ("DATA", "552 5.2.2 Mailbox full", "deferred", "message"),
    ("DATA", "552 Too large", "rejected", "message"),
    ("DATA", "554 5.7.1 Blocked", "rejected", "sender"),
    ("DATA", "554 5.6.0 Not readable", "rejected", "message"),
    ("DATA", "554", "rejected", "message"),
    ("MAIL", "550 5.1.8 We do not know your domain", "rejected", "sender"),
    ("MAIL", "451 4.3.0 Later", "deferred", "sender"),
    ("MAIL", "530 5.7.0 Authentication required", "deferred", "system"),
    ("RCPT", "550-5.1.1 No such person\r\n550 5.1.1 Ask the switchboard", "rejected", "recipient"),
]


@pytest.mark.parametrize(("where", "reply", "state", "scope"), REPLIES)
async def test_a_refusal_says_what_becomes_of_the_mail_and_whom_it_concerns(
    server: MailServer, where, reply, state, scope
):
    line = connect(server.port)
    server.answers(where, "*", reply)
    outcome = await send(line, "sofia@prova.example")
    assert (outcome.state, outcome.scope) == (state, scope)
    assert outcome.reply.startswith(reply[:3])
    assert (await send(line, "eric@prova.example")).state == "accepted", "a refusal concerns nobody else"
    await line.close()


async def test_a_refusal_reaches_its_own_mail_when_a_connection_is_used_again(server: MailServer):
    line = connect(server.port)
    server.answers("RCPT", "gone@prova.example", "550 5.1.1 No such person")
    server.answers("DATA", "full@prova.example", "452 4.2.2 Mailbox full")
    names = ["one", "gone", "two", "full", "three"]
    outcomes = await asyncio.gather(*(send(line, f"{name}@prova.example", name.encode()) for name in names))
    assert [outcome.state for outcome in outcomes] == ["accepted", "rejected", "accepted", "deferred", "accepted"]
    assert [(taken.recipient, taken.content) for taken in server.taken] == [
        (f"{name}@prova.example", name.encode() + b"\r\n") for name in names if name != "gone"
    ]
    assert server.connections == 1
    await line.close()


async def test_mails_leave_over_as_many_connections_as_are_set(server: MailServer):
    line = connect(server.port, smtp_connections=3)
    server.answers("DATA", "*", *[Act.SILENCE] * 3)
    sending = [asyncio.create_task(send(line, f"person-{n}@prova.example")) for n in range(8)]
    await server.until_taken(3)
    assert server.open_lines == 3
    server.release.set()
    assert {outcome.state for outcome in await asyncio.gather(*sending)} == {"accepted"}
    assert server.connections == 3
    await line.close()


@pytest.mark.parametrize(
    ("where", "act", "state"),
    [
        ("MAIL", Act.DROP, "deferred"),
        ("RCPT", Act.DROP, "deferred"),
        ("DATA", Act.DROP, "unknown"),
        ("MAIL", Act.SILENCE, "deferred"),
        ("RCPT", Act.SILENCE, "deferred"),
        ("DATA", Act.SILENCE, "unknown"),
        ("RCPT", b"What?", "deferred"),
        ("DATA", b"What?", "unknown"),
    ],
)
async def test_a_connection_that_misbehaved_is_never_used_again(server: MailServer, where, act, state):
    line = connect(server.port, quick=act is Act.SILENCE)
    assert (await send(line, "before@prova.example")).state == "accepted"
    server.answers(where, "*", act)
    outcome = await send(line, "sofia@prova.example", b"sofia")
    assert (outcome.state, outcome.scope) == (state, "system")
    server.release.set()  # a late answer must not be taken for the next mail's
    server.answers("RCPT", "gone@prova.example", "550 5.1.1 No such person")
    assert (await send(line, "gone@prova.example")).state == "rejected"
    assert (await send(line, "eric@prova.example", b"eric")).state == "accepted"
    assert server.connections == 2
    last = server.taken[-1]
    assert (last.connection, last.recipient, last.content) == (2, "eric@prova.example", b"eric\r\n")
    await line.close()


@pytest.mark.parametrize("where", ["RCPT", "DATA"])
async def test_a_mail_that_takes_longer_than_it_may_is_given_up(server: MailServer, where):
    line = connect(server.port)
    server.answers(where, "*", Act.SILENCE)
    outcome = await send(line, "sofia@prova.example", within=0.2)
    assert outcome.state == ("unknown" if where == "DATA" else "deferred")
    await server.until_lines(0)
    await line.close()


async def test_a_mail_that_finds_no_connection_in_time_waits_for_another_day(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transport, "PLACE_SECONDS", 0.1)
    line = connect(server.port)
    server.answers("DATA", "slow@prova.example", Act.SILENCE)
    slow = asyncio.create_task(send(line, "slow@prova.example"))
    await server.silent.wait()
    outcome = await send(line, "sofia@prova.example")
    assert outcome == NO_PLACE
    assert (outcome.state, outcome.scope) == ("deferred", "system")
    server.release.set()
    assert (await slow).state == "accepted"
    assert (await send(line, "sofia@prova.example")).state == "accepted"
    await line.close()


async def test_a_send_that_is_cancelled_while_its_text_is_out_closes_its_connection(server: MailServer):
    line = connect(server.port)
    server.answers("DATA", "sofia@prova.example", Act.SILENCE)
    sending = asyncio.create_task(send(line, "sofia@prova.example"))
    await server.silent.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await server.until_lines(0)
    server.answers("RCPT", "gone@prova.example", "550 5.1.1 No such person")
    assert (await send(line, "gone@prova.example")).state == "rejected"
    assert (await send(line, "eric@prova.example")).state == "accepted"
    assert server.connections == 2
    await line.close()


@pytest.mark.parametrize(("where", "reply"), [("RCPT", "550 5.1.1 No such person"), ("DATA", "554 5.6.0 Unreadable")])
@pytest.mark.parametrize("then", [Act.DROP, Act.SILENCE, "500 5.5.1 Never heard of it"])
async def test_what_a_server_said_of_a_mail_stands_whatever_becomes_of_the_line(server: MailServer, where, reply, then):
    line = connect(server.port, quick=then is Act.SILENCE)
    server.answers(where, "sofia@prova.example", reply)
    server.answers("RSET", "*", then)
    assert (await send(line, "sofia@prova.example")).state == "rejected"
    assert (await send(line, "eric@prova.example")).state == "accepted"
    assert server.connections == 2
    await line.close()


@pytest.mark.parametrize("goodbye", ["221 2.0.0 Bye", Act.DROP, Act.SILENCE, "421 4.0.0 Gone already"])
async def test_a_connection_carries_so_many_mails_and_is_left_whatever_it_says_to_that(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, goodbye
):
    monkeypatch.setattr(transport, "MAILS_PER_CONNECTION", 2)
    monkeypatch.setattr(transport, "GOODBYE_SECONDS", 0.1)
    line = connect(server.port)
    server.answers("QUIT", "*", goodbye)
    outcomes = [await send(line, f"person-{n}@prova.example") for n in range(3)]
    assert [outcome.state for outcome in outcomes] == ["accepted"] * 3
    assert [taken.connection for taken in server.taken] == [1, 1, 2]
    await line.close()


async def test_a_connection_that_rested_too_long_is_left_and_not_used_again(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
):
    line = connect(server.port)
    assert (await send(line, "one@prova.example")).state == "accepted"
    await line.tidy()
    assert server.open_lines == 1
    monkeypatch.setattr(transport, "IDLE_SECONDS", -1.0)
    assert (await send(line, "two@prova.example")).state == "accepted"
    assert server.connections == 2
    await line.tidy()
    await server.until_lines(0)
    assert server.commands.count("QUIT") == 2


async def test_reports_are_asked_for_where_the_server_makes_them(server: MailServer):
    server.reports = True
    line = connect(server.port)
    assert (await send(line, "a+b=c@prova.example")).state == "accepted"
    assert server.asked == [
        ("RET", "HDRS"),
        ("ENVID", "0F1E2D"),
        ("NOTIFY", "FAILURE,DELAY"),
        ("ORCPT", "RFC822;A+2BB+3DC@PROVA.EXAMPLE"),
    ]
    assert [taken.recipient for taken in server.taken] == ["a+b=c@prova.example"]
    await line.close()


async def test_nothing_is_said_of_reports_to_a_server_that_makes_none(server: MailServer):
    line = connect(server.port)
    assert (await send(line, "sofia@prova.example")).state == "accepted", "aiosmtpd refuses parameters it does not know"
    await line.close()


@pytest.mark.parametrize("host", ["mail..example", "m" * 64 + ".example"])
async def test_a_name_in_the_settings_that_can_be_no_server_rejects_nobodys_mail(host):
    outcome = await send(connect(25, smtp_host=host), "sofia@prova.example")
    assert (outcome.state, outcome.scope) == ("deferred", "system")


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("550 5.1.1 No such person", "5.1.1"),
        ("452 4.2.2", "4.2.2"),
        ("550 No such person", ""),
        ("550", ""),
        ("SMTPServerDisconnected: 5.1.1", ""),
    ],
)
def test_the_status_is_read_from_the_servers_words(reply, status):
    assert Outcome("rejected", "recipient", reply).status == status


async def test_words_in_another_alphabet_can_be_kept(server: MailServer):
    line = connect(server.port)
    server.answers("RCPT", "*", "550 5.1.1 Adreça desconeguda\0".encode("latin-1"))
    outcome = await send(line, "sofia@prova.example")
    assert outcome.reply == "550 5.1.1 Adre�a desconeguda�"
    outcome.reply.encode()
    await line.close()


@pytest.mark.parametrize("address", ["núria@prova.example", "a b@prova.example"])
async def test_an_address_that_cannot_stand_in_a_command_is_refused_here(server: MailServer, address):
    line = connect(server.port)
    outcome = await send(line, address)
    assert (outcome.state, outcome.scope) == ("rejected", "recipient")
    assert (await send(line, "eric@prova.example")).state == "accepted"
    assert [taken.recipient for taken in server.taken] == ["eric@prova.example"]
    await line.close()


async def test_a_server_that_is_not_there_defers(unused_port: int):
    outcome = await send(connect(unused_port), "sofia@prova.example")
    assert (outcome.state, outcome.scope) == ("deferred", "system")


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize(
    "greeting", [b"554 5.7.1 You are not welcome\r\n", b"421 4.3.2 Busy\r\n", b"SSH-2.0-x\r\n", b""]
)
async def test_what_is_said_before_the_first_mail_concerns_no_address(greeting):
    async with greeter(greeting) as port:
        outcome = await send(connect(port, quick=True), "sofia@prova.example")
    assert (outcome.state, outcome.scope) == ("deferred", "system")


async def test_a_refused_greeting_of_ours_concerns_no_address():
    async with greeter(b"220 Hello\r\n", b"550 5.7.1 We do not like your name\r\n") as port:
        outcome = await send(connect(port, quick=True), "sofia@prova.example")
    assert (outcome.state, outcome.scope) == ("deferred", "system")


@asynccontextmanager
async def greeter(greeting: bytes, always: bytes = b"") -> AsyncIterator[int]:
    """Something on a port that greets and says the same to every line; without a greeting it breaks the line."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while greeting and await reader.readline():
            writer.write(always)
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


# The password


def secure() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


LOGIN: dict[str, Any] = {"smtp_user": "focal", "smtp_password": "right"}


async def test_a_password_is_never_sent_to_a_server_that_hides_starttls(server: MailServer):
    outcome = await send(connect(server.port, smtp_security="starttls", **LOGIN), "sofia@prova.example")
    assert (outcome.state, outcome.scope) == ("deferred", "system")
    assert "STARTTLS" in outcome.reply
    assert server.passwords == []
    assert server.taken == []


async def test_a_password_is_never_sent_to_a_server_that_nobody_vouches_for():
    async with mail_server(secure()) as server:
        outcome = await send(connect(server.port, smtp_security="starttls", **LOGIN), "sofia@prova.example")
        assert (outcome.state, outcome.scope) == ("deferred", "system")
        assert "certificate" in outcome.reply
        assert server.passwords == []


async def test_with_starttls_password_and_mail_travel_on_a_secure_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    async with mail_server(secure()) as server:
        line = connect(server.port, smtp_security="starttls", **LOGIN)
        assert (await send(line, "sofia@prova.example")).state == "accepted"
        assert server.passwords == [(b"right", True)]
        await line.close()


async def test_a_wrong_password_defers_until_somebody_mends_it(server: MailServer):
    wrong: dict[str, Any] = {"smtp_user": "focal", "smtp_password": "wrong"}
    outcome = await send(connect(server.port, **wrong), "sofia@prova.example")
    assert (outcome.state, outcome.scope) == ("deferred", "system")
    assert outcome.reply.startswith("535")
    assert server.taken == []


@pytest.mark.parametrize(("code", "message"), [(550, ""), (550, "2"), (550, "5."), (550, "5.1.1x what"), (450, "4")])
def test_a_reply_with_half_a_status_is_read_by_its_code(code, message):
    outcome = classify(code, message, "recipient")
    assert (outcome.state, outcome.scope) == ("rejected" if code == 550 else "deferred", "recipient")

"""A real SMTP server that answers as told: it refuses, drops the line or falls silent where a test wants it."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Act(Enum):
    """What a server does instead of answering."""

    DROP = auto()
    """It breaks the line."""
    SILENCE = auto()
    """It says nothing until it is released, and then that all is well."""


Answer = str | bytes | Act


@dataclass(frozen=True)
class Taken:
    """One text that arrived: on which connection, for whom, and its bytes. Not necessarily acknowledged."""

    connection: int
    mail_from: str
    recipient: str
    content: bytes


@dataclass
class MailServer:
    """What the server is told to do, and what it saw. Answers to a command are used up in their order."""

    security: ssl.SSLContext | None = None
    port: int = 0
    reports: bool = False
    """Whether it offers delivery reports (DSN)."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """What was asked about reports, in upper case, as aiosmtpd hands it on."""
    script: dict[tuple[str, str], list[Answer]] = field(default_factory=lambda: defaultdict(list))
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    passwords: list[tuple[bytes, bool]] = field(default_factory=list)
    """Each password that arrived, and whether the line was secure."""
    connections: int = 0
    open_lines: int = 0
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as the server falls silent somewhere."""
    release: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def answers(self, command: str, address: str, *answers: Answer) -> None:
        """Answer a command about an address like this, once each; `*` is any address."""
        self.script[command, address] += answers

    async def until_taken(self, count: int) -> None:
        """Wait until so many texts have arrived."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.taken) >= count)

    async def until_lines(self, count: int) -> None:
        """Wait until so many connections are open."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.open_lines == count)

    async def changed(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # What aiosmtpd calls:

    async def handle_EHLO(  # noqa: N802
        self, _: "_Line", session: Session, __: Envelope, name: str, offered: list[str]
    ) -> list[str]:
        session.host_name = name
        return [*offered[:-1], "250-DSN", offered[-1]] if self.reports else offered

    async def handle_MAIL(self, line: "_Line", _: Session, envelope: Envelope, address: str, __: Any) -> str | bytes:  # noqa: N802
        envelope.mail_from = address
        return await self._answer(line, "MAIL", address, "250 2.1.0 OK")

    async def handle_RCPT(self, line: "_Line", _: Session, envelope: Envelope, address: str, __: Any) -> str | bytes:  # noqa: N802
        said = await self._answer(line, "RCPT", address, "250 2.1.5 OK")
        if said[:1] in ("2", b"2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, line: "_Line", _: Session, envelope: Envelope) -> str | bytes:  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        text = bytes(envelope.original_content or b"")
        self.taken.append(Taken(line.number, envelope.mail_from or "", recipient, text))
        await self.changed()
        return await self._answer(line, "DATA", recipient, f"250 2.0.0 kept for {recipient}")

    async def handle_RSET(self, line: "_Line", *_: Any) -> str | bytes:  # noqa: N802
        return await self._answer(line, "RSET", "*", "250 2.0.0 OK")

    async def handle_QUIT(self, line: "_Line", *_: Any) -> str | bytes:  # noqa: N802
        return await self._answer(line, "QUIT", "*", "221 2.0.0 Bye")

    def authenticate(self, _: Any, session: Session, __: Any, ___: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.passwords.append((data.password, session.ssl is not None))
        return AuthResult(success=data.password == b"right", handled=False)

    async def _answer(self, line: "_Line", command: str, address: str, otherwise: str) -> str | bytes:
        self.commands.append(command)
        told = self.script.get((command, address)) or self.script.get((command, "*"))
        answer: Answer = told.pop(0) if told else otherwise
        if answer is Act.DROP:
            assert isinstance(line.transport, asyncio.WriteTransport)
            line.transport.abort()
            await asyncio.Event().wait()  # aiosmtpd ends this when the line is gone
        if answer is Act.SILENCE:
            self.silent.set()
            await self.release.wait()
            return otherwise
        assert not isinstance(answer, Act)
        return answer


class _Line(SMTP):
    """One connection, with its number."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        super().__init__(
            server,
            hostname="mail.prova.example",
            tls_context=server.security,
            authenticator=server.authenticate,
            auth_require_tls=False,
        )

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        """Aiosmtpd knows no reports: what is asked about them is taken out before it looks."""
        found = super()._getparams(params)
        if self.server.reports and found is not None:
            mine = {name: str(found.pop(name)) for name in ("RET", "ENVID", "NOTIFY", "ORCPT") if name in found}
            self.server.asked += mine.items()
        return found

    def connection_made(self, transport: Any) -> None:
        if self.transport is None:
            self.server.connections += 1
            self.server.open_lines += 1
            self.number = self.server.connections
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.server.open_lines -= 1
        self._tell = asyncio.ensure_future(self.server.changed())


@asynccontextmanager
async def mail_server(security: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    """A server on a port of its own, on loopback."""
    told = MailServer(security)
    listening = await asyncio.get_running_loop().create_server(lambda: _Line(told), host="127.0.0.1", port=0)
    told.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield told

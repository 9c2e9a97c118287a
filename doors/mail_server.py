"""The door to the city's mail server, which hands replies and bounces over by LMTP or SMTP.

Promise: 250 means that the mail is in the database, byte for byte as it was sent; 451 that it is not, or not surely,
and that the server has to try again, which never makes two of one. Neither addresses nor texts are logged.
"""

import asyncio
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from doors.addresses import OwnAddresses
from doors.keeping import SIZE_LIMIT, keep
from models.contracts.refusal import Refused
from readiness import announce_ready
from settings import Settings
from store.database import Database

log = logging.getLogger(__name__)

IN_HAND_LIMIT = 128 * 1024 * 1024
"""Most bytes of all mails that are arriving at one time; in memory it is some three times as much."""
MOST_CONNECTIONS = 100
MOST_RECIPIENTS = 100
IDLE_SECONDS = 300.0
TEXT_SECONDS = 600.0
GRACE_SECONDS = 20.0
"""How long mails that are arriving have when the process is told to stop."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)

KEPT = "250 2.0.0 Kept"
NOT_KEPT = "451 4.3.0 Not kept, try again later"
NO_ROOM = "452 4.3.1 Too much at once, try again later"
TOO_LARGE = f"552 5.3.4 A mail may have {SIZE_LIMIT} bytes"
CLOSING = b"421 4.3.2 Closing, try again later\r\n"
END = b".\r\n"


class Door:
    """What all connections share: it decides about every address and stores every mail."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._own = OwnAddresses(settings.mail_domain, settings.mail_from_address)
        self.connections: set[Connection] = set()
        self.in_hand = 0
        """Bytes of the mails that are arriving."""
        self.closing = False

    def answer(self) -> asyncio.Protocol:
        """Whatever answers a new connection."""
        if self.closing or len(self.connections) >= MOST_CONNECTIONS:
            return _TurnedAway()
        return LmtpConnection(self) if self._settings.inbound_protocol == "lmtp" else Connection(self)

    async def keep(self, raw: bytes, envelope_from: str, envelope_to: str) -> str:
        """Store one mail for one recipient and commit; gives what to reply."""
        try:
            mail_id = await keep(
                self._database, self._settings, raw=raw, envelope_from=envelope_from, envelope_to=envelope_to
            )
        except Exception as fault:  # noqa: BLE001 - whatever it is, the mail has to stay with its sender
            log.warning("A mail of %d bytes was not kept: %s", len(raw), type(fault).__name__)
            return NOT_KEPT
        log.info("Mail %s is kept: %d bytes", mail_id, len(raw))
        return KEPT

    async def close(self) -> None:
        """End every connection; mails that are arriving have some seconds to be kept."""
        self.closing = True
        for connection in list(self.connections):
            connection.leave()
        if leaving := [asyncio.create_task(connection.gone.wait()) for connection in self.connections]:
            await asyncio.wait(leaving, timeout=GRACE_SECONDS)
        for connection in list(self.connections):
            connection.cut()

    # What aiosmtpd calls; the names are its own.

    async def handle_EHLO(  # noqa: N802
        self, _: SMTP, session: Session, __: Envelope, name: str, offers: list[str]
    ) -> list[str]:
        """Say what is understood; the last of aiosmtpd's offers, HELP, is not among it."""
        session.host_name = name
        return [*offers[:-1], f"250-SIZE {SIZE_LIMIT}", "250-PIPELINING", "250 ENHANCEDSTATUSCODES"]

    async def handle_MAIL(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Note the sender: `<>` when there is none, because aiosmtpd takes an empty one for a missing one."""
        size = next((option.removeprefix("SIZE=") for option in options if option.startswith("SIZE=")), "0")
        if int(size) > SIZE_LIMIT:
            return TOO_LARGE
        if not address.isprintable():
            return "553 5.1.7 That is no address"
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:  # noqa: N802
        """Take a recipient who is Focal."""
        if not self._own.includes(address):
            return "550 5.1.1 No such address here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients at once"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Tell the other side nothing of what went wrong here."""
        log.warning("A command failed: %s", type(error).__name__)
        return NOT_KEPT


class Connection(SMTP):
    """One connection by SMTP. The commands are aiosmtpd's; how a text is taken and how it ends is done here."""

    def __init__(self, door: Door) -> None:
        super().__init__(
            door,
            data_size_limit=None,  # held here: aiosmtpd's own refusals have no enhanced codes
            enable_SMTPUTF8=True,
            hostname="focal.localhost",
            ident="Focal",
            timeout=IDLE_SECONDS,
        )
        self._door = door
        self._taking = False
        self.gone = asyncio.Event()

    def reply(self, outcomes: list[str]) -> str:
        """What to answer when these came of a mail, one for each recipient: by SMTP all of it is kept or nothing."""
        return next((outcome for outcome in outcomes if outcome != KEPT), KEPT)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._door.connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End, whoever ended it."""
        super().connection_lost(error)
        self._door.connections.discard(self)
        self.gone.set()

    def leave(self) -> None:
        """Say goodbye and go; while a mail is arriving, later."""
        if not self._taking and isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(CLOSING)
            self.transport.close()

    def cut(self) -> None:
        """Go without a word: what was not answered for is sent again."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Take the text of a mail and answer for it."""
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Say first for whom it is")
        elif arg:
            await self.push("501 5.5.4 DATA stands alone")
        else:
            self._taking = True
            try:
                await self._take(self.envelope)
            finally:
                self._taking = False
        if self._door.closing:
            self.leave()

    async def _take(self, envelope: Envelope) -> None:
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(TEXT_SECONDS)
        text = bytearray()
        try:
            problem = await self._read(text)
            sender = (envelope.mail_from or "").removeprefix("<>")
            outcomes = [
                problem or await self._door.keep(bytes(text), sender, recipient) for recipient in envelope.rcpt_tos
            ]
        finally:
            self._door.in_hand -= len(text)
        self.envelope = self._create_envelope()
        self._reset_timeout()
        await self.push(self.reply(outcomes))

    async def _read(self, text: bytearray) -> str:
        """Read to the lone dot and undo the doubling of leading dots; gives what is wrong, and then no text.

        Only CRLF ends a line. A text that is too long is heard to its end, or nobody would hear the answer.
        """
        problem, at_start = "", True
        while True:
            try:
                piece = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as longer:
                piece = await self._reader.read(longer.consumed)
            if at_start and piece == END:
                return problem
            if not problem:
                line = piece[1:] if at_start and piece.startswith(b".") else piece
                text += line
                self._door.in_hand += len(line)
                if len(text) > SIZE_LIMIT or self._door.in_hand > IN_HAND_LIMIT:
                    problem = TOO_LARGE if len(text) > SIZE_LIMIT else NO_ROOM
                    self._door.in_hand -= len(text)
                    text.clear()
            at_start = piece.endswith(b"\r\n")


class LmtpConnection(Connection, LMTP):
    """One connection by LMTP: every recipient has an answer of its own (RFC 2033, 4.2)."""

    def reply(self, outcomes: list[str]) -> str:
        """What to answer when these came of a mail, one for each recipient."""
        return "\r\n".join(outcomes)


class _TurnedAway(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(CLOSING)
            transport.close()


def listen(host: str, port: int, *, public: bool) -> socket.socket:
    """A socket that listens: on loopback, elsewhere only when `public`.

    Raises:
        Refused: it cannot, or others could reach it; the sentence says what to do.

    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        if not public and not ipaddress.ip_address(address[0]).is_loopback:
            raise Refused(
                f"FOCAL_INBOUND_HOST {host} can be reached from other machines, and whoever reaches it can bring mail "
                "in anybody's name. Listen on 127.0.0.1 beside the mail server; or, where the network lets nobody but "
                "the mail server through, say --public."
            )
        return socket.create_server(address[:2], family=family, backlog=MOST_CONNECTIONS)
    except OSError as error:
        raise Refused(
            f"Mail cannot be taken on {host}:{port}: {error.strerror}. "
            "Stop what uses that port, or choose another with FOCAL_INBOUND_HOST and FOCAL_INBOUND_PORT."
        ) from error


async def serve(settings: Settings, *, public: bool, ready: Callable[[], None] = announce_ready) -> None:
    """Take mail at `settings.inbound_host` until SIGTERM or SIGINT, then finish what is arriving.

    `ready` is called when it listens. Not listening on loopback has to be allowed by `public`.

    Raises:
        Refused: see `listen`.

    """
    logging.getLogger("mail.log").disabled = True  # aiosmtpd writes every command there
    stopping = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database = Database(settings.database_url.get_secret_value())
    try:
        with listen(settings.inbound_host, settings.inbound_port, public=public) as place:
            door = Door(database, settings)
            server = await asyncio.get_running_loop().create_server(door.answer, sock=place)
            ready()
            await stopping.wait()
            server.close()
            await door.close()
    finally:
        await database.close()

"""SMTP: a few connections, used again, and an exact account of what became of each mail.

A connection is trusted only after a clean reply. Whatever else happens (a time-out, a cancelled send, a line that
breaks) it is closed, because the replies on it might no longer belong to the commands.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

from settings import Settings

PLACE_SECONDS = 30.0
"""How long a mail waits for a connection; with servers so slow, later is better than holding on to it."""
COMMAND_SECONDS = 60.0
DATA_SECONDS = 600.0
"""RFC 5321, 4.5.3.2.6: ten minutes after the final dot; giving up earlier makes a second copy."""
GOODBYE_SECONDS = 2.0
MAILS_PER_CONNECTION = 100
IDLE_SECONDS = 25.0
"""A connection that rested longer is not used again: servers and firewalls drop it without a word."""

State = Literal["accepted", "deferred", "rejected", "unknown"]
Scope = Literal["recipient", "message", "sender", "system"]
Stage = Literal["connection", "sender", "recipient", "text"]
"""How far the conversation was: before MAIL, at MAIL, at RCPT, at DATA."""

_STATUS = re.compile(r"[245]\.(\d{1,3}\.\d{1,3})(?!\S)")
_UNAVAILABLE = 421
_NO_SUCH_RECIPIENT = (550, 551, 553, 556)
"""What a server without enhanced status says to RCPT when it means the recipient (RFC 5321, 4.3.2; RFC 7504)."""
_OUR_ADDRESS = ("1.7", "1.8")
"""Status subjects about the sender's address, although they begin like those about the recipient's."""
_XTEXT = re.compile(r"[^!-*,-<>-~]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail, whom it concerns, and the server's own words.

    `deferred`: try again later. `rejected`: it will never be taken. `unknown`: the line broke after the text was
    sent, it may have been taken. Only `rejected` with scope `recipient` says anything about the address.
    """

    state: State
    scope: Scope
    reply: str

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463) in the server's words, e.g. `5.1.1`; empty when there is none."""
        found = _STATUS.match(self.reply[4:])
        return found[0] if found else ""


NO_PLACE = Outcome("deferred", "system", "all connections were busy")
"""Nothing was said to the server: other mails had all connections for too long."""


@dataclass(slots=True)
class _Line:
    """A connection, how many mails it carried, and since when it rests on the loop's clock.

    `refused`: the last mail was refused and left an envelope behind.
    """

    smtp: aiosmtplib.SMTP
    used: int = 0
    rests_since: float = 0.0
    refused: bool = False

    def is_spent(self) -> bool:
        """Whether it carried enough, or rested too long to be relied on."""
        rested = asyncio.get_running_loop().time() - self.rests_since
        return self.used >= MAILS_PER_CONNECTION or rested > IDLE_SECONDS


class Transport:
    """A pool of connections to the city's mail server; one recipient per envelope."""

    def __init__(
        self, settings: Settings, *, command_seconds: float = COMMAND_SECONDS, data_seconds: float = DATA_SECONDS
    ) -> None:
        self._settings = settings
        self._command_seconds = command_seconds
        self._data_seconds = data_seconds
        self._idle: list[_Line] = []
        self._places = asyncio.Semaphore(settings.smtp_connections)

    async def send(self, mail_from: str, recipient: str, rfc822: bytes, *, envelope_id: str, within: float) -> Outcome:
        """Hand over one mail, in `within` seconds at most.

        `envelope_id`: letters and digits by which a report about the mail names it, where the server makes such
        reports (RFC 3461). Never raises for what an address, a server or a network does.
        """
        stage: Stage = "connection"
        try:
            async with asyncio.timeout(within), self._connection() as smtp:
                reports = smtp.supports_extension("dsn")
                stage = "sender"
                await smtp.mail(mail_from, options=["RET=HDRS", f"ENVID={envelope_id}"] if reports else None)
                stage = "recipient"
                await smtp.rcpt(recipient, options=_report_options(recipient) if reports else None)
                stage = "text"
                reply = await smtp.data(rfc822, timeout=self._data_seconds)
        except aiosmtplib.SMTPResponseException as refusal:
            if _is_refusal(refusal):
                return classify(refusal.code, _storable(refusal.message), stage)
            return _broken(refusal, stage)
        except _NoPlace:
            return NO_PLACE
        except (aiosmtplib.SMTPException, OSError) as fault:
            return _broken(fault, stage)
        except ValueError as fault:
            if stage == "connection":  # the server's name in the settings is none
                return _broken(fault, stage)
            # An address with characters that cannot stand in a command: the server was not told of it.
            return Outcome("rejected", "recipient" if stage == "recipient" else "sender", str(fault))
        return Outcome("accepted", "message", _storable(f"{reply.code} {reply.message}"))

    async def tidy(self) -> None:
        """Say good-bye on the connections that are not used again."""
        await self._leave([line for line in self._idle if line.is_spent()])

    async def close(self) -> None:
        """Say good-bye on every idle connection."""
        await self._leave(list(self._idle))

    async def _leave(self, lines: Sequence[_Line]) -> None:
        self._idle = [line for line in self._idle if line not in lines]
        for line in lines:
            await self._part(line.smtp)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection in order. Nothing is said on it after the mail: what was replied to the mail stands."""
        try:
            async with asyncio.timeout(PLACE_SECONDS):
                await self._places.acquire()
        except TimeoutError as fault:
            raise _NoPlace from fault
        try:
            line = await self._take()
            try:
                yield line.smtp
            except aiosmtplib.SMTPResponseException as refusal:
                line.refused = True
                if not _is_refusal(refusal) or refusal.code == _UNAVAILABLE:
                    line.smtp.close()
                raise
            except BaseException:
                line.smtp.close()
                raise
            finally:
                line.used += 1
                line.rests_since = asyncio.get_running_loop().time()
                if line.smtp.is_connected:
                    self._idle.append(line)
        finally:
            self._places.release()

    async def _take(self) -> _Line:
        """An idle connection that is still good, or a new one."""
        while self._idle:
            line = self._idle.pop()
            if line.is_spent():
                await self._part(line.smtp)
            elif line.smtp.is_connected and (not line.refused or await self._reset(line)):
                return line
        settings = self._settings
        smtp = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            use_tls=settings.smtp_security == "tls",
            # Never "if offered": a server that hides STARTTLS would be given the password in the clear.
            start_tls=settings.smtp_security == "starttls",
            username=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            timeout=self._command_seconds,
        )
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except BaseException:
            smtp.close()
            raise
        return _Line(smtp)

    async def _reset(self, line: _Line) -> bool:
        """Clear away a refused envelope; tells whether the connection is in order again."""
        try:
            await line.smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            line.smtp.close()
            return False
        except BaseException:
            line.smtp.close()
            raise
        line.refused = False
        return True

    async def _part(self, smtp: aiosmtplib.SMTP) -> None:
        try:
            await smtp.quit(timeout=GOODBYE_SECONDS)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            smtp.close()


class _NoPlace(Exception):  # noqa: N818 - named after what is missing
    """No connection became free in time."""


def classify(code: int, message: str, stage: Stage) -> Outcome:
    """Read a refusal by its code, its enhanced status (RFC 3463) and what it answers.

    A full mailbox (x.2.2, or a bare 552 to RCPT: RFC 5321, 4.5.3.1.10) empties again; x.7.x, x.1.7 and x.1.8 are about
    us, not about the recipient, and so is what is said to MAIL; 421, 454, 53x and what is said before MAIL concern the
    whole line. A refusal that does not clearly mean the recipient is the message's: nobody is dead by mistake.
    """
    reply = f"{code} {message}"
    status = _STATUS.match(message)
    subject = status[1] if status else ""
    at_recipient, permanent = stage == "recipient", code >= 500  # noqa: PLR2004
    if stage == "connection" or code in (_UNAVAILABLE, 454) or 530 <= code < 540:  # noqa: PLR2004
        return Outcome("deferred", "system", reply)
    if stage == "sender" or subject.startswith("7.") or subject in _OUR_ADDRESS:
        return Outcome("rejected" if permanent else "deferred", "sender", reply)
    full = subject == "2.2" or (code == 552 and at_recipient and not subject)  # noqa: PLR2004
    if full or not permanent:
        return Outcome("deferred", "recipient" if at_recipient else "message", reply)
    if subject:
        # x.2.3: too long for this mailbox
        about_recipient = subject.startswith("1.") or (at_recipient and subject[0] in "024" and subject != "2.3")
    else:
        about_recipient = at_recipient and code in _NO_SUCH_RECIPIENT
    return Outcome("rejected", "recipient" if about_recipient else "message", reply)


def _report_options(recipient: str) -> list[str]:
    """What is asked of a server that reports: only failures and delays, with the address as it was given to it."""
    address = _XTEXT.sub(lambda character: f"+{ord(character[0]):02X}", recipient)
    return ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{address}"]


def _is_refusal(reply: aiosmtplib.SMTPResponseException) -> bool:
    """Whether a server said no; anything else that is not what was asked for is no answer to rely on."""
    return 400 <= reply.code < 600  # noqa: PLR2004


def _broken(fault: Exception, stage: Stage) -> Outcome:
    told = _storable(f"{type(fault).__name__}: {fault}").removesuffix(": ")
    return Outcome("unknown" if stage == "text" else "deferred", "system", told)


def _storable(words: str) -> str:
    """A server's words as text that a database takes: some still speak Latin-1."""
    return words.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")

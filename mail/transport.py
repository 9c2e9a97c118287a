"""SMTP: a few connections, used again, and an exact account of what became of each mail.

A connection is trusted only after a clean reply. Whatever else happens (a time-out, a cancelled send, a line that
breaks) it is closed, because the replies on it might no longer belong to the commands.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

from settings import Settings

COMMAND_SECONDS = 60.0
DATA_SECONDS = 600.0
"""RFC 5321, 4.5.3.2.6: ten minutes after the final dot; giving up earlier makes a second copy."""
MAILS_PER_CONNECTION = 100

State = Literal["accepted", "deferred", "rejected", "unknown"]
Scope = Literal["recipient", "message", "sender", "system"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail, whom it concerns, and the server's own words.

    `deferred`: try again later. `rejected`: it will never be taken. `unknown`: the line broke after the text was
    sent, it may have been taken. Only `rejected` with scope `recipient` says anything about the address.
    """

    state: State
    scope: Scope
    reply: str


class Transport:
    """A pool of connections to the city's mail server; one recipient per envelope."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: list[tuple[aiosmtplib.SMTP, int]] = []
        self._places = asyncio.Semaphore(settings.smtp_connections)

    async def send(self, mail_from: str, recipient: str, rfc822: bytes) -> Outcome:
        """Hand over one mail. Never raises for what a server or a network does."""
        text_sent = False
        try:
            async with self._connection() as smtp:
                await smtp.mail(mail_from)
                await smtp.rcpt(recipient)
                text_sent = True
                reply = await smtp.data(rfc822, timeout=DATA_SECONDS)
                return Outcome("accepted", "message", f"{reply.code} {reply.message}")
        except aiosmtplib.SMTPResponseException as refusal:
            return classify(refusal.code, refusal.message, at_recipient=not text_sent)
        except (aiosmtplib.SMTPException, OSError) as fault:
            told = f"{type(fault).__name__}: {fault}"
            return Outcome("unknown", "system", told) if text_sent else Outcome("deferred", "system", told)

    async def close(self) -> None:
        """Say good-bye on every idle connection."""
        while self._idle:
            smtp, _ = self._idle.pop()
            try:
                await smtp.quit()
            except (aiosmtplib.SMTPException, OSError):
                smtp.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        async with self._places:
            smtp, used = await self._take()
            try:
                yield smtp
            except aiosmtplib.SMTPResponseException:
                # A clean refusal: the connection is in order once the transaction is reset.
                try:
                    await smtp.rset()
                except (aiosmtplib.SMTPException, OSError):
                    smtp.close()
                    raise
                self._idle.append((smtp, used + 1))
                raise
            except BaseException:
                smtp.close()
                raise
            if used + 1 < MAILS_PER_CONNECTION:
                self._idle.append((smtp, used + 1))
            else:
                await smtp.quit()

    async def _take(self) -> tuple[aiosmtplib.SMTP, int]:
        while self._idle:
            smtp, used = self._idle.pop()
            if smtp.is_connected:
                return smtp, used
        settings = self._settings
        smtp = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            use_tls=settings.smtp_security == "tls",
            # Never "if offered": a server that hides STARTTLS would be given the password in the clear.
            start_tls=settings.smtp_security == "starttls",
            username=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            timeout=COMMAND_SECONDS,
        )
        await smtp.connect()
        return smtp, 0


def classify(code: int, message: str, *, at_recipient: bool) -> Outcome:
    """Read a refusal by its code and enhanced status (RFC 3463).

    A full mailbox (x.2.2) empties again; 5.7.x is about us, not about the address; 421, 454 and 53x concern the
    whole line.
    """
    reply = f"{code} {message}"
    enhanced = message.split(maxsplit=1)[0] if message[:1] in "245" else ""
    subject = enhanced[2:]
    if code in (421, 454) or 530 <= code < 540:  # noqa: PLR2004
        return Outcome("deferred", "system", reply)
    if subject.startswith("7."):
        return Outcome("deferred" if code < 500 else "rejected", "sender", reply)  # noqa: PLR2004
    if code < 500 or subject == "2.2":  # noqa: PLR2004
        return Outcome("deferred", "recipient" if at_recipient else "message", reply)
    about_recipient = subject.startswith("1.") or (at_recipient and not subject.startswith(("3.", "5.")))
    return Outcome("rejected", "recipient" if about_recipient else "message", reply)

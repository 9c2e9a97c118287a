"""The mailbox's way in: SMTP on loopback.

Promise: 250 means that the mail is on disk and that every answer in it was taken by Focal; anything else gets a
4xx, and then neither holds: the sender keeps the mail and tries again.
"""

import asyncio
import logging
import secrets
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from embedded.mailbox_store import MailStore
from embedded.mailbox_vouching import NAME, vouched

Receive = Callable[[bytes, str, str], Awaitable[None]]
"""Takes a mail sent to Focal itself: the raw mail, the envelope's sender, one of its recipients."""

OWN_LOCAL_PARTS = ("r+", "b+")
"""How the addresses that replies and bounces come back to begin."""

SIZE_LIMIT = 25 * 1024 * 1024
_log = logging.getLogger(__name__)


class Acceptance:
    """Decides about each mail as it arrives: keeps it, and hands on what is meant for Focal."""

    def __init__(self, store: MailStore, *, reply_domain: str, receive: Receive, password: str) -> None:
        self._store = store
        self._password = password
        self._reply_domain = reply_domain.lower()
        self._receive = receive

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        """Know the mailbox's own pages by their password; the arguments are those of aiosmtpd."""
        known = isinstance(data, LoginPassword) and secrets.compare_digest(data.password, self._password.encode())
        return AuthResult(success=known, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Keep one mail; the name and the answer are those of aiosmtpd."""
        sender, recipients = envelope.mail_from or "", tuple(envelope.rcpt_tos)
        try:
            raw = bytes(envelope.original_content or b"")
            await self._accept(raw, sender, recipients, proven=bool(session.authenticated))
        except Exception:  # noqa: BLE001 - whatever it is, the sender must hear that the mail is still theirs
            _log.exception("a mail from %s was not taken", sender)
            return "451 4.3.0 Not taken, try again later"
        return "250 2.0.0 Kept"

    async def _accept(self, raw: bytes, sender: str, recipients: tuple[str, ...], *, proven: bool) -> None:
        staged = await asyncio.to_thread(self._store.stage, raw, sender, recipients, datetime.now(UTC))
        try:
            for recipient in recipients:
                if self._is_for_focal(recipient):
                    await self._receive(vouched(raw, sender if proven else None), sender, recipient)
        except BaseException:
            self._store.discard(staged)
            raise
        await asyncio.to_thread(self._store.keep, staged)

    def _is_for_focal(self, recipient: str) -> bool:
        """Whether it is a reply or a bounce: people, such as the coordinator, may have addresses of this domain too."""
        local_part, _, domain = recipient.lower().rpartition("@")
        return domain == self._reply_domain and local_part.startswith(OWN_LOCAL_PARTS)


async def listen(acceptance: Acceptance, listener: socket.socket) -> asyncio.Server:
    """Take mail on a bound socket until the server is closed."""

    def session() -> SMTP:
        return SMTP(
            acceptance,
            hostname=NAME,
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            authenticator=acceptance.authenticate,
            auth_require_tls=False,
        )

    return await asyncio.get_running_loop().create_server(session, sock=listener)

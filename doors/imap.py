"""The door to a mailbox: what lies there is fetched, stored, and only then moved away.

Promise: a mail leaves the inbox when it is in the database; after a crash in between it is fetched again, which never
makes two of one. One mail that cannot be taken holds up no other. Neither addresses nor texts are logged.
"""

import asyncio
import imaplib
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from imap_tools import AND, BaseMailBox, ImapToolsError, MailBox, MailBoxUnencrypted

from doors.addresses import OwnAddresses, envelope_sender
from doors.keeping import SIZE_LIMIT, keep
from models.contracts.refusal import Refused
from settings import Settings
from store.database import Database, is_away

log = logging.getLogger(__name__)

FAULTS = (OSError, imaplib.IMAP4.error, ImapToolsError)
"""What a mailbox that cannot be reached, or that breaks off, raises: at the next sweep it is tried again."""
SILENCE_SECONDS = 30.0
AT_ONCE = 200
"""So many mails are asked for their size, or moved, in one command."""
NEWS = timedelta(days=7)
"""Of a mailbox met for the first time, what is older than this is not read: nobody expects an answer to it."""
ASIDE = "{}-before"
"""Where that is moved, by the folder of what was read."""

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"\bUID (\d+)")


class ImapDoor:
    """Fetches what has arrived in the mailbox of the settings.

    Raises:
        Refused: it would have to move mails to where it fetches them from.

    """

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], datetime]) -> None:
        if settings.imap_done_folder.casefold() == settings.imap_folder.casefold():
            raise Refused("FOCAL_IMAP_FOLDER and FOCAL_IMAP_DONE_FOLDER have to be two folders.")
        self._database = database
        self._settings = settings
        self._clock = clock
        self._own = OwnAddresses(settings.mail_domain, settings.mail_from_address)
        self._told: set[str] = set()
        """What could not be taken, so that it is logged once and not at every sweep."""

    async def fetch_replies(self) -> int:
        """Store and move away what is in the inbox, oldest first; gives how many mails were stored.

        Raises:
            OSError, imaplib.IMAP4.error, ImapToolsError: the mailbox cannot be reached, or the connection was lost.
            OperationalError: the database is away. What was not stored is still in the inbox.

        """
        box = await asyncio.to_thread(_opened, self._settings)
        try:
            await asyncio.to_thread(self._prepare, box)
            stored = 0
            for uids in _in_parts(await asyncio.to_thread(box.uids, "UNDELETED", charset=None)):
                for uid, size in (await asyncio.to_thread(_sizes, box, uids)).items():
                    stored += await self._take_safely(box, uid, size)
            with suppress(*FAULTS):
                await asyncio.to_thread(box.logout)
        finally:
            await _hang_up(box)
        return stored

    def _prepare(self, box: BaseMailBox) -> None:
        """Make the folder for what was read. Where there is none yet, older mail is first moved out of the way.

        In this order: broken off in between, it begins again, and no old mail is ever taken for news.
        """
        done = self._settings.imap_done_folder
        folders = {folder.name.casefold() for folder in box.folder.list()}
        if not folders:
            raise imaplib.IMAP4.error("LIST was refused")  # there is always one; a refusal must not look like a new box
        if done.casefold() in folders:
            return
        before = (self._clock() - NEWS).date()
        if old := box.uids(AND(date_lt=before), charset=None):
            aside = ASIDE.format(done)
            if aside.casefold() not in folders:
                box.folder.create(aside)
            box.move(old, aside, chunks=AT_ONCE)
            log.warning("%d mails from before %s are not read; they are in the folder %s", len(old), before, aside)
        box.folder.create(done)

    async def _take_safely(self, box: BaseMailBox, uid: str, size: int) -> int:
        try:
            return await self._take(box, uid, size)
        except (OSError, imaplib.IMAP4.abort):
            raise  # the connection is gone: the mail is not to blame
        except Exception as fault:  # whatever a mail does, the next one is fetched
            if is_away(fault):
                raise
            if uid not in self._told:
                log.warning("A mail of %d bytes stays in the inbox: %s", size, type(fault).__name__)
                self._told.add(uid)
            return 0

    async def _take(self, box: BaseMailBox, uid: str, size: int) -> int:
        """Store one mail, then move it; gives 1 if it was stored."""
        stored = 0
        if size > SIZE_LIMIT:
            log.warning("A mail of %d bytes was refused: at most %d are taken", size, SIZE_LIMIT)
        else:
            raw = await asyncio.to_thread(_fetched, box, uid)
            if raw is None:
                return 0  # somebody moved it first
            for address in self._own.found_in(raw):
                mail_id = await keep(
                    self._database, self._settings, raw=raw, envelope_from=envelope_sender(raw), envelope_to=address
                )
                log.info("Mail %s is kept: %d bytes", mail_id, len(raw))
            stored = 1
        await asyncio.to_thread(box.move, uid, self._settings.imap_done_folder)
        return stored


def _opened(settings: Settings) -> BaseMailBox:
    """The mailbox, logged in, its inbox chosen."""
    host, port = settings.imap_host or "", settings.imap_port
    trust = ssl.create_default_context()  # without it, imaplib believes any certificate
    box: BaseMailBox = (
        MailBox(host, port, SILENCE_SECONDS, ssl_context=trust)
        if settings.imap_security == "tls"
        else MailBoxUnencrypted(host, port, SILENCE_SECONDS)
    )
    try:
        if settings.imap_security == "starttls":
            box.client.starttls(trust)
        password = settings.imap_password.get_secret_value()
        # Only the second way says more than ASCII, and not every server has it.
        login = box.login if (settings.imap_user + password).isascii() else box.login_utf8
        login(settings.imap_user, password, settings.imap_folder)
        # Servers tell all that they can do after login only; without MOVE, mails are copied and deleted.
        _, told = box.client.capability()
        box.client.capabilities = tuple(told[-1].decode().upper().split())
    except BaseException:
        box.client.shutdown()
        raise
    return box


async def _hang_up(box: BaseMailBox) -> None:
    """Give the connection back, whatever state it is in; a thread that still waits for an answer is woken."""
    with suppress(OSError):
        box.client.sock.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        await asyncio.to_thread(box.client.shutdown)


def _in_parts(uids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (uids[start : start + AT_ONCE] for start in range(0, len(uids), AT_ONCE))


def _sizes(box: BaseMailBox, uids: Sequence[str]) -> dict[str, int]:
    """How large each mail is, in bytes; what is not there any more is left out."""
    told = _answer(box, ",".join(uids), "(UID RFC822.SIZE)")
    lines = [line for line in told if isinstance(line, bytes)]
    found = ((_UID.search(line), _SIZE.search(line)) for line in lines)
    sizes = {uid[1].decode(): int(size[1]) for uid, size in found if uid and size}
    return {uid: sizes[uid] for uid in uids if uid in sizes}


def _fetched(box: BaseMailBox, uid: str) -> bytes | None:
    """A mail as the server has it; its state there stays as it was. None when it is not there any more."""
    for part in _answer(box, uid, "(BODY.PEEK[])"):
        if isinstance(part, tuple):
            return bytes(part[1])
    return None


def _answer(box: BaseMailBox, uids: str, what: str) -> list[bytes | tuple[bytes, bytes] | None]:
    # Not `box.fetch`: it would have the standard library parse mails that may be made to hurt it.
    status, told = box.client.uid("FETCH", uids, what)
    if status != "OK":
        raise imaplib.IMAP4.error("FETCH was refused")
    return list(told)

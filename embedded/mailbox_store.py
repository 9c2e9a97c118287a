"""Where the mailbox keeps mail: one file per mail, and a small index of all of them in memory.

Promise: a mail that `keep` returned for is on disk, whole, and will be listed after any crash; nothing else is
ever listed. A file holds one line with the envelope and then the mail exactly as it arrived, which makes it a
mail that any mail program opens.
"""

import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import islice
from pathlib import Path

_ENVELOPE = b"X-Envelope: "
_SUFFIX = ".eml"
_PARTIAL = ".partial"
_HEADERS_LIMIT = 64 * 1024
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """What the list shows of one mail. Header texts are decoded and on one line; absent ones are empty."""

    id: str
    received_at: datetime
    envelope_from: str
    envelope_to: tuple[str, ...]
    sender: str
    recipient: str
    subject: str
    message_id: str
    in_reply_to: str
    size: int
    """Bytes of the mail as it arrived."""

    def concerns(self, words: str) -> bool:
        """Whether the words (lower case) occur in one of the recipients."""
        return any(words in address.lower() for address in (*self.envelope_to, self.recipient))


@dataclass(frozen=True, slots=True)
class Staged:
    """A mail that is on disk but not in the mailbox yet."""

    mail: Mail
    partial: Path


class MailStore:
    """All mail of one mailbox, oldest first. Any thread may call any method."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mails: list[Mail] = []
        self._by_id: dict[str, Mail] = {}
        self._by_message_id: dict[str, Mail] = {}

    def load(self) -> None:
        """Read the index from the files, and remove what a crash left unfinished; once, before anything else.

        Raises:
            OSError: the folder cannot be read or made.

        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for partial in self._folder.glob(f"*{_PARTIAL}"):
            partial.unlink()
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            with path.open("rb") as file:
                envelope, start = file.readline(), file.read(_HEADERS_LIMIT)
                size = os.fstat(file.fileno()).st_size - len(envelope)
            received_at = datetime.strptime(path.stem.rpartition("-")[0], _STAMP).replace(tzinfo=UTC)
            told = json.loads(envelope.removeprefix(_ENVELOPE))
            self._add(_summary(path.stem, received_at, told["from"], tuple(told["to"]), start, size))

    def stage(self, raw: bytes, envelope_from: str, envelope_to: tuple[str, ...], now: datetime) -> Staged:
        """Write a mail to disk without listing it: `keep` or `discard` it next."""
        mail_id = f"{now.astimezone(UTC).strftime(_STAMP)}-{secrets.token_hex(4)}"
        partial = self._folder / (mail_id + _PARTIAL)
        # JSON in ASCII has no line ends of its own, whatever the addresses hold.
        envelope = json.dumps({"from": envelope_from, "to": envelope_to}).encode("ascii")
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - mode
            file.write(_ENVELOPE + envelope + b"\r\n" + raw)
            file.flush()
            os.fsync(file.fileno())
        start = raw[:_HEADERS_LIMIT]
        return Staged(_summary(mail_id, now, envelope_from, envelope_to, start, len(raw)), partial)

    def keep(self, staged: Staged) -> None:
        """Take a staged mail into the mailbox, durably."""
        staged.partial.rename(self._path(staged.mail))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._add(staged.mail)

    def discard(self, staged: Staged) -> None:
        """Forget a staged mail."""
        staged.partial.unlink(missing_ok=True)

    def get(self, mail_id: str) -> Mail | None:
        """The mail with this id, if there is one."""
        return self._by_id.get(mail_id)

    def by_message_id(self, message_id: str) -> Mail | None:
        """The latest mail with this Message-ID, if there is one."""
        return self._by_message_id.get(message_id)

    def raw(self, mail: Mail) -> bytes:
        """The mail exactly as it arrived."""
        return self._path(mail).read_bytes().split(b"\r\n", 1)[1]

    def count(self, words: str = "") -> int:
        """How many mails there are whose recipients contain the words, in any case."""
        return sum(1 for _ in self._newest_first(words)) if words else len(self._mails)

    def newest(self, words: str = "", *, skip: int = 0, limit: int) -> list[Mail]:
        """A stretch of the mails whose recipients contain the words, newest first."""
        return list(islice(self._newest_first(words), skip, skip + limit))

    def _newest_first(self, words: str) -> Iterator[Mail]:
        wanted = words.lower()
        # Mail that arrives meanwhile is appended behind the start of a reversed walk, and so not met.
        return (mail for mail in reversed(self._mails) if mail.concerns(wanted))

    def _path(self, mail: Mail) -> Path:
        return self._folder / (mail.id + _SUFFIX)

    def _add(self, mail: Mail) -> None:
        self._by_id[mail.id] = mail
        if mail.message_id:
            self._by_message_id[mail.message_id] = mail
        self._mails.append(mail)


def header_text(message: Message, name: str) -> str:
    """A header decoded and on one line; empty when absent."""
    return one_line(str(message.get(name, "")))


def one_line(value: str) -> str:
    """A header's value decoded and on one line. What cannot be decoded stays as it is."""
    with suppress(HeaderParseError, LookupError, ValueError):
        value = str(make_header(decode_header(value)))
    return _UNSEEN.sub(" ", value).strip()


def _summary(
    mail_id: str, received_at: datetime, envelope_from: str, envelope_to: tuple[str, ...], start: bytes, size: int
) -> Mail:
    message = BytesHeaderParser().parsebytes(_END_OF_HEADERS.split(start, maxsplit=1)[0])
    return Mail(
        id=mail_id,
        received_at=received_at,
        envelope_from=envelope_from,
        envelope_to=envelope_to,
        sender=header_text(message, "From"),
        recipient=header_text(message, "To"),
        subject=header_text(message, "Subject"),
        message_id=header_text(message, "Message-ID"),
        in_reply_to=header_text(message, "In-Reply-To"),
        size=size,
    )

"""Reads a mail for showing it: its text, its HTML and what is attached.

Promise: every mail can be shown. What is damaged (an unknown character set, a broken part) is shown as far as it
can be read.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from urllib.parse import quote

_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_LINKS_OPEN_ELSEWHERE = '<base target="_blank">'


@dataclass(frozen=True)
class Attachment:
    """One attached file."""

    name: str
    kind: str
    data: bytes

    @property
    def quoted_name(self) -> str:
        """The name as it can stand in a header."""
        return quote(self.name, safe="")


@dataclass(frozen=True)
class Content:
    """What a mail holds. `text` is empty when there is no text part, `html` none when there is no HTML part."""

    message: Message
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]


def read_content(raw: bytes) -> Content:
    """Take a mail apart; of several texts the first one counts."""
    message = message_from_bytes(raw)
    parts = [part for part in message.walk() if not part.is_multipart()]
    attached = [part for part in parts if part.get_content_disposition() == "attachment" or part.get_filename()]
    shown = [part for part in parts if part not in attached]
    texts = [_decoded(part) for part in shown if part.get_content_type() == "text/plain"]
    pages = [_decoded(part) for part in shown if part.get_content_type() == "text/html"]
    return Content(
        message=message,
        text=texts[0] if texts else "",
        html=pages[0] if pages else None,
        attachments=tuple(
            Attachment(part.get_filename() or f"part {number}", part.get_content_type(), _bytes(part))
            for number, part in enumerate(attached, start=1)
        ),
    )


def framed(html: str) -> str:
    """The HTML of a mail with its links made to open in a page of their own, outside the frame."""
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return html[:at] + _LINKS_OPEN_ELSEWHERE + html[at:]


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _decoded(part: Message) -> str:
    try:
        return _bytes(part).decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return _bytes(part).decode("utf-8", errors="replace")

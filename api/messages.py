"""Mails as the office may look at them: their words, without the personal links in them."""

import email
import email.policy
import re
from email.message import EmailMessage

_LINK = re.compile(r"(/a/)[A-Za-z0-9_=\-]{8,}")


def parse(raw: bytes) -> EmailMessage:
    """A mail from its bytes; what cannot be parsed is left as text."""
    return email.message_from_bytes(raw, policy=email.policy.default)


def without_links(text: str) -> str:
    """Personal links cut short: whoever has one can answer in somebody's name."""
    return _LINK.sub(r"\1…", text)


def text_of(message: EmailMessage) -> str | None:
    """The plain text of a mail, if it has any."""
    return _content(message, "plain")


def html_of(message: EmailMessage) -> str | None:
    """The HTML of a mail, if it has any."""
    return _content(message, "html")


def _content(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    if part is None:
        return None
    try:
        content = part.get_content()
    except (LookupError, ValueError):  # a character set nobody knows, or bytes that are not in it
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return without_links(str(content))


def addressed(message: EmailMessage, header: str) -> str:
    """A header as people read it; empty when it is missing or broken."""
    try:
        return str(message.get(header) or "")
    except (ValueError, IndexError, AttributeError):  # headers of the wild break the standard parser
        return ""


def attachments(message: EmailMessage) -> list[str]:
    """The names of what was attached."""
    return [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]

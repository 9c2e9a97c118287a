"""Mails as the office may look at them: their words, without the personal links in them."""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage

from mail.inbound.opening import open_mail
from mail.inbound.scan import scan

HEADERS = frozenset(
    {
        "from",
        "sender",
        "reply-to",
        "return-path",
        "to",
        "cc",
        "delivered-to",
        "date",
        "message-id",
        "in-reply-to",
        "list-id",
        "precedence",
        "auto-submitted",
        "x-autoreply",
        "x-auto-response-suppress",
        "authentication-results",
    }
)
"""The headers that say who wrote a mail, to whom, as an answer to what, and whether a machine did."""
HEADER_SHOWN, TEXT_SHOWN = 1_000, 50_000
"""Characters of a header and of a text that a page shows."""
_LINK = re.compile(r"(/(?:[af]|sign-in)/)[A-Za-z0-9_=\-]{8,}")


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


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that came in, as somebody may look at it: the headers that matter, its whole text, what was attached.

    `attached`: name, kind and bytes of each file. Of a mail beyond the limits there is nothing of it.
    """

    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    attached: tuple[tuple[str, str, int], ...] = ()


def read_letter(raw: bytes) -> Letter:
    """Look into a mail that came in. Never raises, whatever it holds."""
    if scan(raw) is not None:
        return Letter()
    opened = open_mail(raw)
    return Letter(
        headers=tuple(
            (name, without_links(value[:HEADER_SHOWN])) for name, value in opened.headers if name.lower() in HEADERS
        ),
        text=without_links(opened.text[:TEXT_SHOWN]),
        attached=tuple((each.filename, each.content_type, len(each.content)) for each in opened.attachments),
    )

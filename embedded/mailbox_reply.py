"""Writes the reply that a mail program would write, so that replies can be tried out against real mail.

Promise: whatever the original holds, the result has one From, one To, one Subject and no header that was not
put there here.
"""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid

from embedded.mailbox_store import header_text, one_line

_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_REPLY_PREFIX = re.compile(r"re\s*:", re.IGNORECASE)
_MOST_REFERENCES = 20
# Long identifiers must stay whole: folded, they would be encoded, and no program would know them again.
_UNFOLDED = SMTP.clone(max_line_length=998)


class CannotReplyError(Exception):
    """The mail cannot be replied to; the message says why."""


def compose_reply(original: Message, quoted: str, *, sender: str, text: str, now: datetime) -> EmailMessage:
    """The reply of one recipient of a mail.

    Args:
        original: the mail replied to.
        quoted: its text.
        sender: address of the recipient who replies.
        text: what they say.
        now: the instant of the reply; its time zone is the one the mail shows.

    Raises:
        CannotReplyError: the original names nobody to reply to, or an address is none.

    """
    names = {address.lower(): name for name, address in _addresses(original, "To")}
    to = next(iter(_addresses(original, "Reply-To") or _addresses(original, "From")), None)
    if to is None:
        raise CannotReplyError("This mail names nobody to reply to.")
    reply = EmailMessage(policy=SMTP)
    try:
        reply["From"] = Address(names.get(sender.lower(), ""), addr_spec=sender)
        reply["To"] = Address(to[0], addr_spec=to[1])
    except ValueError as error:
        raise CannotReplyError(f"An address of this mail cannot be used: {error}.") from error
    subject = header_text(original, "Subject")
    reply["Subject"] = subject if _REPLY_PREFIX.match(subject) else f"Re: {subject}"
    reply["Date"] = format_datetime(now)
    reply["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    if its_id := _MESSAGE_ID.search(header_text(original, "Message-ID")):
        earlier = _MESSAGE_ID.findall(header_text(original, "References"))
        reply["In-Reply-To"] = its_id.group()
        reply["References"] = " ".join([*earlier, its_id.group()][-_MOST_REFERENCES:])
    said_by = f"On {header_text(original, 'Date')}, {header_text(original, 'From')} wrote:"
    quote = "\n".join(f"> {line}".rstrip() for line in quoted.splitlines())
    body = "\n".join(text.splitlines()).rstrip()
    reply.set_content(f"{body}\n\n{said_by}\n{quote}\n", cte="quoted-printable")
    return reply


def as_sent(reply: EmailMessage) -> bytes:
    """The bytes of a reply.

    Raises:
        CannotReplyError: it cannot be written down, because an address is not plain ASCII.

    """
    try:
        return reply.as_bytes(policy=_UNFOLDED)
    except UnicodeEncodeError as error:
        raise CannotReplyError(f"This mail cannot be written: {error}.") from error


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Name and address of everybody in a header who has an address."""
    # Taken apart before it is decoded: what a name hides in its encoding must not become an address.
    found = getaddresses([str(message.get(name, ""))])
    return [(one_line(who), address) for who, address in found if "@" in address]

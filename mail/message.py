"""A mail's bytes, made once and frozen: the same envelope and words give the same bytes, whenever and wherever.

The headers are written here (see `mail.headers` for why); the standard library writes the parts. Every Message-ID
and boundary comes from the mail's key, the date from the caller.
"""

import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from mail.headers import UnsafeHeader, ascii_address, encode_mailbox, encode_text, fold
from mail.registry import MAILS
from mail.render import Rendered
from models.contracts.mail import Language

_POLICY = policy.SMTP.clone(cte_type="7bit", max_line_length=76)  # RFC 2045 6.7; the default is 78
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+>")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CONTENT_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_HASH_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail. Its name is plain ASCII, its type `application/...` and the like.

    `parameters` of the type: names and values, plain ASCII.
    """

    filename: str
    content_type: str
    content: bytes
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whose mail it is, and where it belongs.

    `key` names the event and is unique; `name` is the mail's name in the registry. `thread` is the Message-ID
    that holds a conversation together (`thread_root`), `previous` that of the mail before this one in it, if any.
    `reply_to` None means that replies go to the sender. `date` is an aware moment.
    """

    key: str
    name: str
    sender_name: str
    sender_address: str
    recipient_name: str
    recipient_address: str
    reply_to: str | None
    domain: str
    language: Language
    date: datetime
    thread: str
    previous: str | None = None
    attachments: tuple[Attachment, ...] = ()


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the mail with this key: opaque, and the same however often it is asked for."""
    return f"<{_hashed(key)}@{domain}>"


def thread_root(reference: str, domain: str) -> str:
    """The Message-ID that all mails of one conversation refer to. No mail bears it, so none has to come first."""
    return message_id(f"thread:{reference}", domain)


def build(envelope: Envelope, rendered: Rendered) -> bytes:
    """The mail as it goes to the server: CRLF line ends, ASCII only, no line over 998 bytes.

    Raises:
        UnsafeHeader: a name, address, subject or file name must not stand in a header.
        KeyError: no mail has the envelope's name.
        ValueError: the date has no zone.

    """
    headers = _headers(envelope, rendered.subject)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
    _require_intact(head, list(headers), envelope, rendered.subject)
    return head + _parts(envelope, rendered).as_bytes()


def _headers(envelope: Envelope, subject: str) -> dict[str, str]:
    """All headers but those of the content, in the order in which they stand in the mail."""
    if envelope.date.tzinfo is None:
        raise ValueError("the date of a mail needs its zone")
    reply_to = None if envelope.reply_to is None else f"<{ascii_address('Reply-To', envelope.reply_to)}>"
    references = [envelope.thread] + ([envelope.previous] if envelope.previous else [])
    headers = {
        "Date": format_datetime(envelope.date),
        "From": encode_mailbox("From", envelope.sender_name, envelope.sender_address),
        "Reply-To": reply_to,
        "To": encode_mailbox("To", envelope.recipient_name, envelope.recipient_address),
        "Subject": encode_text("Subject", subject),
        "Message-ID": _identity("Message-ID", message_id(envelope.key, envelope.domain)),
        "In-Reply-To": _identity("In-Reply-To", envelope.previous) if envelope.previous else None,
        "References": fold("References", [_identity("References", reference) for reference in references]),
        "Content-Language": envelope.language,
        "List-Id": f'"Focal" <tasks.{envelope.domain}>',
        "Auto-Submitted": "auto-replied" if MAILS[envelope.name].answers else "auto-generated",
        "X-Auto-Response-Suppress": None if MAILS[envelope.name].wants_away else "OOF, AutoReply",
        "X-Focal-Loop": "1",
        "X-Focal-Mail": envelope.name,
    }
    return {name: value for name, value in headers.items() if value is not None}


def _parts(envelope: Envelope, rendered: Rendered) -> EmailMessage:
    """Text and HTML as alternatives, files beside them."""
    message = EmailMessage(policy=_POLICY)
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    for attachment in envelope.attachments:
        if not _FILE_NAME.fullmatch(attachment.filename):
            raise UnsafeHeader(f"Content-Disposition: {attachment.filename!r} is not a plain file name")
        if not _CONTENT_TYPE.fullmatch(attachment.content_type):
            raise UnsafeHeader(f"Content-Type: {attachment.content_type!r} is not a type of content")
        maintype, subtype = attachment.content_type.split("/")
        message.add_attachment(
            attachment.content,
            maintype=maintype,
            subtype=subtype,
            filename=attachment.filename,
            params=dict(attachment.parameters),
        )
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        # `=_` can stand neither in quoted-printable nor in base64, so no text can contain the boundary.
        part.set_boundary(f"=_{_hashed(envelope.key)}_{number}")
    return message


def _require_intact(head: bytes, names: list[str], envelope: Envelope, subject: str) -> None:
    """Read the written headers back: the same names in the same order, and the words that were given.

    Raises:
        UnsafeHeader: they differ, so somebody's words became structure.

    """
    written = BytesHeaderParser().parsebytes(head)
    if written.keys() != names:
        raise UnsafeHeader(f"the headers would become {', '.join(written.keys())}")
    for header, name, address in (
        ("From", envelope.sender_name, envelope.sender_address),
        ("To", envelope.recipient_name, envelope.recipient_address),
    ):
        phrase, route = parseaddr(written[header])
        if (_decoded(phrase), route) != (name.strip(), ascii_address(header, address)):
            raise UnsafeHeader(f"{header}: {name!r} would be read as {phrase!r} <{route}>")
    if _decoded(written["Subject"]) != subject:
        raise UnsafeHeader(f"Subject: {subject!r} would be read as {_decoded(written['Subject'])!r}")


def _decoded(value: str) -> str:
    """A written value as a reader takes it: unfolded, its encoded words decoded."""
    return str(make_header(decode_header(value.replace("\r\n", ""))))


def _identity(header: str, value: str) -> str:
    if not _MESSAGE_ID.fullmatch(value):
        raise UnsafeHeader(f"{header}: {value!r} is not a Message-ID")
    return value


def _hashed(key: str) -> str:
    return b32encode(sha256(key.encode()).digest()).decode()[:_HASH_LENGTH].lower()

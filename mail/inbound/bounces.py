"""What a mail server says of a mail that it did not deliver: by RFC 3464 first, then as older servers write it.

Anybody can write such a mail: what it says counts only for the mail that its own address proves it answers.
"""

import logging
import re
from collections.abc import Iterator
from email.message import Message

from flufl.bounce import all_failures

from mail.inbound.header_text import header_lines
from models.contracts.inbound import Bounce, BounceKind, Opened

# It logs each odd address with its whole stack; what a stranger's mail says is no news for the log.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
_MAX_DIAGNOSTIC = 300
_MAX_TEXT = 20_000
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_TYPED = re.compile(r"\s*[A-Za-z0-9-]+\s*;\s*")
_ORIGINAL = re.compile(
    r"^-{3,}.{0,60}(?:copy of (?:the|your) message|original message|headers? of the message).*$",
    re.IGNORECASE | re.MULTILINE,
)
_OURS_IS_BAD = {"5.1.7", "5.1.8"}  # the sender's address, not the recipient's
_NOT_SURE = {"5.1.4", "5.1.5", "5.1.9"}  # ambiguous; valid; delivered through an old server
_FULL = {"4.2.2", "5.2.2"}
_REFUSED = re.compile(r"5\.7\.\d+|5\.6\.\d+|5\.3\.4|5\.2\.3")
_DONE = {"delivered", "relayed", "expanded"}


def read_bounce(opened: Opened) -> Bounce:
    """What is reported, for the first recipient that was not reached. What is not beyond doubt is `unknown`."""
    reports = sorted(_reports(opened.report), key=lambda fields: _ORDER.index(_action(fields)))
    if reports:
        return _from_report(reports[0])
    return _from_words(opened)


_ORDER = ("failed", "", "delayed", "delivered")


def _reports(report: str) -> Iterator[dict[str, str]]:
    """The fields of each recipient in a delivery status."""
    for block in report.split("\n\n"):
        fields: dict[str, str] = {}
        for name, value in header_lines(block.encode()):
            fields.setdefault(name.lower(), value.decode())
        if {"final-recipient", "original-recipient", "action"} & fields.keys():
            yield fields


def _action(fields: dict[str, str]) -> str:
    action = fields.get("action", "").partition("(")[0].strip().lower()
    return "delivered" if action in _DONE else action if action in _ORDER else ""


def _from_report(fields: dict[str, str]) -> Bounce:
    final = _address(fields.get("final-recipient", ""))
    original = _address(fields.get("original-recipient", ""))
    diagnostic = _TYPED.sub("", fields.get("diagnostic-code", ""), count=1)
    status = _status(fields.get("status", ""))
    if not status or status.endswith(".0.0"):
        status = _status(diagnostic) or status  # many servers say the rest only in words
    action = _action(fields)
    kind = _kind(status)
    if action == "delivered":
        kind = "delivered"
    elif action == "delayed" or (action == "" and status.startswith("4.") and kind == "unknown"):
        kind = "delayed"
    elif kind == "dead" and original and final and original != final:
        kind = "unknown"  # somebody forwards their mail to an address that is gone; theirs may be good
    return _bounce(kind, status, original or final, diagnostic)


def _from_words(opened: Opened) -> Bounce:
    original = _ORIGINAL.search(opened.text)
    text = opened.text[: original.start() if original else None][:_MAX_TEXT]
    temporary, permanent = _failures(opened, text)
    status = _status(text)
    if permanent:
        return _bounce(_kind(status), status, min(permanent), text)
    if temporary:
        return _bounce("delayed", status, min(temporary), text)
    named = {name.lower(): value for name, value in opened.headers}.get("x-failed-recipients", "")
    return _bounce(_kind(status) if named else "unknown", status, named.partition(",")[0].strip().lower(), text)


def _failures(opened: Opened, text: str) -> tuple[set[str], set[str]]:
    """Addresses that failed for now and for good, by the library that knows how old servers write."""
    message = Message()
    # Without a sender it fails before it has tried its last reader.
    message["From"] = opened.senders[0].address if opened.senders else "nobody@invalid"
    for name, value in opened.headers:
        if name.lower() in {"subject", "to", "x-failed-recipients", "x-mailer"}:
            message[name] = value
    message.set_payload(text.encode("ascii", "replace").decode("ascii"))
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - its many small readers promise nothing about text that is no bounce
        return set(), set()
    return {address.decode("ascii", "replace").lower() for address in temporary}, {
        address.decode("ascii", "replace").lower() for address in permanent
    }


def _kind(status: str) -> BounceKind:
    """What an enhanced status code (RFC 3463) says of the recipient's address."""
    if status in _FULL:
        return "full"
    if _REFUSED.fullmatch(status) or status in _OURS_IS_BAD:
        return "refused"
    if status.startswith("5.1.") and status not in _NOT_SURE:
        return "dead"
    return "delivered" if status.startswith("2.") else "unknown"


def _status(text: str) -> str:
    match = _STATUS.search(text)
    return match[1] if match else ""


def _address(field: str) -> str:
    return _TYPED.sub("", field, count=1).strip().strip("<>").lower()


def _bounce(kind: BounceKind, status: str, recipient: str, diagnostic: str) -> Bounce:
    return Bounce(
        kind=kind, status=status, recipient=recipient, diagnostic=" ".join(diagnostic.split())[:_MAX_DIAGNOSTIC]
    )

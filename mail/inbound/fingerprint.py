"""What a mail is known by when it comes twice."""

import hashlib
import re

HEAD_LIMIT = 1024 * 1024
"""Bytes in which the headers have to end; a mail that has none is hashed as it is."""
_BLANK = re.compile(rb"\r?\n\r?\n")
_FOLDED = re.compile(rb"\r?\n(?=[ \t])")
_TRACE = re.compile(
    rb"(?:received|return-path|delivered-to|x-original-to|envelope-to|x-forwarded-to|authentication-results|"
    rb"received-spf|arc-[a-z-]+|x-spam-[a-z-]+|x-virus-[a-z-]+|dkim-filter|x-received|status|x-status|x-uid|x-keywords)"
    rb"[ \t]*:",
    re.IGNORECASE,
)


def content_hash(raw: bytes) -> str:
    """SHA-256 (hex) of a mail without the headers that servers add on its way, with LF line ends, without blank ends.

    The same mail fetched again, or handed over twice, has the same; a correction under an old Message-ID has not.
    """
    blank = _BLANK.search(raw, 0, HEAD_LIMIT)
    head = raw[: blank.start()] if blank else b""
    lines = _FOLDED.sub(b" ", head.replace(b"\r\n", b"\n")).split(b"\n")
    digest = hashlib.sha256(b"\n".join(line for line in lines if not _TRACE.match(line)))
    digest.update(raw[len(head) :].replace(b"\r\n", b"\n").rstrip())
    return digest.hexdigest()

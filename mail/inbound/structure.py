"""The parts of a mail as places in its bytes, found in one pass without any parser, and never beyond the limits.

What is limited here is exactly what is opened later: both walk the same tree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mail.inbound.header_text import header_lines, parameters
from models.contracts.inbound import Excess

MAX_BYTES = 25 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024
MAX_ALL_HEADER_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_PARTS = 200
MAX_RECIPIENTS = 500

# All repeats are possessive: each byte is looked at once.
_HEAD = re.compile(rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+")
_MBOX_LINE = re.compile(rb"From [^\n]*+\n")
_REST_OF_BOUNDARY = re.compile(rb"(--)?[ \t]*+(?=\r?\n|\r?\Z)")
_BLANK = re.compile(rb"\r?\n")
_RECIPIENTS = re.compile(
    rb"^(?:(?:resent-)?(?:to|cc|bcc)|delivered-to|x-original-to|x-forwarded-to)[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+",
    re.IGNORECASE | re.MULTILINE,
)
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_MAX_KEPT_HEADER = 8 * 1024
_MAX_OUTER_HEADERS = 1024 * 1024  # so many are looked at, to say what is wrong with them
_MAX_BOUNDARY_LIKE = 10_000
_WHOLE_MAILS = {"message/rfc822", "message/global"}


class BeyondLimits(Exception):  # noqa: N818 - it says what is the matter
    """The mail is larger, deeper or fuller than anything that is opened."""

    def __init__(self, excess: Excess) -> None:
        super().__init__(excess)
        self.excess: Excess = excess


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail: `raw[head:body]` are its headers, `raw[body:end]` its content, both as they came.

    `children` are the parts of a multipart, or the one mail inside a message/rfc822. `broken`: a multipart without
    boundary, or whose last boundary is missing.
    """

    raw: bytes
    head: int
    body: int
    end: int
    content_type: str
    parameters: dict[str, str]
    children: tuple["Part", ...] = ()
    broken: bool = False
    in_multipart: bool = False

    def headers(self) -> Iterator[tuple[str, bytes]]:
        """Names and unfolded values in their order."""
        return header_lines(self.raw[self.head : self.body])

    def header(self, name: bytes) -> bytes:
        """The first value of that name; empty where there is none."""
        head = b"\n" + self.raw[self.head : self.body]
        lowered = head.lower()
        place = lowered.find(b"\n" + name)
        while place >= 0:
            for found, value in header_lines(head, place + 1):
                if found.lower().encode() == name:
                    return value
                break
            place = lowered.find(b"\n" + name, place + 1)
        return b""


def read_structure(raw: bytes) -> Part:
    """The tree of a mail's parts.

    Raises:
        BeyondLimits: of bytes, recipients, headers of a part or of all, levels or parts; the first that is met.

    """
    if len(raw) > MAX_BYTES:
        raise BeyondLimits("too_large")
    start, body = _head(raw)
    if sum(match[0].count(b"@") for match in _RECIPIENTS.finditer(raw, start, body)) > MAX_RECIPIENTS:
        raise BeyondLimits("too_many_recipients")
    return _Reader(raw).part(start, len(raw), depth=1, default="text/plain")


def outer_headers(raw: bytes) -> list[tuple[str, bytes]]:
    """The headers of a mail that is beyond the limits: those of up to 8 KB, and up to 64 KB of them."""
    kept: list[tuple[str, bytes]] = []
    room = MAX_HEADER_BYTES
    for name, value in header_lines(raw[slice(*_head(raw))]):
        if len(value) <= _MAX_KEPT_HEADER:
            room -= len(name) + len(value)
            if room < 0:
                break
            kept.append((name, value))
    return kept


def _head(raw: bytes) -> tuple[int, int]:
    """Where the headers of the whole mail stand."""
    mbox_line = _MBOX_LINE.match(raw)
    start = mbox_line.end() if mbox_line else 0
    return start, _end_of_head(raw, start, len(raw), most=_MAX_OUTER_HEADERS)


def _end_of_head(raw: bytes, start: int, end: int, *, most: int) -> int:
    """Where headers that start there end; if they are longer than `most`, somewhere beyond that."""
    reached = start
    for _ in range(2):  # the first look may end in the middle of a header's name
        match = _HEAD.match(raw, reached, min(end, reached + most + 1))
        reached = match.end() if match else reached
    return reached


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.parts = 0
        self.header_bytes = 0

    def part(self, start: int, end: int, *, depth: int, default: str, in_multipart: bool = False) -> Part:
        self.parts += 1
        if depth > MAX_DEPTH:
            raise BeyondLimits("too_deep")
        if self.parts > MAX_PARTS:
            raise BeyondLimits("too_many_parts")
        body = _end_of_head(self.raw, start, end, most=MAX_HEADER_BYTES)
        self.header_bytes += body - start
        if body - start > MAX_HEADER_BYTES or self.header_bytes > MAX_ALL_HEADER_BYTES:
            raise BeyondLimits("header_too_long")
        blank = _BLANK.match(self.raw, body, end)
        content = blank.end() if blank else body
        content_type, given = parameters(Part(self.raw, start, content, end, "", {}).header(b"content-type"))
        if not _TYPE.fullmatch(content_type):
            content_type = default  # RFC 2045 5.2
        children: tuple[Part, ...] = ()
        broken = False
        if content_type.startswith("multipart/"):
            inner = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
            places, broken = self._split(content, end, given.get("boundary", "").rstrip())
            children = tuple(self.part(*at, depth=depth + 1, default=inner, in_multipart=True) for at in places)
        elif content_type in _WHOLE_MAILS:
            children = (self.part(content, end, depth=depth + 1, default="text/plain"),)
        return Part(self.raw, start, content, end, content_type, given, children, broken, in_multipart)

    def _split(self, start: int, end: int, boundary: str) -> tuple[list[tuple[int, int]], bool]:
        """Where the parts between the boundaries stand, and whether a boundary is missing."""
        if not boundary:
            return [], True
        delimiter = b"\n--" + boundary.encode("utf-8", "replace")
        places: list[tuple[int, int]] = []
        opened = None
        # The line end before the first boundary is that of the blank line after the headers.
        found = self.raw.find(delimiter, max(start - 1, 0), end)
        for _ in range(_MAX_BOUNDARY_LIKE):
            if found < 0:
                break
            rest = _REST_OF_BOUNDARY.match(self.raw, found + len(delimiter), end)
            if rest:
                before = found - (self.raw[found - 1 : found] == b"\r")
                if opened is not None:
                    places.append((opened, max(before, opened)))
                    if self.parts + len(places) > MAX_PARTS:
                        raise BeyondLimits("too_many_parts")
                if rest[1]:
                    return places, False
                newline = self.raw.find(b"\n", rest.end(), end)
                opened = newline + 1 if newline >= 0 else end
            found = self.raw.find(delimiter, found + len(delimiter), end)
        else:
            raise BeyondLimits("too_many_parts")
        if opened is not None:
            places.append((opened, end))
        return places, True

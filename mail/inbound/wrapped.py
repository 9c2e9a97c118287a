"""What is wrapped in a signed S/MIME message or in winmail.dat.

Both are read here by hand, as far as needed and no further: the libraries for them take many seconds over some
malformed files, or are not kept up. Signatures are not checked; they count for nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

_SEQUENCE, _OCTETS, _CHUNKED_OCTETS, _FIRST = 0x30, 0x04, 0x24, 0xA0
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_PLAIN_DATA = bytes.fromhex("06092a864886f70d010701")
_MAX_CHUNKS = 20_000  # mail programs write 1 to 16 KB in each

_TNEF_SIGNATURE = 0x223E9F78.to_bytes(4, "little")
_TNEF_FIRST = 6
_MAX_ATTRIBUTES = 10_000
_BODY, _NEW_FILE, _FILE_NAME, _FILE_CONTENT = 0x800C, 0x9002, 0x8010, 0x800F


class Unreadable(ValueError):  # noqa: N818 - it says what the bytes are
    """The bytes are not what they claim to be, or of a kind that is not read."""


def signed_content(data: bytes) -> bytes:
    """The mail part inside an S/MIME message that is signed and not encrypted (CMS SignedData, DER or BER).

    Raises:
        Unreadable: anything else.

    """
    outer = _element(data, 0, _SEQUENCE)
    place = _expect(data, outer.start, _SIGNED_DATA)
    signed = _element(data, _element(data, place, _FIRST).start, _SEQUENCE)
    version = _element(data, signed.start, None)
    algorithms = _element(data, version.known_end, None)
    content = _element(data, algorithms.known_end, _SEQUENCE)
    place = _expect(data, content.start, _PLAIN_DATA)
    octets = _element(data, _element(data, place, _FIRST).start, None)
    if octets.tag == _OCTETS:
        return data[octets.start : octets.known_end]
    if octets.tag != _CHUNKED_OCTETS:
        raise Unreadable
    return b"".join(_chunks(data, octets))


class _Element(NamedTuple):
    tag: int
    start: int
    end: int | None
    """None: of indefinite length, up to two zero bytes."""

    @property
    def known_end(self) -> int:
        if self.end is None:
            raise Unreadable
        return self.end


def _element(data: bytes, place: int, tag: int | None) -> _Element:
    """The element at a place, of that tag if one is given."""
    if place + 2 > len(data) or tag not in {None, data[place]}:
        raise Unreadable
    length, start = data[place + 1], place + 2
    if length == 0x80:  # noqa: PLR2004 - BER's mark for indefinite length
        return _Element(data[place], start, None)
    if length > 0x80:  # noqa: PLR2004 - the low bits count the bytes that hold the length
        size = length & 0x7F
        length, start = int.from_bytes(data[start : start + min(size, 8)], "big"), start + size
    if start + length > len(data):
        raise Unreadable
    return _Element(data[place], start, start + length)


def _expect(data: bytes, place: int, expected: bytes) -> int:
    if not data.startswith(expected, place):
        raise Unreadable
    return place + len(expected)


def _chunks(data: bytes, octets: _Element) -> Iterator[bytes]:
    place = octets.start
    for _ in range(_MAX_CHUNKS):
        if place == octets.end or (octets.end is None and data[place : place + 2] == b"\0\0"):
            return
        chunk = _element(data, place, _OCTETS)
        place = chunk.known_end
        yield data[chunk.start : place]
    raise Unreadable


class Winmail(NamedTuple):
    """What Outlook put into winmail.dat: a plain text, mostly empty, and files with their names."""

    text: bytes
    files: tuple[tuple[bytes, bytes], ...]


def winmail_content(data: bytes) -> Winmail:
    """The plain text and the files of a TNEF stream; names and text in Windows-1252 as a rule.

    Raises:
        Unreadable: no TNEF stream, or one that ends in the middle.

    """
    if not data.startswith(_TNEF_SIGNATURE):
        raise Unreadable
    place, text = _TNEF_FIRST, b""
    files: list[tuple[bytes, bytes]] = []
    for _ in range(_MAX_ATTRIBUTES):
        if place == len(data):
            return Winmail(text, tuple(file for file in files if file[1]))
        attribute = int.from_bytes(data[place + 1 : place + 3], "little")
        size = int.from_bytes(data[place + 5 : place + 9], "little")
        start, place = place + 9, place + 9 + size + 2  # a checksum of two bytes ends each
        if place > len(data):
            raise Unreadable
        content = data[start : start + size]
        if attribute == _BODY:
            text = content.rstrip(b"\0")
        elif attribute == _NEW_FILE:
            files.append((b"", b""))
        elif attribute == _FILE_NAME and files:
            files[-1] = (content.rstrip(b"\0"), files[-1][1])
        elif attribute == _FILE_CONTENT and files:
            files[-1] = (files[-1][0], content)
    raise Unreadable

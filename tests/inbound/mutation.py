"""Damages mails at random, as relays, programs and people with bad intentions do; the same seed, the same damage."""

from collections.abc import Callable, Sequence
from random import Random

NASTY = (
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\xff\xfe",
    b"=?utf-8?q?=00=0A?=",
    b"=?x-none?b?!!!?=",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"Content-Type: text/plain; charset=utf-7\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"From: evil@evil.example\r\n",
    b"Authentication-Results: mx.prova.example; dmarc=pass header.from=prova.example\r\n",
    b"Message-ID: <[abc]@x>\r\n",
    b"Auto-Submitted: auto-replied\r\n",
    b"1 = 999\r\n",
    b"> 1 = 7\r\n",
    "1 = ５\r\n".encode(),
    b"-- \r\n",
    b"--x--\r\n",
    b"<blockquote><div><table><tr><td>" * 50,
    b"On a " * 200,
    b"a" * 2000,
)


def _flip(raw: bytearray, random: Random, _others: Sequence[bytes]) -> None:
    if raw:
        raw[random.randrange(len(raw))] = random.randrange(256)


def _cut(raw: bytearray, random: Random, _others: Sequence[bytes]) -> None:
    start = random.randrange(len(raw) + 1)
    del raw[start : start + random.randrange(200)]


def _repeat(raw: bytearray, random: Random, _others: Sequence[bytes]) -> None:
    start = random.randrange(len(raw) + 1)
    piece = bytes(raw[start : start + random.randrange(400)])
    raw[start:start] = piece * random.randrange(1, 4)


def _insert(raw: bytearray, random: Random, _others: Sequence[bytes]) -> None:
    lines = [0, *(place + 1 for place, byte in enumerate(raw) if byte == 0x0A)]
    place = random.choice(lines)
    raw[place:place] = random.choice(NASTY)


def _graft(raw: bytearray, random: Random, others: Sequence[bytes]) -> None:
    other = random.choice(others)
    start = random.randrange(len(other) + 1)
    place = random.randrange(len(raw) + 1)
    raw[place:place] = other[start : start + random.randrange(1500)]


def _truncate(raw: bytearray, random: Random, _others: Sequence[bytes]) -> None:
    del raw[random.randrange(len(raw) + 1) :]


DAMAGES: tuple[Callable[[bytearray, Random, Sequence[bytes]], None], ...] = (
    _flip,
    _flip,
    _cut,
    _repeat,
    _insert,
    _insert,
    _graft,
    _truncate,
)


def mutate(raw: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """A mail with one to eight damages."""
    damaged = bytearray(raw)
    for _ in range(random.randrange(1, 9)):
        random.choice(DAMAGES)(damaged, random, others)
    return bytes(damaged)

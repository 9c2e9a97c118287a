"""Mails made to break whoever reads them, by name; each is a function, for they are large."""

from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

HEAD = b"From: Joan <joan@ajuntament.example>\r\nTo: r+token@in.focal.example\r\nSubject: Re: Indicadors\r\n"
MIXED = HEAD + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
SPACE = 24 * 1024 * 1024
"""Nearly all that a mail may be large."""


def nested(levels: int) -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\n3 = 12\r\n"


def forwarded(levels: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * levels + b"Subject: x\r\n\r\n3 = 12\r\n"


def many_parts(count: int, part: bytes = b"Content-Type: text/plain\r\n\r\n3 = 12\r\n") -> bytes:
    return MIXED + (b"--b\r\n" + part + b"\r\n") * count + b"--b--\r\n"


def in_part(kind: bytes, content: bytes) -> bytes:
    return many_parts(1, b"Content-Type: " + kind + b"\r\n\r\n" + content + b"\r\n")


def html(content: str, size: int = 1_000_000) -> bytes:
    return in_part(b"text/html; charset=utf-8", (content * (size // len(content) + 1))[:size].encode())


def zip_bomb() -> bytes:
    """A sheet of 2 GB in 2 MB; nothing here opens it, but it is carried along."""
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED, compresslevel=1) as bomb, bomb.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(200):
            sheet.write(b" " * 1_000_000)
    return held.getvalue()


def smime(chunk: bytes, count: int) -> bytes:
    """A signed message in BER whose content comes in many chunks."""
    content = b"\x24\x80" + chunk * count + b"\0\0"
    signed_data = bytes.fromhex("06092a864886f70d010702a0803080020101310030800609") + bytes.fromhex(
        "2a864886f70d010701a080"
    )
    return in_part(b"application/pkcs7-mime; smime-type=signed-data", b"\x30\x80" + signed_data + content)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "30 MB": (lambda: HEAD + b"\r\n" + b"3 = 12\r\n" * (30 * 1024 * 1024 // 8), "too_large"),
    "400 levels": (lambda: nested(400), "too_deep"),
    "400 mails inside each other": (lambda: forwarded(400), "too_deep"),
    "20,000 parts": (lambda: many_parts(20_000), "too_many_parts"),
    "24 MB of empty parts": (lambda: MIXED + b"--b\n\n" * (SPACE // 5), "too_many_parts"),
    "24 MB of nearly boundaries": (lambda: MIXED + b"--b\r\n\r\n" + b"\n--bx" * (SPACE // 5), "too_many_parts"),
    "5,000 recipients": (
        lambda: b"To: " + b",\r\n ".join(b"person%d@town.example" % n for n in range(5_000)) + b"\r\n" + HEAD + b"\r\n",
        "too_many_recipients",
    ),
    "a subject of 200 KB": (lambda: b"Subject: " + b"x" * 200_000 + b"\r\n" + HEAD + b"\r\n", "header_too_long"),
    "24 MB of headers": (lambda: b"X-A: b\r\n" * (SPACE // 8) + HEAD + b"\r\n", "header_too_long"),
    "24 MB of one folded header": (lambda: HEAD + b"X-A: b" + b"\r\n b" * (SPACE // 4), "header_too_long"),
    "a part with 100 KB of headers": (
        lambda: many_parts(1, b"X-A: b\r\n" * 13_000 + b"\r\n3 = 12\r\n"),
        "header_too_long",
    ),
    "190 parts full of headers": (
        lambda: many_parts(190, b"a:\r\n" * 16_000 + b"\r\n3 = 12\r\n"),
        "header_too_long",
    ),
}
"""Beyond the limits, and which limit."""

OPENED: dict[str, Callable[[], bytes]] = {
    "24 MB of line ends": lambda: HEAD + b"\r\n" + b"\n" * SPACE,
    "24 MB of line ends in parts": lambda: many_parts(
        190, b"Content-Type: text/plain; format=flowed\n\n" + b"\n" * 120_000
    ),
    "24 MB of spaces after a boundary": lambda: MIXED + b"--b" + b" " * SPACE + b"x\r\n",
    "20 levels of 24 MB": lambda: nested(18) + b"3 = 12\r\n" * (SPACE // 8),
    "15 parts full of headers": lambda: many_parts(15, b"a:\r\n" * 16_000 + b"\r\n3 = 12\r\n"),
    "15 parts full of parameters": lambda: many_parts(
        15, b"Content-Disposition: x" + b';a="\\"' * 10_000 + b"\r\n\r\n3 = 12\r\n"
    ),
    "60 KB of quotes in From": lambda: b'From: "' + b'a\\"' * 20_000 + b"\r\n\r\n3 = 12\r\n",
    "60 KB of brackets in From": lambda: b"From: " + b"(<" * 15_000 + b"a@b" + b">)" * 15_000 + b"\r\n\r\n3 = 12\r\n",
    "60 KB of encoded words": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 4_000 + b"\r\n\r\n3 = 12\r\n",
    "60 KB of half encoded words": lambda: b"Subject: " + b"=?a?q?" * 10_000 + b"\r\n\r\n3 = 12\r\n",
    "60 KB of headers": lambda: b"a:\r\n" * 16_000 + HEAD + b"\r\n3 = 12\r\n",
    "24 MB of base64": lambda: in_part(
        b"application/octet-stream\r\nContent-Transfer-Encoding: base64", b"QUJD" * 19 * 300_000
    ),
    "two files of 10 MB": lambda: many_parts(
        2, b"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + (b"QUJD" * 19 + b"\r\n") * 155_000
    ),
    "24 MB of quoted-printable": lambda: in_part(
        b"text/plain\r\nContent-Transfer-Encoding: quoted-printable", b"=41" * (SPACE // 3)
    ),
    "24 MB of bytes without a meaning": lambda: in_part(
        b"text/plain; charset=utf-7", bytes(range(128, 256)) * (SPACE // 128)
    ),
    "24 MB of marks without width": lambda: many_parts(
        190, b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "\u200b".encode() * 42_000
    ),
    "5,000 lines that begin like a quote": lambda: HEAD + b"\r\n" + b"On a" * 20 + b"\r\nOn a\r\n" * 5_000,
    "HTML of open divisions": lambda: html("<div>"),
    "HTML of ends without a beginning": lambda: html("<div>" * 200 + "</b>" * 20_000),
    "HTML of links in links": lambda: html("<a>"),
    "HTML of list items": lambda: html("<li>1"),
    "HTML of quotes in quotes": lambda: html("<blockquote>x<br>"),
    "HTML of tables in tables": lambda: html("<table><tr><td>x"),
    "HTML of entities": lambda: html("x&amp;"),
    "HTML of less-than signs": lambda: html("<"),
    "HTML of attributes": lambda: html("<p " + " ".join(f"a{n}=1" for n in range(100_000))),
    "HTML of comments": lambda: html("<!--"),
    "24 parts of HTML": lambda: many_parts(24, b"Content-Type: text/html\r\n\r\n" + b"<b>" * 330_000),
    "S/MIME of tiny chunks": lambda: smime(b"\x04\x01a", 3_000_000),
    "S/MIME of chunks in chunks": lambda: smime(b"\x24\x80", 3_000_000),
    "winmail.dat of tiny attributes": lambda: in_part(
        b"application/ms-tnef\r\nContent-Transfer-Encoding: binary",
        bytes.fromhex("789f3e220100") + b"\x02\x02\x90\0\0\0\0\0\0\0\0" * 1_000_000,
    ),
    "a zip bomb": lambda: in_part(b"application/zip; name=answers.xlsx", zip_bomb()),
    "PGP without an end": lambda: HEAD + b"\r\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n" * 5_000,
}
"""Within the limits of `scan`, and made so that a careless reader takes minutes."""

"""Header values that carry other people's words: refused or encoded before any library sees them.

Python 3.11.7 writes a real `Bcc:` line when a subject contains `=?UTF-8?Q?=0A?=Bcc:`, and loses the quotes of a
long display name, so that one recipient becomes several. So these values are checked and encoded here.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable

from email_validator import EmailNotValidError, validate_email

_UNSAFE_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE = 76
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_FRAME = "=?utf-8?b?{}?="


class UnsafeHeader(ValueError):  # noqa: N818 - it names what is unsafe, as the mail's author would say it
    """A value must not stand in a header; the message names the header and what is wrong with the value."""


def require_safe(header: str, value: str) -> str:
    """Give the value back if it may stand in a header.

    Raises:
        UnsafeHeader: a line break, NUL or other control character, a lone surrogate, a character that turns the
            reading direction, or the beginning of an encoded word.

    """
    for character in value:
        if unicodedata.category(character) in _UNSAFE_CATEGORIES or _DIRECTION.match(character):
            raise UnsafeHeader(f"{header}: the character U+{ord(character):04X} is not allowed in {value!r}")
    if "=?" in value:
        raise UnsafeHeader(f"{header}: the characters =? are not allowed in {value!r}")
    return value


def encode_text(header: str, value: str) -> str:
    """A safe value as header text, folded: ASCII that fits on one line as it is, all else encoded (RFC 2047).

    Raises:
        UnsafeHeader: see `require_safe`.

    """
    return fold(header, _written(header, require_safe(header, value), value))


def encode_mailbox(header: str, name: str, address: str) -> str:
    """`Name <address>` for a header, folded: the name quoted or encoded where needed, the domain in ASCII.

    Raises:
        UnsafeHeader: see `require_safe` and `ascii_address`.

    """
    name = require_safe(header, name).strip()
    plain = name if _ATOMS.fullmatch(name) else _quoted(name)
    return fold(header, [*_written(header, name, plain), f"<{ascii_address(header, address)}>"])


def fold(header: str, parts: Iterable[str]) -> str:
    """The parts with a space between them, in lines of up to 76 characters where the parts allow it."""
    lines, room = [""], _LINE - len(header) - 1
    for part in parts:
        if lines[-1] and len(lines[-1]) + 1 + len(part) > room:
            lines.append("")
            room = _LINE
        lines[-1] += f" {part}"
    return "\r\n".join(lines).removeprefix(" ")


def ascii_address(header: str, address: str) -> str:
    """One address with its domain in ASCII (IDNA 2008).

    Raises:
        UnsafeHeader: not exactly one address, a quoted or non-ASCII local part, no such domain name.

    """
    try:
        valid = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, test_environment=True
        ).ascii_email
    except EmailNotValidError as problem:
        raise UnsafeHeader(f"{header}: {address!r} is not an address we can write to: {problem}") from problem
    if valid is None:
        raise UnsafeHeader(f"{header}: {address!r} has no form in ASCII")
    return valid


def _written(header: str, value: str, plain: str) -> list[str]:
    """The value in its plain form if that is ASCII and fits on the header's line; else all of it in encoded words.

    Never a mixture: beside an encoded word, Python's `decode_header` and some mail programs drop the space before a
    bracket or take a backslash away.
    """
    room = _LINE - len(f"{header}: ")
    if _PLAIN.fullmatch(value) and len(plain) <= room:
        return [plain]
    return _encoded_words(value, room)


def _quoted(name: str) -> str:
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _encoded_words(value: str, room: int) -> list[str]:
    """The value in encoded words of up to `room` characters, never cut inside a character; none for no value."""
    size = (room - len(_FRAME.format(""))) // 4 * 3  # base64 writes three bytes as four characters
    chunks = [b""]
    for character in value:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > size:
            chunks.append(b"")
        chunks[-1] += encoded
    return [_FRAME.format(b64encode(chunk).decode()) for chunk in chunks if chunk]

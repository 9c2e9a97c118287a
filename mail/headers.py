"""Header values that carry other people's words: refused or encoded before any library sees them.

Python 3.11.7 writes a real `Bcc:` line when a subject contains `=?UTF-8?Q?=0A?=Bcc:`, and loses the quotes of a
long display name, so that one recipient becomes several. So these values are checked and encoded here.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import groupby

from email_validator import EmailNotValidError, validate_email

_UNSAFE_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WORD_BYTES = 39
"""Bytes of text in one encoded word: 64 characters with its frame, which fit on the line of `Subject:`."""
_PLAIN_LENGTH = 60
_LINE = 76
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")


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
    """A safe value as header text, folded: words that are not short and ASCII become encoded words (RFC 2047).

    Raises:
        UnsafeHeader: see `require_safe`.

    """
    return fold(header, (word for word, _ in _words(require_safe(header, value))))


def encode_mailbox(header: str, name: str, address: str) -> str:
    """`Name <address>` for a header, folded: words quoted or encoded where needed, the domain in ASCII.

    Raises:
        UnsafeHeader: see `require_safe` and `ascii_address`.

    """
    name = require_safe(header, name).strip()
    phrase = (word if encoded or _ATOM.fullmatch(word) else _quoted(word) for word, encoded in _words(name))
    return fold(header, [*phrase, f"<{ascii_address(header, address)}>"])


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


def _words(value: str) -> Iterator[tuple[str, bool]]:
    """The value word by word, each plain or, together with its neighbours, encoded.

    Plain words stay readable in a raw mail; readers that mishandle the space between two encoded words, as
    Python 3.11.7 does in names, meet it only in very long ones.
    """
    words = value.split(" ") if value else []
    if "" in words:  # two blanks in a row survive only inside an encoded word
        yield from ((word, True) for word in _encoded_words(value))
        return
    for plain, run in groupby(words, _is_plain):
        if plain:
            yield from ((word, False) for word in run)
        else:
            yield from ((word, True) for word in _encoded_words(" ".join(run)))


def _is_plain(word: str) -> bool:
    return word.isascii() and len(word) <= _PLAIN_LENGTH


def _quoted(word: str) -> str:
    escaped = word.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _encoded_words(value: str) -> list[str]:
    """The value in encoded words, never cut inside a character."""
    words: list[str] = []
    chunk = b""
    for character in value:
        encoded = character.encode()
        if len(chunk) + len(encoded) > _WORD_BYTES:
            words.append(chunk.decode())
            chunk = b""
        chunk += encoded
    words.append(chunk.decode())
    return [f"=?utf-8?b?{b64encode(word.encode()).decode()}?=" for word in words]

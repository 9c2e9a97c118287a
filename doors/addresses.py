"""Which addresses are Focal's own, and to which of them a mail came whose envelope is lost. Pure."""

import re
from dataclasses import dataclass

_RECEIVED_FOR = (b"delivered-to", b"x-original-to", b"envelope-to", b"to", b"cc")
_HEADERS_LIMIT = 1024 * 1024
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_FOLD = re.compile(rb"(?:\r\n|\r|\n)[ \t]+")
_BETWEEN_WORDS = re.compile(r"[\s<>\"'(),:;]+")
_TOKEN = re.compile(r"[rb]\+[!-?\[-~]{1,62}")


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """What mail to Focal is addressed to: `r+...` (replies) and `b+...` (bounces) at a domain, and a plain mailbox.

    Whether the token in such an address is good is seen when the mail is read: with a damaged one it is still a mail
    from somebody, and is kept for a coordinator.
    """

    domain: str
    mailbox: str

    def has_token(self, address: str) -> bool:
        """Whether replies or bounces come back to it. Letter case does not matter."""
        local_part, _, domain = address.lower().rpartition("@")
        return domain == self.domain.lower() and _TOKEN.fullmatch(local_part) is not None

    def includes(self, address: str) -> bool:
        """Whether mail to this address is for Focal. Letter case does not matter."""
        return self.has_token(address) or address.lower() == self.mailbox.lower()

    def found_in(self, raw: bytes) -> tuple[str, ...]:
        """To which of them a mail came, as far as its headers tell, in lower case; at least the plain mailbox.

        With a token, the mailbox is not named: a server notes it on every mail that it delivers there.
        """
        words = (word.lower() for name, value in _headers(raw) if name in _RECEIVED_FOR for word in _words(value))
        return tuple(dict.fromkeys(filter(self.has_token, words))) or (self.mailbox.lower(),)


def envelope_sender(raw: bytes) -> str:
    """Who sent a mail by its topmost Return-Path, empty for `<>`; by its From where no server wrote a Return-Path.

    Empty means that a machine wrote it, so a missing Return-Path is not taken for an empty one.
    """
    headers = dict(reversed(_headers(raw)))
    path = headers.get(b"return-path", headers.get(b"from", ""))
    return next((word for word in reversed(_words(path)) if "@" in word and word.isprintable()), "")


def _words(value: str) -> list[str]:
    """What an address in a header's value may be; names around it are among them."""
    return _BETWEEN_WORDS.split(value)


def _headers(raw: bytes) -> list[tuple[bytes, str]]:
    """Name, in lower case, and value of every header, unfolded. No parser sees it: a mail may be made to hurt one."""
    head = _END_OF_HEADERS.split(raw[:_HEADERS_LIMIT], maxsplit=1)[0]
    lines = (line.partition(b":") for line in _FOLD.sub(b" ", head).splitlines())
    return [(name.strip().lower(), value.decode("utf-8", errors="replace")) for name, colon, value in lines if colon]

"""What the mailbox, as the mail server of the embedded stack, vouches for in mail that it hands on to Focal. Pure."""

NAME = "mailbox.localhost"
"""Its authserv-id (RFC 8601)."""

_FIELD = b"authentication-results"


def vouched(raw: bytes, sender: str | None) -> bytes:
    """A mail with what the mailbox says of its sender on top, and with nothing that others say in its name.

    `sender`: the address that is proven; None proves nothing.
    """
    proven = "dmarc=none" if sender is None else f"dmarc=pass header.from={sender.rpartition('@')[2]}"
    lines = raw.splitlines(keepends=True)
    end = next((number for number, line in enumerate(lines) if not line.strip(b"\r\n")), len(lines))
    fields: list[bytes] = []
    for line in lines[:end]:
        if line[:1] in b" \t" and fields:
            fields[-1] += line
        else:
            fields.append(line)
    kept = (field for field in fields if not _in_our_name(field))
    return f"Authentication-Results: {NAME}; {proven}\r\n".encode() + b"".join((*kept, *lines[end:]))


def _in_our_name(field: bytes) -> bool:
    """Whether a header is an Authentication-Results that names the mailbox, in whatever place."""
    name, _, value = field.partition(b":")
    return name.strip().lower() == _FIELD and NAME.encode() in value.lower()

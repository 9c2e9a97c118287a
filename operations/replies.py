"""The addresses that replies and bounces come back to: they name a task or a mail, and nobody can make one up."""

import hashlib
import hmac
import re
from base64 import b32encode
from uuid import UUID

_LOCAL_PART = re.compile(r"(?P<purpose>[rb])\+(?P<id>[0-9a-f]{32})(?P<mac>[a-z2-7]{20})", re.IGNORECASE)
_PURPOSES = {"r": b"reply-v1|", "b": b"bounce-v1|"}


def reply_address(secret: str, task_id: UUID, domain: str) -> str:
    """Where replies to the mails of a task go. Its purpose in the MAC keeps it apart from the answer link."""
    return f"{_local_part(secret, 'r', task_id)}@{domain}"


def bounce_address(secret: str, mail_id: UUID, domain: str) -> str:
    """The envelope sender of a mail: where a server tells that it could not be delivered."""
    return f"{_local_part(secret, 'b', mail_id)}@{domain}"


def task_of_address(secret: str, address: str, domain: str) -> UUID | None:
    """The task that a reply address names; None when it is not one of ours. Letter case does not matter."""
    return _named_by(secret, "r", address, domain)


def mail_of_address(secret: str, address: str, domain: str) -> UUID | None:
    """The mail that a bounce address names; None when it is not one of ours. Letter case does not matter."""
    return _named_by(secret, "b", address, domain)


def _local_part(secret: str, purpose: str, named: UUID) -> str:
    return f"{purpose}+{named.hex}{_mac(secret, purpose, named)}"


def _named_by(secret: str, purpose: str, address: str, domain: str) -> UUID | None:
    local_part, _, its_domain = address.rpartition("@")
    match = _LOCAL_PART.fullmatch(local_part)
    if match is None or match["purpose"].lower() != purpose or its_domain.lower() != domain.lower():
        return None
    named = UUID(hex=match["id"])
    return named if hmac.compare_digest(_mac(secret, purpose, named), match["mac"].lower()) else None


def _mac(secret: str, purpose: str, named: UUID) -> str:
    digest = hmac.new(secret.encode(), _PURPOSES[purpose] + named.bytes, hashlib.sha256).digest()
    return b32encode(digest)[:20].decode().lower()

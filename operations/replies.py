"""The address that a reply comes back to: it names a task, and nobody can make one up."""

import hashlib
import hmac
import re
from base64 import b32encode
from uuid import UUID

LOCAL_PART = re.compile(r"r\+(?P<task>[0-9a-f]{32})(?P<mac>[a-z2-7]{20})", re.IGNORECASE)


def reply_address(secret: str, task_id: UUID, domain: str) -> str:
    """Where replies to the mails of a task go. Its purpose in the MAC keeps it apart from the answer link."""
    return f"r+{task_id.hex}{_mac(secret, task_id)}@{domain}"


def task_of_address(secret: str, address: str) -> UUID | None:
    """The task that a reply address names; None when it is not one of ours. Letter case does not matter."""
    match = LOCAL_PART.fullmatch(address.partition("@")[0])
    if match is None:
        return None
    task_id = UUID(hex=match["task"])
    return task_id if hmac.compare_digest(_mac(secret, task_id), match["mac"].lower()) else None


def _mac(secret: str, task_id: UUID) -> str:
    digest = hmac.new(secret.encode(), b"reply-v1|" + task_id.bytes, hashlib.sha256).digest()
    return b32encode(digest)[:20].decode().lower()
